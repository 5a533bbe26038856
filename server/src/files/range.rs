//! Which part of a file a client asks for (RFC 9110 section 14).
//!
//! The file service refuses with 416 whatever it does not understand. A range that is not understood is to be ignored
//! instead, and a file that is shorter than the suffix that is asked for is wanted whole.

use http::HeaderValue;

/// The range to ask the file service for, of a file of `length` bytes; `None` for the whole file: without a range, for
/// several at once (which may be ignored), and for one that is malformed.
pub(super) fn range(asked: &HeaderValue, length: u64) -> Option<HeaderValue> {
    let (unit, range) = asked.to_str().ok()?.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || length == 0 {
        return None;
    }
    let plain = match (first, last) {
        ("", suffix) => {
            let suffix = position(suffix)?;
            if suffix >= length {
                String::from("bytes=0-")
            } else {
                format!("bytes=-{suffix}")
            }
        }
        (first, "") => format!("bytes={}-", position(first)?),
        (first, last) => {
            let (first, last) = (position(first)?, position(last)?);
            if first > last {
                return None;
            }
            format!("bytes={first}-{last}")
        }
    };
    plain.try_into().ok()
}

/// A number of bytes; one beyond 64 bits is beyond every file, too.
fn position(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_is_understood_or_ignored() {
        for (asked, expected) in [
            ("bytes=0-4", Some("bytes=0-4")),
            ("Bytes=0-4", Some("bytes=0-4")),
            ("bytes=007-009", Some("bytes=7-9")),
            ("bytes=5-", Some("bytes=5-")),
            ("bytes=-3", Some("bytes=-3")),
            ("bytes=-10", Some("bytes=0-")),
            ("bytes=-11", Some("bytes=0-")),
            ("bytes=-0", Some("bytes=-0")),
            (
                "bytes=0-99999999999999999999",
                Some("bytes=0-18446744073709551615"),
            ),
            ("bytes=4-0", None),
            ("bytes=0-1,4-5", None),
            ("bytes=a-b", None),
            ("bytes=+0-4", None),
            ("bytes=-", None),
            ("bytes", None),
            ("lines=0-4", None),
        ] {
            let found = range(&HeaderValue::from_static(asked), 10);
            assert_eq!(found, expected.map(HeaderValue::from_static), "{asked}");
        }
        assert_eq!(range(&HeaderValue::from_static("bytes=0-"), 0), None);
    }
}
