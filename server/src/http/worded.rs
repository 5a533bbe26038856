//! Refusals that functions of the handler module word: `@error_handler(413)`, `@error_handler(HTTPError)`.
//!
//! Those of requests without a route are found by the router. The others are found out later: they have an answer already,
//! which is sent unless Python gives another one. What it says of the connection holds in any case.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http::header::{CONNECTION, UPGRADE};
use http::request::Parts;
use native_types::message::{Params, RequestMessage, ResponseBody, RouteId};

use super::file_answer::{self, Absent};
use super::response::response;
use super::{AnswerBody, Peer, Site};
use crate::dispatch::Answer;
use crate::dispatch::desk::{self, Reply};
use crate::metrics::Reason;
use crate::router::Found;

/// A request of which no more than the head is known.
pub(super) fn head_alone(head: Parts, peer: Peer) -> RequestMessage {
    RequestMessage {
        method: head.method,
        uri: head.uri,
        version: head.version,
        headers: head.headers,
        decoded_path: None,
        route: RouteId(0),
        params: Params::default(),
        body: Bytes::new(),
        stream: None,
        client: peer.client,
        scheme: peer.scheme,
        socket: None,
    }
}

/// The same request once more, for another function.
fn again(request: &RequestMessage) -> RequestMessage {
    RequestMessage {
        method: request.method.clone(),
        uri: request.uri.clone(),
        version: request.version,
        headers: request.headers.clone(),
        decoded_path: request.decoded_path.clone(),
        route: request.route,
        params: Params::default(),
        body: request.body.clone(),
        stream: None,
        client: request.client,
        scheme: request.scheme,
        socket: None,
    }
}

/// Asks Python for another answer than `native`, where a function words such. A request that finds no room is answered
/// with `native`, too.
pub(super) fn ask(
    site: &Site,
    native: &Response<AnswerBody>,
    mut request: RequestMessage,
) -> Option<Reply> {
    let found = site
        .router
        .worded(native.status(), "", request.uri.path())?;
    let Found::Route {
        route,
        params,
        decoded_path,
    } = found
    else {
        return None;
    };
    (request.route, request.params, request.decoded_path) = (route, params, decoded_path);
    request.stream = None;
    desk::submit(Arc::new(request)).ok()
}

/// What Python has answered; `native` where that is nothing.
pub(super) async fn answer(reply: Reply, native: Response<AnswerBody>) -> Response<AnswerBody> {
    let mut worded = match reply.await {
        Answer::Response(message) if matches!(message.body, ResponseBody::File(_)) => {
            match file_answer::named(message).await {
                Ok(worded) => worded,
                Err(_) => return native,
            }
        }
        Answer::Response(message) => response(message),
        Answer::Refused(_) => return native,
    };
    for name in [CONNECTION, UPGRADE] {
        if let Some(value) = native.headers().get(&name) {
            worded.headers_mut().insert(name, value.clone());
        }
    }
    if let Some(reason) = native.extensions().get::<Reason>() {
        worded.extensions_mut().insert(*reason);
    }
    worded
}

/// As [`ask`] and [`answer`].
pub(super) async fn instead(
    site: &Site,
    native: Response<AnswerBody>,
    request: RequestMessage,
) -> Response<AnswerBody> {
    match ask(site, &native, request) {
        Some(reply) => answer(reply, native).await,
        None => native,
    }
}

/// The answer where a handler has named a file that can't be sent.
pub(super) async fn without_file(site: &Site, absent: Absent) -> Response<AnswerBody> {
    let Absent { native, request } = absent;
    match request {
        Some(request) => instead(site, native, again(&request)).await,
        None => native,
    }
}
