//! Answers whose body is a file.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{Response, StatusCode};
use native_types::message::TEXT;

use super::{AnswerBody, refusal};
use crate::files::{self, FileBody, Mount};

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

/// The response with a text where it is an error, as all of ours have.
fn with_reason(response: Response<FileBody>) -> Response<AnswerBody> {
    let status = response.status();
    if !status.is_client_error() {
        return response.map(AnswerBody::from);
    }
    let text = status.canonical_reason().unwrap_or("Error").as_bytes();
    let mut response = response.map(|_| AnswerBody::whole(Bytes::from_static(text)));
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().insert(CONTENT_TYPE, TEXT);
    response
}
