//! The charset of a text body, by its `Content-Type`.

use std::ffi::CString;

use crate::capi::{Attached, Owned, PyResult, Raised, convert};
use crate::parameters::parameters;

/// The text of `body`, by the charset parameter of `content_type` (RFC 9110 section 8.3.2), UTF-8 by default.
///
/// # Errors
///
/// `UnicodeDecodeError` where the bytes are not in that charset, `ValueError` for a charset that is not known.
pub(crate) fn decode<'py>(
    body: &[u8],
    content_type: Option<&[u8]>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let Some(charset) = content_type.and_then(|value| parameter(value, "charset")) else {
        return convert::decode(body, c"utf-8", py);
    };
    let name = charset.to_ascii_lowercase();
    match CString::new(name.as_str()) {
        Ok(codec) if is_known(&name) => convert::decode(body, &codec, py),
        _ => Err(Raised::value_error(
            &format!("unknown charset {charset:?}"),
            py,
        )),
    }
}

/// Whether Python may be asked for a codec of that name: the charsets of the web and their like.
///
/// Python remembers each name that it is asked for, so a client must not be free to make them up.
fn is_known(charset: &str) -> bool {
    const FAMILIES: [&str; 5] = ["iso-8859-", "iso8859-", "windows-12", "cp12", "koi8-"];
    #[rustfmt::skip]
    const NAMES: [&str; 22] = [
        "utf-8", "utf8", "us-ascii", "ascii", "latin-1", "latin1", "utf-16", "utf-16le", "utf-16be",
        "utf-32", "utf-32le", "utf-32be", "shift_jis", "shift-jis", "euc-jp", "iso-2022-jp", "euc-kr",
        "gb2312", "gbk", "gb18030", "big5", "mac-roman",
    ];
    let is_of = |family: &str| {
        charset
            .strip_prefix(family)
            .is_some_and(|rest| (1..=2).contains(&rest.len()))
    };
    NAMES.contains(&charset) || FAMILIES.into_iter().any(is_of)
}

/// The value of a parameter of a media type, without quotes (RFC 9110 section 5.6.6).
fn parameter(value: &[u8], name: &str) -> Option<String> {
    let value = std::str::from_utf8(value).ok()?;
    parameters(value).skip(1).find_map(|parameter| {
        let (known, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (known.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::{is_known, parameter};

    #[test]
    fn charset_is_found_in_any_case_and_in_quotes() {
        let cases: [(&[u8], Option<&str>); 7] = [
            (
                b"text/plain; title=\"a; charset=latin-1\"; charset=utf-8",
                Some("utf-8"),
            ),
            (
                b"text/plain; title=\"\\\"; charset=x\"; charset=ascii",
                Some("ascii"),
            ),
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

    #[test]
    fn charsets_of_the_web_are_known_and_inventions_are_not() {
        for known in [
            "utf-8",
            "iso-8859-1",
            "iso-8859-15",
            "windows-1252",
            "cp1251",
            "koi8-r",
        ] {
            assert!(is_known(known), "{known}");
        }
        for unknown in [
            "",
            "x",
            "rot13",
            "base64",
            "iso-8859-",
            "iso-8859-1000",
            "utf-7",
        ] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }
}
