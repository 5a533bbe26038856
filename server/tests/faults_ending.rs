//! The end under bad conditions: what the kernel has accepted by then is answered, though nobody has looked at it yet.
//!
//! How often that goes well under load is measured by `loadtests/faults.py`.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::time::Duration;

use rustix::process::Signal;
use support::{Call, Connection, Launch, Mode};

/// Servers that are ended: who is first, the signal or the connections, is chance.
const ROUNDS: usize = 5;
const CLIENTS: usize = 40;

support::mode::under_every! { mode;
    ending: [
        answers_what_was_sent_before,
    ],
}

/// The promise, a function of the mode to test under.
mod ending {
    pub(crate) use super::answers_what_was_sent_before;
}

/// The process stands still while clients connect and ask, on new connections and on one from before, and while the signal
/// comes.
fn answers_what_was_sent_before(mode: Mode) {
    for _ in 0..ROUNDS {
        let server = Launch::under(mode, "shutting_down")
            .args(["--workers", "2"])
            .start();
        let mut kept = server.connect();
        kept.call(&Call::get("/count")).expect(200);
        server.signal(Signal::STOP);
        let mut clients: Vec<_> = (0..CLIENTS).map(|_| server.connect()).collect();
        clients.push(kept);
        for client in &mut clients {
            client.send(Call::get("/count").bytes());
        }
        server.signal(Signal::TERM);
        server.signal(Signal::CONT);
        let answered = |client: &mut Connection| client.try_read().is_ok_and(|read| read.is_some());
        let answers = clients
            .iter_mut()
            .map(answered)
            .filter(|&answered| answered);
        assert_eq!(
            answers.count(),
            CLIENTS + 1,
            "answers to what was sent before"
        );
        let ended = server.ended(Duration::from_secs(10));
        assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
    }
}
