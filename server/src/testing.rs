//! `coachwhip.testing`: a client that calls handlers without a socket, for tests in the embedded Python.
//!
//! What tests see is `pyhandlers/coachwhip/testing.py`, where type checkers find it too. Below it stand two native functions: one that takes the bytes of a request through
//! the server's own parser, router, call and conversions, and one that gives the hooks.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::{self, Poll, Waker};

use bytes::{Bytes, BytesMut};
use http::Response;
use http_body_util::{BodyExt as _, Collected};
use native_types::answer::{Answer, answer_of, message_of_error, noted};
use native_types::application::Handlers;
use native_types::capi::call::{import, run_source_in};
use native_types::capi::context::Context;
use native_types::capi::exception::Builtin;
use native_types::capi::inittab::{import_coachwhip, state_of_module};
use native_types::capi::method::{Method, function};
use native_types::capi::{Arguments, Attached, Object, Owned, PyResult, Raised, builtin, convert};
use native_types::hooks::{HookKind, hooks};
use native_types::message::{RequestMessage, ResponseBody, ResponseMessage};
use native_types::middleware::{Chain, Worded, failed, registered, response_of};
use native_types::parse::parse;
use native_types::pipe::pipe;
use native_types::place;
use native_types::state::State;
use native_types::waiting::{self, Waiting};
use tokio::runtime::{Builder, Runtime};

use crate::http::{AnswerBody, named, response, unrouted};
use crate::router::{Found, Router};

/// What handlers see as the peer of a test.
const CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 50_000);

static ANSWER: Method<()> = function(
    c"answer",
    answer,
    c"answer(message, run, context, /)\n--\n\nThe status, header fields and body that answer an HTTP/1.1 message, or an exception.",
);
static FAIL: Method<()> = function(
    c"fail",
    fail,
    c"fail(request, error)\n--\n\nThe answer for an exception, where it is one.",
);
static HOOKS: Method<()> = function(
    c"hooks",
    registered_hooks,
    c"hooks()\n--\n\nThe functions of each kind of hook: before the first request in order, and after the last one.",
);

/// Makes `import coachwhip.testing` work in the calling thread's interpreter, whose `coachwhip` is `module`.
///
/// # Errors
///
/// What making a module raises.
pub fn install(module: &Object, py: Attached<'_>) -> PyResult<()> {
    let name = convert::new_str("coachwhip.testing", py)?;
    let testing = import(c"types", py)?.call_method(c"ModuleType", &[&name], py)?;
    testing.set_attribute(c"_answer", &*ANSWER.callable(py)?, py)?;
    testing.set_attribute(c"_hooks", &*HOOKS.callable(py)?, py)?;
    let namespace = testing.attribute(c"__dict__", py)?;
    let file = "coachwhip/testing.py";
    run_source_in(
        &namespace,
        include_str!("../../pyhandlers/coachwhip/testing.py"),
        file,
        py,
    )?;
    let modules = import(c"sys", py)?.attribute(c"modules", py)?;
    builtin::set_item(&modules, &name, &testing, py)?;
    module.set_attribute(c"testing", &testing, py)
}

/// `_answer(message, run, context)`: all of the request runs in the context. `run` is called with a coroutine and the context,
/// and returns what that does. An exception of the handler but an `HTTPError` is returned, for the client to raise or not.
///
/// The table is made anew for each message, of what is registered by now: a test may import another module at any time.
///
/// # Errors
///
/// `ValueError` for a message that is no request, `RuntimeError` for routes that clash.
fn answer<'py>(arguments: Arguments<'py>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let names = [c"message", c"run", c"context"];
    let [message, run, context] = arguments.bind("answer", &names, (3, 3), py)?;
    let message = message.expect("bind requires it");
    let runner = Runner {
        run: run.expect("bind requires it"),
        context: Context::of_object(context.expect("bind requires it"), py)?,
    };
    let bytes = Bytes::from(convert::copy_buffer(message, py)?);
    let message = parse(&bytes).map_err(|why| Raised::value_error(&why, py))?;
    let is_head = message.method == http::Method::HEAD;
    // The test's thread is the worker, whichever it is.
    place::set_worker(0);
    let module = import_coachwhip(py)?;
    match call(message, &runner, &module, py)? {
        Ok(response) => as_tuple(response, is_head, py),
        Err(exception) => Ok(exception),
    }
}

/// What runs a coroutine to its end, and the context of the request.
struct Runner<'a> {
    run: &'a Object,
    context: Context,
}

impl Runner<'_> {
    /// Runs a coroutine in the context, which the thread is not in.
    fn run<'py>(&self, coroutine: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
        self.run.call(&[coroutine, self.context.object(py)], py)
    }
}

/// `fail(request, error)` of the functions around the handlers: an exception that is no answer is the test's.
fn fail<'py>(arguments: Arguments<'py>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let module = import_coachwhip(py)?;
    let state = state(&module, py)?;
    let (_request, error) = failed(&arguments, state, py)?;
    match message_of_error(error, state, py)? {
        Some(message) => response_of(message, state, py),
        None => Err(Raised::with(error, py)),
    }
}

/// The way of a request through the server, but for what is between it and a worker.
fn call<'py>(
    message: RequestMessage,
    runner: &Runner<'_>,
    module: &Object,
    py: Attached<'py>,
) -> PyResult<Result<Response<AnswerBody>, Owned<'py>>> {
    let state = state(module, py)?;
    let handlers = Handlers::of(state, py)?;
    let message = match routed(message, &handlers, state, py)? {
        Ok(message) => Arc::new(message),
        Err(refused) => return Ok(Ok(refused)),
    };
    let chain = Chain::of(module, &*FAIL.callable(py)?, py)?;
    let returned = runner.context.run(py, || match &chain {
        Some(chain) => chain.call(&handlers, &message, state, py),
        None => handlers.call(&message, state, py),
    });
    let returned = match returned {
        Ok(coroutine) if coroutine.is_coroutine(py) => runner.run(&coroutine, py),
        returned => returned,
    };
    let answer = returned.and_then(|returned| {
        let answer = runner.context.run(py, || answer_of(&returned, state, py));
        answer.map_err(|raised| match handlers.find(message.route) {
            Some(info) => noted(raised, &info.source, py),
            None => raised,
        })
    });
    let sent = answer.and_then(|answer| sent(answer, &message, runner, state, py));
    Ok(match sent {
        Ok(message) => Ok(answer_to(message, py)),
        Err(raised) => {
            let exception = raised.take(py);
            match message_of_error(&exception, state, py) {
                Ok(Some(message)) => Ok(response(message)),
                Ok(None) => Err(exception),
                Err(raised) => Err(raised.take(py)),
            }
        }
    })
}

/// The message with its route, or the answer where there is none.
fn routed(
    mut message: RequestMessage,
    handlers: &Handlers,
    state: &State,
    py: Attached<'_>,
) -> PyResult<Result<RequestMessage, Response<AnswerBody>>> {
    let table = handlers.table();
    let worded = Worded::of(&registered(state), table.len());
    let router = Router::new(&table)
        .map_err(|clash| Raised::new(Builtin::RuntimeError, &clash.to_string(), py))?
        .with_worded(worded);
    match router.find(&message.method, message.uri.path()) {
        Found::Route {
            route,
            params,
            decoded_path,
        } => {
            (message.route, message.params, message.decoded_path) = (route, params, decoded_path);
            message.client = Some(CLIENT);
            Ok(Ok(message))
        }
        found @ (Found::NotFound
        | Found::MethodNotAllowed { .. }
        | Found::Options { .. }
        | Found::UpgradeRequired
        | Found::BadPath
        | Found::Mount(_)) => Ok(Err(unrouted(found))),
    }
}

/// The answer as it is sent: a stream is run to its end.
fn sent(
    answer: Answer<'_>,
    request: &Arc<RequestMessage>,
    runner: &Runner<'_>,
    state: &State,
    py: Attached<'_>,
) -> PyResult<ResponseMessage> {
    let Answer {
        mut message,
        source,
    } = answer;
    if let ResponseBody::File(file) = &mut message.body {
        file.asked = Some((Arc::clone(request), String::from("the handler")));
    }
    let Some(source) = source else {
        return Ok(message);
    };
    let (writer, reader) = pipe(usize::MAX);
    let kinds = builtin::new_list(py)?;
    let begin = kinds.attribute(c"append", py)?;
    let (pump, _) = source.pump(writer, &begin, state, py)?;
    // Nobody waits for a pipe with that much room, so nothing is ever due.
    let _waiting = waiting::install(Waiting::new(|| {}));
    runner.run(&pump, py)?;
    message.body = ResponseBody::Stream(reader);
    let is_text = kinds.length(py)? > 0 && kinds.item(0, py)?.is_true(py);
    Ok(message.typed_as_stream(is_text))
}

/// The response for an answer; a file is opened, as the server does it.
fn answer_to(message: ResponseMessage, py: Attached<'_>) -> Response<AnswerBody> {
    if !matches!(message.body, ResponseBody::File(_)) {
        return response(message);
    }
    let runtime = Builder::new_current_thread().build();
    let read = |runtime: Runtime| {
        runtime.block_on(async {
            let answer = named(message).await.unwrap_or_else(|absent| absent.native);
            let (head, body) = answer.into_parts();
            let body = body.collect().await.map(Collected::to_bytes);
            Response::from_parts(head, AnswerBody::whole(body.unwrap_or_default()))
        })
    };
    py.detached(|| runtime.map(read)).unwrap_or_default()
}

/// `(status, [(name, value), ...], body)`; the answer to a HEAD request has no body.
fn as_tuple(
    response: Response<AnswerBody>,
    is_head: bool,
    py: Attached<'_>,
) -> PyResult<Owned<'_>> {
    let (head, body) = response.into_parts();
    let body = if is_head {
        Bytes::new()
    } else {
        whole(body, py)?
    };
    let headers = builtin::new_list(py)?;
    for (name, value) in &head.headers {
        let name = convert::new_str(name.as_str(), py)?;
        let value = convert::new_latin1(value.as_bytes(), py)?;
        let pair = builtin::new_tuple([name, value].into_iter(), py)?;
        builtin::append(&headers, &pair, py)?;
    }
    let status = convert::new_int(i64::from(head.status.as_u16()), py)?;
    let body = convert::new_bytes(&body, py)?;
    builtin::new_tuple([status, headers, body].into_iter(), py)
}

/// All of a body that is there already.
fn whole(mut body: AnswerBody, py: Attached<'_>) -> PyResult<Bytes> {
    let mut whole = BytesMut::new();
    let mut context = task::Context::from_waker(Waker::noop());
    loop {
        match pin!(body.frame()).poll(&mut context) {
            Poll::Ready(None) => return Ok(whole.freeze()),
            Poll::Ready(Some(Ok(frame))) => {
                whole.extend(frame.into_data().ok());
            }
            Poll::Ready(Some(Err(left))) => {
                return Err(Raised::new(Builtin::RuntimeError, &left.to_string(), py));
            }
            Poll::Pending => {
                let text = "the answer did not come to its end";
                return Err(Raised::new(Builtin::RuntimeError, text, py));
            }
        }
    }
}

/// `_hooks()`: two lists, what runs before the first request and what runs after the last.
fn registered_hooks<'py>(arguments: Arguments<'py>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    arguments.bind("hooks", &[], (0, 0), py)?;
    let module = import_coachwhip(py)?;
    let state = state(&module, py)?;
    let list = |kinds: [HookKind; 2]| -> PyResult<Owned<'py>> {
        let list = builtin::new_list(py)?;
        for hook in kinds.into_iter().flat_map(|kind| hooks(state, kind, py)) {
            builtin::append(&list, &hook, py)?;
        }
        Ok(list)
    };
    let lists = [
        list([HookKind::Startup, HookKind::WorkerStartup])?,
        list([HookKind::WorkerShutdown, HookKind::Shutdown])?,
    ];
    builtin::new_tuple(lists.into_iter(), py)
}

fn state<'a>(module: &'a Object, py: Attached<'a>) -> PyResult<&'a State> {
    let other = "another module stands in sys.modules as coachwhip";
    state_of_module(module, py).ok_or_else(|| Raised::new(Builtin::RuntimeError, other, py))
}
