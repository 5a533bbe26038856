//! `coachwhip.WebSocket`: the handler's end of a socket as Python sees it.
//!
//! The class is Python (`websocket.py`), because its methods are coroutines; it holds a [`SocketCore`], whose methods never
//! wait. What is not ready yet is `None`, and a future of the running loop that was passed is resolved when it may be.

use std::ffi::CStr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};

use http::header::SEC_WEBSOCKET_PROTOCOL;

use crate::capi::builtin::Kind;
use crate::capi::call::run_source;
use crate::capi::exception::Builtin;
use crate::capi::heap_type::new_object;
use crate::capi::method::{Method, method, method0};
use crate::capi::{
    Arguments, Attached, HeapType, Object, Owned, PyResult, Raised, RefSlot, This, builtin, convert,
};
use crate::header_list::{HeaderList, header_value};
use crate::message::{Field, RequestMessage};
use crate::socket::{Closed, Socket, SocketMessage};
use crate::state::State;
use crate::waiting;

/// The longest reason of a close frame, in bytes (RFC 6455 section 5.5).
const REASON_BYTES_MAX: usize = 123;

/// What is wrong with a handler that ends in the handshake.
pub const UNANSWERED: &str = "the handler of a WebSocket ended without an answer to the handshake: await socket.accept() or raise HTTPError";

/// The native part of a `WebSocket`.
///
/// # Threads
///
/// The worker's alone: others are told so by `RuntimeError`.
#[derive(Debug)]
pub(crate) struct SocketCore {
    message: Arc<RequestMessage>,
    thread: ThreadId,
}

impl HeapType for SocketCore {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.SocketCore";
    const DOC: &'static CStr = c"The native part of a WebSocket.";
    const METHODS: &'static [Method<Self>] = &[
        method(c"accept", Self::accept, c"accept($self, subprotocol, headers, /)\n--\n\nAnswers the handshake."),
        method0(c"is_answered", Self::is_answered, c"is_answered($self, /)\n--\n\nWhether the handshake was answered."),
        method(c"receive", Self::receive, c"receive($self, future=None, /)\n--\n\nThe next message, (code, reason), or None."),
        method(c"room", Self::room, c"room($self, future=None, /)\n--\n\nTrue where a message can be sent, (code, reason), or None."),
        method(c"send", Self::send, c"send($self, message, /)\n--\n\nSends a message, whether or not there is room."),
        method(c"close", Self::close, c"close($self, code, reason, /)\n--\n\nCloses."),
        Method::END,
    ];

    fn type_slot(state: &State) -> &RefSlot {
        &state.socket_core
    }
}

/// Defines the classes of `websocket.py` in the module.
pub(crate) fn define(state: &State, module: &Object, py: Attached<'_>) -> PyResult<()> {
    let namespace = run_source(include_str!("websocket.py"), c"coachwhip", py)?;
    let classes = [
        (c"WebSocket", &state.websocket),
        (c"ConnectionClosed", &state.connection_closed),
    ];
    for (name, slot) in classes {
        let class = namespace.value_at(&*convert::new_interned(name, py)?, py)?;
        module.set_attribute(name, slot.fill(class, py), py)?;
    }
    Ok(())
}

/// A `WebSocket` for the socket of `message`, which `request` shows.
pub(crate) fn new_websocket<'py>(
    message: Arc<RequestMessage>,
    request: &Object,
    state: &State,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let thread = thread::current().id();
    let core = new_object(SocketCore { message, thread }, state, py)?;
    let class = state.websocket.get(py).expect("made with the module");
    class.own(py).call(&[&core, request], py)
}

/// Whether an exception is `ConnectionClosed`: no fault of the handler that lets it pass.
pub fn is_connection_closed(exception: &Object, state: &State, py: Attached<'_>) -> bool {
    let class = state.connection_closed.get(py);
    class.is_some_and(|class| {
        exception.is_instance(class, py).unwrap_or_else(|raised| {
            raised.clear(py);
            false
        })
    })
}

impl SocketCore {
    /// The socket, for its own worker.
    fn socket<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<&'py Socket> {
        let Self { message, thread } = this.value();
        if *thread != thread::current().id() {
            let text = "a WebSocket belongs to its worker's event loop; this is another thread";
            return Err(Raised::new(Builtin::RuntimeError, text, py));
        }
        let socket = message.socket.as_deref();
        socket.ok_or_else(|| Raised::value_error("the request asks for no WebSocket", py))
    }

    /// The socket, once its handshake was answered.
    fn open<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<&'py Socket> {
        let socket = Self::socket(this, py)?;
        if socket.is_in_handshake() {
            let text = "the WebSocket is not accepted yet: await socket.accept() first";
            return Err(Raised::new(Builtin::RuntimeError, text, py));
        }
        Ok(socket)
    }

    fn accept<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let names = [c"subprotocol", c"headers"];
        let [subprotocol, headers] = arguments.bind("accept", &names, (2, 2), py)?;
        let socket = Self::socket(this, py)?;
        let mut fields = HeaderList::from_python(headers, py)?.fields();
        fields.iter().try_for_each(|field| refuse_own(field, py))?;
        if let Some(name) = subprotocol.filter(|name| !name.is_none(py)) {
            fields.push(subprotocol_field(name, py)?);
        }
        if !socket.accept(fields) {
            let text = "the WebSocket was accepted already; accept() is for @websocket(path, accept=False)";
            return Err(Raised::new(Builtin::RuntimeError, text, py));
        }
        Ok(builtin::none(py))
    }

    fn is_answered<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let socket = Self::socket(this, py)?;
        Ok(builtin::new_bool(!socket.is_in_handshake(), py))
    }

    fn receive<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let socket = Self::open(this, py)?;
        let polled = poll(&arguments, |context| socket.poll_receive(context), py)?;
        settled(polled, |message| to_python(&message, py), py)
    }

    fn room<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let socket = Self::open(this, py)?;
        let polled = poll(&arguments, |context| socket.poll_room(context), py)?;
        settled(polled, |()| Ok(builtin::new_bool(true, py)), py)
    }

    fn send<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let [message] = arguments.bind("send", &[c"message"], (1, 1), py)?;
        let message = from_python(message.expect("bind requires it"), py)?;
        Self::open(this, py)?.send(message);
        Ok(builtin::none(py))
    }

    fn close<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let [code, reason] = arguments.bind("close", &[c"code", c"reason"], (2, 2), py)?;
        let code = close_code(code.expect("bind requires it"), py)?;
        let reason = close_reason(reason.expect("bind requires it"), py)?;
        Self::open(this, py)?.close(Closed { code, reason });
        Ok(builtin::none(py))
    }
}

/// Asks `ask` once; with a future among the arguments, that is resolved when it is worth asking again.
fn poll<T>(
    arguments: &Arguments<'_>,
    ask: impl Fn(&Context<'_>) -> Poll<T>,
    py: Attached<'_>,
) -> PyResult<Poll<T>> {
    let [future] = arguments.bind("poll", &[c"future"], (0, 1), py)?;
    let waker = match future {
        None => Waker::noop().clone(),
        Some(future) => waiting::waker(future, py)?,
    };
    Ok(ask(&Context::from_waker(&waker)))
}

/// What Python gets of an answer: `None` where there is none, a tuple where the socket is closed.
fn settled<'py, T>(
    polled: Poll<Result<T, Closed>>,
    value: impl FnOnce(T) -> PyResult<Owned<'py>>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    match polled {
        Poll::Pending => Ok(builtin::none(py)),
        Poll::Ready(Ok(ready)) => value(ready),
        Poll::Ready(Err(closed)) => {
            let code = convert::new_int(i64::from(closed.code), py)?;
            let reason = convert::new_str(&closed.reason, py)?;
            builtin::new_tuple([code, reason].into_iter(), py)
        }
    }
}

fn to_python<'py>(message: &SocketMessage, py: Attached<'py>) -> PyResult<Owned<'py>> {
    match message {
        SocketMessage::Text(text) => convert::new_str(text, py),
        SocketMessage::Binary(bytes) => convert::new_bytes(bytes, py),
    }
}

fn from_python(message: &Object, py: Attached<'_>) -> PyResult<SocketMessage> {
    match message.kind(py) {
        Kind::Str => {
            let text = convert::as_str(message, py)?.unwrap_or_default();
            Ok(SocketMessage::Text(text.to_owned()))
        }
        Kind::Bytes | Kind::ByteArray | Kind::MemoryView => {
            let bytes = convert::copy_buffer(message, py)?;
            Ok(SocketMessage::Binary(bytes.into()))
        }
        Kind::None
        | Kind::Bool
        | Kind::Int
        | Kind::Float
        | Kind::Dict
        | Kind::List
        | Kind::Tuple
        | Kind::Other => {
            let name = message.type_name(py);
            let text = format!("a message must be str or bytes, not {name}");
            Err(Raised::type_error(&text, py))
        }
    }
}

/// Refuses the fields of the handshake that are the server's to say.
fn refuse_own((name, _): &Field, py: Attached<'_>) -> PyResult<()> {
    if !name.as_str().starts_with("sec-websocket-") {
        return Ok(());
    }
    let text = format!("{name} is the server's to say; accept(subprotocol=...) chooses one");
    Err(Raised::value_error(&text, py))
}

fn subprotocol_field(name: &Object, py: Attached<'_>) -> PyResult<Field> {
    // A token, as a header name is (RFC 6455 section 4.1, RFC 9110 section 5.6.2).
    let value = header_value(name, py)?;
    if http::HeaderName::from_bytes(value.as_bytes()).is_err() {
        let text = format!("{value:?} is not allowed as a subprotocol: it is one token");
        return Err(Raised::value_error(&text, py));
    }
    Ok((SEC_WEBSOCKET_PROTOCOL, value))
}

/// A code that an endpoint may send (RFC 6455 section 7.4).
fn close_code(code: &Object, py: Attached<'_>) -> PyResult<u16> {
    let code = convert::as_i64(code, py)?.unwrap_or(-1);
    if matches!(code, 1000..=1003 | 1007..=1009 | 1011..=1014 | 3000..=4999) {
        return Ok(u16::try_from(code).expect("one of those"));
    }
    let text = format!(
        "{code} is not allowed as a close code: 1000 to 1003, 1007 to 1009, 1011 to 1014 and 3000 to 4999 are"
    );
    Err(Raised::value_error(&text, py))
}

fn close_reason(reason: &Object, py: Attached<'_>) -> PyResult<String> {
    let Some(text) = convert::as_str(reason, py)? else {
        let name = reason.type_name(py);
        let text = format!("a reason must be str, not {name}");
        return Err(Raised::type_error(&text, py));
    };
    if text.len() > REASON_BYTES_MAX {
        let text = format!(
            "a reason has at most {REASON_BYTES_MAX} bytes, not {}",
            text.len()
        );
        return Err(Raised::value_error(&text, py));
    }
    Ok(text.to_owned())
}
