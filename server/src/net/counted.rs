//! A socket whose bytes are counted, and which counts itself among the open ones, where anything is counted.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crossbeam::utils::CachePadded;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;
use super::departure::Departure;
use super::http2::Preview;
use crate::metrics::IoMeter;

/// The meter of the reactor that a connection belongs to; `None` where nothing is counted.
pub(super) type Counting = Option<Arc<CachePadded<IoMeter>>>;

/// A connection's socket, the one that the bytes of the network pass through.
#[derive(Debug)]
pub(super) struct Counted<S> {
    socket: S,
    meter: Counting,
}

impl<S> Counted<S> {
    /// Counts a connection that was accepted; it is open until this is dropped.
    pub(super) fn new(socket: S, meter: Counting) -> Self {
        if let Some(meter) = &meter {
            meter.accepted.add(1);
        }
        Self { socket, meter }
    }

    fn wrote(&self, poll: &Poll<io::Result<usize>>) {
        if let (Some(meter), Poll::Ready(Ok(count))) = (&self.meter, poll) {
            meter.bytes_out.add(*count as u64);
        }
    }
}

impl<S> Drop for Counted<S> {
    fn drop(&mut self) {
        if let Some(meter) = &self.meter {
            meter.closed.add(1);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let known = buffer.filled().len();
        let poll = Pin::new(&mut self.socket).poll_read(context, buffer);
        if let Some(meter) = &self.meter {
            meter.bytes_in.add((buffer.filled().len() - known) as u64);
        }
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.wrote(&poll);
        poll
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
        let poll = Pin::new(&mut self.socket).poll_write_vectored(context, pieces);
        self.wrote(&poll);
        poll
    }
}

impl<S: Preview> Preview for Counted<S> {
    fn has_preface(&self, activity: &Activity) -> impl Future<Output = io::Result<bool>> + Send {
        self.socket.has_preface(activity)
    }
}

impl<S: Departure> Departure for Counted<S> {
    fn poll_departure(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_departure(context)
    }
}
