//! The answers that hyper gives by itself, to heads that it can't read: made to look as those of the server do.

use http::StatusCode;
use native_types::problem::{ErrorFormat, PROBLEM, problem};

/// How the answers begin, up to the version's last digit.
const BEGIN: &[u8] = b"HTTP/1.";

/// What follows the status line, but on a connection whose last request was of HTTP/1.0.
const CLOSE: &[u8] = b"connection: close\r\n";

/// What follows that. hyper gives them no content, and knows of no other fields.
const LENGTH: &[u8] = b"content-length: 0\r\n";
const DATE: &[u8] = b"date: ";

/// The status of what was marked as refused: all that hyper knows is that it can't read it.
const BAD_REQUEST: &[u8] = b" 400 ";

/// What an answer has that a handler or the server itself gave.
const SIGNATURE: &[u8] = b"server: coachwhip\r\n";

/// The longest of them, in bytes.
const BYTES_MAX: usize = 160;

/// What is sent in place of `written`, if that is an answer of hyper's own making: the same, signed, and with `status`
/// where that says better why. Where hyper says why, it has not come to what was refused; but of a head that is too long it can't
/// tell that the target is.
///
/// In JSON they get content: problem details. A `HEAD` that could not be read gets it, too; the connection ends behind it.
///
/// hyper offers no other way to say what is in it. Its form is looked at to the letter, so that nothing else is changed.
pub(super) fn signed(
    written: &[u8],
    status: Option<StatusCode>,
    format: ErrorFormat,
) -> Option<Vec<u8>> {
    if written.len() > BYTES_MAX || !written.starts_with(BEGIN) || !written.ends_with(b"\r\n\r\n") {
        return None;
    }
    let end = memchr::memchr(b'\n', written)? + 1;
    let (line, fields) = written.split_at(end);
    let fields = fields.strip_prefix(CLOSE).unwrap_or(fields);
    let date = fields.strip_prefix(LENGTH)?;
    let fields = date;
    let date = date.strip_prefix(DATE)?;
    if memchr::memchr(b'\n', date)? + 3 != date.len() {
        return None;
    }
    let mut answer = Vec::with_capacity(BYTES_MAX + SIGNATURE.len());
    let (version, reason) = line.split_at_checked(BEGIN.len() + 1)?;
    let status = status
        .filter(|status| *status == StatusCode::URI_TOO_LONG || reason.starts_with(BAD_REQUEST));
    if let Some(status) = status {
        let reason = status.canonical_reason().unwrap_or_default();
        answer.extend_from_slice(version);
        answer.extend_from_slice(format!(" {} {reason}\r\n", status.as_u16()).as_bytes());
    } else {
        answer.extend_from_slice(line);
    }
    answer.extend_from_slice(SIGNATURE);
    answer.extend_from_slice(CLOSE);
    let content = match (format, status.or_else(|| status_of(written))) {
        (ErrorFormat::Json, Some(status)) => problem(status, ""),
        (ErrorFormat::Json, None) | (ErrorFormat::Text, _) => Vec::new(),
    };
    if content.is_empty() {
        answer.extend_from_slice(LENGTH);
    } else {
        let length = content.len();
        let kind = PROBLEM;
        let kind = kind.to_str().expect("ASCII");
        answer.extend_from_slice(
            format!("content-type: {kind}\r\ncontent-length: {length}\r\n").as_bytes(),
        );
    }
    answer.extend_from_slice(fields);
    answer.extend_from_slice(&content);
    Some(answer)
}

/// The status of an answer.
pub(super) fn status_of(answer: &[u8]) -> Option<StatusCode> {
    let (_version, reason) = answer.split_at_checked(BEGIN.len() + 1)?;
    StatusCode::from_bytes(reason.get(1..4)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(written: &[u8], status: Option<StatusCode>) -> Option<Vec<u8>> {
        super::signed(written, status, ErrorFormat::Text)
    }

    #[test]
    fn answer_in_json_has_content_as_long_as_it_says() {
        let content = r#"{"type":"about:blank","title":"URI Too Long","status":414}"#;
        let status = Some(StatusCode::URI_TOO_LONG);
        let told = super::signed(WRITTEN.as_bytes(), status, ErrorFormat::Json).unwrap();
        let told = String::from_utf8(told).unwrap();
        let expected = WRITTEN
            .replace("400 Bad Request", "414 URI Too Long\r\nserver: coachwhip")
            .replace(
                "content-length: 0",
                &format!(
                    "content-type: application/problem+json\r\ncontent-length: {}",
                    content.len()
                ),
            );
        assert_eq!(told, expected + content);
        let told = super::signed(WRITTEN.as_bytes(), None, ErrorFormat::Json).unwrap();
        assert!(told.ends_with(br#""title":"Bad Request","status":400}"#));
    }

    const WRITTEN: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: Sun, 22 Nov 2026 01:07:27 GMT\r\n\r\n";

    #[test]
    fn answer_of_hyper_is_signed() {
        let signature = "\r\nserver: coachwhip\r\nconnection";
        let expected = WRITTEN.replace("\r\nconnection", signature);
        let told = signed(WRITTEN.as_bytes(), None).unwrap();
        assert_eq!(String::from_utf8(told).unwrap(), expected);
        let status = Some(StatusCode::URI_TOO_LONG);
        let told = signed(WRITTEN.as_bytes(), status).unwrap();
        assert_eq!(status_of(&told), status);
        let expected = expected.replace("400 Bad Request", "414 URI Too Long");
        assert_eq!(String::from_utf8(told).unwrap(), expected);
    }

    #[test]
    fn what_hyper_knows_better_is_kept() {
        let written = WRITTEN.replace("400 Bad Request", "431 Request Header Fields Too Large");
        let told = signed(written.as_bytes(), Some(StatusCode::BAD_REQUEST)).unwrap();
        assert!(told.starts_with(b"HTTP/1.1 431 "));
        let told = signed(written.as_bytes(), Some(StatusCode::URI_TOO_LONG)).unwrap();
        assert!(told.starts_with(b"HTTP/1.1 414 "));
    }

    #[test]
    fn answer_behind_one_to_an_old_client_is_signed_too() {
        let old = WRITTEN.replace("connection: close\r\n", "");
        let told = signed(old.as_bytes(), None);
        assert_eq!(told, signed(WRITTEN.as_bytes(), None));
        assert!(told.is_some());
    }

    #[test]
    fn nothing_else_is_changed() {
        for other in [
            "",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 204 No Content\r\nserver: coachwhip\r\nconnection: close\r\ndate: x\r\n\r\n",
            &WRITTEN.replace("GMT\r\n", "GMT\r\nx: y\r\n"),
            &WRITTEN.replace("length: 0", "length: 1"),
            &WRITTEN[..WRITTEN.len() - 2],
            &format!("{WRITTEN}\r\n"),
            &WRITTEN[1..],
        ] {
            assert_eq!(signed(other.as_bytes(), None), None, "{other:?}");
        }
    }
}
