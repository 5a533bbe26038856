//! `application/x-www-form-urlencoded` (WHATWG URL, section 5.1), which is UTF-8 whatever its `charset` says.

use super::{FIELD_BYTES_MAX, Limits, Refusal};

/// The decoded pairs of `body`, in order.
///
/// # Errors
///
/// [`Refusal`] for text that is not UTF-8 once it is decoded, and beyond a limit.
pub(super) fn parse(body: &[u8], limits: &Limits) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs = Vec::new();
    let raw = body.split(|&byte| byte == b'&');
    for raw in raw.filter(|raw| !raw.is_empty()) {
        let number = pairs.len() + 1;
        limits.check_fields(number)?;
        if raw.len() > FIELD_BYTES_MAX {
            return Err(Refusal::field_too_long(format_args!("field {number}")));
        }
        let (name, value) = form_urlencoded::parse(raw).next().unwrap_or_default();
        if is_lossy(raw, &name, &value) {
            return Err(Refusal::broken(format!("field {number} is not UTF-8")));
        }
        pairs.push((name.into_owned(), value.into_owned()));
    }
    Ok(pairs)
}

/// Whether decoding `raw` has put U+FFFD in the place of bytes that are not UTF-8.
fn is_lossy(raw: &[u8], name: &str, value: &str) -> bool {
    const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;
    let is_suspect = name.contains(REPLACEMENT) || value.contains(REPLACEMENT);
    // The separators are ASCII, so the whole is UTF-8 where name and value are.
    is_suspect && percent_encoding::percent_decode(raw).decode_utf8().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        fields: 3,
        files: 0,
    };

    type Pairs = &'static [(&'static str, &'static str)];

    #[test]
    fn pairs_are_decoded_in_order() {
        let cases: [(&[u8], Pairs); 6] = [
            (b"", &[]),
            (b"&&", &[]),
            (b"a=1&a=2", &[("a", "1"), ("a", "2")]),
            (b"a+b=c%20d%2B&=", &[("a b", "c d+"), ("", "")]),
            (b"flag&x=y=z", &[("flag", ""), ("x", "y=z")]),
            // U+FFFD itself is a character like others.
            (
                b"%EF%BF%BD=\xe2\x82\xac&%=%zz",
                &[("\u{fffd}", "€"), ("%", "%zz")],
            ),
        ];
        for (body, expected) in cases {
            let pairs = parse(body, &LIMITS).unwrap();
            let pairs: Vec<_> = pairs.iter().map(|(a, b)| (&**a, &**b)).collect();
            assert_eq!(pairs, expected, "{}", body.escape_ascii());
        }
    }

    #[test]
    fn other_encodings_and_too_much_are_refused() {
        for (body, status, word) in [
            (&b"a=1&b=%FF"[..], 400, "field 2"),
            (b"\xe9=1", 400, "field 1"),
            (b"%C3=%A9", 400, "field 1"),
            (b"a&b&c&d", 413, "max-form-fields"),
            (&vec![b'a'; FIELD_BYTES_MAX + 1], 413, "1048576"),
        ] {
            let refusal = parse(body, &LIMITS).unwrap_err();
            assert_eq!(refusal.status, status);
            assert!(refusal.detail.contains(word), "{}", refusal.detail);
        }
        assert_eq!(parse(b"a&b&c&", &LIMITS).unwrap().len(), 3);
    }
}
