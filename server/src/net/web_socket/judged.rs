//! A WebSocket's connection whose client is judged as its bytes come, before tungstenite has a frame of them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{Finding, Frames};

/// The connection. What is read is as the client sent it, up to what was found; then comes an error that [`found`] knows.
#[derive(Debug)]
pub(super) struct Judged<S> {
    connection: S,
    frames: Frames,
    /// What was found, until it is told.
    finding: Option<Finding>,
}

impl<S> Judged<S> {
    pub(super) fn new(connection: S) -> Self {
        Self {
            connection,
            frames: Frames::default(),
            finding: None,
        }
    }

    /// The connection itself, for who does not judge any more.
    pub(super) fn connection(&mut self) -> &mut S {
        &mut self.connection
    }
}

/// What was found, if that is what the error tells.
pub(super) fn found(error: &io::Error) -> Option<&Finding> {
    error.get_ref()?.downcast_ref()
}

fn error(finding: Finding) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, finding)
}

impl<S: AsyncRead + Unpin> AsyncRead for Judged<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(finding) = self.finding.take() {
            return Poll::Ready(Err(error(finding)));
        }
        let known = buffer.filled().len();
        ready!(Pin::new(&mut self.connection).poll_read(context, buffer))?;
        if let Err((passed, finding)) = self.frames.follow(&buffer.filled()[known..]) {
            buffer.set_filled(known + passed);
            // Nothing read would be the end.
            if passed == 0 {
                return Poll::Ready(Err(error(finding)));
            }
            self.finding = Some(finding);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Judged<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write_vectored(context, pieces)
    }
}

#[cfg(test)]
mod tests;
