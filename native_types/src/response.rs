//! `coachwhip.Response`: an answer with a status and header fields of its own.

use std::ffi::CStr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderValue, StatusCode};

use crate::answer::Answer;
use crate::body::BodyBuffer;
use crate::capi::builtin::{self, Kind};
use crate::capi::exception::Builtin;
use crate::capi::getter::{Getter, getter, property};
use crate::capi::heap_type::new_object;
use crate::capi::method::{Method, class_method, method};
use crate::capi::slot::Slot;
use crate::capi::{Arguments, Attached, HeapType, Object, Owned, PyResult, RefSlot, This};
use crate::capi::{Raised, convert};
use crate::header_list::{HeaderList, header_value};
use crate::message::{FileMessage, JSON, OCTETS, ResponseBody, ResponseMessage, TEXT};
use crate::response_headers::ResponseHeaders;
use crate::state::State;
use crate::streaming::{Source, is_source};
use crate::{cookie, events, json};

/// An answer. The body is fixed, the status and the header fields may change until the handler returns it.
///
/// # Threads
///
/// Any thread of its interpreter; the lock is never held while Python runs.
#[derive(Debug)]
pub(crate) struct Response {
    status: AtomicU16,
    /// Whether the status was given, so that no error's takes its place.
    has_status: AtomicBool,
    headers: Mutex<HeaderList>,
    body: Body,
}

/// The body of an answer.
#[derive(Debug)]
enum Body {
    /// All of it.
    Whole(Bytes),
    /// What makes it, until it is sent.
    Streamed(Mutex<Option<RefSlot>>),
    /// What the server reads there when it sends the answer.
    File(PathBuf),
}

impl HeapType for Response {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.Response";
    const DOC: &'static CStr = c"Response(body=b'', status=200, headers=None, content_type=None)\n--\n\nAn answer with a status and header fields of its own.";
    const GETTERS: &'static [Getter<Self>] = &[
        property(
            c"status",
            Self::status,
            Self::set_status,
            c"int: 200 to 599.",
        ),
        getter(
            c"headers",
            Self::headers,
            c"ResponseHeaders: ordered and mutable.",
        ),
        getter(c"body", Self::body, c"bytes: the body."),
        Getter::END,
    ];
    const METHODS: &'static [Method<Self>] = &[
        class_method(c"json", Self::json, c"json($type, value, status=200, headers=None)\n--\n\nAn answer of JSON."),
        class_method(c"events", Self::events, c"events($type, source, status=200, headers=None)\n--\n\nAn answer of server-sent events."),
        class_method(c"redirect", Self::redirect, c"redirect($type, url, status=302)\n--\n\nAn answer that sends the client to another URL."),
        class_method(c"file", Self::file, c"file($type, path, content_type=None)\n--\n\nAn answer of a file, which the server reads and sends."),
        method(c"set_cookie", Self::set_cookie, cookie::DOC),
        Method::END,
    ];

    fn slots() -> Vec<Slot<Self>> {
        vec![Slot::new(Self::new), Slot::repr(Self::repr)]
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.response
    }
}

impl Response {
    fn new<'py>(arguments: Arguments<'py>, state: &'py State, py: Attached<'py>) -> PyResult<Self> {
        let names = [c"body", c"status", c"headers", c"content_type"];
        let [body, status, headers, content_type] =
            arguments.bind("Response", &names, (0, 4), py)?;
        let (body, default_type) = match body {
            Some(body) => match body_of(body, state, py) {
                Ok((bytes, default_type)) => (Body::Whole(bytes), default_type),
                // Asked last: most bodies are none.
                Err(raised) if is_source(body, py) => {
                    raised.clear(py);
                    (Body::streamed(body, py), None)
                }
                Err(raised) => return Err(raised),
            },
            None => (Body::Whole(Bytes::new()), None),
        };
        let status = given_status(status, py)?;
        let mut list = HeaderList::from_python(headers, py)?;
        match content_type.filter(|kind| !kind.is_none(py)) {
            Some(kind) => list.set(CONTENT_TYPE, header_value(kind, py)?),
            None if list.contains(&CONTENT_TYPE) || body.whole().is_none_or(Bytes::is_empty) => {}
            None => list.extend(default_type.map(|kind| (CONTENT_TYPE, kind))),
        }
        Ok(Self::of(status, list, body))
    }

    /// An answer with the status that was given, or 200.
    fn of(status: Option<StatusCode>, headers: HeaderList, body: Body) -> Self {
        Self {
            status: AtomicU16::new(status.unwrap_or(StatusCode::OK).as_u16()),
            has_status: AtomicBool::new(status.is_some()),
            headers: Mutex::new(headers),
            body,
        }
    }

    /// The header fields, locked. A panic under the lock leaves a list that is still whole.
    pub(crate) fn lock_headers(&self) -> MutexGuard<'_, HeaderList> {
        self.headers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn status_code(&self) -> StatusCode {
        let status = StatusCode::from_u16(self.status.load(Ordering::Relaxed));
        status.expect("checked where it is set")
    }

    /// Whether its status was given.
    pub(crate) fn has_status(&self) -> bool {
        self.has_status.load(Ordering::Relaxed)
    }

    /// What was returned as a response, for the functions of `@after_request`.
    pub(crate) fn from_answer(answer: Answer<'_>, py: Attached<'_>) -> Self {
        let Answer { message, source } = answer;
        let mut headers = HeaderList::default();
        headers.extend(message.content_type.map(|kind| (CONTENT_TYPE, kind)));
        headers.extend(message.headers);
        let body = match (source, message.body) {
            (Some(source), _) => Body::streamed(source.object(), py),
            (None, ResponseBody::Whole(bytes)) => Body::Whole(bytes),
            (None, ResponseBody::File(file)) => Body::File(file.path),
            // A handler's stream is a source until it is sent.
            (None, ResponseBody::Stream(_)) => Body::Whole(Bytes::new()),
        };
        Self::of(Some(message.status), headers, body)
    }

    /// The answer. A body that is streamed is taken out: it is sent once.
    ///
    /// # Errors
    ///
    /// `RuntimeError` where it was sent before.
    pub(crate) fn answer<'py>(&self, py: Attached<'py>) -> PyResult<Answer<'py>> {
        let source = match &self.body {
            Body::Whole(_) | Body::File(_) => None,
            Body::Streamed(source) => Some(taken(source, py)?),
        };
        let message = ResponseMessage {
            status: self.status_code(),
            content_type: None,
            headers: self.lock_headers().fields(),
            body: match &self.body {
                Body::Whole(bytes) => bytes.clone().into(),
                Body::Streamed(_) => Bytes::new().into(),
                Body::File(path) => ResponseBody::File(Box::new(FileMessage {
                    path: path.clone(),
                    asked: None,
                })),
            },
        };
        Ok(Answer { message, source })
    }

    fn status<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let status = this.value().status_code();
        this.state().pool().status(status, py)
    }

    fn set_status(this: This<'_, Self>, status: &Object, py: Attached<'_>) -> PyResult<()> {
        this.status
            .store(status_of(status, py)?.as_u16(), Ordering::Relaxed);
        this.has_status.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn headers<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let headers = ResponseHeaders::of(this.object().own(py));
        new_object(headers, this.state(), py)
    }

    fn body<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let reason = match &this.value().body {
            Body::Whole(bytes) => return this.state().release().new_bytes(bytes, py),
            Body::Streamed(_) => "a streamed body is made while it is sent",
            Body::File(_) => {
                "a response of a file has no body here: the server reads the file when it sends it"
            }
        };
        Err(Raised::new(Builtin::RuntimeError, reason, py))
    }

    fn json<'py>(
        state: &'py State,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let names = [c"value", c"status", c"headers"];
        let [value, status, headers] = arguments.bind("json", &names, (1, 3), py)?;
        let body = json::dumps(value.expect("bind requires it"), state, py)?;
        let status = given_status(status, py)?;
        let mut list = HeaderList::from_python(headers, py)?;
        if !list.contains(&CONTENT_TYPE) {
            list.set(CONTENT_TYPE, JSON);
        }
        new_object(Self::of(status, list, Body::Whole(body.into())), state, py)
    }

    fn events<'py>(
        state: &'py State,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let names = [c"source", c"status", c"headers"];
        let [source, status, headers] = arguments.bind("events", &names, (1, 3), py)?;
        let source = source.expect("bind requires it");
        if !is_source(source, py) {
            let name = source.type_name(py);
            let text = format!("events come from an iterator or async iterator, not {name}");
            return Err(Raised::type_error(&text, py));
        }
        let status = given_status(status, py)?;
        let mut list = HeaderList::from_python(headers, py)?;
        events::complete(&mut list);
        new_object(
            Self::of(status, list, Body::streamed(source, py)),
            state,
            py,
        )
    }

    fn redirect<'py>(
        state: &'py State,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let [url, status] = arguments.bind("redirect", &[c"url", c"status"], (1, 2), py)?;
        let status = given_status(status, py)?.unwrap_or(StatusCode::FOUND);
        if !status.is_redirection() {
            let text = format!("a redirect has a status from 300 to 399, not {status}");
            return Err(Raised::value_error(&text, py));
        }
        let url = convert::as_str(url.expect("bind requires it"), py)?
            .ok_or_else(|| Raised::type_error("url must be str", py))?;
        let mut list = HeaderList::default();
        list.set(LOCATION, location(url, py)?);
        new_object(
            Self::of(Some(status), list, Body::Whole(Bytes::new())),
            state,
            py,
        )
    }

    fn file<'py>(
        state: &'py State,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let names = [c"path", c"content_type"];
        let [path, content_type] = arguments.bind("file", &names, (1, 2), py)?;
        let path = convert::path_of(path.expect("bind requires it"), py)?;
        let mut list = HeaderList::default();
        if let Some(kind) = content_type.filter(|kind| !kind.is_none(py)) {
            list.set(CONTENT_TYPE, header_value(kind, py)?);
        }
        new_object(Self::of(None, list, Body::File(path)), state, py)
    }

    fn set_cookie<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let cookie = cookie::header(&arguments, py)?;
        this.lock_headers().append(SET_COOKIE, cookie);
        Ok(builtin::none(py))
    }

    fn repr<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let status = this.status.load(Ordering::Relaxed);
        let body = match &this.value().body {
            Body::Whole(bytes) => format!("{} bytes", bytes.len()),
            Body::Streamed(_) => String::from("streamed"),
            Body::File(path) => format!("the file {}", path.display()),
        };
        convert::new_str(&format!("<Response {status}, {body}>"), py)
    }
}

impl Body {
    fn streamed(source: &Object, py: Attached<'_>) -> Self {
        Self::Streamed(Mutex::new(Some(RefSlot::holding(source.own(py)))))
    }

    /// The bytes, where it is whole.
    fn whole(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Streamed(_) | Self::File(_) => None,
        }
    }
}

/// What makes a streamed body, for the first who asks.
fn taken<'py>(source: &Mutex<Option<RefSlot>>, py: Attached<'py>) -> PyResult<Source<'py>> {
    let taken = source.lock().unwrap_or_else(PoisonError::into_inner).take();
    let source = taken.and_then(|slot| slot.clear(py));
    source.map(Source::of).ok_or_else(|| {
        let text =
            "this response's streamed body was sent already; make a new one for each request";
        Raised::new(Builtin::RuntimeError, text, py)
    })
}

/// The target of a redirect: what a URL can't hold is percent-encoded (RFC 3986 section 2.1).
fn location(url: &str, py: Attached<'_>) -> PyResult<HeaderValue> {
    if url.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err(Raised::value_error(
            "a URL can't hold control characters",
            py,
        ));
    }
    let encoded: String = percent_encoding::utf8_percent_encode(url, URL_UNSAFE).collect();
    Ok(HeaderValue::try_from(encoded).expect("percent-encoded"))
}

/// What can't stand in a URL as it is; `%` can, because the URL may be encoded already.
const URL_UNSAFE: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'\\');

/// The status that was given, if one was.
fn given_status(status: Option<&Object>, py: Attached<'_>) -> PyResult<Option<StatusCode>> {
    status.map(|status| status_of(status, py)).transpose()
}

/// A status that an answer may have.
///
/// # Errors
///
/// `TypeError` where it is no integer, `ValueError` outside 200 to 599.
pub(crate) fn status_of(status: &Object, py: Attached<'_>) -> PyResult<StatusCode> {
    if !matches!(status.kind(py), Kind::Int | Kind::Other) {
        let text = format!("status must be int, not {}", status.type_name(py));
        return Err(Raised::type_error(&text, py));
    }
    let number = convert::as_i64(status, py)?;
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (200..=599).contains(number))
        .and_then(|number| StatusCode::from_u16(number).ok())
        .ok_or_else(|| {
            let shown = number.map_or_else(|| String::from("a larger number"), |n| n.to_string());
            Raised::value_error(&format!("status must be from 200 to 599, not {shown}"), py)
        })
}

/// The bytes of a body of text or bytes, and the content type that it has by itself.
///
/// A view of a request's body is passed on without a copy.
///
/// # Errors
///
/// `TypeError` for another type.
pub(crate) fn body_of(
    body: &Object,
    state: &State,
    py: Attached<'_>,
) -> PyResult<(Bytes, Option<HeaderValue>)> {
    match body.kind(py) {
        Kind::Str => {
            let text = convert::as_str(body, py)?.unwrap_or_default();
            Ok((state.release().copy(text.as_bytes(), py), Some(TEXT)))
        }
        Kind::Bytes => {
            let bytes = convert::as_bytes(body, py).unwrap_or_default();
            Ok((state.release().copy(bytes, py), Some(OCTETS)))
        }
        // Others may change it meanwhile, so it is copied attached.
        Kind::ByteArray => Ok((convert::copy_buffer(body, py)?.into(), Some(OCTETS))),
        Kind::MemoryView => Ok((view_bytes(body, state, py)?, Some(OCTETS))),
        Kind::None => Ok((Bytes::new(), None)),
        Kind::Bool
        | Kind::Int
        | Kind::Float
        | Kind::Dict
        | Kind::List
        | Kind::Tuple
        | Kind::Other => {
            let name = body.type_name(py);
            let text = format!(
                "a body must be str, bytes or an iterator of these, not {name}; see Response.json"
            );
            Err(Raised::type_error(&text, py))
        }
    }
}

/// The bytes of a `memoryview`: the request's own buffer where it is the whole of one, else a copy.
fn view_bytes(view: &Object, state: &State, py: Attached<'_>) -> PyResult<Bytes> {
    let owner = view.attribute(c"obj", py)?;
    if let Some(buffer) = This::<BodyBuffer>::downcast(&owner, state, py) {
        let is_contiguous = view.attribute(c"c_contiguous", py)?.is_true(py);
        let bytes = convert::as_i64(&*view.attribute(c"nbytes", py)?, py)?;
        if is_contiguous && bytes == i64::try_from(buffer.bytes.len()).ok() {
            return Ok(buffer.bytes.clone());
        }
    }
    match convert::copy_buffer(view, py) {
        Ok(copy) => Ok(copy.into()),
        Err(raised) => {
            raised.clear(py);
            let copy = view.call_method(c"tobytes", &[], py)?;
            Ok(Bytes::copy_from_slice(
                convert::as_bytes(&copy, py).unwrap_or_default(),
            ))
        }
    }
}
