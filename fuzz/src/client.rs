//! The client's end of a connection, which waits for nothing without end.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take that should happen at once, on a machine that does other things.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// How long the server has to read a piece.
const PAUSE: Duration = Duration::from_micros(50);

/// The most bytes that the server may answer: some hundred for each request, and what it shows of it.
const ANSWERED_BYTES_MAX: usize = 8 << 20;

/// The client's end.
pub struct Connection {
    stream: UnixStream,
    /// What has come and was not read yet.
    pub came: Vec<u8>,
    /// Nothing more comes.
    pub is_at_end: bool,
    /// The server takes no more.
    is_deaf: bool,
}

impl Connection {
    /// Over a socket.
    pub fn new(stream: UnixStream) -> Self {
        stream.set_nonblocking(true).expect("a socket");
        Self {
            stream,
            came: Vec::new(),
            is_at_end: false,
            is_deaf: false,
        }
    }

    /// Sends, and reads meanwhile, lest both sides wait for each other.
    pub fn send(&mut self, mut bytes: &[u8]) {
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

    /// Gives the server time to read.
    pub fn pause(&self) {
        thread::sleep(PAUSE);
    }

    /// Sends nothing more.
    pub fn finish(&mut self) {
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

    /// Waits for more to come; fails at the deadline.
    pub fn receive_or_end(&mut self, deadline: Instant) {
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
}

fn is_late(error: &io::Error) -> bool {
    // libFuzzer's alarm interrupts.
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
