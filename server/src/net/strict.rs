//! A socket whose bytes are checked before anybody reads them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;
use super::departure::Departure;
use super::framing::Framing;

/// What is read after something was refused: hyper looks at half a head again only when its end may have come.
const LAST: &[u8] = b"\0\r\n\r\n";

/// How much longer than the longest head hyper's buffer has to be: what was refused is longer than that.
pub(super) const ROOM: usize = 1 + LAST.len();

/// A socket on which requests come that hold to RFC 9112, or are refused.
#[derive(Debug)]
pub(super) struct Strict<S> {
    socket: S,
    framing: Framing,
    activity: Arc<Activity>,
    /// Whether [`LAST`] was read.
    is_over: bool,
    /// What was read behind a head that asks for another protocol: whose it is shows when that is answered. No more than one
    /// read gives, since hyper does not read on before it has answered.
    held: Bytes,
}

impl<S> Strict<S> {
    /// Heads may have so many bytes.
    pub(super) fn new(socket: S, activity: Arc<Activity>, head_bytes_max: usize) -> Self {
        Self {
            socket,
            framing: Framing::new(head_bytes_max),
            activity,
            is_over: false,
            held: Bytes::new(),
        }
    }

    /// The answer to what was refused, if anything was.
    pub(super) fn refused(&self) -> Option<StatusCode> {
        self.framing.refused()
    }

    /// The socket, for what is not looked at any more.
    pub(super) fn socket(&mut self) -> &mut S {
        &mut self.socket
    }

    /// Whether a request is known to have ended, and no other one to have begun.
    pub(super) fn is_between(&self) -> bool {
        self.framing.is_between()
    }

    /// Whether a body has begun, and not come to its end.
    pub(super) fn is_within_body(&self) -> bool {
        self.framing.is_within_body()
    }

    /// Whether a head has begun, and not come to its end.
    pub(super) fn is_within_head(&self) -> bool {
        self.framing.is_within_head()
    }
}

impl<S: AsyncRead + Unpin> Strict<S> {
    /// Reads what was held back, or else from the socket.
    fn poll_read_unchecked(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.held.is_empty() {
            return Pin::new(&mut self.socket).poll_read(context, buffer);
        }
        let count = self.held.len().min(buffer.remaining());
        buffer.put_slice(&self.held.split_to(count));
        Poll::Ready(Ok(()))
    }

    /// Takes back what is in the buffer from there on.
    #[cold]
    fn hold(&mut self, buffer: &mut ReadBuf<'_>, from: usize) {
        let behind = &buffer.filled()[from..];
        self.held = [behind, &self.held].concat().into();
        buffer.set_filled(from);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Strict<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.activity.is_socket() {
            // What comes now is no HTTP.
            return self.poll_read_unchecked(context, buffer);
        }
        if self.framing.refused().is_some() {
            // Then it is as if the client had left off.
            let last = if std::mem::replace(&mut self.is_over, true) {
                &[]
            } else {
                LAST
            };
            buffer.put_slice(&last[..last.len().min(buffer.remaining())]);
            return Poll::Ready(Ok(()));
        }
        let known = buffer.filled().len();
        let poll = self.poll_read_unchecked(context, buffer);
        let bytes = &mut buffer.filled_mut()[known..];
        let (count, passed) = (bytes.len(), self.framing.check(bytes));
        if self.framing.is_within_body() && passed > 0 {
            self.activity.unread(passed);
        }
        if passed < count {
            self.hold(buffer, known + passed);
        }
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, pieces)
    }
}

impl<S: Departure> Departure for Strict<S> {
    fn poll_departure(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_departure(context)
    }
}
