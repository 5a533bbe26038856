//! Requests as raw bytes, well formed and not: a table of what is answered, or refused, and never passed on.
//!
//! RFC 9112 lets a server take some of what is refused here; another one before it may read the same bytes otherwise.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

/// The table.
mod framing {
    pub(crate) mod bodies;
    pub(crate) mod cases;
    pub(crate) mod fields;
    pub(crate) mod targets;
}

use std::io;
use std::thread;

use framing::cases::{Case, Outcome, every};
use support::{Call, Launch, Mode, Server};

support::mode::under_every! { mode;
    requests: [
        are_answered_or_refused_by_the_letter,
        are_read_alike_however_they_are_cut,
        are_read_alike_behind_others,
        are_refused_at_the_byte_that_is_wrong,
    ],
}

support::mode::under_every! { mode over tls;
    requests: [
        are_answered_or_refused_by_the_letter,
        are_read_alike_behind_others,
        are_refused_at_the_byte_that_is_wrong,
    ],
}

/// The promises, each a function of the mode to test under.
mod requests {
    pub(crate) use super::{
        are_answered_or_refused_by_the_letter, are_read_alike_behind_others,
        are_read_alike_however_they_are_cut, are_refused_at_the_byte_that_is_wrong,
    };
}

/// What follows each case: it must not be answered where the case is refused, and must be where it is not.
fn canary() -> Vec<u8> {
    Call::get("/canary").bytes()
}

fn start(mode: Mode) -> Server {
    Launch::under(mode, "framing").start()
}

/// Sends pieces on a new connection; what comes of the case and of the canary behind it.
fn outcome(server: &Server, case: &Case, pieces: &[&[u8]], before: usize) -> io::Result<Outcome> {
    let mut connection = server.connect();
    for piece in pieces {
        // A refusal closes the connection, whatever is still to come.
        if connection.try_send(piece).is_err() {
            break;
        }
    }
    let gone = || io::Error::other("the connection was closed");
    for _ in 0..before {
        let answer = connection.try_read()?.ok_or_else(gone)?;
        assert_eq!(answer.text(), "GET /before ", "before {}", case.what);
    }
    let answer = connection.try_read()?.ok_or_else(gone)?;
    let canary = match connection.try_read() {
        Ok(None) => return Ok(Outcome::Refused(answer.status)),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
            return Ok(Outcome::Refused(answer.status));
        }
        canary => canary?.ok_or_else(gone)?,
    };
    assert_eq!(canary.text(), "GET /canary ", "behind {}", case.what);
    Ok(Outcome::Answered(answer.status, answer.text()))
}

/// What is wrong with a case sent in these pieces.
fn complaint(server: &Server, case: &Case, pieces: &[&[u8]], before: usize) -> Option<String> {
    let found = outcome(server, case, pieces, before);
    let is_right = found.as_ref().is_ok_and(|found| *found == case.outcome);
    (!is_right).then(|| {
        let Case {
            what,
            section,
            outcome,
            ..
        } = case;
        format!("{what} ({section}): {found:?}, expected {outcome:?}")
    })
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

fn are_answered_or_refused_by_the_letter(mode: Mode) {
    let server = start(mode);
    for_each_case(|case| complaint(&server, case, &[&case.sent, &canary()], 0));
}

/// The server's own tests cut each request everywhere; here the pieces go through the kernel.
fn are_read_alike_however_they_are_cut(mode: Mode) {
    let server = start(mode);
    for_each_case(|case| {
        let canary = canary();
        let mut bytes: Vec<&[u8]> = case.sent.chunks(1).collect();
        bytes.push(&canary);
        let in_two = (1..case.sent.len()).step_by(7).find_map(|at| {
            let (first, second) = case.sent.split_at(at);
            complaint(&server, case, &[first, second, &canary], 0)
        });
        complaint(&server, case, &bytes, 0).or(in_two)
    });
}

fn are_read_alike_behind_others(mode: Mode) {
    let server = start(mode);
    let before = [Call::get("/before").bytes(), Call::get("/before").bytes()].concat();
    for_each_case(|case| {
        let sent = [before.as_slice(), &case.sent, &canary()].concat();
        complaint(&server, case, &[&sent], 2)
    });
}

/// Heads up to the byte that is wrong, without an end.
const BROKEN_OFF: &[&str] = &[
    "GET@",
    "GET  ",
    "GET /\u{7f}",
    "GET / X",
    "GET / HTTP/2",
    "GET / HTTP/1.1\r\n ",
    "GET / HTTP/1.1\r\nHost ",
    "GET / HTTP/1.1\r\nHost: a\r\nX Y",
    "GET / HTTP/1.1\r\nHost: a\r\nX: \0",
    "GET / HTTP/1.1\r\nHost: a\r\n b",
    "POST / HTTP/1.1\r\nContent-Length: x\r\n",
    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
];

/// Whoever waits for the rest would be waited for in turn, up to the limit on the time of a head.
fn are_refused_at_the_byte_that_is_wrong(mode: Mode) {
    let server = Launch::under(mode, "framing").args(["--header-timeout", "3600"]);
    let server = server.start();
    for sent in BROKEN_OFF {
        let bytes = sent.as_bytes();
        for last in [0, bytes.len() - 1] {
            let mut connection = server.connect();
            for piece in bytes[..last].chunks(1) {
                connection.send(piece);
            }
            if last > 0 {
                // What came before is read by then: alone, it is right.
                thread::sleep(std::time::Duration::from_millis(10));
            }
            connection.send(&bytes[last..]);
            connection.read().expect(400);
            assert!(connection.is_closed(), "{sent:?}");
        }
    }
}
