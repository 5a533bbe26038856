//! Answers whose body is a file.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, Response, StatusCode};
use native_types::message::{FileMessage, ResponseBody, ResponseMessage, TEXT};

use super::response::{allows_body, response};
use super::{AnswerBody, refusal};
use crate::files::{self, FileBody, Mount};

/// What the server says of a file, whatever a handler says.
const OF_THE_FILE: [HeaderName; 4] = [ETAG, LAST_MODIFIED, ACCEPT_RANGES, CONTENT_RANGE];

/// The answer to a `GET` or `HEAD` of a path below a mount.
pub(super) async fn mounted(mount: Arc<Mount>, head: Parts) -> Response<AnswerBody> {
    let directory = mount.directory.display().to_string();
    match files::serve(mount, &head.method, &head.uri, &head.headers).await {
        Ok(Some(response)) => with_reason(response),
        Ok(None) => refusal::plain(StatusCode::NOT_FOUND),
        Err(error) => {
            tracing::error!(path = head.uri.path(), directory, %error, "a file can't be served");
            refusal::plain(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// The answer of a handler that has named a file. One that is not there is answered 404, with a record: the handler has
/// named it all the same.
pub async fn named(mut message: ResponseMessage) -> Response<AnswerBody> {
    let body = std::mem::replace(&mut message.body, Bytes::new().into());
    let handlers = response(message);
    let ResponseBody::File(file) = body else {
        return handlers;
    };
    if !allows_body(handlers.status()) {
        return handlers;
    }
    let path = file.path.clone();
    match send(&file, handlers.status()).await {
        Ok(sent) => merge(sent, handlers),
        Err(error) => {
            let handler = file.asked.map(|(_, handler)| handler).unwrap_or_default();
            let path = path.display().to_string();
            if files::is_missing(&error) {
                tracing::warn!(handler, file = path, %error, "a handler named a file that is not there");
                refusal::plain(StatusCode::NOT_FOUND)
            } else {
                tracing::error!(handler, file = path, %error, "a file can't be served");
                refusal::plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
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
    let (head, _) = handlers.into_parts();
    let is_kept = |name: &HeaderName| {
        let is_of_content = name.as_str().starts_with("content-");
        !OF_THE_FILE.contains(name) && (has_content || !is_of_content)
    };
    for name in head.headers.keys().filter(|name| is_kept(name)) {
        merged.headers_mut().remove(name);
        for value in head.headers.get_all(name) {
            merged.headers_mut().append(name, value.clone());
        }
    }
    merged
}

/// The response with a text where it refuses something, as all of ours have.
fn with_reason(response: Response<FileBody>) -> Response<AnswerBody> {
    let status = response.status();
    let refuses = [
        StatusCode::PRECONDITION_FAILED,
        StatusCode::RANGE_NOT_SATISFIABLE,
    ];
    if !refuses.contains(&status) {
        return response.map(AnswerBody::from);
    }
    let text = status.canonical_reason().unwrap_or("Error").as_bytes();
    let mut response = response.map(|_| AnswerBody::whole(Bytes::from_static(text)));
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().insert(CONTENT_TYPE, TEXT);
    response
}
