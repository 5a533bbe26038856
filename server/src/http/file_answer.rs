//! Answers whose body is a file.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LOCATION, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, EXPIRES, LAST_MODIFIED,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, Response, StatusCode};
use native_types::message::{FileMessage, RequestMessage, ResponseBody, ResponseMessage};

use super::response::{allows_body, response};
use super::{AnswerBody, Peer, Site, refusal, worded};
use crate::files::{self, FileBody, Mount, Unsent};

/// What the server says of a file, whatever a handler says.
const OF_THE_FILE: [HeaderName; 4] = [ETAG, LAST_MODIFIED, ACCEPT_RANGES, CONTENT_RANGE];

/// What a handler says of how long its file may be kept, which is not meant for a refusal.
const OF_CACHES: [HeaderName; 2] = [CACHE_CONTROL, EXPIRES];

/// What becomes of the answer of a handler that has named a file which can't be sent.
#[derive(Debug)]
pub struct Absent {
    /// The answer, unless somebody words another one: 404, or 500 for a file that can't be read.
    pub native: Response<AnswerBody>,
    /// The request, where that is known.
    pub(super) request: Option<Arc<RequestMessage>>,
}

/// The answer to a `GET` or `HEAD` of a path below a mount.
pub(super) async fn mounted(
    site: Arc<Site>,
    mount: Arc<Mount>,
    head: Parts,
    peer: Peer,
) -> Response<AnswerBody> {
    let directory = mount.directory.display().to_string();
    match files::serve(mount, &head.method, &head.uri, &head.headers).await {
        Ok(Some(response)) => with_reason(response),
        Ok(None) => {
            let native = refusal::plain(StatusCode::NOT_FOUND);
            worded::instead(&site, native, worded::head_alone(head, peer)).await
        }
        Err(error) => {
            tracing::error!(path = head.uri.path(), directory, %error, "a file can't be served");
            refusal::plain(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// The answer of a handler that has named a file.
///
/// # Errors
///
/// [`Absent`] with 404 for one that is not there, and a record: the handler has named it all the same. With 500 for one that
/// can't be read.
pub async fn named(mut message: ResponseMessage) -> Result<Response<AnswerBody>, Box<Absent>> {
    let body = std::mem::replace(&mut message.body, Bytes::new().into());
    let handlers = response(message);
    let ResponseBody::File(file) = body else {
        return Ok(handlers);
    };
    if !allows_body(handlers.status()) {
        return Ok(handlers);
    }
    let path = file.path.clone();
    match send(&file, handlers.status()).await {
        Ok(sent) => Ok(merge(sent, handlers)),
        Err(error) => {
            let (request, handler) = file.asked.unzip();
            let handler = handler.unwrap_or_default();
            let path = path.display().to_string();
            let status = if files::is_missing(&error) {
                tracing::warn!(handler, file = path, %error, "a handler named a file that is not there");
                StatusCode::NOT_FOUND
            } else {
                tracing::error!(handler, file = path, %error, "a file can't be served");
                StatusCode::INTERNAL_SERVER_ERROR
            };
            let mut native = refusal::plain(status);
            let is_kept = |name: &HeaderName| !is_of_file(name) && !OF_CACHES.contains(name);
            keep(&mut native, handlers, is_kept);
            Err(Box::new(Absent { native, request }))
        }
    }
}

/// The file with the status of the handler. The client's conditions and range hold for a plain `GET` or `HEAD` that is
/// answered 200 (RFC 9110 sections 13.2.1 and 14.2); any other answer has the whole file.
async fn send(file: &FileMessage, status: StatusCode) -> io::Result<Response<FileBody>> {
    let path = file.path.clone();
    let opened = tokio::task::spawn_blocking(move || files::open(path));
    let opened = opened.await.map_err(io::Error::other)??;
    match &file.asked {
        Some((request, _))
            if status == StatusCode::OK && matches!(request.method, Method::GET | Method::HEAD) =>
        {
            files::answer(&request.method, &request.headers, opened).await
        }
        _ => {
            let mut sent = files::answer(&Method::GET, &HeaderMap::new(), opened).await?;
            *sent.status_mut() = status;
            Ok(sent)
        }
    }
}

/// What is sent, with the header fields of the handler. Those about the content count only where there is content.
fn merge(sent: Response<FileBody>, handlers: Response<AnswerBody>) -> Response<AnswerBody> {
    let is_of_handler = sent.status() == handlers.status();
    let has_content = is_of_handler || sent.status() == StatusCode::PARTIAL_CONTENT;
    let mut merged = if is_of_handler {
        sent.map(AnswerBody::from)
    } else {
        with_reason(sent)
    };
    if let Some(kind) = handlers.headers().get(CONTENT_TYPE)
        && let Some(unsent) = merged.extensions_mut().get_mut::<Unsent>()
    {
        unsent.content_type = Some(kind.clone());
    }
    // Where the content lies is told of what the client has, too (RFC 9110 section 15.4.5).
    let is_known = merged.status() == StatusCode::NOT_MODIFIED;
    let is_kept = |name: &HeaderName| {
        let is_told = has_content || !is_of_file(name) || is_known && *name == CONTENT_LOCATION;
        !OF_THE_FILE.contains(name) && is_told
    };
    keep(&mut merged, handlers, is_kept);
    merged
}

/// Whether a field describes the content that the handler has named.
fn is_of_file(name: &HeaderName) -> bool {
    let is_of_content = name.as_str().starts_with("content-") && *name != CONTENT_SECURITY_POLICY;
    is_of_content || OF_THE_FILE.contains(name)
}

/// Sets fields of `response` as the handler has them.
fn keep(
    response: &mut Response<AnswerBody>,
    handlers: Response<AnswerBody>,
    is_kept: impl Fn(&HeaderName) -> bool,
) {
    let (head, _) = handlers.into_parts();
    for name in head.headers.keys().filter(|name| is_kept(name)) {
        response.headers_mut().remove(name);
        for value in head.headers.get_all(name) {
            response.headers_mut().append(name, value.clone());
        }
    }
}

/// The response with a text where it refuses something, as all of ours have.
fn with_reason(response: Response<FileBody>) -> Response<AnswerBody> {
    let refuses = [
        StatusCode::PRECONDITION_FAILED,
        StatusCode::RANGE_NOT_SATISFIABLE,
    ];
    let is_refusal = refuses.contains(&response.status());
    let mut response = response.map(AnswerBody::from);
    if is_refusal {
        refusal::name_status(&mut response);
    }
    response
}
