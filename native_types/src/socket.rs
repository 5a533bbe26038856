//! One WebSocket between its two threads: the worker whose handler talks, and the I/O thread that has the connection.
//!
//! ```text
//! handler ─▶ Socket ── outgoing ──▶ Wire ─▶ client
//!         ◀─        ◀── incoming ──      ◀─
//! ```
//!
//! Both ways are bounded pipes: a handler that sends waits for its client, a client that sends waits for the handler.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::message::{Field, ResponseMessage};
use crate::pipe::{Reader, Writer, pipe};

/// How much may wait in each direction, in bytes, before the last message.
const CAPACITY: usize = 64 * 1024;

/// What a message weighs beside its bytes, so that empty ones are bounded, too.
const OVERHEAD: usize = 64;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketMessage {
    /// A `str`.
    Text(String),
    /// `bytes`.
    Binary(Bytes),
}

impl SocketMessage {
    fn weight(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Text(text) => text.len(),
                Self::Binary(bytes) => bytes.len(),
            }
    }
}

/// How a socket was closed: the code and reason of the close frame, whichever side sent it first (RFC 6455 section 7.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The code; [`Self::NO_CODE`] and [`Self::ABNORMAL`] are never sent.
    pub code: u16,
    /// The reason, at most 123 bytes of UTF-8.
    pub reason: String,
}

impl Closed {
    /// The handler has returned.
    pub const NORMAL: u16 = 1000;
    /// The server ends.
    pub const GOING_AWAY: u16 = 1001;
    /// The close frame had no code.
    pub const NO_CODE: u16 = 1005;
    /// There was no close frame.
    pub const ABNORMAL: u16 = 1006;
    /// The handler has failed.
    pub const INTERNAL_ERROR: u16 = 1011;

    /// A close without a reason.
    pub fn with(code: u16) -> Self {
        Self {
            code,
            reason: String::new(),
        }
    }
}

/// What a handler has for its client, in order.
#[derive(Debug)]
pub enum Outgoing {
    /// First: the handshake is answered, with these header fields.
    Accept(Vec<Field>),
    /// First and last, in place of [`Self::Accept`]: the handshake is refused.
    Refuse(Box<ResponseMessage>),
    /// A message.
    Message(SocketMessage),
    /// Last: the close frame.
    Close(Closed),
}

/// How far the handler has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The handshake is not answered.
    Handshake,
    /// Messages go both ways.
    Open,
    /// The handler has closed or refused.
    Over,
}

/// The handler's end.
#[derive(Debug)]
pub struct Socket {
    incoming: Reader<SocketMessage>,
    outgoing: Writer<Outgoing>,
    fate: Arc<OnceLock<Closed>>,
    stage: Mutex<Stage>,
    /// Whether the handler knows that the socket is closed.
    is_told: AtomicBool,
    /// How often the handler has asked to receive or send.
    uses: AtomicUsize,
}

/// The connection's end. Dropped, it closes the socket; with [`Closed::ABNORMAL`] unless another fate was set.
#[derive(Debug)]
pub struct Wire {
    /// What the client has sent.
    pub incoming: Writer<SocketMessage>,
    /// What the handler has sent; broken off where the handler was lost.
    pub outgoing: Reader<Outgoing>,
    fate: Arc<OnceLock<Closed>>,
}

/// A socket whose handshake is to be answered.
pub fn socket() -> (Socket, Wire) {
    let (to_handler, incoming) = pipe(CAPACITY);
    let (outgoing, from_handler) = pipe(CAPACITY);
    let fate = Arc::new(OnceLock::new());
    let socket = Socket {
        incoming,
        outgoing,
        fate: Arc::clone(&fate),
        stage: Mutex::new(Stage::Handshake),
        is_told: AtomicBool::new(false),
        uses: AtomicUsize::new(0),
    };
    let wire = Wire {
        incoming: to_handler,
        outgoing: from_handler,
        fate,
    };
    (socket, wire)
}

impl Socket {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the handshake is still to be answered.
    pub fn is_in_handshake(&self) -> bool {
        *self.stage() == Stage::Handshake
    }

    /// Leaves the handshake for `next`; `false` if it was left before.
    fn leave_handshake(&self, next: Stage) -> bool {
        let mut stage = self.stage();
        let is_first = *stage == Stage::Handshake;
        if is_first {
            *stage = next;
        }
        is_first
    }

    // Nobody reads any more when the client has left: whoever writes learns that from the fate.
    fn write(&self, piece: Outgoing, weight: usize) {
        let _ = self.outgoing.write(piece, weight);
    }

    /// Answers the handshake; `false` if it was answered before.
    pub fn accept(&self, fields: Vec<Field>) -> bool {
        let is_first = self.leave_handshake(Stage::Open);
        if is_first {
            self.write(Outgoing::Accept(fields), 0);
        }
        is_first
    }

    /// Refuses the handshake, unless it was answered before.
    pub fn refuse(&self, message: ResponseMessage) {
        if self.leave_handshake(Stage::Over) {
            self.write(Outgoing::Refuse(Box::new(message)), 0);
        }
    }

    /// Closes the socket, unless it is closed or in the handshake.
    pub fn close(&self, closed: Closed) {
        let mut stage = self.stage();
        if *stage != Stage::Open {
            return;
        }
        *stage = Stage::Over;
        drop(stage);
        if self.fate.set(closed.clone()).is_ok() {
            self.write(Outgoing::Close(closed), 0);
        }
    }

    /// Where the client has left and the handler does not know yet, how often that has asked to receive or send: it may
    /// still receive what was sent before.
    pub fn abandoned(&self) -> Option<usize> {
        let is_known = self.is_told.load(Ordering::Relaxed) || *self.stage() == Stage::Over;
        let is_abandoned = !is_known && (self.fate().is_some() || self.outgoing.has_left());
        is_abandoned.then(|| self.uses.load(Ordering::Relaxed))
    }

    /// Ends the socket because the server ends, unless the handler has ended it.
    pub fn go_away(&self) {
        let status = http::StatusCode::SERVICE_UNAVAILABLE;
        self.refuse(ResponseMessage::plain(status));
        self.close(Closed::with(Closed::GOING_AWAY));
    }

    /// Ends the socket as one whose handler has failed, unless the handler has ended it.
    pub fn abandon(&self) {
        let status = http::StatusCode::INTERNAL_SERVER_ERROR;
        self.refuse(ResponseMessage::plain(status));
        self.close(Closed::with(Closed::INTERNAL_ERROR));
    }

    /// How it was closed: `None` while it is open.
    fn fate(&self) -> Option<Closed> {
        self.fate.get().cloned()
    }

    /// How it was closed, for the handler.
    fn end(&self) -> Closed {
        self.is_told.store(true, Ordering::Relaxed);
        self.fate()
            .unwrap_or_else(|| Closed::with(Closed::ABNORMAL))
    }

    /// Ready with the next message. What came before the client closed is received still; after the handler has closed
    /// nothing is.
    ///
    /// # Errors
    ///
    /// How the socket was closed.
    pub fn poll_receive(&self, context: &Context<'_>) -> Poll<Result<SocketMessage, Closed>> {
        self.uses.fetch_add(1, Ordering::Relaxed);
        if *self.stage() == Stage::Over {
            return Poll::Ready(Err(self.end()));
        }
        self.incoming.poll_piece(context).map(|piece| match piece {
            Ok(Some(message)) => Ok(message),
            Ok(None) | Err(_) => Err(self.end()),
        })
    }

    /// Ready when a message can be sent.
    ///
    /// # Errors
    ///
    /// How the socket was closed.
    pub fn poll_room(&self, context: &Context<'_>) -> Poll<Result<(), Closed>> {
        self.uses.fetch_add(1, Ordering::Relaxed);
        if self.fate().is_some() {
            return Poll::Ready(Err(self.end()));
        }
        let room = self.outgoing.poll_room(context);
        room.map(|room| room.map_err(|_left| self.end()))
    }

    /// Sends a message, after [`Self::poll_room`]; it is dropped if the socket was closed meanwhile.
    pub fn send(&self, message: SocketMessage) {
        let weight = message.weight();
        self.write(Outgoing::Message(message), weight);
    }
}

impl Wire {
    /// Says how the socket is closed; the first word counts.
    pub fn set_fate(&self, closed: Closed) {
        let _ = self.fate.set(closed);
    }

    /// Hands a message of the client to the handler.
    pub fn deliver(&self, message: SocketMessage) {
        let weight = message.weight();
        // A handler that is gone has closed, or is about to be noticed by the other pipe.
        let _ = self.incoming.write(message, weight);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.set_fate(Closed::with(Closed::ABNORMAL));
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn context() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

    fn text(text: &str) -> SocketMessage {
        SocketMessage::Text(text.to_owned())
    }

    #[test]
    fn what_came_before_the_close_is_received_still() {
        let (socket, wire) = socket();
        assert!(socket.accept(Vec::new()));
        wire.deliver(text("last words"));
        wire.set_fate(Closed::with(4000));
        drop(wire);
        assert_eq!(
            socket.poll_receive(&context()),
            Poll::Ready(Ok(text("last words")))
        );
        let closed = Poll::Ready(Err(Closed::with(4000)));
        assert_eq!(socket.poll_receive(&context()), closed);
        assert_eq!(
            socket.poll_room(&context()),
            Poll::Ready(Err(Closed::with(4000)))
        );
    }

    #[test]
    fn a_connection_that_is_lost_is_abnormal() {
        let (socket, wire) = socket();
        assert!(socket.accept(Vec::new()));
        assert!(socket.poll_receive(&context()).is_pending());
        drop(wire);
        assert_eq!(socket.abandoned(), Some(1));
        let closed = Poll::Ready(Err(Closed::with(Closed::ABNORMAL)));
        assert_eq!(socket.poll_receive(&context()), closed);
        assert_eq!(socket.abandoned(), None, "the handler knows");
    }

    #[test]
    fn the_handshake_is_answered_once() {
        let (socket, wire) = socket();
        assert!(socket.is_in_handshake());
        assert!(socket.accept(Vec::new()));
        assert!(!socket.accept(Vec::new()));
        socket.close(Closed::with(1000));
        socket.close(Closed::with(1011));
        let mut pieces = Vec::new();
        while let Poll::Ready(Ok(Some(piece))) = wire.outgoing.poll_piece(&context()) {
            pieces.push(piece);
        }
        assert!(
            matches!(&pieces[..], [Outgoing::Accept(_), Outgoing::Close(closed)] if closed.code == 1000),
            "{pieces:?}"
        );
    }

    #[test]
    fn both_directions_are_bounded_for_empty_messages_too() {
        let (socket, wire) = socket();
        assert!(socket.accept(Vec::new()));
        let mut sent = 0;
        while socket.poll_room(&context()).is_ready() {
            socket.send(text(""));
            sent += 1;
        }
        assert_eq!(sent, CAPACITY / OVERHEAD);
        let mut delivered = 0;
        while wire.incoming.poll_room(&context()).is_ready() {
            wire.deliver(text(""));
            delivered += 1;
        }
        assert_eq!(delivered, CAPACITY / OVERHEAD);
    }
}
