//! How many requests, and answers, should share a wake-up: bursts of several sizes through the server's own queue, with
//! the server's limit on a batch ([`Limits::BATCH`]) and others.
//!
//! The time is that of a whole burst, from the first submission to the last answer; `elem/s` are requests. A batch of 1
//! wakes the other thread, if it sleeps, for each request and each answer. Batches end early when there is nothing more to
//! read or to run, so their size follows the load below the limit.

use std::time::Duration;

use benches::crew::Crew;
use benches::queue_bed::{BURST_MAX, QueueBed};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mimalloc::MiMalloc;
use server::dispatch::Limits;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const BURSTS: [usize; 5] = [1, 10, 100, 1_000, BURST_MAX];
const BATCHES: [u32; 5] = [1, 4, Limits::BATCH, 64, 1_024];

/// One I/O thread, one worker.
const ONE_EACH: Crew = Crew {
    producers: 1,
    consumers: 1,
};

fn batch(criterion: &mut Criterion) {
    for batch in BATCHES {
        let bed = QueueBed::start(batch, ONE_EACH, BURST_MAX);
        let mut group = criterion.benchmark_group(format!("batch {batch}"));
        for size in BURSTS {
            group.throughput(Throughput::Elements(size as u64));
            group.bench_function(BenchmarkId::new("burst", size), |bencher| {
                bencher.iter_custom(|repeats| bed.bursts(size, repeats));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = batch
}
criterion_main!(benches);
