//! A socket whose frames are followed before h2 reads them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{Frames, Refusal, Unfinished};
use super::streams::Streams;
use crate::net::activity::{Activity, taken};
use crate::net::parting::Parting;

/// More CONTINUATION frames than h2 takes for the longest list of fields that can be configured.
const CONTINUATIONS: usize = 100;

/// What is read after the client has spent too much: a header block that never ends, which h2 answers with GOAWAY and
/// `ENHANCE_YOUR_CALM`, as it is to be here. It has no other way to be told that.
const TOO_MUCH: &[u8] = &endless_block();

/// What is read when no SETTINGS come: DATA of no stream, which is answered with GOAWAY and `PROTOCOL_ERROR`.
const NO_SETTINGS: &[u8] = &[0; 9];

const fn endless_block() -> [u8; 9 * (1 + CONTINUATIONS)] {
    let mut bytes = [0; 9 * (1 + CONTINUATIONS)];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at + 3] = if at == 0 { 1 } else { 9 };
        bytes[at + 8] = 1;
        at += 9;
    }
    bytes
}

/// A socket on which HTTP/2 is spoken.
#[derive(Debug)]
pub(super) struct Framed<S> {
    socket: S,
    frames: Frames,
    streams: Arc<Streams>,
    activity: Arc<Activity>,
    /// Set when nothing more is read from the socket: what is read in place of it, and then the end.
    last: Option<&'static [u8]>,
    parting: Parting,
}

impl<S> Framed<S> {
    pub(super) fn new(socket: S, streams: Arc<Streams>, activity: Arc<Activity>) -> Self {
        Self {
            socket,
            frames: Frames::new(Activity::now()),
            streams,
            activity,
            last: None,
            parting: Parting::default(),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(last) = &mut self.last {
            let (now, later) = last.split_at(last.len().min(buffer.remaining()));
            buffer.put_slice(now);
            *last = later;
            return Poll::Ready(Ok(()));
        }
        let known = buffer.filled().len();
        let poll = Pin::new(&mut self.socket).poll_read(context, buffer);
        let bytes = &buffer.filled()[known..];
        if bytes.is_empty() {
            return poll;
        }
        let found = self.frames.follow(bytes, Activity::now());
        self.streams.read(found);
        if let Some((count, refusal)) = found.refused {
            buffer.set_filled(known + count);
            self.last = Some(match refusal {
                Refusal::TooMuch => TOO_MUCH,
                Refusal::NoSettings => NO_SETTINGS,
            });
        }
        poll
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Framed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.activity.write(taken(&poll));
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.socket).poll_flush(context);
        self.activity.flush(poll.is_pending());
        poll
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self {
            socket,
            frames,
            activity,
            last,
            parting,
            ..
        } = &mut *self;
        let is_sending = last.is_some() || frames.unfinished() != Unfinished::Nothing;
        parting.poll(socket, (activity, is_sending), context)
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
        self.activity.write(taken(&poll));
        poll
    }
}
