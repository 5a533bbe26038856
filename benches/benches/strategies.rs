//! A CPU-bound handler under each strategy that this Python allows, with 1 to 4 workers: `elem/s` are requests.
//!
//! Requests go through the pool as a library, so no HTTP is in the figures. The handler is that of the load tests
//! (`loadtests/apps/work.py`): some 5 ms of pure Python that allocates little. What a build of Python costs by itself
//! is `main` or `freethreaded` with one worker, compared between records of several builds.
//!
//! Each case is a process of its own, because Python can be started once in one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use benches::child::{self, Child};
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group};
use http::Request;
use mimalloc::MiMalloc;
use server::embed::{Engine, Pending};
use server::interpreter::{Python, STRATEGIES};
use server::{config, start};

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The folder of the load tests' handlers.
const HANDLERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../loadtests/apps");

/// How many requests are under way at once, and make up one pass: the same number for each of 1 to 4 workers.
const REQUESTS: u32 = 48;

/// What the handler answers, computed as `work.cpu_bound` does.
fn expected() -> String {
    const STEPS: u64 = 75_000;
    let total = (0..STEPS).fold(0, |total: u64, step| (total * 31 + step) & 0xFFFF_FFFF);
    total.to_string()
}

/// In a child: an engine under the strategy, with so many workers, that times passes.
fn serve(role: &str) {
    let (strategy, workers) = role.split_once(' ').expect("strategy and workers");
    let arguments = [
        "strategies",
        "--strategy",
        strategy,
        "--workers",
        workers,
        "--pythonpath",
        HANDLERS,
        "handlers",
    ];
    let arguments = arguments.map(Into::into);
    let loaded = config::load(arguments, &BTreeMap::new(), Path::new(HANDLERS));
    let config = loaded.expect("options of the server").config;
    let settings = start::pool(&config).expect("a strategy that was found possible");
    let engine = Engine::start(&settings).expect("an engine");
    let expected = expected();
    child::obey(|passes| {
        let passes: u64 = passes.parse().expect("a number of passes");
        let took: Duration = (0..passes).map(|_| pass(&engine, &expected)).sum();
        took.as_nanos().to_string()
    });
}

/// The time from the first submission to the last answer.
fn pass(engine: &Engine, expected: &str) -> Duration {
    let request = || Request::get("/cpu").body(Bytes::new()).expect("a path");
    let began = Instant::now();
    let submitted: Vec<_> = (0..REQUESTS).map(|_| engine.submit(request())).collect();
    let answers: Vec<_> = submitted.into_iter().map(Pending::wait).collect();
    let took = began.elapsed();
    for answer in answers {
        assert_eq!(answer.expect("an answer").body, expected);
    }
    took
}

fn strategies(criterion: &mut Criterion) {
    let python = Python::embedded();
    let mut group = criterion.benchmark_group("strategies");
    group.throughput(Throughput::Elements(u64::from(REQUESTS)));
    group.sampling_mode(SamplingMode::Flat);
    let possible = STRATEGIES
        .iter()
        .filter(|known| known.refusal(&python).is_none());
    for strategy in possible {
        for workers in 1..=4 {
            let name = strategy.name();
            // Started when the case is chosen, once for all of its samples.
            let mut child = None;
            group.bench_function(BenchmarkId::new(name, workers), |bencher| {
                let start = || Child::start(&format!("{name} {workers}"));
                let child = child.get_or_insert_with(start);
                bencher.iter_custom(|passes| {
                    let took = child.ask(&passes.to_string());
                    Duration::from_nanos(took.parse().expect("nanoseconds"))
                });
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(3));
    targets = strategies
}

fn main() {
    if let Some(role) = child::role() {
        return serve(&role);
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
