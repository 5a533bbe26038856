//! One more interpreter, thread and process of Python: the time until it can run Python code.
//!
//! `interpreters` starts them bare, `interpreters with imports` has them import `json`, `asyncio` and `logging` first.
//! A thread finds these imported: it shares the interpreter. Ending is not in the time.
//!
//! With `BENCH_ROWS_DIR` set, `interpreters.csv` gets what criterion does not keep. Its `count` is how many were
//! measured, `milliseconds` and `pss_kib` are for each of them:
//! - `one more bare`, `one more with imports`: start and memory of one more beside others that are held, the first of
//!   them not counted;
//! - `create and end`, likewise: one after the other; the memory is what each leaves behind in the process that
//!   started it;
//! - `first import`: the imports alone, in the first of a process; no memory.

use std::time::Duration;

use benches::child::{self, Child};
use benches::footprint::{Kind, OneMore, Starter, own_pss_kib};
use benches::rows::{self, Rows};
use criterion::{Criterion, criterion_group};
use mimalloc::MiMalloc;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const BARE: &str = "bare";
const IMPORTS: &str = "with imports";

/// In a child: starts one kind, bare or with imports, as it is told.
fn serve(role: &str) {
    let (kind, what) = role.split_once(' ').expect("a kind, and what it imports");
    let kind = Kind::named(kind).expect("a kind");
    let starter = Starter::new(kind, what == IMPORTS);
    child::obey(|order| {
        let (order, count) = order.split_once(' ').expect("an order and a number");
        let count = count.parse().expect("a number");
        match order {
            "start" => start(&starter, count),
            "import" => starter.start().importing.as_nanos().to_string(),
            "hold" => hold(&starter, count),
            "cycle" => cycle(&starter, count),
            _ => panic!("no such order: {order}"),
        }
    });
    starter.end();
}

/// The nanoseconds of so many starts, one after the other.
fn start(starter: &Starter, count: u32) -> String {
    let took: Duration = (0..count).map(|_| starter.start().took).sum();
    took.as_nanos().to_string()
}

/// Holds one, then so many more: the nanoseconds and KiB of those.
fn hold(starter: &Starter, count: u32) -> String {
    let mut held = vec![starter.start()];
    let before = starter.pss_kib(&held);
    held.extend((0..count).map(|_| starter.start()));
    let more = starter.pss_kib(&held) - before;
    let took: Duration = held.iter().skip(1).map(|one: &OneMore| one.took).sum();
    format!("{} {more}", took.as_nanos())
}

/// Starts and ends so many, one after the other: the nanoseconds, and the KiB that they leave behind.
fn cycle(starter: &Starter, count: u32) -> String {
    // The first ones take what is then there for the next.
    (0..3).for_each(|_| drop(starter.start()));
    let before = own_pss_kib();
    let began = std::time::Instant::now();
    (0..count).for_each(|_| drop(starter.start()));
    let took = began.elapsed();
    format!("{} {}", took.as_nanos(), own_pss_kib() - before)
}

fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| kind.is_possible())
}

fn interpreters(criterion: &mut Criterion) {
    for (name, what) in [
        ("interpreters", BARE),
        ("interpreters with imports", IMPORTS),
    ] {
        let mut group = criterion.benchmark_group(name);
        for kind in kinds() {
            // Started when the case is chosen, once for all of its samples.
            let mut child = None;
            group.bench_function(kind.name(), |bencher| {
                let start = || Child::start(&format!("{} {what}", kind.name()));
                let child = child.get_or_insert_with(start);
                bencher.iter_custom(|count| {
                    let took = child.ask(&format!("start {count}"));
                    Duration::from_nanos(took.parse().expect("nanoseconds"))
                });
            });
        }
        group.finish();
    }
}

fn memory(_: &mut Criterion) {
    if rows::is_measuring() && !rows::are_wanted() {
        return;
    }
    let (held, cycles) = if rows::is_measuring() {
        (8, 30)
    } else {
        (1, 1)
    };
    let columns = ["kind", "count", "milliseconds", "pss_kib", "note"];
    let mut rows = Rows::new("interpreters.csv", &columns);
    for kind in kinds() {
        let name = kind.name();
        for what in [BARE, IMPORTS] {
            let mut child = Child::start(&format!("{name} {what}"));
            if what == IMPORTS {
                let took = milliseconds(&child.ask("import 1"), 1);
                rows.add(&[&name, &1, &took, &"", &"first import"]);
            }
            for (order, count, note) in [
                ("hold", held, "one more"),
                ("cycle", cycles, "create and end"),
            ] {
                let told = child.ask(&format!("{order} {count}"));
                let (took, more) = told.split_once(' ').expect("time and memory");
                let took = milliseconds(took, count);
                let more: f64 = more.parse().expect("KiB");
                let each = format!("{:.1}", more / f64::from(count));
                rows.add(&[&name, &count, &took, &each, &format!("{note} {what}")]);
            }
        }
    }
    rows.write();
}

/// The milliseconds of each of `count` that took so many nanoseconds together.
fn milliseconds(nanoseconds: &str, count: u32) -> String {
    let nanoseconds: f64 = nanoseconds.parse().expect("nanoseconds");
    format!("{:.4}", nanoseconds / 1e6 / f64::from(count))
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = interpreters, memory
}

fn main() {
    if let Some(role) = child::role() {
        return serve(&role);
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
