//! A script on a connection to the server, and what must come back.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::answers::{self, Answer};
use crate::expected::{self, Then};
use crate::reference::{Next, next};
use crate::script::{self, Script};

/// How long anything may take that should happen at once, on a machine that does other things.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long the server has to read a piece.
const PAUSE: Duration = Duration::from_micros(50);

/// The most bytes that the server may answer: some hundred for each request, and what it shows of it.
const ANSWERED_BYTES_MAX: usize = 8 << 20;

/// Runs a script; fails unless the server answers what the reference says, and ends the connection in time.
///
/// Each request that is whole is answered with what its handler sees of it. What is wrong is answered with one status from 400
/// on, and ends the connection, as the end of the script does; then nothing else comes.
pub fn check(script: &Script, stream: UnixStream) {
    let mut connection = Connection::new(stream);
    for (piece, then) in &script.pieces {
        connection.send(piece);
        match then {
            script::Then::On => {}
            script::Then::Pause => thread::sleep(PAUSE),
            script::Then::HalfClose => connection.finish(),
            script::Then::Close => return,
        }
    }
    let is_cut = script.end_of_it() == script::Then::HalfClose;
    let sent = script.bytes();
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
                return connection.expect_end(0);
            }
            // What there is of it may be refused already.
            Next::More => {
                connection.finish();
                return connection.expect_end(1);
            }
            Next::Wrong { is_framing, at } => {
                // hyper looks at half a head again only when its end may have come.
                let rest = &sent[(begin + at).saturating_sub(1)..];
                let is_seen = is_framing || rest.windows(4).any(|window| window == b"\r\n\r\n");
                if !is_seen {
                    connection.finish();
                }
                return connection.expect_end(if is_seen && !may_end { 2 } else { 1 });
            }
        };
        let expected = expected::of(&request);
        let Some(answer) = connection.answer(expected.is_to_head) else {
            assert!(may_end, "no answer to {request:?}; expected {expected:?}");
            return;
        };
        match expected.compare(&answer) {
            Then::On => {}
            Then::MayEnd => may_end = true,
            Then::End => return connection.expect_end(0),
        }
    }
}

/// The client's end.
struct Connection {
    stream: UnixStream,
    /// What has come and was not read yet.
    came: Vec<u8>,
    /// Nothing more comes.
    is_at_end: bool,
    /// The server takes no more.
    is_deaf: bool,
}

impl Connection {
    fn new(stream: UnixStream) -> Self {
        stream.set_nonblocking(true).expect("a socket");
        Self {
            stream,
            came: Vec::new(),
            is_at_end: false,
            is_deaf: false,
        }
    }

    /// Sends, and reads meanwhile, lest both sides wait for each other.
    fn send(&mut self, mut bytes: &[u8]) {
        let deadline = Instant::now() + PATIENCE;
        while !bytes.is_empty() && !self.is_deaf {
            match self.stream.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if is_late(&error) => {
                    assert!(Instant::now() < deadline, "the server reads nothing");
                    self.receive(PAUSE);
                }
                // It has closed the connection.
                Err(_) => self.is_deaf = true,
            }
        }
    }

    /// Sends nothing more.
    fn finish(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        self.is_deaf = true;
    }

    /// Waits for more to come, or not for longer than this.
    fn receive(&mut self, patience: Duration) {
        let mut buffer = [0; 4096];
        self.stream.set_nonblocking(false).expect("a socket");
        self.stream
            .set_read_timeout(Some(patience))
            .expect("a socket");
        match self.stream.read(&mut buffer) {
            Ok(0) => self.is_at_end = true,
            Ok(count) => self.came.extend_from_slice(&buffer[..count]),
            Err(error) if is_late(&error) => {}
            Err(_) => self.is_at_end = true,
        }
        self.stream.set_nonblocking(true).expect("a socket");
        assert!(
            self.came.len() < ANSWERED_BYTES_MAX,
            "the answers have no end"
        );
    }

    fn receive_or_end(&mut self, deadline: Instant) {
        self.receive(
            deadline
                .saturating_duration_since(Instant::now())
                .max(PAUSE),
        );
        let is_in_time = self.is_at_end || Instant::now() < deadline;
        assert!(
            is_in_time,
            "the server hangs; it has said {}",
            self.came.escape_ascii()
        );
    }

    /// The next answer; `None` if the server ends the connection instead.
    fn answer(&mut self, is_to_head: bool) -> Option<Answer> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let answers::Next::Answer(answer, length) =
                answers::next(&self.came, is_to_head, self.is_at_end)
            {
                self.came.drain(..length);
                return Some(answer);
            }
            if self.is_at_end {
                return None;
            }
            self.receive_or_end(deadline);
        }
    }

    /// Fails unless the server ends the connection; 1: it may refuse what there is before that; 2: it must.
    fn expect_end(&mut self, refusals: u8) {
        let refusal = if refusals > 0 {
            self.answer(false)
        } else {
            None
        };
        if let Some(refusal) = &refusal {
            let is_refused = (400..600).contains(&refusal.status) && refusal.status != 500;
            assert!(is_refused && refusal.is_last(), "no refusal: {refusal:?}");
        }
        assert!(refusals < 2 || refusal.is_some(), "ended without a refusal");
        let deadline = Instant::now() + PATIENCE;
        while !self.is_at_end {
            self.receive_or_end(deadline);
        }
        assert!(
            self.came.is_empty(),
            "more than expected: {}",
            self.came.escape_ascii()
        );
    }
}

fn is_late(error: &io::Error) -> bool {
    // libFuzzer's alarm interrupts.
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
