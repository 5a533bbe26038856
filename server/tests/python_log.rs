//! Python's own log records go through the server's log: in its format, by its thread, unless the application does otherwise.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use serde_json::Value;
use support::{Launch, Server, Strategy, eventually};

support::mode::under_every! { strategy;
    python_log: [
        is_json_where_the_log_is,
        is_text_where_the_log_is,
        is_the_applications_where_that_configures_it,
        tells_what_works_for_a_module_that_refuses_late,
        tells_what_processes_lack,
    ],
}

/// The promises, each a function of the strategy to test under.
mod python_log {
    pub(crate) use super::{
        is_json_where_the_log_is, is_text_where_the_log_is,
        is_the_applications_where_that_configures_it, tells_what_processes_lack,
        tells_what_works_for_a_module_that_refuses_late,
    };
}

fn start(strategy: Strategy, app: &str, format: &str) -> Server {
    Launch::under(strategy, app)
        .args(["--workers", "1", "--log-format", format])
        .start()
}

/// What the log says of a text, once it does.
fn line(server: &Server, text: &str) -> String {
    eventually(text, || {
        let log = server.stderr();
        let line = log.lines().find(|line| line.contains(text));
        line.map(String::from)
    })
}

fn is_json_where_the_log_is(strategy: Strategy) {
    let server = start(strategy, "python_log", "json");
    for target in ["/sync", "/async", "/root"] {
        server.get(target).expect(204);
    }
    let record = |text: &str| -> Value {
        serde_json::from_str(&line(&server, text)).unwrap_or_else(|error| panic!("{error}"))
    };
    let sold = record("sold 3 \\\"apples\\\"");
    assert_eq!(sold["message"], "sold 3 \"apples\"");
    assert_eq!(
        (&sold["level"], &sold["logger"]),
        (&"INFO".into(), &"shop.orders".into())
    );
    assert_eq!(sold["worker"], 0);
    let failed = record("no price");
    assert_eq!(failed["level"], "ERROR");
    let traceback = failed["traceback"].as_str().expect("a traceback");
    assert!(traceback.ends_with("LookupError: pears"), "{traceback}");
    assert_eq!(record("from a task")["logger"], "shop.orders");
    assert_eq!(record("of the root")["logger"], "root");
    // asyncio's own, of a task that nobody has waited for.
    let lost = record("Task exception was never retrieved");
    assert_eq!(lost["logger"], "asyncio");
    let log = server.stderr();
    assert!(!log.contains("quiet"), "below the level");
    for line in log.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
}

fn is_text_where_the_log_is(strategy: Strategy) {
    let server = start(strategy, "python_log", "text");
    server.get("/sync").expect(204);
    let sold = line(&server, "sold 3");
    let wanted = r#" INFO sold 3 "apples" logger=shop.orders worker=0"#;
    assert!(sold.ends_with(wanted), "{sold}");
    assert_eq!(line(&server, "LookupError:"), "    LookupError: pears");
}

fn is_the_applications_where_that_configures_it(strategy: Strategy) {
    for app in [
        "python_log_at_import",
        "python_log_at_startup",
        "python_log_of_its_own",
    ] {
        let server = start(strategy, app, "json");
        server.get("/").expect(204);
        assert_eq!(line(&server, "hello"), "MINE hello", "{app}");
        assert_eq!(server.stop().stderr.matches("hello").count(), 1, "{app}");
    }
}

/// As at the start: the module, and what would work.
fn tells_what_works_for_a_module_that_refuses_late(strategy: Strategy) {
    let server = start(strategy, "python_log", "json");
    if strategy != Strategy::Subinterp {
        server.get("/refused").expect(204);
        return;
    }
    server.get("/refused").expect(500);
    let record: Value = serde_json::from_str(&line(&server, "handler failed")).expect("JSON");
    let wanted = "the module faulthandler refuses an interpreter with its own GIL; \
                  use --strategy main, or freethreaded with a free-threaded Python";
    assert_eq!(record["hint"], wanted);
}

/// A process is a plain Python, without the server's module.
fn tells_what_processes_lack(strategy: Strategy) {
    let server = start(strategy, "python_log", "json");
    let hint = || -> Value {
        let failed = line(&server, "handler failed");
        serde_json::from_str::<Value>(&failed).expect("JSON")["hint"].take()
    };
    server.get("/pool/spawn").expect(500);
    let told = hint();
    let told = told.as_str().expect("a hint");
    assert!(
        told.contains("has no module coachwhip: move what it runs"),
        "{told}"
    );
    if strategy == Strategy::Subinterp {
        let server = start(strategy, "python_log", "json");
        server.get("/pool/fork").expect(500);
        let failed = line(&server, "handler failed");
        assert!(
            failed.contains("can't fork; start processes with"),
            "{failed}"
        );
    }
}
