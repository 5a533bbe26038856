//! Reading a request's body, whole, within its limits.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use native_types::message::BodyError;

use super::http2::are_trimmed;
use super::pace::Pace;

/// Reads `body` to its end.
///
/// A body that came in one piece is passed on as the buffer that hyper read it into.
pub(super) async fn read(
    body: &mut Incoming,
    bytes_max: usize,
    mut pace: Pace,
) -> Result<Bytes, BodyError> {
    let announced = body.size_hint().exact();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    if announced.is_some_and(|announced| announced > limit) {
        return Err(BodyError::TooLong);
    }
    let Some(first) = pace.next(body).await? else {
        return Ok(Bytes::new());
    };
    if first.len() > bytes_max {
        return Err(BodyError::TooLong);
    }
    let Some(second) = pace.next(body).await? else {
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
        piece = pace.next(body).await?;
    }
    Ok(whole.freeze())
}

/// The next piece of data; trailers are dropped, unless they are malformed.
pub(super) async fn next(body: &mut Incoming) -> Result<Option<Bytes>, BodyError> {
    while let Some(frame) = body.frame().await {
        match frame.map_err(|_| BodyError::Broken)?.into_data() {
            Ok(data) => return Ok(Some(data)),
            Err(other)
                if other
                    .trailers_ref()
                    .is_some_and(|trailers| !are_trimmed(trailers)) =>
            {
                return Err(BodyError::Broken);
            }
            Err(_) => {}
        }
    }
    Ok(None)
}
