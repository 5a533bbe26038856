//! Clients that send or take in too slowly: they are given up, and nobody else waits for them.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use support::{Call, Connection, Launch, Mode, Server};

support::mode::under_every! { mode;
    slow_clients: [
        are_answered_before_the_rest_of_the_next_head,
        are_given_up_in_the_middle_of_a_head,
        are_given_up_between_requests,
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
        are_answered_before_the_rest_of_the_next_head, are_given_up_between_requests,
        are_given_up_in_the_middle_of_a_head, are_given_up_when_they_take_in_none_of_many,
        are_given_up_when_they_take_in_nothing, do_not_hold_up_the_end,
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
