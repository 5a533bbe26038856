//! The way of a request through the server on one thread, without sockets: bytes in memory, hyper, router, dispatch, handler
//! in Python, answer, hyper, bytes.
//!
//! The thread is the I/O thread and the worker at once, and one request is under way at a time, so the same work is done
//! in the same order each time: instructions can be counted. Left out of a real server's way are the socket, the limits on
//! time that a connection has, and whatever two threads say to each other.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use native_types::answer::answer_of;
use native_types::application::{Handlers, table};
use native_types::capi::call::import;
use native_types::capi::inittab::{import_coachwhip, state_of_module};
use native_types::capi::{Attached, PyResult, RefSlot};
use native_types::contexts::Contexts;
use native_types::message::Scheme;
use server::dispatch::{Dispatch, Exchange, Limits, Manner, Taken, Taker};
use server::http::{Peer, Site, respond};
use server::router::Router;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use crate::embedded::Embedded;

/// What the client sends: ten header fields, two path parameters' worth of routing, a body.
const REQUEST: &[u8] = b"POST /users/1234/echo?verbose=1 HTTP/1.1\r\n\
    host: example.org\r\n\
    user-agent: instructions/1.0\r\n\
    accept: application/json\r\n\
    accept-encoding: gzip, br\r\n\
    accept-language: en\r\n\
    cache-control: no-cache\r\n\
    content-type: application/octet-stream\r\n\
    content-length: 16\r\n\
    x-request-id: 0123456789abcdef\r\n\
    x-tenant: north\r\n\
    \r\n\
    0123456789abcdef";

/// How every answer ends: the handler has read the parameter, a header field and the body.
const ANSWER_END: &str =
    "\r\n\r\n{\"user\":1234,\"tenant\":\"north\",\"body\":\"0123456789abcdef\"}";

/// Nothing waits here for as long as this.
const QUEUE_TIMEOUT: Duration = Duration::from_hours(1);

/// The room on either way of the connection: more than a request or an answer has.
const BUFFER_BYTES: usize = 8 * 1024;

/// A request is submitted after a few rounds of the reactor's tasks.
const ROUNDS_MAX: u32 = 100;

thread_local! {
    /// The worker of the thread that runs the reactor; it does not cross threads as the reactor's tasks may.
    static WORKER: RefCell<Option<Worker>> = const { RefCell::new(None) };
}

/// What calls handlers.
struct Worker {
    taker: Taker,
    handlers: Handlers,
    contexts: Contexts,
    /// The interpreter's `coachwhip` module.
    module: RefSlot,
    embedded: Embedded,
}

impl Worker {
    /// Wakes up, answers what waits, and says that it sleeps again.
    fn work(&self) {
        self.taker.bell().hear();
        self.taker.stay_awake();
        while let Some(taken) = self.taker.take() {
            self.taker.run(taken, |taken| {
                self.embedded.attached(|py| self.answer(taken, py));
            });
        }
        assert!(self.taker.fall_asleep(), "one request at a time");
    }

    fn answer(&self, taken: Taken, py: Attached<'_>) {
        let module = self.module.get(py).expect("held since it was made");
        let state = state_of_module(module, py).expect("the module that was built in");
        let answered = self.contexts.take(state, py).and_then(|context| {
            context.run(py, || {
                let returned = self.handlers.call(&taken.message, state, py)?;
                taken.answer(answer_of(&returned, state, py)?.message);
                Ok(())
            })?;
            self.contexts.give_back(context, py);
            Ok(())
        });
        answered.unwrap_or_else(|raised| panic!("{}", raised.take(py).type_name(py)));
    }
}

/// Starts Python, sends `requests` requests through the server, one after the other, and ends Python.
///
/// # Panics
///
/// When an answer is wrong.
pub fn send(requests: usize) {
    let limits = Limits {
        dispatch: Dispatch::Queue,
        workers: 1,
        io_threads: 1,
        queue_depth: 1,
        concurrency: 1,
        connections: 1,
        batch: Limits::BATCH,
    };
    let exchange = Exchange::new(limits).expect("descriptors for one thread");
    exchange.open(std::iter::once(Manner::default()));
    let embedded = Embedded::start();
    let (router, handlers, module) = embedded.with(|py, state| {
        import(c"request_path_app", py)?;
        let router = Router::new(&table(state)).expect("one route");
        let module = RefSlot::holding(import_coachwhip(py)?);
        PyResult::Ok((router, Handlers::of(state, py)?, module))
    });
    let taker = Taker::new(Arc::clone(&exchange), 0);
    assert!(taker.fall_asleep(), "nothing waits yet");
    WORKER.set(Some(Worker {
        taker,
        handlers,
        contexts: Contexts::default(),
        module,
        embedded,
    }));
    let site = Site::new(Arc::new(router), BUFFER_BYTES, QUEUE_TIMEOUT);
    let asking = serve_and_ask(Arc::clone(&exchange), Arc::new(site), requests);
    let (done, outcome) = std::sync::mpsc::channel();
    exchange.run_reactor(0, QUEUE_TIMEOUT, async move {
        // A task of its own, so that a wrong answer ends the reactor, too.
        let _ = done.send(tokio::spawn(asking).await);
    });
    // Its references are given back, then Python ends.
    drop(WORKER.take());
    let outcome = outcome.recv().expect("the reactor has run its task");
    outcome.expect("every answer was right");
}

/// Serves one connection, and is its client.
async fn serve_and_ask(exchange: Arc<Exchange>, site: Arc<Site>, requests: usize) {
    let (client, served) = duplex(BUFFER_BYTES);
    let peer = Peer {
        client: None,
        scheme: Scheme::Http,
        is_trusted: false,
    };
    let service = service_fn(move |request| {
        let responding = respond(&site, peer, request);
        async move { Ok::<_, Infallible>(responding.await) }
    });
    // As `net` has it.
    let connection = http1::Builder::new()
        .half_close(true)
        .serve_connection(TokioIo::new(served), service);
    let connection = tokio::spawn(connection);
    ask(&exchange, client, requests).await;
    let ended = connection.await.expect("the connection does not panic");
    ended.expect("the client ends the connection in order");
}

/// Sends each request when the answer before it is there.
async fn ask(exchange: &Exchange, mut client: DuplexStream, requests: usize) {
    let mut answer = Vec::with_capacity(BUFFER_BYTES);
    for _ in 0..requests {
        client.write_all(REQUEST).await.expect("the server reads");
        for _ in 0..ROUNDS_MAX {
            tokio::task::yield_now().await;
            if exchange.waiting() > 0 {
                break;
            }
        }
        WORKER.with_borrow(|worker| worker.as_ref().expect("until all is over").work());
        answer.clear();
        let read = client.read_buf(&mut answer).await;
        read.expect("the server answers");
        let text = String::from_utf8_lossy(&answer);
        let is_right = text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with(ANSWER_END);
        assert!(is_right, "a wrong answer: {text:?}");
    }
}
