//! The rows of the table.

use super::{blocks, connection, frames, hpack, messages, streams, targets};
use crate::support::frames::Frame;

/// Frames as bytes, and what becomes of them.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) what: &'static str,
    /// Of RFC 9113, or of RFC 7541 where it is so written.
    pub(crate) section: &'static str,
    pub(crate) steps: Vec<Step>,
    pub(crate) outcome: Outcome,
    /// Whether its bytes are the first of the connection; they follow the preface and SETTINGS else.
    pub(crate) is_from_the_start: bool,
    /// Whether it leaves something open, behind which no request can be sent.
    pub(crate) is_left_open: bool,
}

/// What is done in turn.
#[derive(Debug)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Wait for the end of the answer on that stream.
    Answer(u32),
    /// Wait for a frame of that type.
    Frame(u8),
}

/// What becomes of it. Where RFC 9113 leaves the choice, several codes are right.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The connection goes on, and stream 1 is not reset.
    GoesOn,
    /// Stream 1 is answered with that status and body, and the connection goes on.
    Answered(u16, String),
    /// The server sends this frame, and the connection goes on.
    Replied(Frame),
    /// Stream 1 is reset with one of these codes, and the connection goes on.
    Reset(&'static [u32]),
    /// The connection is closed, after GOAWAY with one of these codes.
    Closed(&'static [u32]),
    /// The connection is closed, in whatever way.
    Cut,
}

impl Case {
    /// Nothing is sent before.
    pub(super) fn first(self) -> Self {
        Self {
            is_from_the_start: true,
            ..self
        }
    }

    /// Nothing can be sent behind it.
    pub(super) fn left_open(self) -> Self {
        Self {
            is_left_open: true,
            ..self
        }
    }
}

pub(super) fn steps(
    section: &'static str,
    what: &'static str,
    steps: Vec<Step>,
    outcome: Outcome,
) -> Case {
    Case {
        what,
        section,
        steps,
        outcome,
        is_from_the_start: false,
        is_left_open: false,
    }
}

/// Frames that are sent together.
pub(super) fn case(
    section: &'static str,
    what: &'static str,
    sent: &[Vec<u8>],
    outcome: Outcome,
) -> Case {
    steps(section, what, vec![Step::Send(sent.concat())], outcome)
}

/// As [`case`]; stream 1 is answered with 200 and this body.
pub(super) fn good(
    section: &'static str,
    what: &'static str,
    sent: &[Vec<u8>],
    body: &str,
) -> Case {
    case(section, what, sent, Outcome::Answered(200, body.into()))
}

/// All of them.
pub(crate) fn every() -> Vec<Case> {
    let cases = [
        connection::cases(),
        frames::cases(),
        blocks::cases(),
        streams::cases(),
        messages::cases(),
        targets::cases(),
        hpack::cases(),
    ];
    cases.into_iter().flatten().collect()
}
