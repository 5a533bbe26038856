//! Where a handler runs, and what the module's globals are shared with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::support::server::shared;
use crate::support::{Call, Launch, Mode, root};

pub(crate) fn are_told_to_handlers(mode: Mode) {
    let server = shared(mode);
    assert_eq!(server.ready.field("strategy"), mode.strategy.name());
    let workers: usize = server
        .ready
        .field("workers")
        .parse()
        .expect("workers is a number");
    let (mut ids, mut interpreters) = (BTreeSet::new(), BTreeSet::new());
    for path in ["/where", "/where/async"].repeat(20) {
        let told = server.get(path).expect(200).json();
        assert_eq!(told["strategy"], mode.strategy.name());
        assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
        ids.insert(told["worker"].as_u64().expect("worker_id() is a number"));
        interpreters.insert(
            told["interpreter"]
                .as_u64()
                .expect("interpreter_id() is a number"),
        );
    }
    assert!(ids.len() <= workers, "{ids:?}");
    assert!(
        interpreters.len() <= mode.strategy.interpreters(workers),
        "{interpreters:?}"
    );
    let main = interpreters.contains(&0);
    assert_eq!(
        main,
        !mode.strategy.isolates(),
        "the main interpreter is number 0: {interpreters:?}"
    );
}

/// A module's global counts the calls of its interpreter: all of them together, or each for itself.
pub(crate) fn keep_module_state_as_the_strategy_says(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "2"])
        .start();
    let mut connections: Vec<_> = (0..8).map(|_| server.connect()).collect();
    let mut counts: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    let mut calls = 0;
    // Slow ones, so that one worker alone does not answer them all.
    while calls < 80 || (calls < 800 && counts.len() < mode.strategy.interpreters(2)) {
        for connection in &mut connections {
            connection.send(Call::get("/where/count/10").bytes());
        }
        for connection in &mut connections {
            let told = connection.read().expect(200).json();
            let (interpreter, number) = (told["interpreter"].as_u64(), told["number"].as_u64());
            let seen = counts.entry(interpreter.expect("a number")).or_default();
            assert!(seen.insert(number.expect("a number")), "{told} came twice");
            calls += 1;
        }
    }
    assert_eq!(
        counts.len(),
        mode.strategy.interpreters(2),
        "interpreters that served"
    );
    for (interpreter, seen) in counts {
        let last = seen.last().copied().unwrap_or_default();
        assert_eq!(
            seen.len() as u64,
            last,
            "interpreter {interpreter} counts its own calls without a gap"
        );
    }
}

pub(crate) fn are_described_by_the_stub(mode: Mode) {
    let stub = root().join("pyhandlers/coachwhip.pyi");
    let told = shared(mode)
        .get(&format!("/where/stub{}", stub.display()))
        .expect(200)
        .json();
    assert_eq!(told, json!({"lacks": [], "undescribed": []}));
}

/// A worker is known to `threading` by its own name, and the end prints nothing but what the application and the server log.
pub(crate) fn have_threads_with_names(mode: Mode) {
    let server = Launch::under(mode, "logs").args(["--workers", "2"]).start();
    for path in ["/sync", "/async"].repeat(6) {
        let told = server.get(path).expect(200).json();
        assert_eq!(told, json!([true, true, true]), "name, is_alive, enumerate");
    }
    let stderr = server.stop().stderr;
    let is_record = |line: &&str| line.starts_with("20");
    let said: Vec<_> = stderr.lines().filter(|line| !is_record(line)).collect();
    for line in &said {
        let (thread, what) = line
            .strip_prefix("said by ")
            .and_then(|rest| rest.split_once(": "))
            .unwrap_or_else(|| panic!("{line} in:\n{stderr}"));
        let is_known = match what {
            "pool" => thread.starts_with("asyncio_"),
            // What the main interpreter leaves to its end runs on Python's main thread.
            "atexit" if !mode.strategy.isolates() => thread == "MainThread",
            _ => matches!(thread, "worker-0" | "worker-1"),
        };
        assert!(is_known, "{line} in:\n{stderr}");
    }
    let interpreters = mode.strategy.interpreters(2);
    for (what, count) in [
        ("import", interpreters),
        ("startup", interpreters),
        ("worker startup", 2),
        ("sync", 6),
        ("async", 6),
        ("pool", 6),
        ("worker shutdown", 2),
        ("shutdown", interpreters),
        ("atexit", interpreters),
    ] {
        let end = format!(": {what}");
        let lines = said.iter().filter(|line| line.ends_with(&end));
        assert_eq!(lines.count(), count, "{what} in:\n{stderr}");
    }
}
