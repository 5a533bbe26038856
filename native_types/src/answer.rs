//! From what a handler returned, or raised, to the answer as plain data.

use bytes::Bytes;
use http::StatusCode;

use crate::capi::builtin::Kind;
use crate::capi::{Attached, Object, PyResult, Raised, This};
use crate::header_list::HeaderList;
use crate::message::{JSON, ResponseMessage};
use crate::response::{Response, body_of, status_of};
use crate::state::State;
use crate::{errors, json};

/// The answer for what a handler returned.
///
/// # Errors
///
/// `TypeError` for a type that is no answer, and what writing JSON raises.
pub fn message_of(returned: &Object, state: &State, py: Attached<'_>) -> PyResult<ResponseMessage> {
    match returned.kind(py) {
        Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::MemoryView => {
            let (body, content_type) = body_of(returned, state, py)?;
            Ok(message(StatusCode::OK, content_type, body))
        }
        Kind::Dict | Kind::List | Kind::Int | Kind::Float | Kind::Bool => {
            let body = json::dumps(returned, py)?.into();
            Ok(message(StatusCode::OK, Some(JSON), body))
        }
        Kind::None => Ok(message(StatusCode::NO_CONTENT, None, Bytes::new())),
        Kind::Tuple => tuple_message(returned, state, py),
        Kind::Other => {
            if let Some(response) = This::<Response>::downcast(returned, state, py) {
                Ok(response.message())
            } else {
                let name = returned.type_name(py);
                Err(Raised::type_error(
                    &format!("a handler can't return {name}"),
                    py,
                ))
            }
        }
    }
}

fn message(
    status: StatusCode,
    content_type: Option<http::HeaderValue>,
    body: Bytes,
) -> ResponseMessage {
    ResponseMessage {
        status,
        content_type,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// The answer for `(body, status)` or `(body, status, headers)`.
fn tuple_message(returned: &Object, state: &State, py: Attached<'_>) -> PyResult<ResponseMessage> {
    let length = returned.length(py)?;
    if !(2..=3).contains(&length) {
        let text = format!(
            "a tuple that a handler returns is (body, status) or (body, status, headers); this has {length} items"
        );
        return Err(Raised::type_error(&text, py));
    }
    let (body, status) = (returned.item(0, py)?, returned.item(1, py)?);
    if matches!(body.kind(py), Kind::Tuple) {
        return Err(Raised::type_error(
            "the body in a tuple can't be a tuple",
            py,
        ));
    }
    let mut message = message_of(&body, state, py)?;
    message.status = status_of(&status, py)?;
    if length == 3 {
        let headers = HeaderList::from_python(Some(&*returned.item(2, py)?), py)?.fields();
        if headers
            .iter()
            .any(|(name, _)| *name == http::header::CONTENT_TYPE)
        {
            message.content_type = None;
            message
                .headers
                .retain(|(name, _)| *name != http::header::CONTENT_TYPE);
        }
        message.headers.extend(headers);
    }
    Ok(message)
}

/// The answer for an `HTTPError`, or `None` for another exception.
///
/// # Errors
///
/// What reading the exception's attributes raises.
pub fn message_of_error(
    error: &Object,
    state: &State,
    py: Attached<'_>,
) -> PyResult<Option<ResponseMessage>> {
    let Some(kind) = state.http_error.get(py) else {
        return Ok(None);
    };
    if error.is_instance(kind, py)? {
        errors::answer(error, py).map(Some)
    } else {
        Ok(None)
    }
}
