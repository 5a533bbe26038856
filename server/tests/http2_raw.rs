//! HTTP/2 by its bytes, well formed and not: a table of what is answered, refused for one stream, or ends the connection.
//!
//! The rows cover what the tool h2spec looks at (its sections "generic", "http2" and "hpack"), and more.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

/// The table.
mod http2_raw {
    pub(crate) mod blocks;
    pub(crate) mod cases;
    pub(crate) mod connection;
    pub(crate) mod frames;
    pub(crate) mod hpack;
    pub(crate) mod messages;
    pub(crate) mod streams;
    pub(crate) mod targets;
}

use std::io::ErrorKind;
use std::thread;

use http2_raw::cases::{Case, Outcome, Step, every};
use support::frames::{Frame, Raw, answer_on, get, goaway, reset_of};
use support::{Launch, Server};

/// The stream of a request that is sent behind each case: it is answered where the connection goes on, and only there.
const CANARY: u32 = 1001;

fn start() -> Server {
    Launch::app("framing").start()
}

fn send(raw: &mut Raw, bytes: &[u8], is_cut: bool) {
    // What ends the connection may end it before the last of it is sent.
    if is_cut {
        let _ = bytes.iter().try_for_each(|byte| raw.try_send([*byte]));
    } else {
        let _ = raw.try_send(bytes);
    }
}

/// Takes in frames up to the first for which this holds. An error where the server sends no more, and does not close.
fn gather(
    raw: &mut Raw,
    frames: &mut Vec<Frame>,
    is_last: impl Fn(&Frame) -> bool,
) -> Result<(), String> {
    loop {
        match raw.try_next() {
            Ok(frame) => frames.push(frame),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return Err(format!("nothing more came after {frames:?}"));
            }
            // Closed, or an answer of HTTP/1.
            Err(_) => return Ok(()),
        }
        if frames.last().is_some_and(&is_last) {
            return Ok(());
        }
    }
}

/// What the server has sent until the canary was answered, or the connection was closed.
fn exchange(server: &Server, case: &Case, is_cut: bool) -> Result<Vec<Frame>, String> {
    let mut raw = if case.is_from_the_start {
        Raw::connect(server)
    } else {
        Raw::open(server)
    };
    let mut frames = Vec::new();
    let ends = |stream| move |frame: &Frame| frame.stream == stream && frame.ends_stream();
    for step in &case.steps {
        match step {
            Step::Send(bytes) => send(&mut raw, bytes, is_cut),
            Step::Answer(stream) => gather(&mut raw, &mut frames, ends(*stream))?,
            Step::Frame(kind) => gather(&mut raw, &mut frames, |frame| frame.kind == *kind)?,
        }
    }
    if !case.is_left_open {
        send(&mut raw, &get(CANARY, "/canary"), false);
    }
    gather(&mut raw, &mut frames, ends(CANARY))?;
    // The answers may come in any order.
    let has_ended = |stream| frames.iter().any(ends(stream));
    if matches!(case.outcome, Outcome::Answered(..)) && has_ended(CANARY) && !has_ended(1) {
        gather(&mut raw, &mut frames, ends(1))?;
    }
    Ok(frames)
}

/// What is wrong with what became of a case.
fn complaint(server: &Server, case: &Case, is_cut: bool) -> Option<String> {
    let frames = match exchange(server, case, is_cut) {
        Ok(frames) => frames,
        Err(stalled) => return Some(format!("{}: {stalled}", case.what)),
    };
    let canary = answer_on(&frames, CANARY);
    let goes_on = canary == Some((200, "GET /canary ".into())) && goaway(&frames).is_none();
    let is_right = match &case.outcome {
        Outcome::GoesOn => goes_on && reset_of(&frames, 1).is_none(),
        Outcome::Answered(status, body) => {
            goes_on && answer_on(&frames, 1) == Some((*status, body.clone()))
        }
        Outcome::Replied(reply) => goes_on && frames.contains(reply),
        Outcome::Reset(codes) => {
            goes_on && reset_of(&frames, 1).is_some_and(|code| codes.contains(&code))
        }
        Outcome::Closed(codes) => {
            canary.is_none() && goaway(&frames).is_some_and(|code| codes.contains(&code))
        }
        Outcome::Cut => canary.is_none(),
    };
    let Case {
        what,
        section,
        outcome,
        ..
    } = case;
    let told = || format!("{what} ({section}): expected {outcome:?}, found {frames:?}");
    (!is_right).then(told)
}

/// Fails with all complaints about the cases, which are looked at on some threads at once.
fn for_each_case(check: impl Fn(&Case) -> Option<String> + Sync) {
    let cases = every();
    let complaints: Vec<String> = thread::scope(|scope| {
        let check = &check;
        let parts = cases.chunks(cases.len().div_ceil(4));
        let parts = parts.map(|part| scope.spawn(move || part.iter().filter_map(check).collect()));
        let parts: Vec<_> = parts.collect();
        let complaints = parts.into_iter().map(|part| part.join().expect("no panic"));
        complaints.collect::<Vec<Vec<String>>>().concat()
    });
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn frames_are_answered_or_refused_by_the_letter() {
    let server = start();
    for_each_case(|case| complaint(&server, case, false));
}

#[test]
fn frames_are_read_alike_however_they_are_cut() {
    let server = start();
    for_each_case(|case| complaint(&server, case, true));
}

#[test]
fn the_table_is_as_long_as_that_of_h2spec() {
    let cases = every();
    assert!(cases.len() >= 146, "{}", cases.len());
    let mut names: Vec<_> = cases.iter().map(|case| case.what).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None, "each case has a name of its own");
}
