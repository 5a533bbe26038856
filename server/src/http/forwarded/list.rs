//! The elements of a field that is a list, from the last to the first (RFC 9110 section 5.6.1).
//!
//! From the right, because what proxies have added stands there; a client that leaves a quotation open to its left doesn't
//! swallow it. Bytes, because a client may send any.

use http::HeaderValue;
use http::header::GetAll;

/// The elements of all fields of a name, which know no quotation; empty ones are left out.
pub(super) fn elements(fields: GetAll<'_, HeaderValue>) -> impl Iterator<Item = &[u8]> {
    let fields = fields.into_iter().rev();
    let elements = fields.flat_map(|field| field.as_bytes().rsplit(|byte| *byte == b','));
    elements
        .map(<[u8]>::trim_ascii)
        .filter(|one| !one.is_empty())
}

/// As [`elements`], but a comma within a quoted string is a part of it (RFC 9110 section 5.6.4).
pub(super) fn quoted_elements(fields: GetAll<'_, HeaderValue>) -> impl Iterator<Item = &[u8]> {
    let fields = fields.into_iter().rev();
    let elements = fields.flat_map(|field| {
        let mut rest = Some(field.as_bytes());
        std::iter::from_fn(move || {
            let (before, last) = split_last(rest?);
            rest = before;
            Some(last)
        })
    });
    elements
        .map(<[u8]>::trim_ascii)
        .filter(|one| !one.is_empty())
}

/// The last element, and what stands before the comma before it.
fn split_last(list: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let mut is_quoted = false;
    for at in (0..list.len()).rev() {
        match list[at] {
            b'"' if !is_escaped(&list[..at]) => is_quoted = !is_quoted,
            b',' if !is_quoted => return (Some(&list[..at]), &list[at + 1..]),
            _ => {}
        }
    }
    (None, list)
}

/// Whether what follows `before` is escaped: an odd number of backslashes ends it.
fn is_escaped(before: &[u8]) -> bool {
    let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\');
    backslashes.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn split(fields: &[&'static str]) -> Vec<&'static str> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append("list", HeaderValue::from_static(field));
        }
        let elements = quoted_elements(headers.get_all("list"));
        let texts = elements.map(|one| String::from_utf8(one.to_vec()).unwrap().leak() as &str);
        texts.collect()
    }

    #[test]
    fn elements_come_from_the_last_field_and_its_end() {
        assert_eq!(split(&["a, b", "c"]), ["c", "b", "a"]);
        assert_eq!(split(&[" a ,, \t,", "", ","]), ["a"]);
        assert!(split(&[]).is_empty());
    }

    #[test]
    fn a_comma_within_quotation_marks_parts_nothing() {
        assert_eq!(split(&[r#"x="a,b", c"#]), ["c", r#"x="a,b""#]);
        assert_eq!(split(&[r#"x="a\",b", c"#]), ["c", r#"x="a\",b""#]);
        assert_eq!(split(&[r#"x="a\\", b"#]), ["b", r#"x="a\\""#]);
        assert_eq!(split(&[r#"y, x="a,\\",c"#]), ["c", r#"x="a,\\""#, "y"]);
    }

    #[test]
    fn what_is_left_open_swallows_nothing_to_its_right() {
        assert_eq!(split(&[r#"x="a, b"#])[0], "b");
        assert_eq!(split(&[r#"x="a\", y="b""#])[0], r#"y="b""#);
        assert_eq!(split(&["x=\"a", "b"])[0], "b");
    }
}
