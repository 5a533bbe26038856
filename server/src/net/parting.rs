//! The end of a connection whose client may still be sending (RFC 9112 section 9.6).
//!
//! A socket that is closed with something unread in it is reset, and a reset takes from the client what it has not read yet:
//! its answer. So the sending half is closed first, and what still comes is read and dropped until the client closes, too.
//! That has bounds: so many bytes, so much time, and the least rate of [`Activity::unread`]; then the connection is closed as
//! it is. It counts as open meanwhile, and when the server ends it has a second.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;

/// How many bytes are read and dropped at most.
const BYTES_MAX: u64 = 64 << 20;

/// For how long they are, in milliseconds.
const TIME_MAX_MS: u64 = 30_000;

/// How much is read at once.
const PIECE_BYTES: usize = 16 << 10;

/// How far the end of a connection has come.
#[derive(Debug, Default)]
pub(super) enum Parting {
    /// Both halves are open.
    #[default]
    Open,
    /// Nothing more is sent, and what comes is dropped.
    Dropping(Dropping),
    /// The socket can be closed.
    Over,
}

/// What may still come.
#[derive(Debug)]
pub(super) struct Dropping {
    bytes_left: u64,
    began_ms: u64,
    /// Whether the client is waited for although nothing is there.
    is_waited_for: bool,
}

impl Parting {
    /// Ends the connection; ready when its socket can be dropped. `is_sending` says whether the client is known not to have
    /// sent all of its request: otherwise it is only looked whether something has come already.
    ///
    /// # Cancel
    ///
    /// The [`Register`](super::register::Register) has the connection cut when nothing comes.
    pub(super) fn poll<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        socket: &mut S,
        (activity, is_sending): (&Activity, bool),
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match self {
                Self::Open => {
                    let closed = Pin::new(&mut *socket).poll_shutdown(context);
                    activity.flush(closed.is_pending());
                    ready!(closed)?;
                    activity.part();
                    *self = Self::Dropping(Dropping {
                        bytes_left: BYTES_MAX,
                        began_ms: Activity::now(),
                        is_waited_for: is_sending,
                    });
                }
                Self::Dropping(dropping) => {
                    ready!(dropping.poll(socket, activity, context));
                    *self = Self::Over;
                }
                Self::Over => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl Dropping {
    /// Ready when the client has closed, has used up what it may, or had sent all.
    fn poll<S: AsyncRead + Unpin>(
        &mut self,
        socket: &mut S,
        activity: &Activity,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        loop {
            let mut piece = [MaybeUninit::uninit(); PIECE_BYTES];
            let mut piece = ReadBuf::uninit(&mut piece);
            match Pin::new(&mut *socket).poll_read(context, &mut piece) {
                Poll::Pending if self.is_waited_for => return Poll::Pending,
                Poll::Pending | Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) => {}
            }
            let count = piece.filled().len();
            self.is_waited_for = true;
            self.bytes_left = self.bytes_left.saturating_sub(count as u64);
            let passed_ms = Activity::now().saturating_sub(self.began_ms);
            if count == 0 || self.bytes_left == 0 || passed_ms > TIME_MAX_MS {
                return Poll::Ready(());
            }
            activity.unread(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::timeout;

    use super::*;

    async fn part(parting: &mut Parting, socket: &mut DuplexStream, is_sending: bool) {
        let activity = Activity::new();
        poll_fn(|context| parting.poll(socket, (&activity, is_sending), context))
            .await
            .expect("a duplex stream can be shut down");
    }

    #[tokio::test]
    async fn who_has_sent_all_is_not_waited_for() {
        let (mut near, mut far) = duplex(1 << 20);
        part(&mut Parting::default(), &mut near, false).await;
        assert_eq!(far.read(&mut [0]).await.expect("an end"), 0);
    }

    #[tokio::test]
    async fn who_sends_is_waited_for_after_the_end_is_said() {
        for (is_sending, before) in [(true, 0), (false, 1), (true, PIECE_BYTES * 3)] {
            let (mut near, mut far) = duplex(1 << 20);
            far.write_all(&vec![0; before]).await.expect("room");
            let mut parting = Parting::default();
            let moment = Duration::from_millis(20);
            let waited = timeout(moment, part(&mut parting, &mut near, is_sending)).await;
            assert!(waited.is_err(), "{is_sending} {before}");
            assert_eq!(far.read(&mut [0]).await.expect("an end"), 0);
            far.write_all(b"more").await.expect("it is read");
            drop(far);
            part(&mut parting, &mut near, is_sending).await;
        }
    }

    #[tokio::test]
    async fn who_sends_without_end_is_left() {
        let (mut near, mut far) = duplex(1 << 20);
        let sending = async {
            let piece = vec![0; 1 << 20];
            let mut sent = 0_u64;
            while far.write_all(&piece).await.is_ok() {
                sent += piece.len() as u64;
            }
            sent
        };
        let parting = async {
            part(&mut Parting::default(), &mut near, true).await;
            drop(near);
        };
        let (sent, ()) = tokio::join!(sending, parting);
        assert!((BYTES_MAX..BYTES_MAX + (2 << 20)).contains(&sent), "{sent}");
    }
}
