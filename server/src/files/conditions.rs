//! What the conditions of a request come to, in the order of RFC 9110 section 13.2.2.

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName, StatusCode};
use httpdate::parse_http_date;
use std::time::SystemTime;

use super::validators::Validators;

/// The status that a condition of a `GET` or `HEAD` asks for in place of the file: 304 or 412.
pub(super) fn refusal(headers: &HeaderMap, validators: &Validators) -> Option<StatusCode> {
    let modified = validators.modified;
    let since = |name| date(headers, name).zip(modified);
    let is_met = if headers.contains_key(IF_MATCH) {
        // A strong comparison (section 8.8.3.2).
        any_tag(headers, &IF_MATCH, |tag| {
            tag == validators.tag.as_bytes() && tag.starts_with(b"\"")
        })
    } else {
        since(IF_UNMODIFIED_SINCE).is_none_or(|(date, modified)| modified <= date)
    };
    if !is_met {
        return Some(StatusCode::PRECONDITION_FAILED);
    }
    let is_known = if headers.contains_key(IF_NONE_MATCH) {
        let own = opaque(validators.tag.as_bytes());
        any_tag(headers, &IF_NONE_MATCH, |tag| opaque(tag) == own)
    } else {
        let since = since(IF_MODIFIED_SINCE).filter(|_| validators.is_date_strong);
        since.is_some_and(|(date, modified)| modified <= date)
    };
    is_known.then_some(StatusCode::NOT_MODIFIED)
}

/// Whether `If-Range`, where there is one, names the file as it is. A weak tag never does, nor does a date whose second is
/// not over (section 13.1.5).
pub(super) fn allows_range(headers: &HeaderMap, validators: &Validators) -> bool {
    let Some(if_range) = headers.get(IF_RANGE) else {
        return true;
    };
    let is_tag = if_range.as_bytes().starts_with(b"\"") && *if_range == validators.tag;
    let is_date =
        || validators.is_date_strong && validators.last_modified().as_ref() == Some(if_range);
    is_tag || is_date()
}

/// The date of a field; one that is none is ignored.
fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    let text = headers.get(name)?.to_str().ok()?;
    parse_http_date(text).ok()
}

/// The tag without what says that it is weak.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// Whether one of a field's tags is as wanted; `*` stands for each. What can't be read ends its line.
pub fn any_tag(headers: &HeaderMap, name: &HeaderName, is_wanted: impl Fn(&[u8]) -> bool) -> bool {
    let lines = headers.get_all(name).iter();
    lines.map(|line| line.as_bytes().trim_ascii()).any(|line| {
        let mut rest = line;
        std::iter::from_fn(|| next_tag(&mut rest)).any(&is_wanted) || line == b"*"
    })
}

/// Takes the next tag off a list, quotes and all.
fn next_tag<'a>(list: &mut &'a [u8]) -> Option<&'a [u8]> {
    let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b',');
    let start = list.iter().position(|byte| !is_between(byte))?;
    let text = &list[start..];
    let opening = if text.starts_with(b"W/") { 2 } else { 0 };
    let inner = text[opening..].strip_prefix(b"\"")?;
    let end = opening + 2 + memchr::memchr(b'"', inner)?;
    let (tag, rest) = text.split_at(end);
    *list = rest;
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_off_a_list() {
        for (list, expected) in [
            ("\"a\"", &["\"a\""][..]),
            (
                " \"a,b\" ,, W/\"c\"\t, \"\"",
                &["\"a,b\"", "W/\"c\"", "\"\""],
            ),
            ("\"a\", b, \"c\"", &["\"a\""]),
            ("\"a", &[]),
            ("W/", &[]),
            ("w/\"a\"", &[]),
            ("*", &[]),
            ("", &[]),
        ] {
            let mut rest = list.as_bytes();
            let found: Vec<_> = std::iter::from_fn(|| next_tag(&mut rest)).collect();
            let expected: Vec<_> = expected.iter().map(|tag| tag.as_bytes()).collect();
            assert_eq!(found, expected, "{list}");
        }
    }
}
