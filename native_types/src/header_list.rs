//! The header fields of an answer: ordered, checked when they are set.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};

use crate::capi::builtin::Kind;
use crate::capi::{Attached, Object, PyResult, Raised, convert};
use crate::message::Field;

/// Header fields in order, names in lower case. The same name may stand more than once.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeaderList(Vec<Field>);

impl HeaderList {
    /// The fields of a mapping, a list of pairs, or `None`.
    ///
    /// # Errors
    ///
    /// `TypeError` for another type, `ValueError` for a name or value that HTTP does not allow.
    pub(crate) fn from_python(headers: Option<&Object>, py: Attached<'_>) -> PyResult<Self> {
        let mut list = Self::default();
        let Some(headers) = headers.filter(|headers| !headers.is_none(py)) else {
            return Ok(list);
        };
        let mut append = |name: &Object, value: &Object| {
            list.append(header_name(name, py)?, header_value(value, py)?);
            Ok(())
        };
        // What is known is not asked for `items`: that costs more than reading many a list.
        let kind = headers.kind(py);
        let is_list = matches!(kind, Kind::List | Kind::Tuple);
        if !is_list && !matches!(kind, Kind::Dict | Kind::Other) {
            let text = format!(
                "headers must be a mapping or a list of (name, value) pairs, not {}",
                headers.type_name(py)
            );
            return Err(Raised::type_error(&text, py));
        }
        let is_mapping = matches!(kind, Kind::Dict)
            || !is_list && headers.attribute_opt(c"items", py)?.is_some();
        if is_mapping {
            headers.for_each_pair(py, append)?;
        } else {
            headers.for_each(py, |pair| {
                let (name, value) = pair.pair(py)?;
                append(&name, &value)
            })?;
        }
        Ok(list)
    }

    /// The first value of a field.
    pub(crate) fn get(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Whether a field is there.
    pub(crate) fn contains(&self, name: &HeaderName) -> bool {
        self.get(name).is_some()
    }

    /// Adds a field at the end.
    pub(crate) fn append(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.push((name, value));
    }

    /// Adds fields at the end.
    pub(crate) fn extend(&mut self, fields: impl IntoIterator<Item = Field>) {
        self.0.extend(fields);
    }

    /// Sets a field: in the place of the first of that name, the others go.
    pub(crate) fn set(&mut self, name: HeaderName, value: HeaderValue) {
        let Some(place) = self.0.iter().position(|(known, _)| *known == name) else {
            return self.append(name, value);
        };
        self.0[place].1 = value;
        let mut index = 0;
        self.0.retain(|(known, _)| {
            index += 1;
            *known != name || index - 1 == place
        });
    }

    /// Removes a field; whether it was there.
    pub(crate) fn remove(&mut self, name: &HeaderName) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != name);
        self.0.len() < before
    }

    /// The fields, in order.
    pub(crate) fn fields(&self) -> Vec<Field> {
        self.0.clone()
    }
}

/// A header name as HTTP allows it (RFC 9110 section 5.1).
///
/// # Errors
///
/// `TypeError` where it is no string, `ValueError` where it is no token.
pub(crate) fn header_name(name: &Object, py: Attached<'_>) -> PyResult<HeaderName> {
    let bytes = text_bytes(name, "a header name", py)?;
    HeaderName::from_bytes(&bytes).map_err(|_| {
        let shown = String::from_utf8_lossy(&bytes);
        Raised::value_error(&format!("{shown:?} is not allowed as a header name"), py)
    })
}

/// A header value as HTTP allows it (RFC 9110 section 5.5): ISO-8859-1 without control characters but tab.
///
/// # Errors
///
/// `TypeError` where it is no string, `ValueError` for CR, LF, NUL and their like.
pub(crate) fn header_value(value: &Object, py: Attached<'_>) -> PyResult<HeaderValue> {
    let bytes = text_bytes(value, "a header value", py)?;
    HeaderValue::from_bytes(&bytes).map_err(|_| {
        let shown = String::from_utf8_lossy(&bytes);
        let text =
            format!("{shown:?} is not allowed as a header value: it holds a control character");
        Raised::value_error(&text, py)
    })
}

/// The ISO-8859-1 bytes of a string, or the bytes of a `bytes` object; borrowed from it unless they have to be made.
fn text_bytes<'a>(object: &'a Object, what: &str, py: Attached<'_>) -> PyResult<Cow<'a, [u8]>> {
    if let Some(bytes) = convert::as_bytes(object, py) {
        return Ok(Cow::Borrowed(bytes));
    }
    let Some(text) = convert::as_str(object, py)? else {
        let text = format!("{what} must be str, not {}", object.type_name(py));
        return Err(Raised::type_error(&text, py));
    };
    if text.is_ascii() {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let bytes: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
    bytes.map(Cow::Owned).map_err(|_| {
        let text = format!("{what} can hold ISO-8859-1 only: {text:?}");
        Raised::value_error(&text, py)
    })
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, CONTENT_TYPE, VARY};

    use super::*;

    fn list(fields: &[(HeaderName, &'static str)]) -> HeaderList {
        let fields = fields.iter().cloned();
        HeaderList(
            fields
                .map(|(name, value)| (name, HeaderValue::from_static(value)))
                .collect(),
        )
    }

    #[test]
    fn set_replaces_in_the_place_of_the_first() {
        let mut fields = list(&[(VARY, "a"), (ACCEPT, "b"), (VARY, "c"), (CONTENT_TYPE, "d")]);
        fields.set(VARY, HeaderValue::from_static("e"));
        assert_eq!(
            fields.fields(),
            list(&[(VARY, "e"), (ACCEPT, "b"), (CONTENT_TYPE, "d")]).fields()
        );
    }

    #[test]
    fn remove_takes_every_field_of_a_name() {
        let mut fields = list(&[(VARY, "a"), (ACCEPT, "b"), (VARY, "c")]);
        assert!(fields.remove(&VARY));
        assert!(!fields.remove(&VARY));
        assert_eq!(fields.fields(), list(&[(ACCEPT, "b")]).fields());
    }
}
