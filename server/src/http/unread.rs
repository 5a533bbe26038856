//! What becomes of a body that is answered without being read.
//!
//! Its client may still be sending, and reads the answer afterwards. So what is left is read and dropped, within bounds; the
//! connection goes on only if that is little. Where the bounds end, the connection does: `net/parting.rs`.

use http::header::{CONNECTION, EXPECT};
use http::{HeaderMap, HeaderValue, Response, Version};
use hyper::body::{Body as _, Incoming};

use super::pace::Pace;
use super::{AnswerBody, Site};

/// Up to here, in bytes, the rest of a body is read so that the connection goes on, which is cheaper than a new one.
pub(super) const KEPT_BYTES_MAX: u64 = 2 << 20;

/// Up to here it is read although the connection is closed then: many clients send all before they read.
pub(super) const DROPPED_BYTES_MAX: u64 = 64 << 20;

/// Leaves `body` unread, whose request had these headers, and has `response` say what becomes of the connection.
pub(super) fn leave(
    site: &Site,
    (version, headers): (Version, &HeaderMap),
    body: Incoming,
    response: &mut Response<AnswerBody>,
) {
    if body.is_end_stream() {
        return;
    }
    let left = body.size_hint().exact();
    if version == Version::HTTP_2 {
        // Else the stream is reset, without error, when its answer is sent (RFC 9113 section 8.1). Some clients lose their
        // answer then (curl 7.88), so only what may have no end is.
        if left.is_some_and(|left| left <= DROPPED_BYTES_MAX) {
            drop_rest(site, body);
        }
        return;
    }
    // A client that was not told to go on may do so all the same, too late to tell its body from a request.
    if headers.contains_key(EXPECT) || left.is_none_or(|left| left > KEPT_BYTES_MAX) {
        close(response);
    }
    // Where the connection ends, its end sees to the rest; but a client that sends all before it reads has to be read from while
    // a long answer is sent.
    if !response.headers().contains_key(CONNECTION) || response.body().is_streamed() {
        drop_rest(site, body);
    }
}

fn drop_rest(site: &Site, body: Incoming) {
    let pace = Pace::of_whole(site.body_timeout, site.body_rate_min);
    tokio::spawn(skip(body, pace));
}

/// Has the answer say that the connection is closed.
pub(super) fn close(response: &mut Response<AnswerBody>) {
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
}

/// Reads what is left and drops it. What is longer or slower than it may be is left, and hyper closes the connection.
pub(super) async fn skip(mut body: Incoming, mut pace: Pace) {
    let mut left = DROPPED_BYTES_MAX;
    while let Ok(Some(piece)) = pace.next(&mut body).await {
        let Some(rest) = left.checked_sub(piece.len() as u64) else {
            return;
        };
        left = rest;
    }
}
