//! What it costs to attach a thread to Python, and to let it go.
//!
//! Groups `attach ...`: a call of the C API that makes `bytes`, or three of 1,024, 2,048 and 512 bytes (`nested`), or
//! nothing at all (`empty`), each attached
//! - `ensure per call`: by `PyGILState_Ensure` and `PyGILState_Release`, nested ones again;
//! - `depth counter`: the same, but nested ones count a depth of their thread instead (`PyO3`'s `Python::attach`);
//! - `kept`: not at all; the thread stays attached, as a worker does, and hands down the token that proves it.
//!
//! The thread has a thread state and is detached. In the groups `held` it is attached already, as a function is that Python
//! has called; in those `without a thread state` it has none, as a thread that Rust has started, so that each outermost
//! attachment makes and ends one.
//!
//! Groups `release`: from how many bytes on to copy a body detached. `release`: two threads do requests with such a body,
//! copied attached (`held`) or detached (`released`); an element is a request. `release beside python`: one thread does,
//! while another runs Python without ever waiting.

use std::time::Duration;

use benches::embedded::{Embedded, Interpreter};
use benches::release_bed::Requests;
use bytes::Bytes;
use criterion::measurement::WallTime;
use criterion::{Bencher, BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use mimalloc::MiMalloc;
use native_types::capi::{Attached, convert};
use native_types::release::ReleaseThreshold;
use pyo3::Python;
use pyo3::types::{PyBytes, PyBytesMethods as _};
use server::interpreter::PerCall;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many bytes each level makes, from the outermost to the innermost; with 0 it makes nothing.
type Levels = &'static [usize];

/// What is made, and by what name.
const WORK: [(&str, Levels); 4] = [
    ("", &[1024]),
    (" nested", &[1024, 2048, 512]),
    (" empty", &[0]),
    (" empty nested", &[0, 0, 0]),
];

/// The contents of what is made.
static BLOCK: [u8; 2048] = [7; 2048];

/// How the thread is when it begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    Detached,
    Held,
    WithoutState,
}

const BODIES: [usize; 8] = [
    1 << 10,
    4 << 10,
    16 << 10,
    64 << 10,
    256 << 10,
    1 << 20,
    4 << 20,
    16 << 20,
];

/// What a level has done: the bytes that it made, or 1 for nothing.
fn level(bytes: usize, py: Attached<'_>) -> usize {
    if bytes == 0 {
        return 1;
    }
    let made = convert::new_bytes(&BLOCK[..bytes], py).expect("memory for a block");
    convert::as_bytes(&made, py).unwrap_or_default().len()
}

fn ensure_per_call(per_call: PerCall<'_>, levels: Levels) -> usize {
    let Some((first, rest)) = levels.split_first() else {
        return 0;
    };
    per_call.with(|py| level(*first, py) + ensure_per_call(per_call, rest))
}

fn depth_counter(levels: Levels) -> usize {
    let Some((first, rest)) = levels.split_first() else {
        return 0;
    };
    Python::attach(|py| {
        let made = if *first == 0 {
            1
        } else {
            PyBytes::new(py, &BLOCK[..*first]).as_bytes().len()
        };
        made + depth_counter(rest)
    })
}

fn kept(levels: Levels, py: Attached<'_>) -> usize {
    let Some((first, rest)) = levels.split_first() else {
        return 0;
    };
    level(*first, py) + kept(rest, py)
}

/// Times `work`, and checks what all its runs together have done.
fn timed(bencher: &mut Bencher<'_>, levels: Levels, mut work: impl FnMut() -> usize) {
    let each: usize = levels.iter().map(|bytes| (*bytes).max(1)).sum();
    let (mut runs, mut done) = (0, 0);
    bencher.iter(|| {
        runs += 1;
        done += work();
    });
    assert_eq!(done, runs * each);
}

fn attach(criterion: &mut Criterion, interpreter: Interpreter<'_>) {
    let begins = [
        ("attach", Begins::Detached),
        ("attach held", Begins::Held),
        ("attach without a thread state", Begins::WithoutState),
    ];
    for (name, begins) in begins {
        for (kind, levels) in WORK {
            let mut group = criterion.benchmark_group(format!("{name}{kind}"));
            group.throughput(Throughput::Elements(1));
            attach_group(&mut group, interpreter, begins, levels);
            group.finish();
        }
    }
}

fn attach_group(
    group: &mut BenchmarkGroup<'_, WallTime>,
    interpreter: Interpreter<'_>,
    begins: Begins,
    levels: Levels,
) {
    let per_call = interpreter.per_call;
    group.bench_function("ensure per call", |bencher| {
        beginning(interpreter, begins, || {
            timed(bencher, levels, || ensure_per_call(per_call, levels));
        });
    });
    group.bench_function("depth counter", |bencher| {
        beginning(interpreter, begins, || {
            // The depth that it counts is that of its own attachments.
            if begins == Begins::Held {
                Python::attach(|_| timed(bencher, levels, || depth_counter(levels)));
            } else {
                timed(bencher, levels, || depth_counter(levels));
            }
        });
    });
    group.bench_function("kept", |bencher| {
        interpreter.with(|py, _| {
            timed(bencher, levels, || kept(levels, py));
            Ok(())
        });
    });
}

/// Runs `work` on this thread when it begins so.
fn beginning(interpreter: Interpreter<'_>, begins: Begins, work: impl FnOnce() + Send) {
    match begins {
        Begins::WithoutState => work(),
        Begins::Detached => interpreter.with(|py, _| {
            py.detached(work);
            Ok(())
        }),
        Begins::Held => interpreter.with(|_, _| {
            work();
            Ok(())
        }),
    }
}

fn release(criterion: &mut Criterion, interpreter: Interpreter<'_>) {
    type Timed = fn(&Requests, Interpreter<'_>, u64) -> Duration;
    let groups: [(&str, u64, Timed); 2] = [
        ("release", 2, Requests::beside_each_other),
        ("release beside python", 1, Requests::beside_python),
    ];
    for (name, requests, time) in groups {
        let mut group = criterion.benchmark_group(name);
        group
            .sample_size(10)
            .throughput(Throughput::Elements(requests));
        for bytes in BODIES {
            let body = Bytes::from(vec![b'x'; bytes]);
            let cases = [
                ("held", ReleaseThreshold::NEVER),
                ("released", ReleaseThreshold::from_bytes(0)),
            ];
            for (case, threshold) in cases {
                let requests = Requests {
                    body: body.clone(),
                    threshold,
                };
                group.bench_function(BenchmarkId::new(case, bytes), |bencher| {
                    bencher.iter_custom(|repeats| time(&requests, interpreter, repeats));
                });
            }
        }
        group.finish();
    }
}

fn main() {
    // A thread of its own: that of Python's start has two thread states, and before 3.12 `PyGILState_Ensure` takes the one
    // that it had first.
    Embedded::start().beside(|interpreter| {
        let mut criterion = Criterion::default()
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(500))
            .sample_size(20)
            .configure_from_args();
        attach(&mut criterion, interpreter);
        release(&mut criterion, interpreter);
        criterion.final_summary();
    });
}
