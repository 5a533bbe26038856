//! `coachwhip.HTTPError`: the exception that answers with a status.

use std::ffi::CStr;

use http::StatusCode;

use crate::capi::builtin;
use crate::capi::exception::new_exception_type;
use crate::capi::method::{Method, function};
use crate::capi::{Arguments, Attached, Object, Owned, PyResult, Raised, convert};
use crate::header_list::HeaderList;
use crate::message::ResponseMessage;
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
pub(crate) fn answer(error: &Object, py: Attached<'_>) -> PyResult<ResponseMessage> {
    let status = status_of(&*error.attribute(c"status", py)?, py)?;
    let detail = error.attribute(c"detail", py)?;
    let headers = HeaderList::from_python(Some(&*error.attribute(c"headers", py)?), py)?.fields();
    let text = if detail.is_none(py) {
        String::new()
    } else {
        convert::text_of(&detail, py)?
    };
    let mut message = if text.is_empty() {
        ResponseMessage::plain(status)
    } else {
        ResponseMessage::text(status, text)
    };
    if headers
        .iter()
        .any(|(name, _)| *name == http::header::CONTENT_TYPE)
    {
        message.content_type = None;
    }
    message.headers = headers;
    Ok(message)
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
