//! Start-up and shutdown hooks.

use std::collections::BTreeMap;

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
