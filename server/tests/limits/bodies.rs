//! How long a request's body may be.

use crate::support::{Call, Connection, Launch, Mode, Server};

const BYTES_MAX: usize = 20_000;
/// The longest line with the size of a chunk and its extensions, without its end.
const CHUNK_LINE_BYTES_MAX: usize = 255;
const TARGETS: [&str; 2] = ["/whole", "/streamed"];

fn start(mode: Mode) -> Server {
    let bytes_max = BYTES_MAX.to_string();
    Launch::under(mode, "limits")
        .args(["--max-body-bytes", &bytes_max, "--max-headers", "7"])
        .start()
}

fn chunked_head(target: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
}

/// A body of so many bytes in chunks of some length.
fn chunked(target: &str, length: usize, each: usize) -> Vec<u8> {
    let mut bytes = chunked_head(target).into_bytes();
    let body = vec![b'x'; length];
    for piece in body.chunks(each) {
        bytes.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// Sends in pieces, unless the server has closed.
fn send_pieces(connection: &mut Connection, bytes: &[u8], each: usize) {
    for piece in bytes.chunks(each) {
        if connection.try_send(piece).is_err() {
            return;
        }
    }
}

pub(crate) fn may_be_as_long_as_the_limit(mode: Mode) {
    let server = start(mode);
    for target in TARGETS {
        for each in [usize::MAX, 1999] {
            let by_length = Call::post(target, vec![b'x'; BYTES_MAX]).bytes();
            let mut connection = server.connect();
            for request in [by_length, chunked(target, BYTES_MAX, 777)] {
                send_pieces(&mut connection, &request, each);
                let told = connection.read().expect(200).text();
                assert_eq!(told, BYTES_MAX.to_string());
            }
            let by_length = Call::post(target, vec![b'x'; BYTES_MAX + 1]).bytes();
            for request in [by_length, chunked(target, BYTES_MAX + 1, 777)] {
                let mut connection = server.connect();
                send_pieces(&mut connection, &request, each);
                let answer = connection.read().expect(413);
                assert_eq!(answer.header("server"), Some("coachwhip"));
                if target == "/whole" {
                    assert_eq!(answer.header("connection"), Some("close"));
                    assert!(connection.is_closed());
                }
            }
        }
    }
}

pub(crate) fn may_come_in_chunks_of_one_byte(mode: Mode) {
    let server = start(mode);
    for target in TARGETS {
        let mut connection = server.connect();
        connection.send(chunked(target, BYTES_MAX, 1));
        assert_eq!(connection.read().expect(200).text(), BYTES_MAX.to_string());
        let mut connection = server.connect();
        send_pieces(&mut connection, &chunked(target, BYTES_MAX + 1, 1), 9999);
        connection.read().expect(413);
    }
}

/// What stands beside the content is bounded, too: whatever has no end is refused.
pub(crate) fn have_lines_and_trailers_within_limits(mode: Mode) {
    let server = start(mode);
    let filler = "x".repeat(100_000);
    let trailers = |count: usize| {
        let fields: Vec<_> = (0..count)
            .map(|number| format!("x{number}: y\r\n"))
            .collect();
        format!("0\r\n{}\r\n", fields.concat())
    };
    for target in TARGETS {
        for rest in [
            format!(
                "1;{}\r\nx\r\n0\r\n\r\n",
                &filler[..CHUNK_LINE_BYTES_MAX - 2]
            ),
            trailers(7),
            format!("0\r\nx: {}\r\n\r\n", &filler[..8000]),
        ] {
            let mut connection = server.connect();
            connection.send(format!("{}{rest}", chunked_head(target)));
            connection.read().expect(200);
            connection.call(&Call::get("/")).expect(200);
        }
        for rest in [
            // None of them has an end.
            format!(
                "1;{}\r\nx\r\n0\r\n\r\n",
                &filler[..CHUNK_LINE_BYTES_MAX - 1]
            ),
            format!("1;{filler}"),
            format!("1{}", " ".repeat(100_000)),
            "0".repeat(100_000),
            format!("0\r\nx: {filler}"),
            "0\r\n".to_owned() + &"x: y\r\n".repeat(20_000),
            format!("1;{}\r\nx\r\n", &filler[..1000]).repeat(100),
            trailers(8),
        ] {
            let mut connection = server.connect();
            let sent = format!("{}{rest}", chunked_head(target));
            send_pieces(&mut connection, sent.as_bytes(), 9999);
            connection.read().expect(400);
            assert!(connection.is_closed(), "{:?}", &rest[..20]);
        }
    }
}

/// A body that no handler reads is read past, or the connection is closed: what follows is never taken for a request.
pub(crate) fn may_be_left_unread(mode: Mode) {
    let server = start(mode);
    let request = "GET /inside HTTP/1.1\r\nHost: h\r\n\r\n".repeat(500);
    assert!(request.len() < BYTES_MAX);
    let unread = Call::post("/unread", &request).bytes();
    let mut connection = server.connect();
    for _ in 0..300 {
        connection.send(&unread);
        assert_eq!(connection.read().expect(200).text(), "did not look");
    }
    let nowhere = Call::post("/nowhere", &request).bytes();
    let mut connection = server.connect();
    for _ in 0..300 {
        if connection.try_send(&nowhere).is_err() {
            connection = server.connect();
            continue;
        }
        match connection.try_read() {
            Ok(Some(answer)) => drop(answer.expect(405)),
            Ok(None) | Err(_) => connection = server.connect(),
        }
    }
}
