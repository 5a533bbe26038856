//! Clients that are slow or silent: each wait for one has its limit.

use std::time::{Duration, Instant};

use crate::support::frames::{
    Frame, PREFACE, Raw, answer_on, code, flag, frame, get, goaway, kind, ping, post, request,
    settings, window_update,
};
use crate::support::{Launch, Mode, Server};

const LONG: &str = "60";

/// A server with one wait of a second, and all others long.
fn start(mode: Mode, short: &str) -> Server {
    let waits = ["--header-timeout", "--body-timeout", "--keep-alive-timeout"];
    let waits = waits
        .iter()
        .flat_map(|wait| [*wait, if *wait == short { "1" } else { LONG }]);
    Launch::under(mode, "http2")
        .args(["--workers", "1"])
        .args(waits)
        .start()
}

/// What comes until the connection is closed, about a second later.
fn closed_after_a_second(raw: &mut Raw) -> Vec<Frame> {
    let began = Instant::now();
    let frames = raw.rest();
    let took = began.elapsed();
    assert!(
        took > Duration::from_millis(800) && took < Duration::from_secs(6),
        "{took:?}"
    );
    frames
}

pub(crate) fn are_given_up_in_the_preface(mode: Mode) {
    let server = start(mode, "--header-timeout");
    let settings = settings(&[]);
    for sent in [
        &PREFACE[..1],
        &PREFACE[..23],
        PREFACE,
        &[PREFACE, &settings[..5]].concat(),
    ] {
        let mut raw = Raw::connect(&server);
        raw.send(sent);
        closed_after_a_second(&mut raw);
    }
}

pub(crate) fn are_given_up_in_the_middle_of_a_frame(mode: Mode) {
    let server = start(mode, "--header-timeout");
    let mut raw = Raw::open(&server);
    raw.send(&ping(*b"12345678")[..12]);
    closed_after_a_second(&mut raw);
    let mut raw = Raw::open(&server);
    raw.send([&post(1, "/shown"), &ping(*b"12345678")[..3]].concat());
    closed_after_a_second(&mut raw);
    let server = start(mode, "--body-timeout");
    let mut raw = Raw::open(&server);
    let data = frame(kind::DATA, flag::END_STREAM, 1, b"body");
    raw.send([&post(1, "/echo"), &data[..11]].concat());
    closed_after_a_second(&mut raw);
}

/// However often a little more of it comes.
pub(crate) fn are_given_up_in_the_middle_of_a_header_block(mode: Mode) {
    let server = start(mode, "--header-timeout");
    let mut raw = Raw::open(&server);
    let block = request("GET", "/shown");
    raw.send(frame(kind::HEADERS, flag::END_STREAM, 1, &block[..3]));
    let mut writer = raw.share();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let trickle = std::thread::spawn(move || {
        for byte in &block[3..] {
            let pause = stopped.recv_timeout(Duration::from_millis(300));
            let next = frame(kind::CONTINUATION, flag::NONE, 1, [*byte]);
            if pause != Err(std::sync::mpsc::RecvTimeoutError::Timeout)
                || writer.try_send(next).is_err()
            {
                return;
            }
        }
    });
    closed_after_a_second(&mut raw);
    drop(stop);
    trickle.join().expect("no panic");
}

pub(crate) fn are_told_when_nothing_comes(mode: Mode) {
    let server = start(mode, "--keep-alive-timeout");
    let mut raw = Raw::open(&server);
    raw.send(get(1, "/shown"));
    raw.answer(1);
    let began = Instant::now();
    // A ping is no request.
    raw.send(ping(*b"notarequ"));
    let mut frames = raw.until(|frame| frame.kind == kind::GOAWAY);
    let took = began.elapsed();
    assert!(
        took > Duration::from_millis(800) && took < Duration::from_secs(6),
        "{took:?}"
    );
    // A request that was under way when the client was told is answered.
    raw.send(get(3, "/shown"));
    frames.extend(raw.answer(3));
    assert_eq!(answer_on(&frames, 3).map(|(status, _)| status), Some(200));
    // The server pings, to learn when the client knows; then it closes.
    frames.extend(let_go(&mut raw, &frames));
    assert_eq!(goaway(&frames), Some(code::NO_ERROR));
}

/// Answers the server's ping as a client does; what comes until the connection is closed.
pub(super) fn let_go(raw: &mut Raw, before: &[Frame]) -> Vec<Frame> {
    let is_ping = |frame: &Frame| frame.kind == kind::PING && frame.flags & flag::ACK == 0;
    let mut frames = Vec::new();
    if !before.iter().any(is_ping) {
        frames = raw.until(is_ping);
    }
    let asked = before.iter().chain(&frames).find(|frame| is_ping(frame));
    let asked = asked.expect("a ping").content.clone();
    raw.send(frame(kind::PING, flag::ACK, 0, asked));
    frames.extend(raw.rest());
    frames
}

/// The server has said that it closes, and the client does not answer.
pub(crate) fn are_given_up_when_they_do_not_let_go(mode: Mode) {
    let waits = ["--header-timeout", "1", "--keep-alive-timeout", "1"];
    let server = Launch::under(mode, "http2").args(waits).start();
    let mut raw = Raw::open(&server);
    raw.send(get(1, "/shown"));
    raw.answer(1);
    let began = Instant::now();
    assert_eq!(goaway(&raw.rest()), Some(code::NO_ERROR));
    let took = began.elapsed();
    assert!(
        took > Duration::from_millis(1600) && took < Duration::from_secs(8),
        "{took:?}"
    );
}

pub(crate) fn are_kept_while_a_handler_runs(mode: Mode) {
    let waits = [
        "--header-timeout",
        "1",
        "--keep-alive-timeout",
        "1",
        "--body-timeout",
        "1",
    ];
    let server = Launch::under(mode, "http2").args(waits).start();
    let mut raw = Raw::open(&server);
    raw.send([get(1, "/waiting/kept"), get(3, "/sleep-async/2500/kept")].concat());
    let frames = raw.answer(3);
    assert_eq!(answer_on(&frames, 3), Some((200, "kept".into())));
    assert_eq!(goaway(&frames), None);
}

pub(crate) fn are_answered_when_a_body_does_not_come(mode: Mode) {
    let server = start(mode, "--body-timeout");
    let mut raw = Raw::open(&server);
    let began = Instant::now();
    raw.send([post(1, "/shown"), frame(kind::DATA, flag::NONE, 1, b"half")].concat());
    let frames = raw.answer(1);
    let took = began.elapsed();
    assert_eq!(answer_on(&frames, 1), Some((408, "Request Timeout".into())));
    assert!(
        took > Duration::from_millis(800) && took < Duration::from_secs(6),
        "{took:?}"
    );
    raw.send(get(3, "/shown"));
    let frames = raw.answer(3);
    assert_eq!(answer_on(&frames, 3).map(|(status, _)| status), Some(200));
}

/// Their windows stay as they are, whatever waits for them: a body that is whole, a file's, or one that is made.
pub(crate) fn are_given_up_when_they_take_in_nothing(mode: Mode) {
    let server = start(mode, "--body-timeout");
    for (target, window) in [
        ("/bytes/5", 0),
        ("/bytes/1000000", 100),
        ("/endless/silent", 100),
    ] {
        let mut raw = Raw::open_with(&server, &[(4, window)]);
        raw.send(get(1, target));
        // It is alive, and takes in a little, at first.
        raw.send(ping(*b"stillher"));
        raw.until(|frame| frame.kind == kind::HEADERS);
        closed_after_a_second(&mut raw);
    }
    // One that takes its time is waited for.
    let mut raw = Raw::open_with(&server, &[(4, 0)]);
    raw.send(get(1, "/bytes/60000"));
    for _ in 0..4 {
        std::thread::sleep(Duration::from_millis(500));
        raw.send(window_update(1, 16_384));
    }
    let frames = raw.answer(1);
    assert_eq!(
        answer_on(&frames, 1).map(|(_, body)| body.len()),
        Some(60_000)
    );
}
