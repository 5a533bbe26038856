//! `Content-Disposition` of a part (RFC 7578 section 4.2), as browsers and other clients write it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::parameters::parameters;

/// What the header says of its part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Disposition {
    pub(super) name: String,
    /// There for files only; may be empty, where a browser's user has chosen none.
    pub(super) filename: Option<String>,
}

impl Disposition {
    /// Reads the header's value. Of a parameter that is repeated the first counts; `filename*`, which RFC 7578 forbids
    /// and some clients send, comes before `filename` (RFC 6266 section 4.3).
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn parse(value: &[u8]) -> Result<Self, &'static str> {
        let value = std::str::from_utf8(value).map_err(|_| "is not UTF-8")?;
        let mut parts = parameters(value).map(str::trim);
        if !parts
            .next()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("form-data"))
        {
            return Err("is not form-data");
        }
        let (mut name, mut filename, mut extended) = (None, None, None);
        for part in parts.filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or("has a malformed parameter")?;
            let place = match key.trim().to_ascii_lowercase().as_str() {
                "name" => &mut name,
                "filename" => &mut filename,
                "filename*" => &mut extended,
                _ => continue,
            };
            place.get_or_insert(value.trim());
        }
        let filename = match (extended, filename) {
            (Some(value), _) => Some(extended_value(value)?),
            (None, Some(value)) => Some(plain_value(value)?),
            (None, None) => None,
        };
        Ok(Self {
            name: plain_value(name.ok_or("has no name")?)?,
            filename,
        })
    }
}

/// A token or a quoted string. Quotes and line ends stand there as `%22`, `%0D` and `%0A`, where a browser has written it
/// (WHATWG HTML, multipart/form-data encoding algorithm), or after a backslash (RFC 9110 section 5.6.4). A backslash
/// before anything else is one: old clients send paths.
fn plain_value(value: &str) -> Result<String, &'static str> {
    let text = match value.strip_prefix('"') {
        None => Cow::Borrowed(value),
        Some(rest) => unescaped(rest)?,
    };
    if !text.contains('%') {
        return Ok(text.into_owned());
    }
    let text = text.replace("%22", "\"");
    let text = text.replace("%0D", "\r").replace("%0d", "\r");
    Ok(text.replace("%0A", "\n").replace("%0a", "\n"))
}

/// What stands before the closing quote, which must be the end.
fn unescaped(quoted: &str) -> Result<Cow<'_, str>, &'static str> {
    const UNCLOSED: &str = "has a quoted string that does not end";
    let Some(inner) = quoted.strip_suffix('"') else {
        return Err(UNCLOSED);
    };
    if !inner.contains(['\\', '"']) {
        return Ok(Cow::Borrowed(inner));
    }
    let mut text = String::with_capacity(inner.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.as_str().is_empty() => return Ok(Cow::Owned(text)),
            '"' => return Err("has text after a quoted string"),
            '\\' if chars.as_str().starts_with(['"', '\\']) => text.extend(chars.next()),
            other => text.push(other),
        }
    }
    Err(UNCLOSED)
}

/// `UTF-8''na%C3%AFve.txt` (RFC 8187 section 3.2).
fn extended_value(value: &str) -> Result<String, &'static str> {
    let mut parts = value.trim_matches('"').splitn(3, '\'');
    let (Some(charset), Some(_language), Some(text)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err("has a malformed filename*");
    };
    let bytes = percent_decode_str(text);
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => {
            let text = bytes.decode_utf8();
            Ok(text
                .map_err(|_| "has a filename* that is not UTF-8")?
                .into())
        }
        "iso-8859-1" => Ok(bytes.map(char::from).collect()),
        _ => Err("has a filename* in a charset that is not UTF-8 or ISO-8859-1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_clients_write_them() {
        let cases: [(&str, &str, Option<&str>); 14] = [
            ("form-data; name=\"a\"", "a", None),
            ("Form-Data;NAME=a ;x=y", "a", None),
            ("form-data; name=\"\"; filename=\"\"", "", Some("")),
            (
                "form-data; name=\"a; filename=\\\"b\"; c=d",
                "a; filename=\"b",
                None,
            ),
            ("form-data; name=\"gr\u{fc}\u{df}e\"", "grüße", None),
            (
                "form-data; name=\"a%22b%0D%0Ac%20d\"",
                "a\"b\r\nc%20d",
                None,
            ),
            (
                "form-data; name=\"f\"; filename=\"100%ff%41.txt\"",
                "f",
                Some("100%ff%41.txt"),
            ),
            (
                "form-data; name=\"f\"; filename=\"a\\\"b\\\\c\\d\"",
                "f",
                Some("a\"b\\c\\d"),
            ),
            (
                "form-data; name=f; filename=x; filename*=UTF-8''na%C3%AFve%00",
                "f",
                Some("naïve\0"),
            ),
            (
                "form-data; name=f; filename*=iso-8859-1'en'%A3",
                "f",
                Some("£"),
            ),
            (
                "form-data; name=f; filename*=\"utf-8'en'a%20b\"",
                "f",
                Some("a b"),
            ),
            ("form-data; name=a; name=b", "a", None),
            ("form-data; name=\"a\";", "a", None),
            ("form-data; name=\"a\\\\\"", "a\\", None),
        ];
        for (value, name, filename) in cases {
            let disposition = Disposition::parse(value.as_bytes()).unwrap();
            assert_eq!(disposition.name, name, "{value}");
            assert_eq!(disposition.filename.as_deref(), filename, "{value}");
        }
    }

    #[test]
    fn malformed_ones_are_refused() {
        let cases: [&[u8]; 9] = [
            b"",
            b"attachment; name=a",
            b"form-data",
            b"form-data; filename=a",
            b"form-data; name",
            b"form-data; name=\"a",
            b"form-data; name=\"a\"b",
            b"form-data; name=\"\xff\"",
            b"form-data; name=a; filename*=b",
        ];
        for value in cases {
            let parsed = Disposition::parse(value);
            assert!(parsed.is_err(), "{}: {parsed:?}", value.escape_ascii());
        }
        for charset in ["utf-16", ""] {
            let value = format!("form-data; name=a; filename*={charset}''b");
            assert!(Disposition::parse(value.as_bytes()).is_err(), "{value}");
        }
        assert!(Disposition::parse(b"form-data; name=a; filename*=utf-8''%ff").is_err());
    }
}
