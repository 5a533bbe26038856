//! The body of an answer on its way to h2.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::streams::{UnderWay, watched};

/// The longest piece, in bytes: h2 keeps each until the client has taken it in, and it is known of whole pieces alone
/// whether it does.
const PIECE_BYTES: usize = 16 << 10;

/// Hands on a body, without copying it, in pieces of [`PIECE_BYTES`] at most; its request is under way until the last of
/// them is sent.
#[derive(Debug)]
pub(super) struct Sending<B> {
    /// `None` where the answer has none.
    body: Option<B>,
    /// What is left of a frame.
    rest: Bytes,
    request: Arc<UnderWay>,
}

impl<B> Sending<B> {
    pub(super) fn new(body: Option<B>, request: Arc<UnderWay>) -> Self {
        Self {
            body,
            rest: Bytes::new(),
            request,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Sending<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.rest.is_empty() {
            let Some(body) = &mut self.body else {
                return Poll::Ready(None);
            };
            let frame = ready!(Pin::new(body).poll_frame(context)?);
            match frame.map(Frame::into_data) {
                Some(Ok(data)) => self.rest = data,
                Some(Err(other)) => return Poll::Ready(Some(Ok(other))),
                None => return Poll::Ready(None),
            }
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(watched(piece, &self.request)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let Some(body) = &self.body else {
            return SizeHint::with_exact(0);
        };
        let mut hint = body.size_hint();
        let rest = self.rest.len() as u64;
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::pin;
    use std::task::Waker;

    use http_body_util::Full;

    use super::*;
    use crate::net::activity::Activity;
    use crate::net::http2::streams::Streams;

    #[test]
    fn a_body_is_handed_on_in_pieces() {
        let request = Streams::new(Arc::new(Activity::new())).enter();
        let whole: Vec<u8> = (0..=255).cycle().take(2 * PIECE_BYTES + 1).collect();
        let full = Full::<Bytes>::from(whole.clone());
        let mut body = pin!(Sending::new(Some(full), request));
        let mut context = Context::from_waker(Waker::noop());
        let mut read = Vec::new();
        let mut lengths = Vec::new();
        while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut context) {
            let frame: Result<_, Infallible> = frame;
            let piece = frame.expect("whole").into_data().expect("data");
            lengths.push(piece.len());
            read.extend_from_slice(&piece);
            let left = (whole.len() - read.len()) as u64;
            assert_eq!(body.size_hint().exact(), Some(left));
            assert_eq!(body.is_end_stream(), left == 0);
        }
        assert_eq!(lengths, [PIECE_BYTES, PIECE_BYTES, 1]);
        assert!(read == whole, "the same bytes");
    }
}
