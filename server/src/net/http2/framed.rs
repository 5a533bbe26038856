//! A socket whose frames are followed before h2 reads them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::blocks::Blocks;
use super::frames::{COST, Frames, Refusal, Unfinished};
use super::resets::{Next, Resets};
use super::streams::Streams;
use crate::net::activity::{Activity, taken};
use crate::net::parting::Parting;

/// More CONTINUATION frames than h2 takes for the longest list of fields that can be configured; it gets them as they are.
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
    blocks: Blocks,
    resets: Resets,
    streams: Arc<Streams>,
    activity: Arc<Activity>,
    /// Set when nothing more is read from the socket: what is read in place of it, and then the end.
    last: Option<&'static [u8]>,
    parting: Parting,
}

impl<S> Framed<S> {
    /// Lists of fields may have so many bytes.
    pub(super) fn new(
        socket: S,
        fields_bytes_max: usize,
        streams: Arc<Streams>,
        activity: Arc<Activity>,
    ) -> Self {
        Self {
            socket,
            frames: Frames::new(Activity::now()),
            blocks: Blocks::new(fields_bytes_max),
            resets: Resets::default(),
            streams,
            activity,
            last: None,
            parting: Parting::default(),
        }
    }

    /// Nothing more is read, for this reason.
    fn refuse(&mut self, refusal: Refusal) {
        self.last = Some(match refusal {
            Refusal::TooMuch => TOO_MUCH,
            Refusal::NoSettings => NO_SETTINGS,
        });
    }

    /// Follows the bytes that came next. How many of them are to be handed on as they are.
    fn follow(&mut self, bytes: &[u8]) -> usize {
        let found = self.frames.follow(bytes, Activity::now());
        self.streams.read(found);
        let (count, mut refusal) = match found.refused {
            Some((count, refusal)) => (count, Some(refusal)),
            None => (bytes.len(), None),
        };
        let passed = self
            .blocks
            .take(&bytes[..count])
            .unwrap_or_else(|too_long| {
                refusal = Some(too_long);
                0
            });
        if let Some(refusal) = refusal {
            self.refuse(refusal);
        }
        passed
    }

    /// These bytes were sent.
    fn sent(&mut self, bytes: &[u8]) {
        let cost = self.resets.sent(bytes);
        self.frames.charge(cost);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.blocks.give(buffer) {
                return Poll::Ready(Ok(()));
            }
            if let Some(last) = &mut self.last {
                let (now, later) = last.split_at(last.len().min(buffer.remaining()));
                buffer.put_slice(now);
                *last = later;
                return Poll::Ready(Ok(()));
            }
            if self.frames.are_enough() {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let known = buffer.filled().len();
            let poll = Pin::new(&mut self.socket).poll_read(context, buffer);
            let bytes = &buffer.filled()[known..];
            if bytes.is_empty() {
                return poll;
            }
            let count = self.follow(bytes);
            buffer.set_filled(known + count);
            if count > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Framed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = match self.resets.next(bytes) {
            Next::Send(count) => &bytes[..count],
            Next::Drop(count) => {
                self.frames.charge(COST);
                return Poll::Ready(Ok(count));
            }
        };
        let poll = Pin::new(&mut self.socket).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = poll {
            self.sent(&bytes[..count]);
        }
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
        // What is behind the first are the contents of DATA.
        let first = pieces.iter().find(|piece| !piece.is_empty());
        let first = first.map_or(&[][..], |piece| piece);
        if self.resets.next(first) != Next::Send(first.len()) {
            return self.poll_write(context, first);
        }
        let poll = Pin::new(&mut self.socket).poll_write_vectored(context, pieces);
        if let Poll::Ready(Ok(mut count)) = poll {
            for piece in pieces {
                let (sent, _) = piece.split_at(count.min(piece.len()));
                self.sent(sent);
                count -= sent.len();
            }
        }
        self.activity.write(taken(&poll));
        poll
    }
}
