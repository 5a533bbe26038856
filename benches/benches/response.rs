//! Native answers, and JSON, against the same made in Python.
//!
//! Group `response`: from the call of a handler to the bytes of the answer.
//! - `native`: what the handler returns becomes a `ResponseMessage` (`answer_of`), hyper's response
//!   (`server::http::response`) and bytes, which a connection of hyper's writes; it has to read a request for each, of 18
//!   bytes.
//! - `message`: as `native`, but no further than the `ResponseMessage`: what happens while the worker is attached.
//! - `hyper`: the rest of `native`: a response that is there already, and the request.
//! - `python`: a Python function that makes the same bytes (`benches/python/responses.py`).
//!
//! The parameter is what is answered: a short text, a page with nine header fields (`headers`), a small `json` document.
//!
//! Group `json`: what a handler calls or returns (`Request.json`, a `dict` or `list`) against Python's `json`, from and to
//! bytes. `small` has 88 bytes, `100 records` are some 11 KB.

use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::embedded::{Embedded, attribute};
use benches::wire;
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput};
use http::Response;
use mimalloc::MiMalloc;
use native_types::answer::answer_of;
use native_types::capi::{Attached, Object, Owned, PyResult, call, convert};
use native_types::message::ResponseMessage;
use native_types::parse::parse;
use native_types::request::new_request;
use native_types::state::State;
use server::http::{AnswerBody, response};

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What is answered.
const ANSWERS: [&str; 3] = ["text", "headers", "json"];

/// The documents of `responses.py`.
const DOCUMENTS: [&str; 4] = ["small", "1 KiB", "100 records", "100 KB"];

/// An answer's status, its header fields but the date, and its body.
type Parsed = (u16, Vec<(String, Vec<u8>)>, Vec<u8>);

fn parsed(bytes: &[u8]) -> Parsed {
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut fields);
    let length = head.parse(bytes).expect("an answer").unwrap();
    let fields = head.headers.iter().map(|field| {
        let name = field.name.to_ascii_lowercase();
        (name, field.value.to_vec())
    });
    let mut fields: Vec<_> = fields.filter(|(name, _)| name != "date").collect();
    fields.sort();
    (
        head.code.unwrap_or_default(),
        fields,
        bytes[length..].to_vec(),
    )
}

/// What a handler's return value becomes.
fn message(handler: &Object, state: &State, py: Attached<'_>) -> ResponseMessage {
    let returned = handler.call(&[], py);
    returned
        .and_then(|returned| answer_of(&returned, state, py))
        .expect("an answer")
        .message
}

fn copy(message: &ResponseMessage) -> Response<AnswerBody> {
    response(ResponseMessage {
        status: message.status,
        content_type: message.content_type.clone(),
        headers: message.headers.clone(),
        body: message.body.whole().expect("a whole body").clone().into(),
    })
}

fn answers(criterion: &mut Criterion, state: &State, py: Attached<'_>) -> PyResult<()> {
    let mut group = criterion.benchmark_group("response");
    group.throughput(Throughput::Elements(1));
    for answer in ANSWERS {
        let native = attribute("responses", &format!("{answer}_native"), py)?;
        let python = attribute("responses", &format!("{answer}_python"), py)?;
        let made = message(&native, state, py);
        let written = wire::answers(1, || copy(&made));
        let expected = python.call(&[], py)?;
        let expected = convert::as_bytes(&expected, py).unwrap_or_default();
        assert_eq!(parsed(&written), parsed(expected), "{answer}");

        group.bench_function(BenchmarkId::new("native", answer), |bencher| {
            bencher.iter_custom(|repeats| {
                timed(repeats, &written, || response(message(&native, state, py)))
            });
        });
        group.bench_function(BenchmarkId::new("message", answer), |bencher| {
            bencher.iter(|| message(&native, state, py));
        });
        group.bench_function(BenchmarkId::new("hyper", answer), |bencher| {
            bencher.iter_custom(|repeats| timed(repeats, &written, || copy(&made)));
        });
        group.bench_function(BenchmarkId::new("python", answer), |bencher| {
            bencher.iter(|| drop(black_box(python.call(&[], py).expect("bytes"))));
        });
    }
    group.finish();
    Ok(())
}

/// The time of so many answers; the last must say what `expected` does.
fn timed(repeats: u64, expected: &[u8], answer: impl Fn() -> Response<AnswerBody>) -> Duration {
    let began = Instant::now();
    let written = wire::answers(repeats, answer);
    let took = began.elapsed();
    assert_eq!(parsed(&written), parsed(expected));
    took
}

fn json(criterion: &mut Criterion, state: &State, py: Attached<'_>) -> PyResult<()> {
    let mut group = criterion.benchmark_group("json");
    let documents = attribute("responses", "DOCUMENTS", py)?;
    let python_dumps = attribute("responses", "dumps", py)?;
    let python_loads = call::import(c"json", py)?.attribute(c"loads", py)?;
    for name in DOCUMENTS {
        let document = documents.value_at(&*convert::new_str(name, py)?, py)?;
        let text = python_dumps.call(&[&document], py)?;
        let bytes = convert::as_bytes(&text, py).unwrap_or_default();
        assert_eq!(
            answer_of(&document, state, py)?.message.body,
            bytes,
            "{name}"
        );
        let native_loads = loads_of(bytes, state, py)?;
        for loads in [
            native_loads.call(&[], py)?,
            python_loads.call(&[&text], py)?,
        ] {
            let is_equal = loads.call_method(c"__eq__", &[&document], py)?;
            assert!(is_equal.is_true(py), "{name}");
        }

        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(BenchmarkId::new("native dumps", name), |bencher| {
            bencher.iter(|| answer_of(&document, state, py).expect("JSON"));
        });
        group.bench_function(BenchmarkId::new("python dumps", name), |bencher| {
            bencher.iter(|| drop(python_dumps.call(&[&document], py).expect("JSON")));
        });
        group.bench_function(BenchmarkId::new("native loads", name), |bencher| {
            bencher.iter(|| drop(native_loads.call(&[], py).expect("a document")));
        });
        group.bench_function(BenchmarkId::new("python loads", name), |bencher| {
            bencher.iter(|| drop(python_loads.call(&[&text], py).expect("a document")));
        });
    }
    group.finish();
    Ok(())
}

/// `json` of a request with that body.
fn loads_of<'py>(body: &[u8], state: &State, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
    let message = parse(&Bytes::from([head.as_bytes(), body].concat())).expect("a request");
    new_request(message.into(), [].into(), state, py)?.attribute(c"json", py)
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30)
        .configure_from_args();
    Embedded::start().with(|py, state| {
        answers(&mut criterion, state, py)?;
        json(&mut criterion, state, py)
    });
    criterion.final_summary();
}
