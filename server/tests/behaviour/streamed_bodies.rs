//! Bodies that handlers read piece by piece: `stream=True`.

use std::thread;

use serde_json::json;

use crate::support::server::shared;
use crate::support::{Call, Connection, Launch, Mode, Server, eventually};

/// That of a sync handler, and that of an async one.
const METHODS: [&str; 2] = ["POST", "PUT"];

fn one_worker(mode: Mode) -> Server {
    Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--debug", "--max-body-bytes", "2MiB"])
        .start()
}

/// Bytes without a period that a lost or repeated piece could hide in.
fn content(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Adler-32 (RFC 1950 section 8.2), which Python has, too.
fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

fn chunked_head(method: &str, target: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// Sends a call in chunks of some length.
fn send_chunked(connection: &mut Connection, method: &str, target: &str, body: &[u8], each: usize) {
    let mut bytes = chunked_head(method, target).into_bytes();
    body.chunks(each)
        .for_each(|piece| bytes.extend(chunk(piece)));
    bytes.extend(chunk(b""));
    connection.send(bytes);
}

/// Waits until a handler has noted `expected`.
fn has_seen(server: &Server, name: &str, expected: &serde_json::Value) {
    eventually(&format!("{name} has seen {expected}"), || {
        let seen = server.get(&format!("/uploads/seen/{name}")).expect(200);
        (seen.json()[0] == *expected).then_some(())
    });
}

pub(crate) fn come_in_pieces(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    for method in METHODS {
        for length in [0, 1, 1000, 1 << 20] {
            let body = content(length);
            let sum = adler32(&body);
            let call = Call::new(method, "/uploads/checksum").body(&body);
            let by_length = connection.call(&call).expect(200).json();
            send_chunked(&mut connection, method, "/uploads/checksum", &body, 7777);
            let in_chunks = connection.read().expect(200).json();
            for told in [by_length, in_chunks] {
                assert_eq!(
                    (&told[0], &told[2]),
                    (&json!(sum), &json!(true)),
                    "{method} {length}"
                );
                let pieces = told[1].as_u64().expect("a number");
                assert_eq!(pieces > 1, length == 1 << 20, "{method} {length}: {pieces}");
            }
        }
    }
}

/// Each piece is handed on when it has come, not when the body is whole.
pub(crate) fn are_read_while_they_come(mode: Mode) {
    let server = one_worker(mode);
    let mut connection = server.connect();
    connection.send(chunked_head("POST", "/uploads/started/early"));
    connection.send(chunk(b"one "));
    // The worker answers others while its async handler waits for more.
    has_seen(&server, "early", &json!("one "));
    connection.send(chunk(b"two"));
    has_seen(&server, "early", &json!("one two"));
    connection.send(chunk(b""));
    assert_eq!(connection.read().expect(200).text(), "one two");
}

/// Upload and answer at the same time, both as streams, on one worker.
pub(crate) fn can_be_sent_back_as_they_come(mode: Mode) {
    let server = one_worker(mode);
    for method in METHODS {
        let mut connection = server.connect();
        connection.send(chunked_head(method, "/uploads/echo"));
        connection.send(chunk(b"one"));
        let head = connection.read_head().expect(200);
        assert_eq!(head.header("transfer-encoding"), Some("chunked"));
        assert_eq!(connection.chunk(), b"one", "before the rest was sent");
        connection.send(chunk(b"two"));
        assert_eq!(connection.chunk(), b"two");
        connection.send(chunk(b""));
        assert_eq!(connection.chunk(), b"");
        let body = content(1 << 20);
        let call = Call::new(method, "/uploads/echo").body(&body);
        assert_eq!(connection.call(&call).expect(200).body, body, "{method}");
    }
}

/// A handler that blocks until more comes holds up neither I/O nor what needs no interpreter.
pub(crate) fn let_io_go_on_while_a_handler_waits(mode: Mode) {
    let server = one_worker(mode);
    let mut connection = server.connect();
    connection.send(chunked_head("POST", "/uploads/checksum"));
    connection.send(chunk(b"one"));
    for _ in 0..5 {
        server.get("/nowhere").expect(404);
    }
    connection.send(chunk(b""));
    assert_eq!(
        connection.read().expect(200).json()[0],
        json!(adler32(b"one"))
    );
}

pub(crate) fn are_not_to_be_had_whole(mode: Mode) {
    let server = shared(mode);
    for what in ["body", "body_view", "text", "json"] {
        for body in ["", "something"] {
            let call = Call::post(&format!("/uploads/whole/{what}"), body);
            let answer = server.call(&call).expect(500).text();
            assert!(
                answer.contains("RuntimeError: the body of a route with stream=True"),
                "{answer}"
            );
        }
    }
    let answer = server
        .call(&Call::post("/uploads/twice", "body"))
        .expect(500);
    assert!(
        answer.text().contains("can be called once"),
        "{}",
        answer.text()
    );
}

pub(crate) fn are_one_piece_on_ordinary_routes(mode: Mode) {
    let server = shared(mode);
    let whole = |method, body: &str| {
        let call = Call::new(method, "/uploads/ordinary").body(body);
        server.call(&call).expect(200).json()
    };
    assert_eq!(whole("POST", "body"), json!([["body"], ["body"], "body"]));
    assert_eq!(whole("POST", ""), json!([[], [], ""]));
    assert_eq!(whole("PUT", "body"), json!(["body"]));
}

pub(crate) fn have_limits(mode: Mode) {
    let server = one_worker(mode);
    let (mebibyte, small) = (vec![b'x'; 1 << 20], vec![b'x'; 1001]);
    let three = mebibyte.repeat(3);
    for (method, target, body, is_allowed) in [
        ("POST", "/uploads/checksum", &three, false),
        ("PUT", "/uploads/checksum", &three, false),
        ("PUT", "/uploads/large", &three, true),
        ("POST", "/uploads/small", &small, false),
        ("POST", "/uploads/small", &small[1..].to_vec(), true),
    ] {
        let status = if is_allowed { 200 } else { 413 };
        let call = Call::new(method, target).body(body);
        let mut announced = server.connect();
        if is_allowed {
            announced.call(&call).expect(status);
        } else {
            let head = call.bytes();
            announced.send(&head[..head.len() - body.len()]);
            announced.read().expect(status);
            assert!(announced.is_closed());
        }
        let mut met = server.connect();
        let mut bytes = chunked_head(method, target).into_bytes();
        bytes.extend(chunk(body));
        // What follows what is too long is not read, so the server may close before it was sent.
        let _ = met.try_send(bytes);
        if is_allowed {
            met.send(chunk(b""));
        }
        met.read().expect(status);
    }
    assert!(!server.stop().stderr.contains("handler failed"));
}

pub(crate) fn tell_when_the_client_leaves(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "1"])
        .start();
    for (number, method) in METHODS.into_iter().enumerate() {
        let name = format!("broken-{number}");
        let mut connection = server.connect();
        let head = chunked_head(method, &format!("/uploads/broken/{name}"));
        connection.send(head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"));
        // Now the handler reads: a request that still waits when its client leaves is withdrawn.
        connection.read().expect(100);
        connection.send(chunk(b"one"));
        drop(connection);
        let expected = json!([400, "the body is malformed or broken off"]);
        has_seen(&server, &name, &expected);
    }
    // One that lets it pass is answered 400, and is no failure of the handler's.
    let mut connection = server.connect();
    connection.send(chunked_head("POST", "/uploads/checksum"));
    connection.send("no chunk\r\n");
    connection.read().expect(400);
    assert!(!server.stop().stderr.contains("handler failed"));
}

pub(crate) fn tell_when_the_client_is_slow(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--body-timeout", "1"])
        .start();
    for method in METHODS {
        let mut connection = server.connect();
        connection.send(chunked_head(method, "/uploads/checksum"));
        connection.send(chunk(b"one"));
        connection.read().expect(408);
    }
}

/// What a handler leaves unread is dropped, and the connection goes on.
pub(crate) fn may_be_left_unread(mode: Mode) {
    let server = one_worker(mode);
    let mut connection = server.connect();
    let body = content(2 << 20);
    for target in ["/uploads/unread", "/uploads/first"] {
        for _ in 0..3 {
            let answer = connection.call(&Call::post(target, &body)).expect(200);
            assert!(["did not look", "True"].contains(&answer.text().as_str()));
        }
    }
}

pub(crate) fn are_asked_for_when_they_are_read(mode: Mode) {
    let server = shared(mode);
    let head = |target| {
        format!(
            "POST {target} HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    for method in METHODS {
        let mut connection = server.connect();
        connection.send(head("/uploads/checksum").replace("POST", method));
        connection.read().expect(100);
        connection.send("body");
        let told = connection.read().expect(200).json();
        assert_eq!(told[0], json!(adler32(b"body")));
    }
    let mut connection = server.connect();
    connection.send(head("/uploads/unread"));
    let answer = connection.read().expect(200);
    assert_eq!(answer.text(), "did not look");
}

/// Many at once, both ways, with few workers.
pub(crate) fn keep_apart(mode: Mode) {
    let server = shared(mode);
    thread::scope(|scope| {
        for number in 0..8 {
            let server = &server;
            scope.spawn(move || {
                let method = METHODS[number % 2];
                let body = content(200_000 + number);
                let mut connection = server.connect();
                for each in [1000, 65_536] {
                    send_chunked(&mut connection, method, "/uploads/checksum", &body, each);
                    let told = connection.read().expect(200).json();
                    assert_eq!(told[0], json!(adler32(&body)));
                }
            });
        }
    });
}
