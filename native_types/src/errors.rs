//! `coachwhip.HTTPError`: the exception that answers with a status.

use std::ffi::CStr;

use http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION,
    CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, SET_COOKIE, VARY,
};
use http::{HeaderName, StatusCode};

use crate::capi::builtin;
use crate::capi::exception::new_exception_type;
use crate::capi::method::{Method, function};
use crate::capi::{Arguments, Attached, Object, Owned, PyResult, Raised, convert};
use crate::header_list::HeaderList;
use crate::message::{Field, ResponseMessage};
use crate::problem::error_message;
use crate::response::status_of;
use crate::state::State;

const DOC: &CStr = c"HTTPError(status, detail='', headers=None)\n\nRaised by a handler: answers with that status, detail as the body.";

/// `__init__`; CPython keeps pointing at it.
static INIT: Method<()> = function(c"__init__", initialise, c"Sets status, detail and headers.");

/// Makes the exception type for one interpreter.
pub(crate) fn make_http_error(py: Attached<'_>) -> PyResult<Owned<'_>> {
    new_exception_type(c"coachwhip.HTTPError", DOC, &INIT, py)
}

/// `HTTPError.__init__(self, status, detail="", headers=None)`.
fn initialise<'py>(arguments: Arguments<'py>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let names = [c"self", c"status", c"detail", c"headers"];
    let [this, status, detail, headers] = arguments.bind("HTTPError", &names, (2, 4), py)?;
    let (this, status) = (
        this.expect("bind requires it"),
        status.expect("bind requires it"),
    );
    status_of(status, py)?;
    HeaderList::from_python(headers, py)?;
    this.set_attribute(c"status", status, py)?;
    let empty = convert::new_str("", py)?;
    this.set_attribute(c"detail", detail.unwrap_or(&empty), py)?;
    let none = builtin::none(py);
    this.set_attribute(c"headers", headers.unwrap_or(&none), py)?;
    Ok(none)
}

/// The answer that an `HTTPError` asks for.
///
/// # Errors
///
/// What reading its attributes raises, where a subclass or the handler has spoilt them.
pub(crate) fn answer(error: &Object, state: &State, py: Attached<'_>) -> PyResult<ResponseMessage> {
    let status = status_of(&*error.attribute(c"status", py)?, py)?;
    let detail = error.attribute(c"detail", py)?;
    let headers = HeaderList::from_python(Some(&*error.attribute(c"headers", py)?), py)?.fields();
    let text = if detail.is_none(py) {
        String::new()
    } else {
        convert::text_of(&detail, py)?
    };
    let has_type = headers.iter().any(|(name, _)| *name == CONTENT_TYPE);
    let mut message = if has_type && !text.is_empty() {
        ResponseMessage::text(status, text)
    } else {
        error_message(status, text, state)
    };
    if has_type {
        message.content_type = None;
    }
    message.headers = headers;
    Ok(message)
}

/// Fields that describe the text of an error, which something else has replaced.
const OF_CONTENT: [HeaderName; 9] = [
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_LOCATION,
    CONTENT_RANGE,
    CONTENT_TYPE,
    ETAG,
    LAST_MODIFIED,
];

/// Fields of which an answer may have the error's and its own.
const ADDED: [HeaderName; 2] = [SET_COOKIE, VARY];

/// Gives `message`, which answers for `error`, the header fields of that, if it is an `HTTPError`; those that `message` has
/// itself count.
///
/// # Errors
///
/// What reading its attributes raises, where a subclass or the handler has spoilt them.
pub(crate) fn keep_headers(
    error: &Object,
    message: &mut ResponseMessage,
    state: &State,
    py: Attached<'_>,
) -> PyResult<()> {
    let kind = state.http_error.get(py).expect("made with the module");
    if !error.is_instance(kind, py)? {
        return Ok(());
    }
    let headers = HeaderList::from_python(Some(&*error.attribute(c"headers", py)?), py)?.fields();
    let has_own = |name: &HeaderName| message.headers.iter().any(|(own, _)| own == name);
    let is_kept =
        |name: &HeaderName| !OF_CONTENT.contains(name) && (ADDED.contains(name) || !has_own(name));
    let kept: Vec<Field> = headers
        .into_iter()
        .filter(|(name, _)| is_kept(name))
        .collect();
    message.headers.extend(kept);
    Ok(())
}

/// Turns a `UnicodeDecodeError` or its like into `HTTPError(400, "<what>: <why>")`.
pub(crate) fn bad_request(what: &str, cause: Raised, state: &State, py: Attached<'_>) -> Raised {
    let cause = cause.take(py);
    let why = convert::text_of(&cause, py).unwrap_or_else(|raised| {
        raised.clear(py);
        String::from("unreadable")
    });
    raise(
        StatusCode::BAD_REQUEST,
        &format!("{what}: {why}"),
        state,
        py,
    )
}

/// Raises `HTTPError(status, detail)`.
pub(crate) fn raise(status: StatusCode, detail: &str, state: &State, py: Attached<'_>) -> Raised {
    let Some(kind) = state.http_error.get(py) else {
        return Raised::value_error(detail, py);
    };
    let pooled = state.pool().status(status, py);
    let made = pooled
        .and_then(|status| Ok((status, convert::new_str(detail, py)?)))
        .and_then(|(status, detail)| kind.call(&[&status, &detail], py));
    match made {
        Ok(error) => Raised::with(&error, py),
        Err(raised) => raised,
    }
}
