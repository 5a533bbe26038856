//! `server::net::Framing` against the reference.

use server::net::Framing;

use crate::reference::{Next, next};
use crate::running::HEAD_BYTES_MAX;
use crate::script::Script;

/// Refused in a request line, and nowhere else: shows that a request line is what comes next.
const ONLY_IN_REQUEST_LINE: u8 = b'#';

/// What is passed on of pieces, and whether they were refused.
fn pass<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, bool) {
    let mut framing = Framing::new(HEAD_BYTES_MAX);
    let mut seen = Vec::new();
    for piece in pieces {
        let mut begin = seen.len();
        seen.extend_from_slice(piece);
        // As if each request for another protocol were answered, and HTTP went on.
        while begin < seen.len() {
            let passed = framing.check(&mut seen[begin..]);
            assert!(passed > 0, "no way on");
            begin += passed;
        }
    }
    (seen, framing.refused().is_some())
}

/// Whether something other than a whole request comes at last: in pieces that is refused at the byte that is wrong, and
/// whole it is left to hyper.
fn breaks_off(mut sent: &[u8]) -> bool {
    while let Next::Request(_, length) = next(sent) {
        sent = &sent[length..];
    }
    next(sent) != Next::Nothing
}

/// Fails unless requests are passed on or refused as the reference reads them, however they are cut.
pub fn check(script: &Script) {
    let sent = script.bytes();
    let whole = pass([sent.as_slice()]);
    let pieces = script.pieces.iter().map(|(piece, _)| piece.as_slice());
    let is_alike = |found: (Vec<u8>, bool)| found == whole || found.1 && breaks_off(&sent);
    assert!(is_alike(pass(pieces)), "in the script's pieces");
    for length in [1, 2, 7, 63, 64, 65] {
        assert!(is_alike(pass(sent.chunks(length))), "in pieces of {length}");
    }
    let mut begin = 0;
    loop {
        match next(&sent[begin..]) {
            Next::Request(request, length) => {
                let this = begin..begin + length;
                begin = this.end;
                let (seen, is_refused) = pass([&sent[..begin]]);
                if request.head_bytes > HEAD_BYTES_MAX {
                    return assert!(is_refused, "too long, and passed on: {request:?}");
                }
                if is_refused && request.is_doubtful {
                    return;
                }
                // Those before it were looked at: what was made 1.1 of a later version among them is not as it was sent.
                let is_same = seen[this.clone()] == sent[this] || request.is_doubtful;
                assert!(!is_refused && is_same, "refused: {request:?}");
                let (_, is_request_line) = pass([&sent[..begin], &[ONLY_IN_REQUEST_LINE]]);
                assert!(is_request_line, "read otherwise: {request:?}");
            }
            Next::Wrong {
                is_framing: true,
                at,
            } => {
                let (_, is_refused) = pass([&sent[..=begin + at]]);
                return assert!(is_refused, "passed on, though wrong at {}", begin + at);
            }
            Next::Wrong { .. } | Next::Nothing | Next::More => return,
        }
    }
}
