//! Connections: how long they last, and in what order they answer.

use std::time::Duration;

use crate::support::server::shared;
use crate::support::{Call, Mode};

pub(crate) fn serves_many_requests_on_one_connection(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    for number in 0..100 {
        assert_eq!(
            connection
                .call(&Call::get(&format!("/int/{number}")))
                .expect(200)
                .text(),
            format!("int {number}")
        );
    }
}

pub(crate) fn ends_when_the_client_asks(mode: Mode) {
    let server = shared(mode);
    for path in ["/verbs", "/nowhere"] {
        let mut connection = server.connect();
        let answer = connection.call(&Call::get(path).header("Connection", "close"));
        assert_eq!(answer.header("connection"), Some("close"), "{path}");
        assert!(connection.is_closed(), "{path}");
    }
}

pub(crate) fn speaks_http_1_0(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    connection.send("GET /request/describe/x HTTP/1.0\r\n\r\n");
    let answer = connection.read().expect(200);
    assert_eq!(answer.json()["http_version"], "1.0");
    assert_eq!(answer.header("transfer-encoding"), None);
    assert!(connection.is_closed());

    let mut connection = server.connect();
    for _ in 0..2 {
        connection.send("GET /verbs HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let answer = connection.read().expect(200);
        assert_eq!(answer.text(), "get");
        assert!(
            answer
                .header("connection")
                .is_some_and(|value| value.eq_ignore_ascii_case("keep-alive"))
        );
    }
}

/// Slow and fast, sync and async, with and without a body, in one write: the answers come in the order of the requests.
pub(crate) fn answers_pipelined_requests_in_order(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    let mut bytes = Vec::new();
    for number in 0..20 {
        bytes.extend(Call::get("/async/sleep/20").bytes());
        bytes.extend(Call::get(&format!("/int/{number}")).bytes());
        bytes.extend(Call::post("/async/echo", format!("body {number}")).bytes());
        bytes.extend(Call::get(&format!("/nowhere/{number}")).bytes());
    }
    bytes.extend(Call::get("/verbs").header("Connection", "close").bytes());
    connection.send(bytes);
    for number in 0..20 {
        assert_eq!(connection.read().expect(200).text(), "20");
        assert_eq!(
            connection.read().expect(200).text(),
            format!("int {number}")
        );
        assert_eq!(
            connection.read().expect(200).text(),
            format!("body {number}")
        );
        connection.read().expect(404);
    }
    assert_eq!(connection.read().expect(200).text(), "get");
    assert!(connection.is_closed());
}

pub(crate) fn reads_a_request_byte_by_byte(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    for byte in Call::post("/async/echo", "slowly said").bytes() {
        connection.send([byte]);
        std::thread::sleep(Duration::from_micros(200));
    }
    assert_eq!(connection.read().expect(200).text(), "slowly said");
}

pub(crate) fn survives_garbage(mode: Mode) {
    let server = shared(mode);
    let rows: [&[u8]; 5] = [
        b"\r\n\r\n\r\nnonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon here\r\n\r\n",
        b"POST /async/echo HTTP/1.1\r\nHost: test\r\nContent-Length: many\r\n\r\n",
    ];
    for bytes in rows {
        let mut connection = server.connect();
        connection.send(bytes);
        if let Ok(Some(answer)) = connection.try_read() {
            assert!(
                (400..=505).contains(&answer.status),
                "{} to {bytes:?}",
                answer.status
            );
        }
        assert!(connection.is_closed(), "still open after {bytes:?}");
    }
    assert_eq!(server.get("/verbs").expect(200).text(), "get");
}
