//! An answer's body that the access log follows to its last byte.
//!
//! What counts is what was sent: a piece is counted when its bytes are handed to the kernel (HTTP/1), or to the frames of its
//! stream (HTTP/2), not when hyper takes it. The pieces share the record with the body; the last of them writes it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response, StatusCode};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use native_types::message::Scheme;

use super::Peer;
use super::response::allows_body;
use crate::access_log::{AccessLog, Entry, Seen};

/// A body, followed by the access log where there is one.
#[derive(Debug)]
pub(crate) struct Logged<B> {
    body: B,
    followed: Option<Followed>,
}

/// How far a body has come that is followed.
#[derive(Debug)]
struct Followed {
    entry: Arc<Entry>,
    /// What is still to come, in bytes, where that is known.
    rest: Option<u64>,
    has_ended: bool,
}

/// A piece of a body.
#[derive(Debug)]
pub(crate) struct Piece {
    bytes: Bytes,
    entry: Option<Arc<Entry>>,
}

/// A record that was begun for a request. Dropping it says that the client left before there was an answer.
#[derive(Debug)]
pub(crate) struct Recording {
    entry: Entry,
    is_head: bool,
}

impl Recording {
    /// Begins the record of a request of `peer`.
    pub(super) fn begin(log: &Arc<AccessLog>, peer: Peer, request: &Request<Incoming>) -> Self {
        let seen = Seen {
            client: peer.client.map(|client| client.ip()),
            scheme: match peer.scheme {
                Scheme::Http => "http",
                Scheme::Https => "https",
            },
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
        };
        Self {
            entry: Entry::begin(log, &seen),
            is_head: request.method() == Method::HEAD,
        }
    }
}

/// Has the access log follow `response`, which is the answer to what is recorded.
pub(crate) fn follow<B: Body>(
    recording: Option<Recording>,
    response: Response<B>,
) -> Response<Logged<B>> {
    let Some(Recording { mut entry, is_head }) = recording else {
        return response.map(|body| Logged {
            body,
            followed: None,
        });
    };
    let status = response.status();
    entry.answered(status);
    let has_no_body = is_head || status == StatusCode::SWITCHING_PROTOCOLS || !allows_body(status);
    // That of a file is said in the head alone.
    let told = response.headers().get(CONTENT_LENGTH);
    let told = told.and_then(|told| told.to_str().ok()?.parse().ok());
    response.map(|body| {
        let rest = told.or_else(|| body.size_hint().exact());
        let followed = Followed {
            entry: Arc::new(entry),
            rest,
            has_ended: has_no_body || rest == Some(0) || body.is_end_stream(),
        };
        Logged {
            body,
            followed: Some(followed),
        }
    })
}

impl Followed {
    fn handed_out(&mut self, bytes: usize, is_end: bool) {
        self.rest = self.rest.map(|rest| rest.saturating_sub(bytes as u64));
        self.has_ended |= is_end || self.rest == Some(0);
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        if !self.has_ended {
            self.entry.break_off();
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Logged<B> {
    type Data = Piece;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context)?);
        let is_end = frame.is_none() || self.body.is_end_stream();
        let entry = self.followed.as_mut().map(|followed| {
            let bytes = frame.as_ref().and_then(Frame::data_ref);
            followed.handed_out(bytes.map_or(0, Bytes::len), is_end);
            Arc::clone(&followed.entry)
        });
        Poll::Ready(frame.map(|frame| Ok(frame.map_data(|bytes| Piece { bytes, entry }))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(entry) = &self.entry {
            entry.sent(count);
        }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some(entry) = &self.entry
            && self.bytes.has_remaining()
        {
            entry.break_off();
        }
    }
}
