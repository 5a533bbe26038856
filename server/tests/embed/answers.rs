//! Answers reach whoever waits for them.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Method, Request, StatusCode};
use server::embed::{Engine, Pending, ResponseMessage, Submitter};

use super::bed::{get, in_a_bed};
use crate::support::{Mode, root};

const THREADS: usize = 8;
const REQUESTS: usize = 100;

fn body(pending: Pending) -> (u16, Bytes) {
    let response = pending.wait().expect("an answer");
    let body = response.body.whole().expect("a whole body");
    (response.status.as_u16(), body.clone())
}

/// A request for `/echo`, whose handler is a coroutine, and its answer.
fn echo(mark: &str) -> (Request<Bytes>, String) {
    let request = Request::post("/echo").header("X-Mark", mark);
    let request = request.body(Bytes::from(format!("body of {mark}")));
    (
        request.expect("a request"),
        format!("{mark} body of {mark}"),
    )
}

pub(crate) fn come_to_many_threads_at_once(mode: Mode) {
    in_a_bed("answers::come_to_many_threads_at_once", mode, |bed| {
        let engine = bed.start(&["--workers", "2"]);
        let submitter = engine.submitter();
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let submitter = submitter.clone();
                scope.spawn(move || {
                    let ask = |number: usize| {
                        let number = thread * REQUESTS + number;
                        let (request, expected) = if number.is_multiple_of(2) {
                            (
                                get(&format!("/square/{number}")),
                                (number * number).to_string(),
                            )
                        } else {
                            echo(&number.to_string())
                        };
                        (submitter.submit(request), expected)
                    };
                    let asked: Vec<_> = (0..REQUESTS).map(ask).collect();
                    for (pending, expected) in asked {
                        assert_eq!(body(pending), (200, expected.into()));
                    }
                });
            }
        });
        assert_eq!(engine.waiting(), 0);
    });
}

/// Runs a future on this thread with nothing but the standard library.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Told(mpsc::Sender<()>);
    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(());
        }
    }
    let (told, heard) = mpsc::channel();
    let waker = Waker::from(Arc::new(Told(told)));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        heard.recv().expect("the waker is held here");
    }
}

async fn ask_two(submitter: Submitter) {
    let (request, expected) = echo("one");
    let first = submitter.submit(request);
    let second = submitter.submit(get("/square/12")).await;
    assert_eq!(first.await.expect("an answer").body, expected);
    assert_eq!(second.expect("an answer").body, "144");
    // It is rude to block here, but no deadlock: the answer comes from another thread.
    assert_eq!(body(submitter.submit(get("/square/9"))), (200, "81".into()));
}

pub(crate) fn come_to_any_executor(mode: Mode) {
    in_a_bed("answers::come_to_any_executor", mode, |bed| {
        let engine = bed.start(&[]);
        block_on(ask_two(engine.submitter()));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(ask_two(engine.submitter()));
        let task = runtime.spawn(ask_two(engine.submitter()));
        runtime
            .block_on(task)
            .expect("a task may be moved to another thread");
    });
}

fn known(engine: &Engine, method: Method, path: &str) -> ResponseMessage {
    let mut request = get(path);
    *request.method_mut() = method;
    let mut pending = pin!(engine.submit(request));
    match pending
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(outcome) => outcome.expect("an answer"),
        Poll::Pending => panic!("{path} is not answered at once"),
    }
}

pub(crate) fn are_given_at_once_where_no_handler_is_asked(mode: Mode) {
    let promise = "answers::are_given_at_once_where_no_handler_is_asked";
    in_a_bed(promise, mode, |bed| {
        let engine = bed.start(&[]);
        let cases = [
            (Method::GET, "/nowhere", 404, None),
            (Method::GET, "/square/word", 404, None),
            (Method::GET, "/%FF", 400, None),
            (Method::PUT, "/hold", 405, Some("GET, HEAD, OPTIONS")),
            (Method::OPTIONS, "/echo", 204, Some("OPTIONS, POST")),
        ];
        for (method, path, status, allow) in cases {
            let response = known(&engine, method, path);
            assert_eq!(response.status, status, "{path}");
            let allowed: Vec<_> = allow.into_iter().map(HeaderValue::from_static).collect();
            let headers = response.headers.into_iter();
            let headers: Vec<_> = headers
                .map(|(name, value)| (name == ALLOW).then_some(value))
                .collect();
            assert_eq!(headers, allowed.into_iter().map(Some).collect::<Vec<_>>());
            assert_eq!(response.body == "", status == 204, "{path}");
        }
        // A HEAD is for the handler of GET, as over HTTP.
        let mut head = get("/square/5");
        *head.method_mut() = Method::HEAD;
        assert_eq!(body(engine.submit(head)).0, 200);
    });
}

pub(crate) fn tell_of_a_handler_that_raised(mode: Mode) {
    in_a_bed("answers::tell_of_a_handler_that_raised", mode, |bed| {
        let engine = bed.start(&["--debug"]);
        let response = engine.submit(get("/raise")).wait().expect("an answer");
        assert_eq!(response.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.content_type.is_some());
        let text = String::from_utf8_lossy(response.body.whole().expect("a whole body"));
        assert!(text.contains("ValueError: meant to fail"), "{text}");
    });
}

pub(crate) fn come_to_the_example(mode: Mode) {
    in_a_bed("answers::come_to_the_example", mode, |_| {
        let Mode {
            strategy, dispatch, ..
        } = mode;
        let root = root();
        let arguments = [
            "embedded_pool",
            "--strategy",
            strategy.name(),
            "--dispatch",
            dispatch.name(),
            "--pythonpath",
            root.to_str().expect("a path in UTF-8"),
        ];
        let ended = crate::embedded_pool::run(arguments.map(Into::into));
        assert!(ended.is_ok(), "{ended:?}");
    });
}
