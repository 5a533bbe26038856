//! Every answer is logged, with what was sent of it.

use std::fs;

use serde_json::Value;

use crate::support::socket::SocketClient;
use crate::support::{Call, Launch, Mode};
use crate::{Folder, object};

/// Method, target, status, bytes and completeness of the JSON lines.
fn told(lines: &[String]) -> Vec<(String, String, u64, u64, bool)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = lines.iter().map(|line| {
        let object = object(line);
        let number = |name: &str| object[name].as_u64().expect("a number");
        let complete = object["complete"].as_bool().expect("yes or no");
        (
            text(&object["method"]),
            text(&object["target"]),
            number("status"),
            number("bytes"),
            complete,
        )
    });
    told.collect()
}

fn row(
    method: &str,
    target: &str,
    status: u64,
    bytes: u64,
    complete: bool,
) -> (String, String, u64, u64, bool) {
    (method.into(), target.into(), status, bytes, complete)
}

fn json(folder: &Folder, mode: Mode) -> Launch {
    folder.launch(mode).args(["--access-log-format", "json"])
}

pub(crate) fn without_a_handler_are_logged(mode: Mode) {
    let folder = Folder::new();
    let server = json(&folder, mode)
        .args([
            "--max-body-bytes",
            "10",
            "--cors-origins",
            "https://there.example",
        ])
        .start();
    let preflight = Call::new("OPTIONS", "/")
        .header("Origin", "https://there.example")
        .header("Access-Control-Request-Method", "GET");
    let calls = [
        Call::get("/nope"),
        Call::new("DELETE", "/"),
        Call::new("OPTIONS", "/"),
        Call::new("HEAD", "/"),
        preflight,
        Call::post("/body", "0123456789"),
        Call::post("/body", "0123456789a"),
    ];
    for (number, call) in calls.iter().enumerate() {
        server.call(call);
        folder.await_lines(number + 1);
    }
    let expected = [
        row("GET", "/nope", 404, 9, true),
        row("DELETE", "/", 405, 18, true),
        row("OPTIONS", "/", 204, 0, true),
        row("HEAD", "/", 200, 0, true),
        row("OPTIONS", "/", 200, 0, true),
        row("POST", "/body", 200, 2, true),
        row("POST", "/body", 413, 17, true),
    ];
    assert_eq!(told(&folder.await_lines(7)), expected);
}

pub(crate) fn of_too_many_requests_are_logged(mode: Mode) {
    let folder = Folder::new();
    let server = json(&folder, mode)
        .args(["--workers", "1", "--queue-timeout", "0.2"])
        .start();
    let mut first = server.connect();
    first.send(Call::get("/hold/first").bytes());
    folder.await_run("first");
    server.get("/").expect(503);
    assert_eq!(
        told(&folder.await_lines(1)),
        [row("GET", "/", 503, 19, true)]
    );
    folder.let_go("first");
    first.read().expect(200);
    assert_eq!(
        told(&folder.await_lines(2))[1],
        row("GET", "/hold/first", 200, 4, true)
    );
}

pub(crate) fn nobody_waited_for_are_logged_as_499(mode: Mode) {
    let folder = Folder::new();
    let server = json(&folder, mode).start();
    let mut connection = server.connect();
    connection.send(Call::get("/hold/left").bytes());
    folder.await_run("left");
    drop(connection);
    assert_eq!(
        told(&folder.await_lines(1)),
        [row("GET", "/hold/left", 499, 0, false)]
    );
    folder.let_go("left");
    server.stop();
    assert_eq!(folder.lines().len(), 1);
}

pub(crate) fn that_are_streamed_are_logged_at_their_end(mode: Mode) {
    let folder = Folder::new();
    let server = json(&folder, mode).start();
    let mut connection = server.connect();
    connection.send(Call::get("/endless").bytes());
    connection.read_head().expect(200);
    let taken: usize = (0..4).map(|_| connection.chunk().len()).sum();
    server.get("/pieces").expect(200);
    assert_eq!(
        told(&folder.await_lines(1)),
        [row("GET", "/pieces", 200, 11, true)]
    );
    drop(connection);
    let lines = told(&folder.await_lines(2));
    let (_, target, status, bytes, complete) = &lines[1];
    assert_eq!(
        (target.as_str(), status, complete),
        ("/endless", &200, &false)
    );
    assert!(*bytes >= taken as u64, "{bytes} of at least {taken}");
}

pub(crate) fn that_break_off_are_not_complete(mode: Mode) {
    let folder = Folder::new();
    let server = json(&folder, mode).start();
    let mut connection = server.connect();
    connection.send(Call::get("/broken").bytes());
    connection.read_head().expect(200);
    connection.rest();
    assert_eq!(
        told(&folder.await_lines(1)),
        [row("GET", "/broken", 200, 5, false)]
    );
}

/// A body that hyper holds as a whole: what counts is what the socket took.
pub(crate) fn that_are_not_taken_in_count_what_was_sent(mode: Mode) {
    const LENGTH: u64 = 32 << 20;
    let folder = Folder::new();
    let server = json(&folder, mode).start();
    let mut connection = server.connect();
    connection.send(Call::get("/large").bytes());
    connection.read_head().expect(200);
    connection.skip(100_000);
    drop(connection);
    let lines = told(&folder.await_lines(1));
    let (_, target, status, bytes, complete) = &lines[0];
    assert_eq!(
        (target.as_str(), status, complete),
        ("/large", &200, &false)
    );
    assert!((100_000..LENGTH).contains(bytes), "{bytes}");
    let answer = server.get("/large").expect(200);
    assert_eq!(answer.body.len() as u64, LENGTH);
    assert_eq!(
        told(&folder.await_lines(2))[1],
        row("GET", "/large", 200, LENGTH, true)
    );
}

pub(crate) fn that_become_sockets_are_logged(mode: Mode) {
    let folder = Folder::new();
    let server = json(&folder, mode).start();
    let mut client = SocketClient::open(&server, "/socket");
    // With the handshake: the socket is open still.
    assert_eq!(
        told(&folder.await_lines(1)),
        [row("GET", "/socket", 101, 0, true)]
    );
    assert_eq!(client.receive_text(), "open");
}

pub(crate) fn that_are_compressed_count_what_was_sent(mode: Mode) {
    let folder = Folder::new();
    let server = json(&folder, mode).args(["--compression", "gzip"]).start();
    let answer = server
        .call(&Call::get("/text").header("Accept-Encoding", "gzip"))
        .expect(200);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let length = answer.body.len() as u64;
    assert!(length < 2000, "{length}");
    folder.await_lines(1);
    server.get("/text").expect(200);
    let expected = [
        row("GET", "/text", 200, length, true),
        row("GET", "/text", 200, 22_000, true),
    ];
    assert_eq!(told(&folder.await_lines(2)), expected);
}

pub(crate) fn that_are_files_are_logged(mode: Mode) {
    let folder = Folder::new();
    // Longer than what is read of a file at once.
    fs::write(folder.path("long"), vec![b'x'; 300_000]).expect("a file");
    fs::write(folder.path("empty"), "").expect("a file");
    let server = json(&folder, mode).start();
    let mut connection = server.connect();
    connection.call(&Call::get("/files/long")).expect(200);
    let part = Call::get("/files/long").header("Range", "bytes=0-9");
    connection.call(&part).expect(206);
    connection.call(&Call::get("/files/empty")).expect(200);
    let expected = [
        row("GET", "/files/long", 200, 300_000, true),
        row("GET", "/files/long", 206, 10, true),
        row("GET", "/files/empty", 200, 0, true),
    ];
    assert_eq!(told(&folder.await_lines(3)), expected);
}
