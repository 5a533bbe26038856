//! Answers that the server gives by itself.

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, UPGRADE};
use http::{HeaderValue, Response, StatusCode};
use native_types::message::{BodyError, TEXT};
use native_types::problem::{PROBLEM, problem};

use super::answer_body::AnswerBody;
use super::overload;
use crate::dispatch::Refusal;
use crate::metrics::Reason;
use crate::router::Found;

/// After how many seconds a client that was refused for want of capacity may come again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// In the extensions of an answer whose content is the server's own: the name of its status.
#[derive(Clone, Copy, Debug)]
struct Own;

/// An answer that says no more than its status.
pub(super) fn plain(status: StatusCode) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::empty());
    *response.status_mut() = status;
    name_status(&mut response);
    response
}

/// Makes the name of its status the content of an answer.
pub(super) fn name_status(response: &mut Response<AnswerBody>) {
    let text = response.status().canonical_reason().unwrap_or("Error");
    *response.body_mut() = AnswerBody::whole(Bytes::from_static(text.as_bytes()));
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().insert(CONTENT_TYPE, TEXT);
    response.extensions_mut().insert(Own);
}

/// Writes what [`name_status`] has written as problem details.
pub(super) fn write_as_problem(response: &mut Response<AnswerBody>) {
    if response.extensions_mut().remove::<Own>().is_none() {
        return;
    }
    let problem = problem(response.status(), "");
    *response.body_mut() = AnswerBody::whole(problem.into());
    response.headers_mut().insert(CONTENT_TYPE, PROBLEM);
}

/// As [`plain`], and the connection is closed: what follows on it can't be told from the request's rest.
pub(super) fn closing(status: StatusCode) -> Response<AnswerBody> {
    let reason = match status {
        StatusCode::PAYLOAD_TOO_LARGE => Reason::BodyTooLarge,
        StatusCode::REQUEST_TIMEOUT => Reason::BodyTooSlow,
        StatusCode::EXPECTATION_FAILED | StatusCode::NOT_IMPLEMENTED => Reason::Unsupported,
        _ => Reason::BadRequest,
    };
    let mut response = because(reason, plain(status));
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// An answer that is a refusal, to be counted as such.
fn because(reason: Reason, mut response: Response<AnswerBody>) -> Response<AnswerBody> {
    response.extensions_mut().insert(reason);
    response
}

/// The answer to a request that goes to no handler and no mount.
pub fn unrouted(found: Found) -> Response<AnswerBody> {
    match found {
        Found::MethodNotAllowed { allow } => method_not_allowed(allow),
        Found::Options { allow } => options(allow),
        Found::BadPath => because(Reason::BadRequest, plain(StatusCode::BAD_REQUEST)),
        Found::UpgradeRequired => upgrade_required(),
        Found::NotFound | Found::Route { .. } | Found::Mount(_) => plain(StatusCode::NOT_FOUND),
    }
}

/// 405 with `Allow`.
fn method_not_allowed(allow: HeaderValue) -> Response<AnswerBody> {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, allow);
    response
}

/// 426: the path is for WebSockets, which the request does not ask for (RFC 9110 section 15.5.22).
pub(super) fn upgrade_required() -> Response<AnswerBody> {
    let mut response = plain(StatusCode::UPGRADE_REQUIRED);
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    response
}

/// 204 with `Allow`.
fn options(allow: HeaderValue) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, allow);
    response
}

/// The answer to `OPTIONS *`, which asks about no resource (RFC 9110 section 9.3.7).
pub(super) fn server_options() -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// The answer to a body that could not be read.
pub(super) fn for_body(error: BodyError) -> Response<AnswerBody> {
    closing(error.status())
}

/// The answer to a request that no handler answered.
pub(super) fn for_dispatch(refusal: Refusal) -> Response<AnswerBody> {
    overload::note(refusal);
    let reason = match refusal {
        Refusal::Full => Reason::QueueFull,
        Refusal::WaitedTooLong => Reason::QueueTimeout,
        Refusal::Closed => Reason::Closed,
        Refusal::Lost => {
            let response = plain(StatusCode::INTERNAL_SERVER_ERROR);
            return because(Reason::WorkerLost, response);
        }
    };
    because(reason, no_room())
}

/// 503 with `Retry-After`.
pub(super) fn no_room() -> Response<AnswerBody> {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE);
    response
        .headers_mut()
        .insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    response
}
