//! The `Cookie` fields of a request, as the crate `cookie` reads them.

use std::borrow::Cow;
use std::collections::HashSet;

use cookie::Cookie;
use http::HeaderMap;
use http::header::COOKIE;

/// The names and values that the `Cookie` fields hold, each name once, in order.
///
/// Of a name that is repeated the first counts: clients send the one of the longest path first (RFC 6265 section 5.4). A
/// pair of quotes around a value is no part of it; nothing else is decoded. What is no pair, and a pair without a name, is
/// passed over. A field is UTF-8, or else ISO-8859-1. How many there are is limited by the length of a request's head.
pub fn parse(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut seen = HashSet::new();
    let mut pairs = Vec::new();
    for field in headers.get_all(COOKIE) {
        for cookie in Cookie::split_parse(text(field.as_bytes())).flatten() {
            if seen.insert(cookie.name().to_owned()) {
                let value = cookie.value_trimmed().to_owned();
                pairs.push((cookie.name().to_owned(), value));
            }
        }
    }
    pairs
}

fn text(field: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(field) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => field.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    type Pairs = &'static [(&'static str, &'static str)];

    #[test]
    fn fields_are_read_as_servers_read_them() {
        let cases: [(&[&[u8]], Pairs); 8] = [
            (&[], &[]),
            (&[b"a=1; b=2"], &[("a", "1"), ("b", "2")]),
            (&[b"a=1", b"b=2;a=3"], &[("a", "1"), ("b", "2")]),
            (&[b"a=1; a=2"], &[("a", "1")]),
            (
                &[b"q=\"x y\"; half=\"x; e=x=y="],
                &[("q", "x y"), ("half", "\"x"), ("e", "x=y=")],
            ),
            (
                &[b"; none; =nameless; a=; Path=/;\t$b = c "],
                &[("a", ""), ("Path", "/"), ("$b", "c")],
            ),
            (&["a=\u{e9}%20".as_bytes()], &[("a", "\u{e9}%20")]),
            (&[b"a=\xe9"], &[("a", "\u{e9}")]),
        ];
        for (fields, expected) in cases {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(COOKIE, HeaderValue::from_bytes(field).unwrap());
            }
            let pairs = parse(&headers);
            let pairs: Vec<_> = pairs.iter().map(|(a, b)| (&**a, &**b)).collect();
            assert_eq!(pairs, expected, "{fields:?}");
        }
    }
}
