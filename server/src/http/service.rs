//! One request: routed, read, dispatched, answered.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, HOST, SERVER};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use native_types::message::{RequestMessage, Scheme};

use super::{Site, body, refusal, response};
use crate::dispatch::{Answer, desk};
use crate::router::Found;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The address; `None` on a unix socket.
    pub client: Option<SocketAddr>,
    /// `http` or `https`.
    pub scheme: Scheme,
}

/// Answers one request.
///
/// # Cancel
///
/// Dropped when the client leaves: a request that waits is withdrawn, one that runs goes on unheard.
pub async fn respond(
    site: Arc<Site>,
    peer: Peer,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let mut response = answer(&site, peer, request).await;
    let headers = response.headers_mut();
    headers
        .entry(SERVER)
        .or_insert(HeaderValue::from_static("coachwhip"));
    if site.is_draining() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn answer(site: &Site, peer: Peer, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, incoming) = request.into_parts();
    if !has_one_host(&head) {
        return refusal::closing(StatusCode::BAD_REQUEST);
    }
    let (route, params, decoded_path) = match site.router.find(&head.method, head.uri.path()) {
        Found::Route {
            route,
            params,
            decoded_path,
        } => (route, params, decoded_path),
        Found::NotFound => return refusal::plain(StatusCode::NOT_FOUND),
        Found::MethodNotAllowed { allow } => return refusal::method_not_allowed(allow),
        Found::Options { allow } => return refusal::options(allow),
        Found::BadPath => return refusal::plain(StatusCode::BAD_REQUEST),
    };
    let body = match body::read(incoming, site.body_bytes_max, site.body_timeout).await {
        Ok(body) => body,
        Err(error) => return refusal::for_body(error),
    };
    let message = Arc::new(RequestMessage {
        method: head.method,
        uri: head.uri,
        version: head.version,
        headers: head.headers,
        decoded_path,
        route,
        params,
        body,
        client: peer.client,
        scheme: peer.scheme,
    });
    let reply = match desk::submit(message) {
        Ok(reply) => reply,
        Err(full) => return refusal::for_dispatch(full),
    };
    match reply.await {
        Answer::Response(message) => response::response(message),
        Answer::Refused(why) => refusal::for_dispatch(why),
    }
}

/// Whether the request names one host (RFC 9112 section 3.2); HTTP/1.0 need not.
fn has_one_host(head: &http::request::Parts) -> bool {
    let mut hosts = head.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => false,
        (Some(_), None) => true,
        (None, _) => head.version < Version::HTTP_11 || head.uri.authority().is_some(),
    }
}
