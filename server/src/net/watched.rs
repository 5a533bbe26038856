//! A stream that tells when bytes have come, and when none can be sent; and that fails when the client leaves while its
//! request is under way.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::Activity;
use super::departure::Departure;
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
}

impl<S: Departure> Watched<S> {
    pub(super) fn new(socket: S, activity: Arc<Activity>) -> Self {
        Self {
            inner: TokioIo::new(Strict::new(socket, Arc::clone(&activity))),
            activity,
            is_reader_waiting: false,
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

impl<S: AsyncRead + Unpin> Read for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.is_reader_waiting = poll.is_pending();
        if poll.is_ready() {
            self.activity.read();
        }
        poll
    }
}

impl<S: AsyncWrite + Departure + Unpin> Write for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.activity.write(poll.is_pending());
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_flush(context);
        self.activity.write(poll.is_pending());
        ready!(poll)?;
        Poll::Ready(self.poll_stay(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_shutdown(context);
        self.activity.write(poll.is_pending());
        poll
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        if length <= JOINED_MAX {
            let mut joined: SmallVec<[u8; JOINED_MAX]> = SmallVec::new();
            for piece in pieces {
                joined.extend_from_slice(piece);
            }
            return self.poll_write(context, &joined);
        }
        let poll = Pin::new(&mut self.inner).poll_write_vectored(context, pieces);
        self.activity.write(poll.is_pending());
        poll
    }
}
