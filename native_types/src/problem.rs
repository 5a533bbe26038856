//! How errors are written for clients: as text, or as problem details (RFC 9457).

use http::{HeaderValue, StatusCode};

use crate::json::write_text;
use crate::message::ResponseMessage;
use crate::state::State;

/// In what form clients are told of errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorFormat {
    /// As plain text.
    #[default]
    Text,
    /// As a JSON object of type `application/problem+json`.
    Json,
}

/// The type of problem details.
pub const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Problem details of `status`; without `detail` they say no more than that.
pub fn problem(status: StatusCode, detail: &str) -> Vec<u8> {
    let title = status.canonical_reason().unwrap_or("Error");
    let mut problem = Vec::with_capacity(80 + title.len() + detail.len());
    problem.extend_from_slice(b"{\"type\":\"about:blank\",\"title\":");
    write_text(&mut problem, title);
    problem.extend_from_slice(b",\"status\":");
    problem.extend_from_slice(status.as_str().as_bytes());
    if !detail.is_empty() {
        problem.extend_from_slice(b",\"detail\":");
        write_text(&mut problem, detail);
    }
    problem.push(b'}');
    problem
}

/// The answer for an error, in the form that the interpreter's server uses; without `detail` it says no more than `status`.
pub fn error_message(status: StatusCode, detail: String, state: &State) -> ResponseMessage {
    let is_error = status.is_client_error() || status.is_server_error();
    if is_error && state.error_format.get() == Some(&ErrorFormat::Json) {
        ResponseMessage::new(status, PROBLEM, problem(status, &detail))
    } else if detail.is_empty() {
        ResponseMessage::plain(status)
    } else {
        ResponseMessage::text(status, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_json_whatever_the_detail_is() {
        for (status, detail, expected) in [
            (
                404,
                "",
                r#"{"type":"about:blank","title":"Not Found","status":404}"#,
            ),
            (
                422,
                "no \"ä\"\n\u{1f40d}",
                "{\"type\":\"about:blank\",\"title\":\"Unprocessable Entity\",\"status\":422,\"detail\":\"no \\\"ä\\\"\\n\u{1f40d}\"}",
            ),
            (
                499,
                "",
                r#"{"type":"about:blank","title":"Error","status":499}"#,
            ),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let written = problem(status, detail);
            assert_eq!(String::from_utf8(written).unwrap(), expected);
        }
    }
}
