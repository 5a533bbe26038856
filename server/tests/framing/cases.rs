//! The rows of the table.

use super::{bodies, fields, targets};

/// One request as bytes, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) what: &'static str,
    /// Of RFC 9110 or RFC 9112.
    pub(crate) section: &'static str,
    pub(crate) sent: Vec<u8>,
    pub(crate) outcome: Outcome,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is answered with that status and body, and the connection goes on.
    Answered(u16, String),
    /// It is answered with that status, and the connection is closed.
    Refused(u16),
}

/// A request that is answered with 200 and this body.
pub(super) fn good(section: &'static str, what: &'static str, sent: &str, body: &str) -> Case {
    let outcome = Outcome::Answered(200, body.into());
    case((section, what), sent, outcome)
}

/// A request that is refused with 400.
pub(super) fn bad(section: &'static str, what: &'static str, sent: &str) -> Case {
    case((section, what), sent, Outcome::Refused(400))
}

/// Bytes are written as characters up to U+00FF.
pub(super) fn case(
    (section, what): (&'static str, &'static str),
    sent: &str,
    outcome: Outcome,
) -> Case {
    let bytes = sent.chars().map(|byte| u8::try_from(byte).expect("a byte"));
    Case {
        what,
        section,
        sent: bytes.collect(),
        outcome,
    }
}

/// All of them.
pub(crate) fn every() -> Vec<Case> {
    let cases = [targets::cases(), fields::cases(), bodies::cases()];
    cases.into_iter().flatten().collect()
}
