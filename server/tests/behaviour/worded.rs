//! Refusals of the server that the handler module words: `@error_handler(HTTPError)`, in `handlers/worded.py`.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Call, Connection, Launch, Mode, Server, eventually};

/// A server with small limits and the files of a folder at `/assets`.
fn server(mode: Mode, app: &str) -> (Server, TempDir) {
    configured(mode, app, "")
}

/// The same with more tables in its file.
fn configured(mode: Mode, app: &str, tables: &str) -> (Server, TempDir) {
    let folder = TempDir::new().expect("a temporary folder");
    let config = folder.path().join("mounts.toml");
    let shown = folder.path().display();
    let mount = format!("[[static]]\nmount = \"/assets\"\ndir = \"{shown}\"\n");
    fs::write(&config, mount + tables).expect("a file");
    let server = Launch::under(mode, app)
        .args(["--workers", "1", "--max-body-bytes", "1000"])
        .args(["--body-timeout", "0.4", "--header-timeout", "0.3"])
        .args([std::path::Path::new("--config"), &config])
        .start();
    (server, folder)
}

fn is_worded(answer: &Answer, status: u16, method: &str, path: &str) {
    assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
    let expected = json!({"refused": status, "at": path, "asked": method});
    let body = serde_json::from_slice::<Value>(&answer.body).ok();
    if method == "HEAD" {
        assert!(answer.body.is_empty());
    } else {
        assert_eq!(body, Some(expected), "{method} {path}: {}", answer.text());
    }
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let seen = status.to_string();
    assert_eq!(answer.header("x-seen"), Some(&*seen), "{method} {path}");
}

/// The answer to a request whose body is announced, and never comes.
fn without_its_body(connection: &mut Connection, target: &str, fields: &str) -> Answer {
    connection.send(format!(
        "POST {target} HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n"
    ));
    connection.read()
}

pub(crate) fn are_answered_by_one_function(mode: Mode) {
    let (server, _folder) = server(mode, "worded");
    let mut connection = server.connect();
    for (method, target, path) in [
        ("GET", "/nowhere/a%20b", "/nowhere/a b"),
        ("HEAD", "/nowhere", "/nowhere"),
        ("GET", "/assets/gone.txt", "/assets/gone.txt"),
        ("GET", "/assets/../mounts.toml", "/assets/../mounts.toml"),
        ("GET", "/gone", "/gone"),
        ("HEAD", "/gone", "/gone"),
    ] {
        let answer = connection.call(&Call::new(method, target));
        is_worded(&answer, 404, method, path);
        assert_eq!(answer.header("x-handler"), None, "{target}");
    }
    let answer = connection.call(&Call::new("DELETE", "/whole")).expect(405);
    assert_eq!(answer.json(), json!({"allowed": "OPTIONS, POST"}));
    assert_eq!(answer.header("x-seen"), Some("405"));
    let answer = connection.call(&Call::post("/assets/x", "")).expect(405);
    assert_eq!(answer.json(), json!({"allowed": "GET, HEAD, OPTIONS"}));
    let answer = connection.call(&Call::get("/socket"));
    is_worded(&answer, 426, "GET", "/socket");
    assert_eq!(answer.header("upgrade"), Some("websocket"));
    assert_eq!(answer.header("connection"), Some("upgrade"));
    for name in ["mounts.toml", ""] {
        let answer = connection.call(&Call::get(&format!("/assets/{name}")));
        let status = if name.is_empty() { 404 } else { 200 };
        assert_eq!(answer.status, status, "{name:?}");
    }
}

pub(crate) fn close_the_connection_where_a_body_is_left(mode: Mode) {
    let (server, _folder) = server(mode, "worded");
    for target in ["/whole", "/pieces"] {
        for (fields, status) in [
            ("Content-Length: 100000", 413),
            ("Content-Length: 10\r\nExpect: a-miracle", 417),
        ] {
            let answer = without_its_body(&mut server.connect(), target, fields);
            is_worded(&answer, status, "POST", target);
            assert_eq!(answer.header("connection"), Some("close"), "{target}");
        }
    }
    let answer = without_its_body(&mut server.connect(), "/whole", "Content-Length: 10");
    is_worded(&answer, 408, "POST", "/whole");
    assert_eq!(answer.header("connection"), Some("close"));
    let whole = server.connect().call(&Call::post("/whole", "12345"));
    assert_eq!(whole.expect(200).text(), "5");
}

/// Nothing is worded twice, and a function that fails is one 500.
pub(crate) fn may_be_files_or_fail(mode: Mode) {
    let (server, _folder) = server(mode, "worded");
    let mut connection = server.connect();
    for target in ["/nowhere", "/gone", "/assets/gone.txt"] {
        let answer = connection.call(&Call::get(&format!("{target}?page=file")));
        assert!(
            answer.expect(404).text().contains("def refused"),
            "{target}"
        );
        let answer = connection.call(&Call::get(&format!("{target}?page=gone")));
        assert_eq!(answer.expect(404).text(), "Not Found", "{target}");
        let target = format!("{target}?page=fails");
        let answer = connection.call(&Call::get(&target)).expect(500);
        assert_eq!(answer.text(), "Internal Server Error");
        assert_eq!(answer.header("x-seen"), Some("500"));
    }
    eventually("a record", || {
        let stderr = server.stderr();
        stderr.contains("ValueError: no words").then_some(())
    });
}

/// A file that a handler has named, and that is not there: what functions after the handler have said stays.
pub(crate) fn keep_the_headers_of_a_missing_file(mode: Mode) {
    let (server, _folder) = server(mode, "after_only");
    let answer = server.get("/gone").expect(404);
    assert_eq!(answer.text(), "Not Found");
    assert_eq!(answer.header("x-seen"), Some("200"));
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    for name in ["cache-control", "content-disposition", "etag"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_eq!(
        server.get("/assets/gone.txt").expect(404).header("x-seen"),
        None
    );
}

fn is_problem(answer: &Answer, status: u16) {
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/problem+json"), "{status}");
    let length = answer.body.len().to_string();
    assert_eq!(answer.header("content-length"), Some(&*length), "{status}");
    let problem = answer.json();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], "about:blank");
    let title = problem["title"].as_str();
    assert!(title.is_some_and(|title| !title.is_empty()));
    assert_eq!(problem.as_object().map(serde_json::Map::len), Some(3));
}

/// With `[errors] format = "json"`: what nobody words is problem details (RFC 9457).
pub(crate) fn are_problems_where_asked_for(mode: Mode) {
    let tables = "\n[errors]\nformat = \"json\"\n";
    let (server, _folder) = configured(mode, "after_only", tables);
    let call = |method: &str, target: &str| Call::new(method, target);
    let raw = |request: &str| {
        let mut connection = server.connect();
        connection.send(request);
        connection.read()
    };
    let long = "x".repeat(70_000);
    let answers = [
        (404, server.get("/nowhere")),
        (404, server.get("/assets/gone.txt")),
        (404, server.get("/gone")),
        (405, server.call(&call("DELETE", "/"))),
        (400, server.get("/%ff")),
        (
            412,
            server.call(&call("GET", "/assets/mounts.toml").header("If-Match", "\"x\"")),
        ),
        (
            416,
            server.call(&call("GET", "/assets/mounts.toml").header("Range", "bytes=9999-")),
        ),
        (500, server.get("/fails")),
        (
            413,
            raw("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"),
        ),
        (
            408,
            raw("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"),
        ),
        (400, raw("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")),
        (400, raw("GET / HTTP/1.1\r\nno field\r\n\r\n")),
        (
            414,
            raw(&format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n")),
        ),
        (
            431,
            raw(&format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n")),
        ),
    ];
    for (status, answer) in answers {
        is_problem(&answer.expect(status), status);
    }
    let answer = server.call(&Call::post("/read", "")).expect(422);
    assert_eq!(answer.json()["detail"], "no \"snake\" \u{1f40d}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(answer.header("x-why"), Some("because"));
    let answer = server.call(&Call::post("/read", "typed")).expect(422);
    assert_eq!(answer.text(), "<p>no</p>");
    let head = server.call(&call("HEAD", "/nowhere")).expect(404);
    assert_eq!(
        head.header("content-type"),
        Some("application/problem+json")
    );
    assert!(head.body.is_empty());
}
