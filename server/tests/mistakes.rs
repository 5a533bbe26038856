//! What the author of a handler can get wrong, and what is said of it: a row for each mistake.
//!
//! What can be known when the module is imported stops the start; the rest is one 500 and one log record. Either names the
//! function, its file and line, and what is allowed.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

/// The rows.
mod mistakes {
    pub(crate) mod at_call;
    pub(crate) mod at_start;
}

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mistakes::at_call::RETURNS;
use mistakes::at_start::{AtStart, FUNCTIONS, HOOKS, ROUTES};
use serde_json::Value;
use support::{Ended, Launch, eventually};

/// Runs the rows' modules, which all must fail alike.
fn stop_the_start(kind: &str, rows: &[AtStart]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (index, (source, parts)) in rows.iter().enumerate() {
        let name = format!("{kind}{index}");
        let file = folder.path().join(&name).with_extension("py");
        let text = format!(
            "from coachwhip import converter, get, on_shutdown, on_startup, route\n{source}\n"
        );
        fs::write(&file, text).expect("a temporary file");
        let arguments = [
            Path::new("routes"),
            Path::new("--pythonpath"),
            folder.path(),
        ];
        let Ended {
            code,
            stdout,
            stderr,
        } = Launch::bare().args(arguments).args([&name]).run();
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{source}\n{stderr}");
        for part in *parts {
            let part = part
                .replace("NAME", &name)
                .replace("FILE", &file.display().to_string());
            assert!(stderr.contains(&part), "{source}\nno {part:?} in\n{stderr}");
        }
        let messages = stderr.matches("coachwhip: ").count();
        assert_eq!(messages, 1, "{source}\n{stderr}");
    }
}

#[test]
fn routes_that_are_wrong_stop_the_start() {
    stop_the_start("route", &ROUTES);
}

#[test]
fn functions_that_are_wrong_stop_the_start() {
    stop_the_start("function", &FUNCTIONS);
}

#[test]
fn hooks_that_are_wrong_stop_the_start() {
    stop_the_start("hook", &HOOKS);
}

/// What looks wrong and is not: it serves.
#[test]
fn what_is_unusual_but_right_is_taken() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "from functools import partial
from coachwhip import get, on_startup
class A:
    @staticmethod
    @get('/above')
    def above(request): return 'above'
    @get('/below')
    @staticmethod
    def below(request): return 'below'
    def bound(self, request): return 'bound'
    def __call__(self, request): return 'called'
get('/bound')(A().bound)
get('/called')(A())
def three(request, a, b): return a + b
get('/partial/{b}')(partial(three, a='partial'))
@get('/coroutine')
def coroutine(): return later()
async def later(): return 'coroutine'
@on_startup
def hook(optional=1): ...
def inner():
    @get('/inner')
    def f(self): return self.path
inner()
";
    fs::write(folder.path().join("unusual.py"), text).expect("a temporary file");
    let server = Launch::bare()
        .args(["--bind", "127.0.0.1:0", "--pythonpath"])
        .args([folder.path()])
        .args(["unusual"])
        .start();
    for path in ["above", "below", "bound", "called", "coroutine"] {
        assert_eq!(server.get(&format!("/{path}")).expect(200).text(), path);
    }
    assert_eq!(server.get("/partial/!").expect(200).text(), "partial!");
    assert_eq!(server.get("/inner").expect(200).text(), "/inner");
}

#[test]
fn what_cannot_be_answered_is_one_500_and_one_record() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut text = String::from("from coachwhip import HTTPError, Response, get\n");
    for (index, (returned, _)) in RETURNS.iter().enumerate() {
        let _ = writeln!(text, "@get('/{index}')\ndef f{index}(): return {returned}");
    }
    let file = folder.path().join("returns.py");
    fs::write(&file, text).expect("a temporary file");
    let server = Launch::bare()
        .args([
            "--bind",
            "127.0.0.1:0",
            "--log-format",
            "json",
            "--pythonpath",
        ])
        .args([folder.path()])
        .args(["returns"])
        .start();
    for (index, (returned, parts)) in RETURNS.iter().enumerate() {
        let answer = server.get(&format!("/{index}"));
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (500, "Internal Server Error")
        );
        let function = format!("returns.f{index}");
        let record = eventually("a log record", || {
            let stderr = server.stderr();
            let complete = stderr.rsplit_once('\n').map_or("", |(lines, _)| lines);
            let records: Vec<Value> = complete
                .lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok())
                .filter(|record| {
                    record["fields"]["handler"] == function || record["handler"] == function
                })
                .collect();
            assert!(records.len() < 2, "{returned}: {records:?}");
            records.first().cloned()
        });
        let told = record.to_string().replace("\\\"", "\"");
        // In the traceback, or where there is none in the note on the handler.
        let line = 2 + 2 * index;
        let places = [
            format!("{function} ({}:{line})", file.display()),
            format!("\"{}\", line {}", file.display(), line + 1),
        ];
        assert!(
            places.iter().any(|place| told.contains(place)),
            "{returned}: {told}"
        );
        for part in *parts {
            assert!(told.contains(part), "{returned}: no {part:?} in {told}");
        }
    }
}
