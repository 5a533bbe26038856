//! The opening handshake of a WebSocket (RFC 6455 section 4.2).

use std::future::poll_fn;
use std::sync::Arc;

use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use hyper::upgrade::OnUpgrade;
use native_types::message::{RequestMessage, ResponseMessage};
use native_types::socket::{Outgoing, Wire, socket};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::answer_body::{AnswerBody, Switch};
use super::response::response;
use super::service::{is_file, send_file};
use super::{Site, refusal};
use crate::dispatch::{Answer, Refusal, desk};

/// The one version there is (RFC 6455 section 4.1).
const VERSION: HeaderValue = HeaderValue::from_static("13");

/// How many characters the 16 bytes of a key have in base64.
const KEY_LENGTH: usize = 24;

/// A handshake that is as it should be.
#[derive(Debug)]
pub(super) struct Handshake {
    upgrade: OnUpgrade,
    accept: HeaderValue,
}

/// Whether a request asks for a WebSocket, in whatever way.
pub(super) fn is_asked_for(head: &Parts) -> bool {
    head.method == Method::GET
        && head.version == Version::HTTP_11
        && has_token(&head.headers, &UPGRADE, "websocket")
}

/// Why a handshake is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// It is not as RFC 6455 section 4.2.1 says. The client's fault: 400.
    Malformed,
    /// It is of another version. The client's fault: 426, with ours.
    Version,
    /// The server is about to end: 503.
    TooLate,
}

/// Checks a request that asks for a WebSocket; takes the means to upgrade its connection out of it.
pub(super) fn check(head: &mut Parts) -> Result<Handshake, Mistake> {
    let headers = &head.headers;
    if !has_token(headers, &CONNECTION, "upgrade") {
        return Err(Mistake::Malformed);
    }
    let version = single(headers, &SEC_WEBSOCKET_VERSION).ok_or(Mistake::Malformed)?;
    if *version != VERSION {
        return Err(Mistake::Version);
    }
    let key = single(headers, &SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    let key = key.filter(|key| is_key(key)).ok_or(Mistake::Malformed)?;
    let accept = HeaderValue::try_from(derive_accept_key(key)).map_err(|_| Mistake::Malformed)?;
    let upgrade = head.extensions.remove::<OnUpgrade>();
    let upgrade = upgrade.ok_or(Mistake::Malformed)?;
    Ok(Handshake { upgrade, accept })
}

/// The answer to a handshake that is refused.
pub(super) fn refused(mistake: Mistake) -> Response<AnswerBody> {
    match mistake {
        Mistake::Malformed => refusal::closing(StatusCode::BAD_REQUEST),
        Mistake::TooLate => refusal::for_dispatch(Refusal::Closed),
        Mistake::Version => {
            let mut response = refusal::upgrade_required();
            let headers = response.headers_mut();
            headers.insert(SEC_WEBSOCKET_VERSION, VERSION);
            response
        }
    }
}

/// Whether one of a field's comma-separated words is `token`, whatever its case.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter();
    let mut words = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    words.any(|word| word.trim().eq_ignore_ascii_case(token))
}

/// The value of a field that must not be repeated.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Whether these are 16 bytes in base64 (RFC 4648 section 4): 22 digits, of which the last holds 2 bits of them.
fn is_key(key: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.len() == KEY_LENGTH
        && key.ends_with(b"==")
        && key[..22].iter().all(is_digit)
        && matches!(key[21], b'A' | b'Q' | b'g' | b'w')
}

impl Handshake {
    /// Hands the socket to a handler, and waits for its answer.
    ///
    /// # Cancel
    ///
    /// Dropped when the client leaves: to the handler, the connection is lost.
    pub(super) async fn finish(
        self,
        site: Arc<Site>,
        mut message: RequestMessage,
    ) -> Response<AnswerBody> {
        let (socket, wire) = socket();
        message.socket = Some(Box::new(socket));
        let reply = match desk::submit(Arc::new(message)) {
            Ok(reply) => reply,
            Err(full) => return refusal::for_dispatch(full),
        };
        match reply.await {
            Answer::Response(message) if message.status == StatusCode::SWITCHING_PROTOCOLS => {}
            Answer::Response(message) => return response(message),
            Answer::Refused(why) => return refusal::for_dispatch(why),
        }
        let first = poll_fn(|context| wire.outgoing.poll_piece(context)).await;
        match first {
            Ok(Some(Outgoing::Accept(fields))) => self.switch(fields, wire),
            Ok(Some(Outgoing::Refuse(message))) if is_file(&message) => {
                send_file(site, *message).await
            }
            Ok(Some(Outgoing::Refuse(message))) => response(*message),
            Ok(Some(Outgoing::Message(_) | Outgoing::Close(_)) | None) | Err(_) => {
                refusal::plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// 101, and the connection is the socket's.
    fn switch(self, fields: Vec<(HeaderName, HeaderValue)>, wire: Wire) -> Response<AnswerBody> {
        let mut message = ResponseMessage::plain(StatusCode::SWITCHING_PROTOCOLS);
        message.content_type = None;
        message.headers = fields;
        let mut response = response(message);
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        let upgrade = self.upgrade;
        *response.body_mut() = AnswerBody::switching(Switch { upgrade, wire });
        response
    }
}
