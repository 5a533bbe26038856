//! The charset of a text body, by its `Content-Type`.

use std::ffi::CString;

use crate::capi::{Attached, Owned, PyResult, convert};

/// The text of `body`, by the charset parameter of `content_type` (RFC 9110 section 8.3.2), UTF-8 by default.
///
/// # Errors
///
/// `UnicodeDecodeError` where the bytes are not in that charset, `LookupError` for a charset that Python does not know.
pub(crate) fn decode<'py>(
    body: &[u8],
    content_type: Option<&[u8]>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let charset = content_type.and_then(|value| parameter(value, "charset"));
    let charset = charset.and_then(|charset| CString::new(charset).ok());
    convert::decode(body, charset.as_deref().unwrap_or(c"utf-8"), py)
}

/// The value of a parameter of a media type, without quotes.
fn parameter(value: &[u8], name: &str) -> Option<String> {
    let value = std::str::from_utf8(value).ok()?;
    value.split(';').skip(1).find_map(|parameter| {
        let (known, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (known.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn charset_is_found_in_any_case_and_in_quotes() {
        let cases: [(&[u8], Option<&str>); 5] = [
            (b"text/plain", None),
            (b"text/plain; charset=latin-1", Some("latin-1")),
            (b"text/plain;CHARSET=\"utf-16\"", Some("utf-16")),
            (b"text/plain; format=flowed; charset=ascii", Some("ascii")),
            (b"text/plain; charset=", None),
        ];
        for (value, expected) in cases {
            assert_eq!(parameter(value, "charset").as_deref(), expected);
        }
    }
}
