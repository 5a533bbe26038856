//! Clients that send or take in too slowly: they are given up, and nobody else waits for them.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use support::{Call, Connection, Launch, Mode, PATIENCE, Server};

support::mode::under_every! { mode;
    slow_clients: [
        are_answered_before_the_rest_of_the_next_head,
        are_given_up_in_the_middle_of_a_head,
        are_given_up_before_their_first_request,
        are_given_up_between_requests,
        are_given_up_when_a_body_takes_too_long,
        are_given_up_when_a_body_is_below_the_rate,
        are_given_up_when_nobody_reads_their_body,
        are_waited_for_while_a_body_keeps_the_rate,
        are_given_up_when_they_take_in_less_than_the_rate,
        are_given_up_when_they_take_in_nothing,
        are_given_up_when_they_take_in_none_of_many,
        do_not_hold_up_the_end,
    ],
}

support::mode::under_every! { mode over tls;
    slow_clients: [
        are_given_up_in_the_middle_of_a_head,
        are_given_up_between_requests,
        are_given_up_when_they_take_in_nothing,
        are_given_up_when_they_take_in_none_of_many,
        do_not_hold_up_the_end,
    ],
}

/// The promises, each a function of the mode to test under.
mod slow_clients {
    pub(crate) use super::{
        are_answered_before_the_rest_of_the_next_head, are_given_up_before_their_first_request,
        are_given_up_between_requests, are_given_up_in_the_middle_of_a_head,
        are_given_up_when_a_body_is_below_the_rate, are_given_up_when_a_body_takes_too_long,
        are_given_up_when_nobody_reads_their_body,
        are_given_up_when_they_take_in_less_than_the_rate,
        are_given_up_when_they_take_in_none_of_many, are_given_up_when_they_take_in_nothing,
        are_waited_for_while_a_body_keeps_the_rate, do_not_hold_up_the_end,
    };
}

fn start(mode: Mode, limits: &[&str]) -> Server {
    Launch::under(mode, "slow_clients").args(limits).start()
}

fn are_answered_before_the_rest_of_the_next_head(mode: Mode) {
    let server = start(mode, &[]);
    for rest in ["GET / HT", "\r\n", "X"] {
        let mut connection = server.connect();
        connection.send(format!("GET / HTTP/1.1\r\nHost: h\r\n\r\n{rest}"));
        let began = Instant::now();
        assert_eq!(
            connection.read().expect(200).text(),
            "here",
            "before {rest:?}"
        );
        assert!(began.elapsed() < Duration::from_secs(2), "before {rest:?}");
    }
}

fn are_given_up_in_the_middle_of_a_head(mode: Mode) {
    let server = start(
        mode,
        &["--header-timeout", "1", "--keep-alive-timeout", "60"],
    );
    let mut connection = server.connect();
    connection.send("GET / HTTP/1.1\r\nHos");
    is_closed_after_a_second(&mut connection);
    // One that has begun behind another request, too.
    let mut connection = server.connect();
    connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET");
    connection.read().expect(200);
    is_closed_after_a_second(&mut connection);
    // However often something comes. TLS's tickets come before the first answer.
    let mut connection = server.connect();
    connection.call(&Call::get("/")).expect(200);
    let began = Instant::now();
    let count = trickle(&mut connection, "GET / HTTP/1.1\r\nHost: h\r\nx: ", b"y");
    assert!(count > 2, "{count} bytes");
    assert!(began.elapsed() > Duration::from_millis(800));
}

fn are_given_up_before_their_first_request(mode: Mode) {
    for [header, keep_alive] in [["1", "60"], ["60", "1"]] {
        let limits = [
            "--header-timeout",
            header,
            "--keep-alive-timeout",
            keep_alive,
        ];
        let server = start(mode, &limits);
        let mut connection = server.connect();
        is_closed_after_a_second(&mut connection);
    }
}

/// Sends the pieces ten times a second until something comes back; how many were sent.
fn trickle(connection: &mut Connection, head: &str, piece: &[u8]) -> usize {
    connection.send(head);
    let began = Instant::now();
    for count in 1.. {
        assert!(began.elapsed() < PATIENCE, "{count} pieces were taken");
        if connection.try_send(piece).is_err() || connection.has_come(Duration::from_millis(100)) {
            return count;
        }
    }
    unreachable!("it is given up before")
}

fn chunked(target: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
}

/// The limit is on the whole body, unless its handler reads it piece by piece.
fn are_given_up_when_a_body_takes_too_long(mode: Mode) {
    let server = start(mode, &["--body-timeout", "1", "--min-body-rate", "1"]);
    let by_length = "POST /whole HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n";
    for (head, piece) in [
        (by_length.to_owned(), "xx"),
        (chunked("/whole"), "2\r\nxx\r\n"),
        // These come to no content.
        (chunked("/streamed"), "0"),
        (chunked("/streamed") + "1;", "x"),
    ] {
        let mut connection = server.connect();
        let began = Instant::now();
        trickle(&mut connection, &head, piece.as_bytes());
        let took = began.elapsed();
        let answer = connection.read().expect(408);
        assert_eq!(answer.header("server"), Some("coachwhip"));
        assert!(took > Duration::from_millis(800), "{took:?}");
        assert!(connection.is_closed());
    }
}

/// By no more than the grace, which is 10 s, or less where there is less time.
fn are_given_up_when_a_body_is_below_the_rate(mode: Mode) {
    let server = start(mode, &["--body-timeout", "60"]);
    let mut whole = server.connect();
    let began = Instant::now();
    trickle(&mut whole, &chunked("/whole"), b"1\r\nx\r\n");
    let took = began.elapsed();
    whole.read().expect(408);
    assert!(took > Duration::from_secs(9), "{took:?}");
    let limits = ["--body-timeout", "1", "--min-body-rate", "1MiB"];
    let server = start(mode, &limits);
    let mut streamed = server.connect();
    let piece = format!("400\r\n{}\r\n", "x".repeat(1024));
    let began = Instant::now();
    trickle(&mut streamed, &chunked("/streamed"), piece.as_bytes());
    let took = began.elapsed();
    streamed.read().expect(408);
    assert!(took > Duration::from_millis(800), "{took:?}");
}

/// What a handler leaves is read past for some time, and no longer.
fn are_given_up_when_nobody_reads_their_body(mode: Mode) {
    let server = start(mode, &["--body-timeout", "1", "--min-body-rate", "1"]);
    let mut connection = server.connect();
    connection.send(chunked("/unread"));
    assert_eq!(connection.read().expect(200).text(), "did not look");
    trickle(&mut connection, "", b"1\r\nx\r\n");
    assert!(connection.is_closed());
}

/// A body that is streamed may take longer than the limit on a piece.
fn are_waited_for_while_a_body_keeps_the_rate(mode: Mode) {
    let server = start(mode, &["--body-timeout", "3", "--min-body-rate", "100"]);
    let mut connection = server.connect();
    connection.send(chunked("/streamed"));
    let began = Instant::now();
    let mut length = 0;
    while began.elapsed() < Duration::from_secs(4) {
        assert!(!connection.has_come(Duration::from_millis(100)));
        connection.send(format!("64\r\n{}\r\n", "x".repeat(100)));
        length += 100;
    }
    connection.send("0\r\n\r\n");
    assert_eq!(connection.read().expect(200).text(), length.to_string());
}

/// Neither is it enough to take in something in time again and again.
fn are_given_up_when_they_take_in_less_than_the_rate(mode: Mode) {
    let server = start(mode, &["--body-timeout", "2", "--min-body-rate", "256MiB"]);
    let mut connection = server.connect();
    connection.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    connection.read_head().expect(200);
    // 5 MiB a second, so more than 6 s for all of it.
    let (piece, mut left) = (512 << 10, 32 << 20);
    while left > 0 && connection.take(piece).is_ok() {
        left -= piece;
        thread::sleep(Duration::from_millis(100));
    }
    assert!(left > 0, "it was waited for to the end");
}

fn are_given_up_between_requests(mode: Mode) {
    let server = start(
        mode,
        &["--header-timeout", "60", "--keep-alive-timeout", "1"],
    );
    let mut connection = server.connect();
    connection.call(&Call::get("/")).expect(200);
    is_closed_after_a_second(&mut connection);
}

fn is_closed_after_a_second(connection: &mut Connection) {
    let began = Instant::now();
    assert!(connection.is_closed());
    let took = began.elapsed();
    assert!(
        took > Duration::from_millis(800) && took < Duration::from_secs(4),
        "{took:?}"
    );
}

/// One connection is all that may be open, so the next one is served only when the first is given up.
fn are_given_up_when_they_take_in_nothing(mode: Mode) {
    let server = start(mode, &["--body-timeout", "1", "--max-connections", "1"]);
    let mut silent = server.connect();
    silent.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    server.get("/").expect(200);
    let took = began.elapsed();
    assert!(
        took > Duration::from_millis(300) && took < Duration::from_secs(5),
        "{took:?}"
    );
    drop(silent);
}

/// Each answer fits into what the server keeps for a connection, and no more do into that and the sockets' buffers.
fn are_given_up_when_they_take_in_none_of_many(mode: Mode) {
    let server = start(mode, &["--body-timeout", "1", "--max-connections", "1"]);
    let mut silent = server.connect();
    let call = Call::get("/small").bytes();
    // Until the server reads no more, or has given the connection up.
    let asked = (0..2000).take_while(|_| silent.try_send(&call).is_ok());
    let _ = asked.count();
    server.get("/").expect(200);
    drop(silent);
}

fn do_not_hold_up_the_end(mode: Mode) {
    let server = start(mode, &["--shutdown-timeout", "20"]);
    server.get("/").expect(200);
    let mut half = server.connect();
    half.send("GET / HTTP/1.1\r\nHos");
    thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    server.signal(Signal::TERM);
    let ended = server.ended(Duration::from_secs(10));
    assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}
