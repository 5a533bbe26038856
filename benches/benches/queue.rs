//! The server's queue and four others, from one producer and one consumer to eight of each: `elem/s` are operations, one
//! of which is an element put and taken.
//!
//! All move elements of the size of the server's own, made before the clock starts. What a full and an empty queue are
//! waited on with is told in `benches::queues`. `exchange` is the server's: its I/O threads and its workers, who park.
//! Its figure is not of the queue alone, because there is no way in without one back: it holds the answer to each
//! request, which goes through a mailbox and is compared.
//!
//! With `BENCH_ROWS_DIR` set, `queue_latency.csv` gets the time from put to taken, at a moderate rate and as fast as
//! it goes. An element is made when it is put then, which counts, for each queue alike.

use std::time::Duration;

use benches::crew::{self, Crew, Load};
use benches::queue_bed;
use benches::queues::{Channel, MutexQueue};
use benches::rows::{self, Rows};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use crossbeam::queue::{ArrayQueue, SegQueue};
use mimalloc::MiMalloc;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Producers and consumers.
const CREWS: [(u32, u32); 6] = [(1, 1), (2, 2), (4, 4), (8, 8), (1, 8), (8, 1)];

/// How many operations one pass has; there are ten passes at least, so a million operations for each figure.
const OPERATIONS: u32 = 100_000;

/// A rate that no queue here is busy with: the server's, with a handler that does next to nothing.
const MODERATE_PER_SECOND: u32 = 20_000;

/// One of the queues that are compared.
struct Contender {
    name: &'static str,
    throughput: fn(Crew, u32) -> Duration,
    latencies: fn(Crew, u32, Load) -> Vec<u64>,
}

const CONTENDERS: [Contender; 5] = [
    Contender {
        name: "mutex",
        throughput: crew::throughput::<MutexQueue>,
        latencies: crew::latencies::<MutexQueue>,
    },
    Contender {
        name: "array queue",
        throughput: crew::throughput::<ArrayQueue<_>>,
        latencies: crew::latencies::<ArrayQueue<_>>,
    },
    Contender {
        name: "seg queue",
        throughput: crew::throughput::<SegQueue<_>>,
        latencies: crew::latencies::<SegQueue<_>>,
    },
    Contender {
        name: "channel",
        throughput: crew::throughput::<Channel>,
        latencies: crew::latencies::<Channel>,
    },
    Contender {
        name: "exchange",
        throughput: queue_bed::throughput,
        latencies: queue_bed::latencies,
    },
];

fn crews() -> impl Iterator<Item = Crew> {
    CREWS.into_iter().map(|(producers, consumers)| Crew {
        producers,
        consumers,
    })
}

fn throughput(criterion: &mut Criterion) {
    // Under `cargo test` it has to run, no more.
    let operations = if rows::is_measuring() {
        OPERATIONS
    } else {
        OPERATIONS / 10
    };
    for crew in crews() {
        let mut group = criterion.benchmark_group(format!("queue {crew}"));
        group.throughput(Throughput::Elements(u64::from(operations)));
        group.sampling_mode(SamplingMode::Flat);
        for contender in &CONTENDERS {
            group.bench_function(contender.name, |bencher| {
                bencher.iter_custom(|repeats| {
                    let time = |_| (contender.throughput)(crew, operations);
                    (0..repeats).map(time).sum()
                });
            });
        }
        group.finish();
    }
}

fn latency(_: &mut Criterion) {
    if rows::is_measuring() && !rows::are_wanted() {
        return;
    }
    let loads = [
        ("moderate", Load::PerSecond(MODERATE_PER_SECOND), 10_000),
        ("saturated", Load::Saturated, OPERATIONS),
    ];
    let columns = [
        "queue",
        "producers",
        "consumers",
        "load",
        "p50_ns",
        "p90_ns",
        "p99_ns",
        "p999_ns",
        "max_ns",
        "operations",
    ];
    let mut rows = Rows::new("queue_latency.csv", &columns);
    for (load_name, load, measured) in loads {
        let operations = if rows::is_measuring() { measured } else { 800 };
        for crew in crews() {
            for contender in &CONTENDERS {
                let mut latencies = (contender.latencies)(crew, operations, load);
                latencies.sort_unstable();
                // The nearest rank: so many of a thousand elements took as long or less.
                let at =
                    |per_mille: usize| latencies[(latencies.len() * per_mille).div_ceil(1000) - 1];
                rows.add(&[
                    &contender.name,
                    &crew.producers,
                    &crew.consumers,
                    &load_name,
                    &at(500),
                    &at(900),
                    &at(990),
                    &at(999),
                    &at(1000),
                    &latencies.len(),
                ]);
            }
        }
    }
    rows.write();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_secs(1));
    targets = throughput, latency
}
criterion_main!(benches);
