//! Handlers that fail: one 500 and one log record each, and nothing else notices.

use serde_json::Value;

use crate::support::{Answer, Call, Launch, Mode, Server, eventually};

/// What `handlers/behaviour/failures.py` can do.
const KINDS: [&str; 13] = [
    "value-error",
    "sys-exit",
    "keyboard-interrupt",
    "recursion",
    "recursion-in-c",
    "nonsense",
    "base-exception",
    "generator-exit",
    "stop-iteration",
    "cancelled",
    "unprintable",
    "surrogate",
    "chained",
];

/// One worker, so that the handler that follows a failure runs where the failure was.
fn one_worker(mode: Mode) -> Launch {
    Launch::under(mode, "behaviour").args(["--workers", "1"])
}

/// The log records, of a server with `--log-format json`, that mention `mark`.
fn records(server: &Server, mark: &str) -> Vec<Value> {
    let stderr = server.stderr();
    let complete = stderr.rsplit_once('\n').map_or("", |(lines, _)| lines);
    let records = complete
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    records
        .filter(|record| record.to_string().contains(mark))
        .collect()
}

/// The first value of `key`, at whatever depth.
fn find<'a>(record: &'a Value, key: &str) -> Option<&'a Value> {
    let map = record.as_object()?;
    map.get(key)
        .or_else(|| map.values().find_map(|inner| find(inner, key)))
}

fn tells_nothing(answer: &Answer) {
    let text = answer.text();
    for secret in [
        "Traceback",
        "ValueError",
        "secret",
        "cause",
        "failures.py",
        "SystemExit",
        "Error:",
    ] {
        assert!(!text.contains(secret), "the answer tells {secret}: {text}");
    }
}

pub(crate) fn answer_500_without_the_cause(mode: Mode) {
    let server = one_worker(mode).start();
    for path in [
        "/fail/value-error/mark",
        "/fail-async/value-error/mark",
        "/fail/sys-exit/mark",
    ] {
        tells_nothing(&server.get(path).expect(500));
    }
}

pub(crate) fn log_one_record_with_the_traceback(mode: Mode) {
    let server = one_worker(mode).args(["--log-format", "json"]).start();
    for path in [
        "/fail/value-error/one-record",
        "/fail-async/value-error/another-record",
    ] {
        server.get(path).expect(500);
        let record = eventually("a log record of the failure", || {
            records(&server, path).pop()
        });
        assert_eq!(
            find(&record, "method").and_then(Value::as_str),
            Some("GET"),
            "{record}"
        );
        assert_eq!(
            find(&record, "path").and_then(Value::as_str),
            Some(path),
            "{record}"
        );
        assert_eq!(
            find(&record, "level").and_then(Value::as_str),
            Some("ERROR"),
            "{record}"
        );
        for key in ["worker", "interpreter"] {
            assert!(find(&record, key).is_some(), "no {key} in {record}");
        }
        let text = record.to_string();
        for part in [
            "Traceback (most recent call last)",
            "failures.py",
            "in fail",
            "ValueError: the secret cause",
        ] {
            assert!(text.contains(part), "no {part:?} in {record}");
        }
    }
    server.get("/fail/chained/chain-record").expect(500);
    let record = eventually("a log record of the failure", || {
        records(&server, "chain-record").pop()
    })
    .to_string();
    assert!(
        record.contains("the root cause") && record.contains("the outer failure"),
        "{record}"
    );
}

pub(crate) fn log_one_record_as_text(mode: Mode) {
    let server = one_worker(mode).args(["--log-format", "text"]).start();
    server.get("/fail/value-error/as-text").expect(500);
    let stderr = eventually("a record with the traceback", || {
        let stderr = server.stderr();
        stderr
            .contains("ValueError: the secret cause")
            .then_some(stderr)
    });
    assert_eq!(
        stderr.matches("/fail/value-error/as-text").count(),
        1,
        "one record: {stderr}"
    );
    for part in [
        "GET",
        "worker",
        "interpreter",
        "Traceback (most recent call last)",
        "failures.py",
    ] {
        assert!(stderr.contains(part), "no {part:?} in {stderr}");
    }
}

pub(crate) fn show_the_traceback_with_debug(mode: Mode) {
    let server = one_worker(mode).args(["--debug"]).start();
    for path in ["/fail/value-error/mark", "/fail-async/value-error/mark"] {
        let text = server.get(path).expect(500).text();
        for part in [
            "Traceback (most recent call last)",
            "failures.py",
            "ValueError: the secret cause",
        ] {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
    }
    server.get("/nowhere").expect(404);
}

pub(crate) fn are_one_500_each_in_sync_handlers(mode: Mode) {
    each_is_one_500(mode, "/fail");
}

pub(crate) fn are_one_500_each_in_async_handlers(mode: Mode) {
    each_is_one_500(mode, "/fail-async");
}

/// Every kind, twice on one connection; between them the same worker answers as ever.
fn each_is_one_500(mode: Mode, prefix: &str) {
    let server = one_worker(mode).args(["--log-format", "json"]).start();
    let mut connection = server.connect();
    let before = connection.call(&Call::get("/where")).expect(200).json();
    for round in 0..2 {
        for kind in KINDS {
            let answer = connection.call(&Call::get(&format!("{prefix}/{kind}/round-{round}")));
            assert_eq!(answer.status, 500, "{kind}: {}", answer.text());
            tells_nothing(&answer);
            assert_eq!(
                connection.call(&Call::get("/value/int")).expect(200).text(),
                "42",
                "after {kind}"
            );
            assert_eq!(
                connection
                    .call(&Call::get("/async/at-once"))
                    .expect(200)
                    .status,
                200,
                "after {kind}"
            );
        }
    }
    assert_eq!(
        connection.call(&Call::get("/where")).expect(200).json(),
        before,
        "the same worker goes on"
    );
    for kind in KINDS {
        let mark = format!("{prefix}/{kind}/");
        eventually(&format!("two records of {mark}"), || {
            (records(&server, &mark).len() >= 2).then_some(())
        });
    }
    let ended = server.stop();
    for kind in KINDS {
        let mark = format!("{prefix}/{kind}/");
        let count = ended
            .stderr
            .lines()
            .filter(|line| line.contains(&mark))
            .count();
        assert_eq!(
            count, 2,
            "one record for each of two failures of {kind}; stderr:\n{}",
            ended.stderr
        );
    }
}
