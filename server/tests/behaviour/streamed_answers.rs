//! Answers that handlers make piece by piece: sent as they are made, no faster than the client reads.

use std::time::Duration;

use serde_json::json;

use crate::support::server::shared;
use crate::support::{Call, Connection, Launch, Mode, Server, eventually};

/// A server with one worker, so that the test asks the interpreter that streams.
fn one_worker(mode: Mode) -> Server {
    Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--debug"])
        .start()
}

/// Calls `target` on a connection of its own, and reads no more than the head.
fn begin(server: &Server, target: &str) -> Connection {
    let mut connection = server.connect();
    connection.send(Call::get(target).bytes());
    let head = connection.read_head().expect(200);
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    connection
}

fn made(server: &Server, name: &str) -> usize {
    let answer = server.get(&format!("/streams/made/{name}")).expect(200);
    answer.text().parse().expect("a number")
}

/// Waits until the generator of that name was closed.
fn is_closed(server: &Server, name: &str) {
    eventually(&format!("{name} is closed"), || {
        let closed = server.get("/streams/closed").expect(200).json();
        closed.as_array()?.contains(&json!(name)).then_some(())
    });
}

pub(crate) fn come_in_chunks(mode: Mode) {
    let server = shared(mode);
    let texts = "first secönd third";
    let (text, octets) = ("text/plain; charset=utf-8", "application/octet-stream");
    let sources = [
        ("texts", texts, text),
        ("octets", texts, octets),
        ("countdown", "210", text),
        ("later-countdown", "210", octets),
        // It waits before its first piece, so the head goes first.
        ("later-texts", texts, octets),
        ("nothing", "", octets),
        ("map", "012", text),
        ("views", "array view", octets),
    ];
    let mut connection = server.connect();
    for (name, body, content_type) in sources {
        let shapes = [
            ("plain", 200, content_type, None),
            ("async", 200, content_type, None),
            ("tuple", 201, content_type, Some(name)),
            ("response", 202, "text/x-test", Some(name)),
        ];
        for (shape, status, content_type, header) in shapes {
            let call = Call::get(&format!("/streams/{shape}/{name}"));
            let answer = connection.call(&call).expect(status);
            assert_eq!(answer.text(), body, "{shape} {name}");
            assert_eq!(answer.header("content-type"), Some(content_type));
            assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
            assert_eq!(answer.header("content-length"), None);
            assert_eq!(answer.header("x-name"), header);
        }
    }
}

pub(crate) fn end_with_the_connection_on_http_1_0(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    connection.send("GET /streams/plain/texts HTTP/1.0\r\n\r\n");
    let answer = connection.read().expect(200);
    assert_eq!(answer.header("transfer-encoding"), None);
    assert_eq!(answer.text(), "first secönd third");
    assert!(connection.is_closed());

    // Even where it is to be kept.
    let mut connection = server.connect();
    let asking = |target: &str| format!("GET {target} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    connection.send(asking("/value/int"));
    let answer = connection.read().expect(200);
    assert_eq!(answer.header("connection"), Some("keep-alive"));
    connection.send(asking("/streams/plain/texts"));
    let answer = connection.read().expect(200);
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(answer.text(), "first secönd third");
    assert!(connection.is_closed());
    let mut connection = server.connect();
    connection.send(asking("*"));
    let refused = connection.read().expect(400);
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(connection.is_closed());
}

pub(crate) fn are_an_error_before_the_first_piece(mode: Mode) {
    let server = one_worker(mode);
    let mut connection = server.connect();
    // The first one starts the worker's event loop.
    for target in ["/streams/fails-at-once", "/streams/fails-at-once-async"] {
        let answer = connection.call(&Call::get(target)).expect(500);
        assert!(answer.text().contains("before its first piece"));
        assert!(answer.header("content-length").is_some());
    }
    let answer = connection.call(&Call::get("/streams/refuses-at-once"));
    assert_eq!(answer.expect(404).text(), "nothing to stream");
    let ended = server.stop();
    assert_eq!(ended.stderr.matches("handler failed").count(), 2);
}

pub(crate) fn break_off_when_a_generator_raises(mode: Mode) {
    let targets = [
        ("/streams/fails-later", "ValueError: in the middle"),
        ("/streams/fails-later-async", "ValueError: in the middle"),
        (
            "/streams/wrong-piece",
            "a piece of a streamed body must be str or bytes, not list",
        ),
    ];
    let server = one_worker(mode);
    for (target, _) in targets {
        let mut connection = begin(&server, target);
        assert_eq!(connection.chunk(), b"a piece", "{target}");
        assert!(connection.try_chunk().is_err(), "{target} did not end well");
    }
    server.get("/streams/plain/texts").expect(200);
    let ended = server.stop();
    assert_eq!(ended.stderr.matches("handler failed").count(), 3);
    for (target, cause) in targets {
        assert!(ended.stderr.contains(&format!("path={target}")));
        assert!(ended.stderr.contains(cause), "{}", ended.stderr);
    }
}

/// How many pieces a generator has made when it makes no more.
fn made_at_rest(server: &Server, name: &str) -> usize {
    let mut last = (0, 0);
    eventually("the generator is held back", || {
        let now = made(server, name);
        last = (now, if now == last.0 { last.1 + 1 } else { 0 });
        (last.1 == 20).then_some(now)
    })
}

pub(crate) fn wait_for_a_client_that_does_not_read(mode: Mode) {
    let server = one_worker(mode);
    for target in ["endless", "endless-async"] {
        let mut connection = begin(&server, &format!("/streams/{target}/{target}"));
        // What the sockets hold, and a little more; the worker answers meanwhile.
        let held = made_at_rest(&server, target);
        assert!(held < 1000, "{target}: {held} pieces of 64 KiB");
        let read = (0..held + 10).map(|_| connection.chunk().len());
        assert_eq!(read.sum::<usize>(), (held + 10) << 16, "{target}");
        assert!(made(&server, target) > held, "{target} goes on");
        drop(connection);
        is_closed(&server, target);
    }
}

/// The worker's other requests have their turn between two pieces, although there is room for minutes of them.
pub(crate) fn let_others_run(mode: Mode) {
    for target in ["trickle", "trickle-async"] {
        let server = one_worker(mode);
        let mut connection = begin(&server, &format!("/streams/{target}"));
        for _ in 0..20 {
            server.get("/value/int").expect(200);
            server.get("/async/at-once").expect(200);
        }
        assert_eq!(connection.chunk(), b"x", "{target}");
    }
}

pub(crate) fn are_closed_when_the_client_leaves(mode: Mode) {
    let server = one_worker(mode);
    for target in ["endless", "endless-async", "waiting"] {
        let name = format!("left-{target}");
        let mut connection = begin(&server, &format!("/streams/{target}/{name}"));
        assert!(!connection.chunk().is_empty());
        drop(connection);
        is_closed(&server, &name);
    }
    let ended = server.stop();
    assert!(
        !ended.stderr.contains("handler failed"),
        "a client that leaves is no failure: {}",
        ended.stderr
    );
}

pub(crate) fn are_closed_once(mode: Mode) {
    let server = one_worker(mode);
    for (number, status) in [200, 204, 304].into_iter().enumerate() {
        let name = format!("closable-{number}");
        let target = format!("/streams/closable/{name}?status={status}");
        let answer = server.get(&target).expect(status);
        assert_eq!(answer.text(), if status == 200 { "210" } else { "" });
        is_closed(&server, &name);
        let closed = server.get("/streams/closed").expect(200).text();
        assert_eq!(closed.matches(&name).count(), 1, "{closed}");
    }
}

pub(crate) fn are_not_sent_to_head(mode: Mode) {
    let server = one_worker(mode);
    let mut connection = server.connect();
    for target in ["endless", "endless-async", "waiting"] {
        let name = format!("head-{target}");
        let call = Call::new("HEAD", &format!("/streams/{target}/{name}"));
        let head = connection.call(&call).expect(200);
        assert_eq!(head.header("content-length"), None);
        is_closed(&server, &name);
    }
    let answer = connection.call(&Call::get("/streams/plain/texts"));
    assert_eq!(answer.expect(200).text(), "first secönd third");
}

pub(crate) fn can_be_sent_once(mode: Mode) {
    let server = one_worker(mode);
    assert_eq!(server.get("/streams/kept").expect(200).text(), "once");
    let again = server.get("/streams/kept").expect(500).text();
    assert!(again.contains("sent already"), "{again}");
    let body = server.get("/streams/body-of-response").expect(200).text();
    assert!(body.starts_with("RuntimeError"), "{body}");
}

/// A stream takes one of the places that `--max-concurrency` allows: what comes next waits until it has ended.
pub(crate) fn count_as_requests_that_run(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--max-concurrency", "1"])
        .start();
    let mut streamed = begin(&server, "/streams/waiting/alone");
    assert_eq!(streamed.chunk(), b"a piece");
    let mut waiting = server.connect();
    waiting.send(Call::get("/streams/closed").bytes());
    // Had it not waited, it would have been answered within this time, and told of nothing closed.
    std::thread::sleep(Duration::from_millis(200));
    drop(streamed);
    assert_eq!(waiting.read().expect(200).json(), json!(["alone"]));
}

pub(crate) fn may_be_large(mode: Mode) {
    let server = shared(mode);
    let mut connection = begin(&server, "/streams/mebibytes/64");
    let mut length = 0;
    loop {
        let chunk = connection.chunk();
        if chunk.is_empty() {
            break;
        }
        assert!(chunk.iter().all(|byte| *byte == 0));
        length += chunk.len();
    }
    assert_eq!(length, 64 << 20);
}

/// A length that the handler knows is told, so that downloads show how far they are, and held to.
pub(crate) fn have_the_length_that_is_announced(mode: Mode) {
    let server = one_worker(mode);
    let mut connection = server.connect();
    for _ in 0..2 {
        let answer = connection.call(&Call::get("/streams/announced/20"));
        let answer = answer.expect(200);
        assert_eq!(answer.header("content-length"), Some("20"));
        assert_eq!(answer.header("transfer-encoding"), None);
        assert_eq!(answer.text(), "00000000010000200003");
    }
    for length in [10, 12, 19, 21, 100] {
        let mut connection = server.connect();
        connection.send(Call::get(&format!("/streams/announced/{length}")).bytes());
        let head = connection.read_head().expect(200);
        assert_eq!(head.header("content-length"), Some(&*length.to_string()));
        let rest = connection.rest();
        assert!(rest.len() < length, "{length}: {}", rest.escape_ascii());
        let whole = b"00000000010000200003";
        assert!(whole.starts_with(&rest), "{}", rest.escape_ascii());
    }
    let ended = server.stop();
    let records = ended
        .stderr
        .matches("another length than its Content-Length");
    assert_eq!(records.count(), 5, "{}", ended.stderr);
}

/// Pieces are the handler's, whatever they look like.
pub(crate) fn are_left_as_they_are(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    let answer = connection.call(&Call::get("/streams/lookalike"));
    let answer = answer.expect(200);
    assert!(answer.text().starts_with("beforeHTTP/1.1 400 Bad Request"));
    assert!(!answer.text().contains("server:"), "{}", answer.text());
    connection.call(&Call::get("/value/int")).expect(200);
}
