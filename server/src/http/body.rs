//! Reading a request's body, whole, within its limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    /// It is longer than the limit, as announced or as read. The client's fault: 413.
    #[error("the body is too long")]
    TooLong,
    /// It came too slowly. The client's fault: 408.
    #[error("the body came too slowly")]
    TooSlow,
    /// The connection broke, or the framing is wrong. The client's fault: 400.
    #[error("the body is malformed or broken off")]
    Broken,
}

/// Reads `body` to its end.
///
/// A body that came in one piece is passed on as the buffer that hyper read it into.
pub(super) async fn read(
    mut body: Incoming,
    bytes_max: usize,
    timeout: Duration,
) -> Result<Bytes, BodyError> {
    let announced = body.size_hint().exact();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    if announced.is_some_and(|announced| announced > limit) {
        return Err(BodyError::TooLong);
    }
    let whole = collect(&mut body, announced, bytes_max);
    tokio::time::timeout(timeout, whole)
        .await
        .map_err(|_| BodyError::TooSlow)?
}

async fn collect(
    body: &mut Incoming,
    announced: Option<u64>,
    bytes_max: usize,
) -> Result<Bytes, BodyError> {
    let Some(first) = next(body).await? else {
        return Ok(Bytes::new());
    };
    if first.len() > bytes_max {
        return Err(BodyError::TooLong);
    }
    let Some(second) = next(body).await? else {
        return Ok(first);
    };
    let announced = announced.and_then(|announced| usize::try_from(announced).ok());
    // What is not announced is not reserved, nor is more than a client has shown that it sends.
    let reserved = announced
        .unwrap_or(0)
        .min((first.len() + second.len()).saturating_mul(16));
    let mut whole = BytesMut::with_capacity(reserved);
    whole.extend_from_slice(&first);
    let mut piece = Some(second);
    while let Some(bytes) = piece {
        if whole.len() + bytes.len() > bytes_max {
            return Err(BodyError::TooLong);
        }
        whole.extend_from_slice(&bytes);
        piece = next(body).await?;
    }
    Ok(whole.freeze())
}

/// The next piece of data; trailers are dropped.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, BodyError> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}
