//! `coachwhip.Request`: one request as a handler sees it.

use std::ffi::CStr;
use std::sync::{Arc, Once};

use bytes::Bytes;
use http::Version;
use http::header::CONTENT_TYPE;

use crate::body::BodyBuffer;
use crate::body_stream::{BodyStream, Pieces};
use crate::capi::exception::Builtin;
use crate::capi::getter::{Getter, getter};
use crate::capi::heap_type::{Visitor, new_object};
use crate::capi::method::{Method, class_method, method0};
use crate::capi::slot::Slot;
use crate::capi::{Attached, HeapType, Owned, PyResult, Raised, RefSlot, This, builtin, convert};
use crate::form::Form;
use crate::headers::Headers;
use crate::message::RequestMessage;
use crate::query::Query;
use crate::state::State;
use crate::{charset, cookies, errors, json, parse};

/// One request. Its bytes stay where hyper read them; an attribute becomes a Python object when it is first read.
///
/// # Threads
///
/// Immutable: any thread of its interpreter may read it.
#[derive(Debug)]
pub struct Request {
    message: Arc<RequestMessage>,
    /// The names of the route's path parameters, in the order of its path.
    param_names: Arc<[String]>,
    path: RefSlot,
    raw_path: RefSlot,
    query: RefSlot,
    raw_query: RefSlot,
    headers: RefSlot,
    cookies: RefSlot,
    params: RefSlot,
    body: RefSlot,
    body_view: RefSlot,
    client: RefSlot,
    host: RefSlot,
    form: RefSlot,
    state: RefSlot,
    /// Done when the collector was told of the request.
    tracked: Once,
}

impl HeapType for Request {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.Request";
    const DOC: &'static CStr = c"One HTTP request: immutable, and valid for as long as it is kept.";
    const GETTERS: &'static [Getter<Self>] = &[
        getter(c"method", Self::method, c"str: the method, such as 'GET'."),
        getter(
            c"path",
            Self::path,
            c"str: the path, percent-decoded as UTF-8.",
        ),
        getter(
            c"raw_path",
            Self::raw_path,
            c"bytes: the path as it came, without the query.",
        ),
        getter(c"query", Self::query, c"Query: the decoded query."),
        getter(
            c"raw_query",
            Self::raw_query,
            c"bytes: the query as it came, without '?'.",
        ),
        getter(c"headers", Self::headers, c"Headers: the header fields."),
        getter(
            c"cookies",
            Self::cookies,
            c"dict[str, str]: the cookies, each name with its first value.",
        ),
        getter(
            c"params",
            Self::params,
            c"dict[str, str]: the path parameters, unconverted.",
        ),
        getter(c"body", Self::body, c"bytes: the whole body."),
        getter(
            c"body_view",
            Self::body_view,
            c"memoryview: the body in the server's own buffer.",
        ),
        getter(
            c"client",
            Self::client,
            c"tuple[str, int] | None: the peer's address.",
        ),
        getter(c"scheme", Self::scheme, c"str: 'http' or 'https'."),
        getter(c"host", Self::host, c"str: the Host header or :authority."),
        getter(
            c"http_version",
            Self::http_version,
            c"str: '1.0', '1.1' or '2'.",
        ),
        getter(
            c"state",
            Self::state,
            c"SimpleNamespace: what the handler and the functions around it keep for this request.",
        ),
        Getter::END,
    ];
    const METHODS: &'static [Method<Self>] = &[
        method0(c"text", Self::text, c"text($self, /)\n--\n\nThe body as a str, by the charset of Content-Type (UTF-8 by default)."),
        method0(c"stream", Self::stream, c"stream($self, /)\n--\n\nThe body piece by piece, for 'for' and 'async for'."),
        method0(c"json", Self::json, c"json($self, /)\n--\n\nThe body as a JSON document."),
        method0(c"form", Self::form, c"form($self, /)\n--\n\nThe body as a form, by its Content-Type."),
        class_method(c"parse", parse::from_buffer, c"parse($type, buffer, /)\n--\n\nThe request that the bytes of an HTTP/1.1 message make."),
        Method::END,
    ];

    fn slots() -> Vec<Slot<Self>> {
        vec![Slot::repr(Self::repr)]
    }

    // The parts that handlers can change are `params`, `cookies` and `state`: they may put the request itself into them.
    const HAS_CYCLES: bool = true;

    fn traverse(&self, visitor: &mut Visitor) {
        self.params.visit(visitor);
        self.cookies.visit(visitor);
        self.state.visit(visitor);
    }

    fn clear(&self, py: Attached<'_>) {
        drop(self.params.clear(py));
        drop(self.cookies.clear(py));
        drop(self.state.clear(py));
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.request
    }
}

/// Makes the `Request` for `message`.
pub fn new_request<'py>(
    message: Arc<RequestMessage>,
    param_names: Arc<[String]>,
    state: &State,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let request = Request {
        message,
        param_names,
        path: RefSlot::empty(),
        raw_path: RefSlot::empty(),
        query: RefSlot::empty(),
        raw_query: RefSlot::empty(),
        headers: RefSlot::empty(),
        cookies: RefSlot::empty(),
        params: RefSlot::empty(),
        body: RefSlot::empty(),
        body_view: RefSlot::empty(),
        client: RefSlot::empty(),
        host: RefSlot::empty(),
        form: RefSlot::empty(),
        state: RefSlot::empty(),
        tracked: Once::new(),
    };
    new_object(request, state, py)
}

impl Request {
    /// The body.
    ///
    /// # Errors
    ///
    /// `RuntimeError` where it is streamed.
    pub(crate) fn whole_body(&self, py: Attached<'_>) -> PyResult<&Bytes> {
        if self.message.stream.is_none() {
            return Ok(&self.message.body);
        }
        let text = "the body of a route with stream=True is read by request.stream()";
        Err(Raised::new(Builtin::RuntimeError, text, py))
    }

    fn stream<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let pieces = match &this.message.stream {
            None => Pieces::Whole(this.message.body.clone()),
            Some(stream) => Pieces::Stream(stream.take().ok_or_else(|| {
                let text = "the body was given out already: request.stream() can be called once";
                Raised::new(Builtin::RuntimeError, text, py)
            })?),
        };
        new_object(BodyStream::of(pieces), this.state(), py)
    }

    /// What it was made for.
    pub(crate) fn message(&self) -> &Arc<RequestMessage> {
        &self.message
    }

    fn method<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        this.state().pool().method(&this.message.method, py)
    }

    fn path<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let request = this.value();
        let path = request
            .path
            .get_or_fill(py, || convert::new_str(request.message.path(), py))?;
        Ok(path.own(py))
    }

    fn raw_path<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let request = this.value();
        let made = || convert::new_bytes(request.message.uri.path().as_bytes(), py);
        Ok(request.raw_path.get_or_fill(py, made)?.own(py))
    }

    fn query<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let raw = this.message.uri.query().unwrap_or_default();
        let query = this
            .value()
            .query
            .get_or_fill(py, || new_object(Query::parse(raw), this.state(), py))?;
        Ok(query.own(py))
    }

    fn raw_query<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let request = this.value();
        let raw = request.message.uri.query().unwrap_or_default();
        let made = || convert::new_bytes(raw.as_bytes(), py);
        Ok(request.raw_query.get_or_fill(py, made)?.own(py))
    }

    fn headers<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let headers = this.value().headers.get_or_fill(py, || {
            new_object(Headers::of(Arc::clone(&this.message)), this.state(), py)
        })?;
        Ok(headers.own(py))
    }

    fn cookies<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let cookies = this.value().cookies.get_or_fill(py, || {
            let dict = builtin::new_dict(py)?;
            for (name, value) in cookies::parse(&this.message.headers) {
                let name = convert::new_str(&name, py)?;
                builtin::set_item(&dict, &name, &*convert::new_str(&value, py)?, py)?;
            }
            Ok(dict)
        })?;
        Self::may_have_cycle(this, py);
        Ok(cookies.own(py))
    }

    fn params<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let params = this.value().params.get_or_fill(py, || {
            let dict = builtin::new_dict(py)?;
            for (index, name) in this.param_names.iter().enumerate() {
                let name = convert::new_str(name, py)?;
                let value = convert::new_str(this.message.param(index), py)?;
                builtin::set_item(&dict, &name, &value, py)?;
            }
            Ok(dict)
        })?;
        Self::may_have_cycle(this, py);
        Ok(params.own(py))
    }

    fn state<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let state = &this.value().state;
        let state = state.get_or_fill(py, || builtin::new_namespace(py))?;
        Self::may_have_cycle(this, py);
        Ok(state.own(py))
    }

    /// Tells the collector of the request: a handler has got a part of it that it can change.
    fn may_have_cycle<'py>(this: This<'py, Self>, py: Attached<'py>) {
        // Two threads may come here first at once, and CPython aborts when an object is tracked twice.
        this.tracked.call_once(|| this.track(py));
    }

    fn body<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let request = this.value();
        let release = this.state().release();
        let body = request
            .body
            .get_or_fill(py, || release.new_bytes(request.whole_body(py)?, py))?;
        Ok(body.own(py))
    }

    fn body_view<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let view = this.value().body_view.get_or_fill(py, || {
            let buffer = BodyBuffer {
                bytes: this.whole_body(py)?.clone(),
            };
            builtin::new_memoryview(&*new_object(buffer, this.state(), py)?, py)
        })?;
        Ok(view.own(py))
    }

    fn client<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let client = this.value().client.get_or_fill(py, || {
            let Some(client) = this.message.client else {
                return Ok(builtin::none(py));
            };
            let host = convert::new_str(&client.ip().to_string(), py)?;
            let port = convert::new_int(i64::from(client.port()), py)?;
            builtin::new_tuple([host, port].into_iter(), py)
        })?;
        Ok(client.own(py))
    }

    fn scheme<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        this.state().pool().text(this.message.scheme.as_str(), py)
    }

    fn host<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let message = &this.value().message;
        let header = message.headers.get(http::header::HOST);
        let made = || match (header, message.uri.authority()) {
            (Some(host), _) => convert::new_latin1(host.as_bytes(), py),
            (None, authority) => convert::new_str(authority.map_or("", |host| host.as_str()), py),
        };
        Ok(this.value().host.get_or_fill(py, made)?.own(py))
    }

    fn http_version<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let version = match this.message.version {
            Version::HTTP_09 => "0.9",
            Version::HTTP_10 => "1.0",
            Version::HTTP_2 => "2",
            _ => "1.1",
        };
        this.state().pool().text(version, py)
    }

    fn content_type(&self) -> Option<&[u8]> {
        let header = self.message.headers.get(CONTENT_TYPE);
        header.map(http::HeaderValue::as_bytes)
    }

    fn text<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        charset::decode(this.whole_body(py)?, this.content_type(), py).map_err(|raised| {
            errors::bad_request("the body does not decode", raised, this.state(), py)
        })
    }

    fn json<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        json::loads(this.whole_body(py)?, this.state(), py)
            .map_err(|failure| failure.into_bad_request(this.state(), py))
    }

    fn form<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let form = this.value().form.get_or_fill(py, || {
            Form::read(this.whole_body(py)?, this.content_type(), this.state(), py)
        })?;
        Ok(form.own(py))
    }

    fn repr<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let text = format!("<Request {} {}>", this.message.method, this.message.path());
        convert::new_str(&text, py)
    }
}
