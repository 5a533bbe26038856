//! Request bodies: by length and in chunks, asked for with 100-continue, and too long ones.

use crate::support::server::shared;
use crate::support::{Call, Connection, Launch, Mode, Server};

const CHUNKED: &str =
    "POST /async/echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";

fn limited(mode: Mode) -> Server {
    Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--max-body-bytes", "1000"])
        .start()
}

/// Sends what a refused body may have left: the server may have closed, so that writing may fail.
fn send_anyway(connection: &mut Connection, bytes: &[u8]) {
    let _ = connection.try_send(bytes);
}

pub(crate) fn are_read_by_length(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    for length in [0, 1, 8_192, 65_536, 1_000_000] {
        let body: Vec<u8> = (0..=255).cycle().take(length).collect();
        assert_eq!(
            connection
                .call(&Call::post("/async/echo", &body))
                .expect(200)
                .body,
            body,
            "{length} bytes"
        );
    }
}

pub(crate) fn are_read_in_chunks(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    let rows = [
        ("0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("1\r\nh\r\n4;name=value\r\nello\r\n0\r\n\r\n", "hello"),
        (
            "00A\r\nten bytes!\r\n0\r\nTrailer: dropped\r\n\r\n",
            "ten bytes!",
        ),
    ];
    for (chunks, body) in rows {
        connection.send(format!("{CHUNKED}{chunks}"));
        assert_eq!(connection.read().expect(200).text(), body, "{chunks:?}");
    }
    connection.send(CHUNKED);
    let mut expected = String::new();
    for number in 0..200 {
        let piece = format!("{number:06}");
        connection.send(format!("6\r\n{piece}\r\n"));
        expected.push_str(&piece);
    }
    connection.send("0\r\n\r\n");
    assert_eq!(connection.read().expect(200).text(), expected);
}

pub(crate) fn are_asked_for_with_100_continue(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    for _ in 0..2 {
        connection.send(
            "POST /async/echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
        );
        connection.read().expect(100);
        connection.send("hello");
        assert_eq!(connection.read().expect(200).text(), "hello");
    }
    let mut connection = server.connect();
    connection.send(
        "POST /nowhere HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    );
    connection.read().expect(404);
}

/// The announced length is enough for the refusal: not a byte of the body is sent.
pub(crate) fn are_refused_when_announced_too_long(mode: Mode) {
    let server = limited(mode);
    let head = "POST /async/echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\n";
    for more in ["\r\n", "Expect: 100-continue\r\n\r\n"] {
        let mut connection = server.connect();
        connection.send(format!("{head}{more}"));
        connection.read().expect(413);
        send_anyway(&mut connection, &[b'x'; 1001]);
        assert!(
            connection.is_closed(),
            "the rest is not read, so the connection can't go on"
        );
    }
    assert_eq!(server.get("/verbs").expect(200).text(), "get");
}

pub(crate) fn are_refused_when_met_too_long(mode: Mode) {
    let server = limited(mode);
    let mut connection = server.connect();
    connection.send(CHUNKED);
    for _ in 0..3 {
        send_anyway(
            &mut connection,
            format!("190\r\n{}\r\n", "x".repeat(400)).as_bytes(),
        );
    }
    connection.read().expect(413);
    assert_eq!(server.get("/verbs").expect(200).text(), "get");
}

pub(crate) fn may_have_the_longest_length(mode: Mode) {
    let server = limited(mode);
    let body = "x".repeat(1000);
    assert_eq!(
        server
            .call(&Call::post("/async/echo", &body))
            .expect(200)
            .text(),
        body
    );
    let mut connection = server.connect();
    connection.send(format!("{CHUNKED}3E8\r\n{body}\r\n0\r\n\r\n"));
    assert_eq!(connection.read().expect(200).text(), body);
}
