//! A script on a connection to the server, and what must come back.

use std::os::unix::net::UnixStream;
use std::time::Instant;

use crate::answers::{self, Answer, find};
use crate::client::{Connection, PATIENCE};
use crate::expected::{self, Then};
use crate::frames;
use crate::reference::{Next, next};
use crate::script::{self, Script};

/// Runs a script; fails unless the server answers what the reference says, and ends the connection in time.
///
/// Each request that is whole is answered with what its handler sees of it. What is wrong is answered with one status from 400
/// on, and ends the connection, as the end of the script does; then nothing else comes.
pub fn check(script: &Script, stream: UnixStream) {
    let sent = script.bytes();
    if sent.starts_with(frames::PREFACE) {
        // That is for `http2`.
        return;
    }
    let mut connection = Connection::new(stream);
    for (piece, then) in &script.pieces {
        connection.send(piece);
        match then {
            script::Then::On => {}
            script::Then::Pause => connection.pause(),
            script::Then::HalfClose => connection.finish(),
            script::Then::Close => return,
        }
    }
    let is_cut = script.end_of_it() == script::Then::HalfClose;
    let mut begin = 0;
    let mut may_end = is_cut;
    loop {
        let request = match next(&sent[begin..]) {
            Next::Request(request, length) => {
                begin += length;
                request
            }
            Next::Nothing => {
                connection.finish();
                return expect_end(&mut connection, 0);
            }
            // What there is of it may be refused already.
            Next::More => {
                connection.finish();
                return expect_end(&mut connection, 1);
            }
            Next::Wrong { is_framing, at } => {
                // hyper looks at half a head again only when its end may have come.
                let rest = &sent[(begin + at).saturating_sub(1)..];
                let is_seen = is_framing || find(rest, b"\r\n\r\n").is_some();
                if !is_seen {
                    connection.finish();
                }
                // To the first line of HTTP/2's preface hyper says nothing.
                may_end |= find(&sent[begin..], &frames::PREFACE[..18]).is_some();
                return expect_end(&mut connection, if is_seen && !may_end { 2 } else { 1 });
            }
        };
        let expected = expected::of(&request);
        let Some(answer) = answer(&mut connection, expected.is_to_head) else {
            assert!(may_end, "no answer to {request:?}; expected {expected:?}");
            return;
        };
        match expected.compare(&answer) {
            Then::On => {}
            Then::MayEnd => may_end = true,
            Then::End => return expect_end(&mut connection, 0),
        }
    }
}

/// The next answer; `None` if the server ends the connection instead.
fn answer(connection: &mut Connection, is_to_head: bool) -> Option<Answer> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let answers::Next::Answer(answer, length) =
            answers::next(&connection.came, is_to_head, connection.is_at_end)
        {
            connection.came.drain(..length);
            return Some(answer);
        }
        if connection.is_at_end {
            return None;
        }
        connection.receive_or_end(deadline);
    }
}

/// Fails unless the server ends the connection; 1: it may refuse what there is before that; 2: it must.
fn expect_end(connection: &mut Connection, refusals: u8) {
    let refusal = if refusals > 0 {
        answer(connection, false)
    } else {
        None
    };
    if let Some(refusal) = &refusal {
        let is_refused = (400..600).contains(&refusal.status) && refusal.status != 500;
        assert!(is_refused && refusal.is_last(), "no refusal: {refusal:?}");
    }
    assert!(refusals < 2 || refusal.is_some(), "ended without a refusal");
    let deadline = Instant::now() + PATIENCE;
    while !connection.is_at_end {
        connection.receive_or_end(deadline);
    }
    assert!(
        connection.came.is_empty(),
        "more than expected: {}",
        connection.came.escape_ascii()
    );
}
