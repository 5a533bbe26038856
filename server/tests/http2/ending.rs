//! The orderly end: clients are told, and what they have asked for is answered.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::requests::start;
use super::slow_clients::let_go;
use crate::support::frames::{Raw, answer_on, code, get, goaway, kind, post};
use crate::support::{Mode, PATIENCE};

pub(crate) fn answers_what_is_under_way(mode: Mode) {
    let server = start(mode);
    let mut raw = Raw::open(&server);
    raw.send(
        [
            get(1, "/sleep-async/300/first"),
            get(3, "/sleep-async/1500/second"),
        ]
        .concat(),
    );
    let mut upload = Raw::open(&server);
    upload.send(post(1, "/shown"));
    // They are with their handlers when the signal comes.
    raw.send(get(5, "/bytes/1"));
    let mut frames = raw.answer(5);
    server.signal(Signal::TERM);
    frames.extend(raw.answer(1));
    assert_eq!(answer_on(&frames, 1), Some((200, "first".into())));
    frames.extend(raw.answer(3));
    assert_eq!(answer_on(&frames, 3), Some((200, "second".into())));
    let rest = let_go(&mut raw, &frames);
    frames.extend(rest);
    assert_eq!(goaway(&frames), Some(code::NO_ERROR));
    let body = crate::support::frames::frame(kind::DATA, 1, 1, b"late");
    upload.send(body);
    let frames = upload.answer(1);
    assert_eq!(answer_on(&frames, 1).map(|(status, _)| status), Some(200));
    let rest = let_go(&mut upload, &frames);
    assert_eq!(goaway(&[frames, rest].concat()), Some(code::NO_ERROR));
    let ended = server.ended(PATIENCE);
    assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
}

pub(crate) fn tells_idle_clients(mode: Mode) {
    let server = start(mode);
    let mut raw = Raw::open(&server);
    raw.send(get(1, "/bytes/1"));
    raw.answer(1);
    server.signal(Signal::TERM);
    let frames = let_go(&mut raw, &[]);
    assert_eq!(goaway(&frames), Some(code::NO_ERROR));
    assert_eq!(server.ended(PATIENCE).code, Some(0));
}

pub(crate) fn does_not_wait_for_clients_that_stay(mode: Mode) {
    let server = start(mode);
    let mut raw = Raw::open(&server);
    raw.send(get(1, "/bytes/1"));
    raw.answer(1);
    let began = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(server.ended(PATIENCE).code, Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    drop(raw);
}
