//! Receiving a body piece by piece, while its handler runs.

use std::future::poll_fn;

use bytes::Bytes;
use http::HeaderMap;
use http::header::EXPECT;
use hyper::body::{Body as _, Incoming};
use native_types::message::{BodyError, StreamedBody};
use native_types::pipe::{Left, Writer, pipe};

use super::pace::Pace;

/// How many bytes of a body may wait for its handler, but for one piece more.
const WAITING_BYTES_MAX: usize = 64 << 10;

/// What a piece takes beside its own bytes, so that many of one byte don't fill the memory.
const PIECE_BYTES: usize = 64;

/// What a body may take.
#[derive(Debug)]
pub(super) struct Limits {
    /// Its longest length, in bytes.
    pub(super) bytes_max: u64,
    /// How fast it has to come.
    pub(super) pace: Pace,
}

/// The pieces of `incoming`, which are read when they are asked for: a client that waits for `100 Continue` gets that then.
///
/// What is left when nobody reads any more is read and dropped, within the same limits, so that the client gets its answer.
///
/// # Errors
///
/// [`BodyError::TooLong`] where that is announced.
pub(super) fn receive(
    incoming: Incoming,
    headers: &HeaderMap,
    limits: Limits,
) -> Result<StreamedBody, BodyError> {
    let announced = incoming.size_hint().exact();
    if announced.is_some_and(|announced| announced > limits.bytes_max) {
        return Err(BodyError::TooLong);
    }
    let (writer, reader) = pipe(WAITING_BYTES_MAX);
    if incoming.is_end_stream() {
        writer.finish();
    } else {
        let is_awaited = headers.contains_key(EXPECT);
        tokio::spawn(pass_on(incoming, writer, limits, is_awaited));
    }
    Ok(StreamedBody::new(reader))
}

type Pieces = Writer<Result<Bytes, BodyError>>;

async fn pass_on(mut incoming: Incoming, writer: Pieces, mut limits: Limits, is_awaited: bool) {
    match poll_fn(|context| writer.poll_asked(context)).await {
        Ok(()) => {}
        // The client was not told to go on: there is nothing to drop.
        Err(_) if is_awaited => return,
        Err(_) => return skip(incoming, limits).await,
    }
    loop {
        let Ok(()) = poll_fn(|context| writer.poll_room(context)).await else {
            return skip(incoming, limits).await;
        };
        match piece(&mut incoming, &mut limits).await {
            Ok(Some(bytes)) => {
                let weight = bytes.len() + PIECE_BYTES;
                if writer.write(Ok(bytes), weight) == Err(Left::Reader) {
                    return skip(incoming, limits).await;
                }
            }
            Ok(None) => return writer.finish(),
            Err(error) => {
                // Nobody may care any more.
                let _ = writer.write(Err(error), 0);
                return;
            }
        }
    }
}

/// The next piece; it is taken off what may still come.
async fn piece(incoming: &mut Incoming, limits: &mut Limits) -> Result<Option<Bytes>, BodyError> {
    let Some(bytes) = limits.pace.next(incoming).await? else {
        return Ok(None);
    };
    let length = bytes.len() as u64;
    limits.bytes_max = limits
        .bytes_max
        .checked_sub(length)
        .ok_or(BodyError::TooLong)?;
    Ok(Some(bytes))
}

/// Reads the rest and drops it. What is longer or slower than it may be is left, and hyper closes the connection.
async fn skip(mut incoming: Incoming, mut limits: Limits) {
    limits.pace.end_in_time();
    while let Ok(Some(_)) = piece(&mut incoming, &mut limits).await {}
}
