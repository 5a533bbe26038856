//! Receiving a body piece by piece, while its handler runs.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use http::header::EXPECT;
use http::{HeaderMap, Response, Version};
use hyper::body::{Body as _, Incoming};
use native_types::message::{BodyError, StreamedBody};
use native_types::pipe::{Left, Writer, pipe};

use super::pace::Pace;
use super::{AnswerBody, unread};

/// How many bytes of a body may wait for its handler, but for one piece more.
const WAITING_BYTES_MAX: usize = 64 << 10;

/// What a piece takes beside its own bytes, so that many of one byte don't fill the memory.
const PIECE_BYTES: usize = 64;

/// What is left of a body whose length was not announced.
const UNKNOWN: u64 = u64::MAX;

/// What a body may take.
#[derive(Debug)]
pub(super) struct Limits {
    /// Its longest length, in bytes.
    pub(super) bytes_max: u64,
    /// How fast it has to come.
    pub(super) pace: Pace,
}

/// What is known of a body while it comes.
#[derive(Debug)]
struct Progress {
    /// How much of it is still to come, in bytes.
    left: AtomicU64,
    /// Whether the client waits to be told that it may send.
    is_awaited: AtomicBool,
}

/// What a handler may leave unread of a body.
#[derive(Debug)]
pub(super) struct Rest(Option<Arc<Progress>>);

impl Rest {
    /// Has the answer of the handler say what becomes of the connection.
    pub(super) fn settle(&self, response: &mut Response<AnswerBody>) {
        let Some(progress) = &self.0 else { return };
        let left = progress.left.load(Ordering::Acquire);
        // A handler that answers in pieces may read on meanwhile.
        let is_too_much = left > unread::KEPT_BYTES_MAX && !response.body().is_streamed();
        if progress.is_awaited.load(Ordering::Acquire) || is_too_much {
            unread::close(response);
        }
    }
}

/// The pieces of `incoming`, which are read when they are asked for: a client that waits for `100 Continue` gets that then.
///
/// What is left when nobody reads any more is read and dropped, within the same limits, so that the client gets its answer;
/// on HTTP/2 the stream is reset behind that, unless it is known to end.
pub(super) fn receive(
    incoming: Incoming,
    (version, headers): (Version, &HeaderMap),
    limits: Limits,
) -> (StreamedBody, Rest) {
    let announced = incoming.size_hint().exact();
    let (writer, reader) = pipe(WAITING_BYTES_MAX);
    let is_shared = version == Version::HTTP_2;
    let progress = if incoming.is_end_stream() {
        writer.finish();
        None
    } else {
        let is_awaited = !is_shared && headers.contains_key(EXPECT);
        let progress = Arc::new(Progress {
            left: AtomicU64::new(announced.unwrap_or(UNKNOWN)),
            is_awaited: AtomicBool::new(is_awaited),
        });
        let upload = Upload {
            incoming,
            limits,
            is_shared,
            progress: Arc::clone(&progress),
        };
        tokio::spawn(upload.pass_on(writer));
        // On HTTP/2 nothing becomes of the connection.
        (!is_shared).then_some(progress)
    };
    (StreamedBody::new(reader), Rest(progress))
}

type Pieces = Writer<Result<Bytes, BodyError>>;

/// A body that comes.
struct Upload {
    incoming: Incoming,
    limits: Limits,
    /// Whether other requests share its connection.
    is_shared: bool,
    progress: Arc<Progress>,
}

impl Upload {
    async fn pass_on(mut self, writer: Pieces) {
        match poll_fn(|context| writer.poll_asked(context)).await {
            Ok(()) => self.progress.is_awaited.store(false, Ordering::Release),
            // The client was not told to go on: there is nothing to drop.
            Err(_) if self.progress.is_awaited.load(Ordering::Acquire) => return,
            Err(_) => return self.skip().await,
        }
        loop {
            let Ok(()) = poll_fn(|context| writer.poll_room(context)).await else {
                return self.skip().await;
            };
            match self.piece().await {
                Ok(Some(bytes)) => {
                    let weight = bytes.len() + PIECE_BYTES;
                    if writer.write(Ok(bytes), weight) == Err(Left::Reader) {
                        return self.skip().await;
                    }
                }
                Ok(None) => {
                    self.progress.left.store(0, Ordering::Release);
                    return writer.finish();
                }
                Err(error) => {
                    self.progress.left.store(UNKNOWN, Ordering::Release);
                    // Nobody may care any more.
                    let _ = writer.write(Err(error), 0);
                    return;
                }
            }
        }
    }

    /// The next piece; it is taken off what may still come.
    async fn piece(&mut self) -> Result<Option<Bytes>, BodyError> {
        let Some(bytes) = self.limits.pace.next(&mut self.incoming).await? else {
            return Ok(None);
        };
        let length = bytes.len() as u64;
        let left = self.limits.bytes_max.checked_sub(length);
        self.limits.bytes_max = left.ok_or(BodyError::TooLong)?;
        let left = self.progress.left.load(Ordering::Relaxed);
        if left != UNKNOWN {
            let left = left.saturating_sub(length);
            self.progress.left.store(left, Ordering::Release);
        }
        Ok(Some(bytes))
    }

    /// Reads the rest and drops it.
    async fn skip(self) {
        let left = self.progress.left.load(Ordering::Relaxed);
        if self.is_shared && left > unread::DROPPED_BYTES_MAX {
            return;
        }
        let mut pace = self.limits.pace;
        pace.end_in_time();
        unread::skip(self.incoming, pace).await;
    }
}
