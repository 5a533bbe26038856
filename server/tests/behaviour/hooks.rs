//! Start-up and shutdown hooks.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::{Call, Launch, Mode};

/// Once in each interpreter, in order of definition, before its first and after its last request.
pub(crate) fn run_once_in_each_interpreter_in_order(mode: Mode) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("hooks");
    let server = Launch::under(mode, "hooks")
        .args(["--workers", "2"])
        .env("HOOKS_FILE", &file)
        .start();
    let mut connection = server.connect();
    for _ in 0..20 {
        connection.call(&Call::get("/")).expect(200);
    }
    drop(connection);
    server.stop();

    let notes = std::fs::read_to_string(&file).expect("the hooks wrote their file");
    let mut interpreters: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for note in notes.lines() {
        let (interpreter, what) = note
            .split_once(' ')
            .expect("each line is an interpreter and what happened");
        interpreters.entry(interpreter).or_default().push(what);
    }
    assert_eq!(
        interpreters.len(),
        mode.strategy.interpreters(2),
        "interpreters with hooks: {notes}"
    );
    let mut requests = 0;
    for (interpreter, mut happened) in interpreters {
        let all = happened.len();
        happened.retain(|what| *what != "request");
        requests += all - happened.len();
        assert_eq!(
            happened,
            ["first up", "second up", "first down", "second down"],
            "{interpreter}: {notes}"
        );
        let of_this: Vec<_> = notes
            .lines()
            .filter(|note| note.split(' ').next() == Some(interpreter))
            .collect();
        assert!(
            of_this[1].ends_with("second up"),
            "start-up hooks come first: {notes}"
        );
        assert!(
            of_this[of_this.len() - 2].ends_with("first down"),
            "shutdown hooks come last: {notes}"
        );
    }
    assert_eq!(requests, 20);
}

/// Once for each worker, on its thread and loop, within the life of its interpreter.
pub(crate) fn run_once_for_each_worker(mode: Mode) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("hooks");
    let server = Launch::under(mode, "worker_hooks")
        .args(["--workers", "2"])
        .env("HOOKS_FILE", &file)
        .start();
    let mut connections: Vec<_> = (0..4).map(|_| server.connect()).collect();
    for _ in 0..10 {
        for (number, connection) in connections.iter_mut().enumerate() {
            let path = ["/where", "/where-async"][number % 2];
            connection.send(Call::get(path).bytes());
        }
        for connection in &mut connections {
            let told = connection.read().expect(200).json();
            let origin = format!("up, worker {}", told[0]);
            assert_eq!((&told[1], &told[2]), (&json!(true), &json!(origin)));
        }
    }
    drop(connections);
    server.stop();

    let notes = std::fs::read_to_string(&file).expect("the hooks wrote their file");
    let mut calls = 0;
    for worker in 0..2 {
        let place = |what: &str| {
            let text = format!(" {worker} {what}");
            let found: Vec<_> = notes
                .lines()
                .enumerate()
                .filter(|(_, note)| note.contains(&text))
                .collect();
            let [(place, note)] = found[..] else {
                panic!("{text} once in:\n{notes}")
            };
            (place, note.to_owned())
        };
        let (first, note) = place("first up");
        let (interpreter, _) = note.split_once(' ').expect("an interpreter");
        let of_interpreter = |what: &str| {
            let text = format!("{interpreter} {what}");
            let found = notes.lines().position(|note| note == text);
            found.unwrap_or_else(|| panic!("{text} in:\n{notes}"))
        };
        let (down, note) = place("down");
        assert!(of_interpreter("up") < first && first < place("second up").0);
        assert!(down < of_interpreter("down"), "{notes}");
        let mut words = note.split(' ').skip(3);
        calls += words
            .next()
            .expect("calls")
            .parse::<usize>()
            .expect("a number");
        assert_eq!(words.next(), Some("True"), "on its own loop: {note}");
    }
    assert_eq!(calls, 40, "{notes}");
}

pub(crate) fn name_mistakes_with_the_state_of_workers(mode: Mode) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Launch::under(mode, "worker_hooks")
        .env("HOOKS_FILE", folder.path().join("hooks"))
        .start();
    let said = server.get("/mistakes").expect(200).text();
    let said: Vec<_> = said.lines().collect();
    assert!(
        said[0].starts_with("worker_state has no 'nothing'"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("worker_state belongs to the threads"),
        "{said:?}"
    );
    assert_eq!(said[2], "False");
}

/// The second worker's hook raises: the first one ends, too.
pub(crate) fn stop_the_start_when_they_raise(mode: Mode) {
    let launch = Launch::under(mode, "raises_at_worker_startup");
    let ended = launch.args(["--workers", "2"]).run();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for text in ["worker 1", "LookupError: no database for this worker"] {
        assert!(ended.stderr.contains(text), "{}", ended.stderr);
    }
}

/// A connection of one worker's loop, made for all: refused where workers share an interpreter.
pub(crate) fn leave_no_connection_to_several_loops(mode: Mode) {
    let launch = |workers| Launch::under(mode, "loop_bound").args(["--workers", workers]);
    launch("1").start().get("/").expect(200);
    if mode.strategy.interpreters(2) == 2 {
        launch("2").start().get("/").expect(200);
        return;
    }
    let ended = launch("2").run();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for text in ["loop_bound.connect", "1 connection", "@on_worker_startup"] {
        assert!(ended.stderr.contains(text), "{text} in: {}", ended.stderr);
    }
    let server = launch("2").env("QUIET", "1").start();
    server.get("/").expect(200);
    let warnings = server.stop().stderr.matches("@on_worker_startup").count();
    assert_eq!(warnings, 1, "one warning of what can't be seen");
}
