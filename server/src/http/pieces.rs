//! A body in pieces, between which other tasks have their turn.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use native_types::pipe::Left;

use super::AnswerBody;

/// The longest piece, in bytes. To compress one takes up to some milliseconds, with gzip on a busy core: so long nothing else
/// happens in the reactor.
const PIECE_BYTES: usize = 16 << 10;

/// Hands on a body, without copying it, in pieces of [`PIECE_BYTES`] at most; after each that is not the last of a frame it
/// gives way to the reactor's other tasks.
#[derive(Debug)]
pub(crate) struct Pieces {
    body: AnswerBody,
    /// What is left of a frame.
    rest: Bytes,
    /// Whether it has given way since the last piece.
    has_given_way: bool,
}

impl From<AnswerBody> for Pieces {
    fn from(body: AnswerBody) -> Self {
        Self {
            body,
            rest: Bytes::new(),
            has_given_way: false,
        }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Left;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Left>>> {
        if self.rest.is_empty() {
            let frame = ready!(Pin::new(&mut self.body).poll_frame(context)?);
            match frame.map(Frame::into_data) {
                Some(Ok(data)) => self.rest = data,
                Some(Err(other)) => return Poll::Ready(Some(Ok(other))),
                None => return Poll::Ready(None),
            }
        } else if !self.has_given_way {
            self.has_given_way = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.has_given_way = false;
        let length = self.rest.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
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
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    #[test]
    fn body_gives_way_between_its_pieces() {
        let whole: Vec<u8> = (0..=255).cycle().take(2 * PIECE_BYTES + 1).collect();
        let mut body = pin!(Pieces::from(AnswerBody::whole(whole.clone().into())));
        let mut context = Context::from_waker(Waker::noop());
        let (mut read, mut told) = (Vec::new(), String::new());
        loop {
            let hint = body.size_hint().exact();
            assert_eq!(hint, Some((whole.len() - read.len()) as u64));
            assert_eq!(body.is_end_stream(), read.len() == whole.len());
            match body.as_mut().poll_frame(&mut context) {
                Poll::Pending => told.push('.'),
                Poll::Ready(None) => break,
                Poll::Ready(Some(frame)) => {
                    let piece = frame.expect("whole").into_data().expect("data");
                    assert!(!piece.is_empty() && piece.len() <= PIECE_BYTES);
                    read.extend_from_slice(&piece);
                    told.push('p');
                }
            }
        }
        assert_eq!((told.as_str(), read == whole), ("p.p.p", true));
    }
}
