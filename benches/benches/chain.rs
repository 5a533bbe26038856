//! Many small calls of native code against one that does the same: 21 header fields of a `coachwhip.Response`, set one
//! after the other or given at once.
//!
//! `23 crossings` are the constructor, `response.headers` and 21 assignments; `43 crossings` asks for `response.headers` before
//! each of them. `one batched call` is the constructor with all fields as a list of pairs, which CPython makes of a constant.
//! So what one crossing costs more than the same work done inside a call is (`23 crossings` - `one batched call`) / 22. With a
//! dict the time is longer by what CPython takes to fill that. `no crossing` is the work in Rust alone: names and values
//! checked and copied.

use std::time::Duration;

use benches::embedded::{Embedded, attribute};
use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderName, HeaderValue, StatusCode};
use mimalloc::MiMalloc;
use native_types::answer::answer_of;
use native_types::message::ResponseMessage;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const FIELDS: usize = 21;

/// The id of a case, and its function in `benches/python/chain.py`.
const CASES: [(&str, &str); 4] = [
    ("23 crossings", "crossings_23"),
    ("43 crossings", "crossings_43"),
    ("one batched call", "one_call_of_pairs"),
    ("one batched call of a dict", "one_call_of_a_dict"),
];

/// The answer that every case gives, made from text.
fn message(texts: &[(String, String)]) -> ResponseMessage {
    let fields = texts.iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a token");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("visible ASCII");
        (name, value)
    });
    ResponseMessage {
        status: StatusCode::OK,
        content_type: None,
        headers: fields.collect(),
        body: Bytes::new().into(),
    }
}

fn chain(criterion: &mut Criterion) {
    let embedded = Embedded::start();
    let text = |number| {
        let name = format!("x-field-{number}");
        (name, format!("value of field {number}"))
    };
    let texts: Vec<_> = (1..=FIELDS).map(text).collect();
    let expected = message(&texts);
    let mut group = criterion.benchmark_group("chain");
    group.bench_function("no crossing", |bencher| bencher.iter(|| message(&texts)));
    embedded.with(|py, state| {
        for (id, name) in CASES {
            let function = attribute("chain", name, py)?;
            let answer = answer_of(&*function.call(&[], py)?, state, py)?.message;
            assert_eq!(answer.headers, expected.headers, "{id}");
            group.bench_function(id, |bencher| bencher.iter(|| function.call(&[], py)));
        }
        Ok(())
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(50);
    targets = chain
}
criterion_main!(benches);
