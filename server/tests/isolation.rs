//! Workers side by side: twelve interpreters on twelve threads, each serving, each with globals of its own.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use support::{Call, Launch, Mode, eventually};

const WORKERS: usize = 12;

support::mode::under_every! { mode;
    isolation: [twelve_workers_serve_at_once, workers_can_be_pinned_to_cores],
}

/// The promises, each a function of the mode to test under.
mod isolation {
    pub(crate) use super::{twelve_workers_serve_at_once, workers_can_be_pinned_to_cores};
}

fn number(told: &Value, key: &str) -> u64 {
    told[key]
        .as_u64()
        .unwrap_or_else(|| panic!("no number {key} in {told}"))
}

/// Twice as many slow calls at once as there are workers: each worker gets its share.
fn twelve_workers_serve_at_once(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "12", "--queue-depth", "1000"])
        .start();
    assert_eq!(server.ready.field("workers"), WORKERS.to_string());
    let mut connections: Vec<_> = (0..WORKERS * 2).map(|_| server.connect()).collect();
    let (mut workers, mut counts) = (BTreeSet::new(), BTreeMap::<u64, BTreeSet<u64>>::new());
    let expected = mode.strategy.interpreters(WORKERS);
    eventually("an answer of every worker", || {
        for connection in &mut connections {
            connection.send(Call::get("/where/count/20").bytes());
        }
        for connection in &mut connections {
            let told = connection.read().expect(200).json();
            workers.insert(number(&told, "worker"));
            let seen = counts.entry(number(&told, "interpreter")).or_default();
            assert!(seen.insert(number(&told, "number")), "{told} came twice");
        }
        (workers.len() == WORKERS && counts.len() == expected).then_some(())
    });
    for (interpreter, seen) in counts {
        let last = seen.last().copied().unwrap_or_default();
        assert_eq!(
            seen.len() as u64,
            last,
            "interpreter {interpreter} counts its own calls without a gap"
        );
    }
    server.stop();
}

/// Two threads that may run on one core only, each on another one, as the kernel tells.
fn workers_can_be_pinned_to_cores(mode: Mode) {
    let arguments = ["--workers", "2", "--pin-cores"];
    let server = Launch::under(mode, "behaviour").args(arguments).start();
    assert_eq!(server.get("/value/int").expect(200).text(), "42");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let tasks =
        std::fs::read_dir(format!("/proc/{}/task", server.process_id())).expect("a Linux /proc");
    let mut pinned = BTreeSet::new();
    for task in tasks {
        let status = task.expect("a thread").path().join("status");
        let Ok(status) = std::fs::read_to_string(status) else {
            continue;
        };
        let allowed = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        pinned.extend(allowed.and_then(|list| list.trim().parse::<usize>().ok()));
    }
    assert_eq!(
        pinned.len(),
        cores.min(2),
        "cores that have a thread of their own: {pinned:?}"
    );
}
