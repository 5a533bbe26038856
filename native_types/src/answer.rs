//! From what a handler returned, or raised, to the answer as plain data.

use bytes::Bytes;
use http::StatusCode;

use crate::capi::builtin::Kind;
use crate::capi::{Attached, Object, PyResult, Raised, This, convert};
use crate::header_list::HeaderList;
use crate::message::{JSON, ResponseMessage};
use crate::response::{Response, body_of, status_of};
use crate::signature;
use crate::state::State;
use crate::streaming::{Source, is_source};
use crate::{errors, json};

/// An answer: whole, or its head and what its body is to be made of.
#[derive(Debug)]
pub struct Answer<'py> {
    /// All of it, but for a body that is streamed.
    pub message: ResponseMessage,
    /// What makes the body, where it is streamed.
    pub source: Option<Source<'py>>,
}

impl From<ResponseMessage> for Answer<'_> {
    fn from(message: ResponseMessage) -> Self {
        Self {
            message,
            source: None,
        }
    }
}

/// The answer for what a handler returned.
///
/// # Errors
///
/// `TypeError` for a type that is no answer, what writing JSON raises, `RuntimeError` for a `Response` whose streamed body
/// was sent before.
pub fn answer_of<'py>(
    returned: &Object,
    state: &State,
    py: Attached<'py>,
) -> PyResult<Answer<'py>> {
    match returned.kind(py) {
        Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::MemoryView => {
            let (body, content_type) = body_of(returned, state, py)?;
            Ok(message(StatusCode::OK, content_type, body).into())
        }
        Kind::Dict | Kind::List | Kind::Int | Kind::Float | Kind::Bool => {
            let body = json::dumps(returned, state, py)?.into();
            Ok(message(StatusCode::OK, Some(JSON), body).into())
        }
        Kind::None => Ok(message(StatusCode::NO_CONTENT, None, Bytes::new()).into()),
        Kind::Tuple => tuple_answer(returned, state, py),
        Kind::Other => {
            if let Some(response) = This::<Response>::downcast(returned, state, py) {
                response.answer(py)
            } else if is_source(returned, py) {
                Ok(Answer {
                    message: message(StatusCode::OK, None, Bytes::new()),
                    source: Some(Source::of(returned.own(py))),
                })
            } else {
                Err(no_answer(returned, state, py))
            }
        }
    }
}

/// What a handler may return, for one that returned something else.
fn no_answer(returned: &Object, state: &State, py: Attached<'_>) -> Raised {
    let name = returned.type_name(py);
    let error = state.http_error.get(py);
    let is_error = error.map_or(Ok(false), |kind| returned.is_instance(kind, py));
    let is_error = match is_error {
        Ok(is_error) => is_error,
        Err(raised) => return raised,
    };
    let remedy = if is_error {
        "raise it"
    } else {
        "it may return str, bytes, dict, list, int, float, bool, None, an iterator, Response, (body, status) or (body, status, headers)"
    };
    Raised::type_error(&format!("a handler can't return {name}; {remedy}"), py)
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
fn tuple_answer<'py>(returned: &Object, state: &State, py: Attached<'py>) -> PyResult<Answer<'py>> {
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
    let Answer {
        mut message,
        source,
    } = answer_of(&body, state, py)?;
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
    Ok(Answer { message, source })
}

/// The exception that [`answer_of`] has raised, with a note on the handler (PEP 678): its traceback does not lead there.
pub fn noted(raised: Raised, source: &signature::Source, py: Attached<'_>) -> Raised {
    let exception = raised.take(py);
    let note = convert::new_str(&format!("It was returned by the handler {source}"), py);
    let added = note.and_then(|note| exception.call_method(c"add_note", &[&note], py));
    if let Err(raised) = added {
        raised.clear(py);
    }
    Raised::with(&exception, py)
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
        errors::answer(error, state, py).map(Some)
    } else {
        Ok(None)
    }
}
