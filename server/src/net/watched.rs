//! A stream that tells when bytes have come, and when none can be sent; and that fails when the client leaves while its
//! request is under way. What hyper answers by itself goes out as the server's other answers do.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use native_types::problem::ErrorFormat;
use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::{Activity, taken};
use super::automatic;
use super::departure::Departure;
use super::parting::Parting;
use super::strict::Strict;

/// Answers up to here, in bytes, are joined into one piece, which is less work for the kernel than several.
const JOINED_MAX: usize = 1024;

/// A socket, whose reads and writes are noted in an [`Activity`].
#[derive(Debug)]
pub(super) struct Watched<S> {
    inner: TokioIo<Strict<S>>,
    activity: Arc<Activity>,
    /// hyper waits for bytes itself, so that it sees the end, too.
    is_reader_waiting: bool,
    /// The piece that was written last was not taken as a whole: what follows is its rest.
    is_mid_piece: bool,
    /// A request was under way when all was sent: what follows is of its answer.
    is_answering: bool,
    /// In what form clients are told of errors.
    error_format: ErrorFormat,
    /// What is sent in place of a piece of hyper's.
    substitute: Option<Substitute>,
    parting: Parting,
}

/// An answer that is sent in place of another one.
#[derive(Debug)]
struct Substitute {
    unsent: Bytes,
    /// How long that other one is.
    length: usize,
}

impl<S: Departure> Watched<S> {
    /// Heads may have so many bytes.
    pub(super) fn new(
        socket: S,
        activity: Arc<Activity>,
        head_bytes_max: usize,
        error_format: ErrorFormat,
    ) -> Self {
        let socket = Strict::new(socket, Arc::clone(&activity), head_bytes_max);
        Self {
            inner: TokioIo::new(socket),
            activity,
            is_reader_waiting: false,
            is_mid_piece: false,
            is_answering: false,
            error_format,
            substitute: None,
            parting: Parting::default(),
        }
    }

    /// Fails when the client has left while its request is under way, so that hyper gives up the connection, and with it
    /// the request.
    ///
    /// hyper would find out by reading on, into a new buffer for each request. It flushes whenever it has done what it can,
    /// so it asks here each time.
    fn poll_stay(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let is_seen_to = std::mem::take(&mut self.is_reader_waiting);
        if is_seen_to || !self.activity.is_with_server() {
            return Ok(());
        }
        match self.inner.inner_mut().poll_departure(context) {
            Poll::Pending => Ok(()),
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    /// Notes how much of a piece of so many bytes was taken.
    fn note(&mut self, written: &Poll<io::Result<usize>>, length: usize) {
        let taken = taken(written);
        self.activity.write(taken);
        self.is_mid_piece = taken != Poll::Ready(length);
    }

    /// Whether `piece` is an answer of hyper's own making, for which another one is sent; that is ready then.
    fn is_substituted(&mut self, piece: &[u8]) -> bool {
        let is_between = !self.is_mid_piece && !self.is_answering;
        if self.substitute.is_none() && is_between && !self.activity.is_with_server() {
            let signed = automatic::signed(piece, self.inner.inner().refused(), self.error_format);
            if let Some(answer) = signed {
                if let Some(status) = automatic::status_of(&answer) {
                    self.activity.refuse(status);
                }
                self.substitute = Some(Substitute {
                    unsent: answer.into(),
                    length: piece.len(),
                });
            }
        }
        self.substitute.is_some()
    }

    /// Sends the substitute to its end; hyper's own answer counts as sent then.
    fn poll_substitute(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        while let Some(Substitute { unsent, length }) = &mut self.substitute {
            let written = Pin::new(&mut self.inner).poll_write(context, unsent);
            self.activity.write(taken(&written));
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => unsent.advance(count),
            }
            if unsent.is_empty() {
                let length = *length;
                self.substitute = None;
                return Poll::Ready(Ok(length));
            }
        }
        Poll::Ready(Ok(0))
    }
}

impl<S> Watched<S> {
    /// Notes what the bytes that have come belong to, if any have.
    fn note_read(&self, is_ready: bool) {
        let socket = self.inner.inner();
        // The beginning of a head may have come behind the request before it.
        if socket.is_within_head() || (is_ready && self.activity.is_socket()) {
            self.activity.read();
        } else if is_ready && !socket.is_within_body() {
            self.activity.body_ended();
        }
    }
}

impl<S: AsyncRead + Unpin> Read for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.is_reader_waiting = poll.is_pending();
        self.note_read(poll.is_ready());
        poll
    }
}

impl<S: AsyncRead + AsyncWrite + Departure + Unpin> Write for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.note(&poll, bytes.len());
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_flush(context);
        self.activity.flush(poll.is_pending());
        ready!(poll)?;
        self.is_answering = self.activity.is_with_server();
        Poll::Ready(self.poll_stay(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.activity.is_socket() {
            // Its closing handshake has said on both sides that nothing more comes.
            let poll = Pin::new(&mut self.inner).poll_shutdown(context);
            self.activity.flush(poll.is_pending());
            return poll;
        }
        // It has begun something, or its bytes are not looked at any more.
        let is_sending = !self.inner.inner().is_between();
        let Self {
            inner,
            activity,
            parting,
            ..
        } = &mut *self;
        parting.poll(inner.inner_mut().socket(), (activity, is_sending), context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // hyper's own answers have a head alone.
        if let [piece] = pieces
            && self.is_substituted(piece)
        {
            return self.poll_substitute(context);
        }
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        if length <= JOINED_MAX {
            let mut joined: SmallVec<[u8; JOINED_MAX]> = SmallVec::new();
            for piece in pieces {
                joined.extend_from_slice(piece);
            }
            return self.poll_write(context, &joined);
        }
        let poll = Pin::new(&mut self.inner).poll_write_vectored(context, pieces);
        self.note(&poll, length);
        poll
    }
}
