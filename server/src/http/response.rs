//! From a handler's answer to hyper's response.

use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderName, Response, StatusCode};
use native_types::message::{Field, ResponseMessage};

use super::AnswerBody;
use crate::files::Unsent;

/// `Keep-Alive` and `Proxy-Connection`: of the connection, although no RFC 9110 field.
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// The response for `message`.
pub fn response(message: ResponseMessage) -> Response<AnswerBody> {
    let has_body = allows_body(message.status);
    let body = if has_body {
        message.body.into()
    } else {
        AnswerBody::empty()
    };
    let mut response = Response::new(body);
    *response.status_mut() = message.status;
    if has_body
        && let Some(length) = announced(&message.headers)
        && response.body_mut().announce(length)
    {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    let headers = response.headers_mut();
    let mut content_type = message.content_type;
    if let Some(content_type) = content_type.take_if(|_| has_body) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    for (name, value) in message.headers {
        if !is_framing(&name) {
            headers.append(name, value);
        }
    }
    if !has_body {
        let content_type = headers.remove(CONTENT_TYPE).or(content_type);
        if message.status == StatusCode::NOT_MODIFIED {
            let length = None;
            let unsent = Unsent {
                content_type,
                length,
            };
            response.extensions_mut().insert(unsent);
        }
    }
    response
}

/// The length that a handler has announced, once and in digits. Nothing is no length that can be watched over.
fn announced(headers: &[Field]) -> Option<u64> {
    let mut lengths = headers.iter().filter(|(name, _)| *name == CONTENT_LENGTH);
    let (_, length) = lengths.next().filter(|_| lengths.next().is_none())?;
    let length = length.to_str().ok()?;
    let is_number = length.bytes().all(|byte| byte.is_ascii_digit());
    let length = length.parse().ok().filter(|_| is_number);
    length.filter(|length| *length > 0)
}

/// Whether an answer of that status has content (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
pub(super) fn allows_body(status: StatusCode) -> bool {
    !matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    )
}

/// Whether a field says where the message ends or what becomes of the connection: that is the server's to say.
fn is_framing(name: &HeaderName) -> bool {
    [
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
        CONNECTION,
        UPGRADE,
        KEEP_ALIVE,
        PROXY_CONNECTION,
    ]
    .contains(name)
}
