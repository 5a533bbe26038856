//! Refusals of requests whose bodies nobody reads: the client gets its answer all the same.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::server::shared;
use crate::support::{Call, Connection, Launch, Mode, PATIENCE, Server};

const KIBIBYTE: usize = 1 << 10;
const MEBIBYTE: usize = 1 << 20;

/// What is left of a body up to here is read, and the connection goes on.
const KEPT_BYTES_MAX: usize = 2 * MEBIBYTE;

/// Requests that are refused without a look at their bodies: method, target, header fields, status.
const UNREAD: [(&str, &str, &str, u16); 8] = [
    ("POST", "/nowhere", "", 404),
    ("DELETE", "/uploads/checksum", "", 405),
    ("OPTIONS", "/uploads/checksum", "", 204),
    ("OPTIONS", "*", "", 204),
    ("POST", "/%ff", "", 400),
    ("POST", "/uploads/denied", "", 401),
    ("PUT", "/uploads/denied", "", 401),
    ("PUT", "/uploads/checksum", "Expect: wonders\r\n", 417),
];

fn start(mode: Mode) -> Server {
    let options = "--workers 1 --max-body-bytes 1KiB";
    Launch::under(mode, "behaviour")
        .args(options.split(' '))
        .start()
}

fn head(method: &str, target: &str, fields: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: test\r\n{fields}")
}

fn by_length(head: &str, length: usize) -> Vec<u8> {
    let mut bytes = format!("{head}Content-Length: {length}\r\n\r\n").into_bytes();
    bytes.resize(bytes.len() + length, b'x');
    bytes
}

fn in_chunks(head: &str, length: usize) -> Vec<u8> {
    let mut bytes = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    let chunk = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    bytes.extend(chunk.repeat(length / 0x2000).into_bytes());
    bytes.extend(b"0\r\n\r\n");
    bytes
}

/// Sends all before it reads, as many clients do: fails where the connection is reset meanwhile, or before the answer is
/// read. Whether the connection goes on is what the answer says.
#[track_caller]
fn is_answered(connection: &mut Connection, bytes: &[u8], status: u16) -> bool {
    let shown = String::from_utf8_lossy(&bytes[..80.min(bytes.len())]);
    if let Err(error) = connection.try_send(bytes) {
        panic!("{error}: {shown:?}");
    }
    let answer = connection.read().expect(status);
    let is_closing = answer.header("connection") == Some("close");
    if is_closing {
        let end = connection.try_read().expect("an end without a reset");
        assert!(end.is_none(), "something behind the answer");
    } else {
        let next = connection.call(&Call::get("/verbs"));
        assert_eq!(next.expect(200).text(), "get");
    }
    !is_closing
}

pub(crate) fn reach_clients_that_send_all_first(mode: Mode) {
    let server = start(mode);
    for (method, target, fields, status) in UNREAD {
        let head = head(method, target, fields);
        for length in [10 * KIBIBYTE, 100 * KIBIBYTE, MEBIBYTE, 20 * MEBIBYTE] {
            let is_kept = is_answered(&mut server.connect(), &by_length(&head, length), status);
            let is_little = length <= KEPT_BYTES_MAX && status != 417;
            assert_eq!(is_kept, is_little, "{method} {target} {length}");
            is_answered(&mut server.connect(), &in_chunks(&head, length), status);
        }
    }
}

/// What is refused while it is read, or before hyper has seen all of it, ends the connection.
pub(crate) fn reach_clients_whatever_is_wrong(mode: Mode) {
    let server = start(mode);
    let (post, put) = (
        head("POST", "/uploads/small", ""),
        head("PUT", "/uploads/ordinary", ""),
    );
    let filler = vec![b'x'; 5 * MEBIBYTE];
    let with = |bytes: &str| [bytes.as_bytes(), &filler].concat();
    for (bytes, status) in [
        (by_length(&post, 5 * MEBIBYTE), 413),
        (in_chunks(&post, 5 * MEBIBYTE), 413),
        (by_length(&put, 5 * MEBIBYTE), 413),
        (in_chunks(&put, 5 * MEBIBYTE), 413),
        (with(&format!("{post}Content-Length: many\r\n\r\n")), 400),
        (
            with(&format!(
                "{post}Host: two\r\nContent-Length: 5242880\r\n\r\n"
            )),
            400,
        ),
        (
            with(&format!("{post}Transfer-Encoding: chunked\r\n\r\nno\r\n")),
            400,
        ),
        (
            with(&format!("{put}Transfer-Encoding: chunked\r\n\r\nno\r\n")),
            400,
        ),
        (with(&format!("{post}x: ")), 431),
        (with("GET /"), 414),
        (with("nonsense\r\n\r\n"), 400),
        (
            with("CONNECT test:80 HTTP/1.1\r\nHost: test:80\r\n\r\n"),
            501,
        ),
    ] {
        let mut connection = server.connect();
        let is_kept = is_answered(&mut connection, &bytes, status);
        assert!(!is_kept, "{:?}", &bytes[..80.min(bytes.len())]);
    }
}

pub(crate) fn reach_clients_when_full(mode: Mode) {
    let options = "--workers 1 --queue-depth 1 --max-body-bytes 100MiB";
    let server = Launch::under(mode, "behaviour")
        .args(options.split(' '))
        .start();
    let mut holding = server.connect();
    let head = |target| head("POST", target, "");
    // The worker waits for the body, and one more request for the worker.
    holding.send(format!(
        "{}Content-Length: 3\r\n\r\n",
        head("/uploads/checksum")
    ));
    thread::sleep(Duration::from_millis(200));
    let mut waiting = server.connect();
    waiting.send(Call::get("/verbs").bytes());
    thread::sleep(Duration::from_millis(200));
    for target in ["/uploads/unread", "/uploads/ordinary"] {
        let mut connection = server.connect();
        connection.send(by_length(&head(target), 5 * MEBIBYTE));
        let answer = connection.read().expect(503);
        if answer.header("connection") == Some("close") {
            let end = connection.try_read().expect("an end without a reset");
            assert!(end.is_none(), "{target}");
        }
    }
    holding.send("one");
    holding.read().expect(200);
    waiting.read().expect(200);
}

pub(crate) fn reach_slow_clients(mode: Mode) {
    let options = "--workers 1 --body-timeout 1";
    let server = Launch::under(mode, "behaviour")
        .args(options.split(' '))
        .start();
    for target in ["/uploads/checksum", "/uploads/ordinary"] {
        let mut connection = server.connect();
        let bytes = by_length(&head("POST", target, ""), 500 * KIBIBYTE);
        let (first, rest) = bytes.split_at(1000);
        connection.send(first);
        let answer = connection.read().expect(408);
        assert_eq!(answer.header("connection"), Some("close"));
        connection.send(rest);
        let end = connection.try_read().expect("an end without a reset");
        assert!(end.is_none(), "{target}");
    }
}

/// Who asks first is told each time that the connection ends, whatever it sends then.
pub(crate) fn say_so_to_clients_that_ask_first(mode: Mode) {
    let server = shared(mode);
    let targets = [
        ("POST", "/nowhere", 404),
        ("DELETE", "/uploads/checksum", 405),
        ("POST", "/uploads/denied", 401),
        ("PUT", "/uploads/denied", 401),
        ("POST", "/uploads/unread", 200),
    ];
    for number in 0..30 {
        for (method, target, status) in targets {
            let head = head(method, target, "Expect: 100-continue\r\n");
            let bytes = by_length(&head, 1000);
            let mut connection = server.connect();
            connection.send(&bytes[..bytes.len() - 1000]);
            let answer = connection.read().expect(status);
            let told = answer.header("connection");
            assert_eq!(told, Some("close"), "{method} {target}, time {number}");
            connection.send(&bytes[bytes.len() - 1000..]);
            let end = connection.try_read().expect("an end without a reset");
            assert!(end.is_none(), "{target}");
        }
    }
}

/// What stays open until its client closes counts as open, and not for long.
pub(crate) fn wait_for_no_client_without_end(mode: Mode) {
    let options = "--workers 1 --max-connections 1 --header-timeout 1";
    let server = Launch::under(mode, "behaviour")
        .args(options.split(' '))
        .start();
    // One says no more; one goes on, at less than has to come.
    for each in [0, 1] {
        let mut lingering = server.connect();
        let start = Instant::now();
        lingering.send(format!(
            "{}Content-Length: 100000000\r\n\r\n",
            head("POST", "/uploads/ordinary", "")
        ));
        lingering.read().expect(413);
        assert!(lingering.try_read().expect("an end").is_none());
        let next = thread::scope(|scope| {
            let next = scope.spawn(|| server.get("/verbs").expect(200));
            while !next.is_finished() {
                let _ = lingering.try_send(vec![b'x'; each]);
                thread::sleep(Duration::from_millis(50));
            }
            next.join()
        });
        assert_eq!(next.expect("no panic").text(), "get");
        assert!(start.elapsed() >= Duration::from_millis(900), "it counts");
    }
}

/// Neither who says no more nor who sends without end holds up the end of the server.
pub(crate) fn end_with_the_server(mode: Mode) {
    for target in ["/uploads/ordinary", "/nowhere"] {
        let server = start(mode);
        let head = format!(
            "{}Content-Length: 100000000000\r\n\r\n",
            head("POST", target, "")
        );
        let (mut silent, mut busy) = (server.connect(), server.connect());
        for connection in [&mut silent, &mut busy] {
            connection.send(&head);
            let answer = connection.read();
            assert_eq!(answer.header("connection"), Some("close"));
        }
        server.signal(Signal::TERM);
        let signalled = Instant::now();
        let ended = thread::scope(|scope| {
            let ended = scope.spawn(|| server.ended(PATIENCE));
            while !ended.is_finished() {
                // A rate at which the bounds in bytes are far away.
                let _ = busy.try_send(vec![b'x'; 10_000]);
                thread::sleep(Duration::from_millis(20));
            }
            ended.join().expect("no panic")
        });
        assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
        assert!(
            signalled.elapsed() < Duration::from_secs(10),
            "within moments, not after {:?}",
            signalled.elapsed()
        );
    }
}
