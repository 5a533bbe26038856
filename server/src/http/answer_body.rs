//! The body of an answer, as hyper sends it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use hyper::upgrade::OnUpgrade;
use native_types::message::ResponseBody;
use native_types::pipe::{Left, Reader};
use native_types::socket::Wire;

use crate::files::FileBody;

/// The body of an answer: whole, what a handler makes piece by piece, or what is read of a file.
#[derive(Debug)]
pub struct AnswerBody(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Full<Bytes>),
    Stream(Box<Stream>),
    File(Box<FileStream>),
    Switch(Option<Box<Switch>>),
}

/// A connection that becomes a WebSocket's when the answer is sent.
#[derive(Debug)]
pub struct Switch {
    /// Gives the connection.
    pub upgrade: OnUpgrade,
    /// The way to the handler.
    pub wire: Wire,
}

/// A streamed body. An error of it makes hyper close the connection without the end that the client waits for, so that it
/// can tell (RFC 9112 section 8).
struct Stream {
    pieces: Reader<Bytes>,
    /// The length that its handler has announced, and what is made of it.
    announced: Option<Announced>,
    /// It broke off, and hyper sends what it has before it is told so: it would drop that otherwise.
    is_broken: bool,
    /// Dropped when the body has ended.
    kept: Option<Box<dyn Send>>,
}

/// How long a streamed body is to be.
#[derive(Debug)]
struct Announced {
    length: u64,
    /// How many bytes have been made.
    made: u64,
    /// The piece that completes the length: sent when nothing came behind it, so that a client can tell an answer that is wrong.
    last: Option<Bytes>,
}

/// A file's body. One that can't be read to its end breaks off as [`Stream`] does.
struct FileStream {
    body: FileBody,
    /// Dropped when the body has ended.
    kept: Option<Box<dyn Send>>,
}

impl AnswerBody {
    /// All of `bytes`.
    pub fn whole(bytes: Bytes) -> Self {
        Self(Kind::Whole(Full::new(bytes)))
    }

    /// A body without content.
    pub fn empty() -> Self {
        Self::whole(Bytes::new())
    }

    /// No body, but what the connection becomes.
    pub(super) fn switching(switch: Switch) -> Self {
        Self(Kind::Switch(Some(Box::new(switch))))
    }

    /// What the connection becomes, if it is no longer HTTP's; given once.
    pub fn take_switch(&mut self) -> Option<Box<Switch>> {
        match &mut self.0 {
            Kind::Switch(switch) => switch.take(),
            Kind::Whole(_) | Kind::Stream(_) | Kind::File(_) => None,
        }
    }

    /// Whether there is more to come when the head is sent.
    pub fn is_streamed(&self) -> bool {
        match &self.0 {
            Kind::Whole(_) | Kind::Switch(_) => false,
            Kind::Stream(_) => true,
            Kind::File(file) => !file.body.is_end_stream(),
        }
    }

    /// How much of it is in memory from now until the last of it is sent, in bytes: all of one that is whole. The others
    /// wait with a piece or two.
    pub fn held_bytes(&self) -> usize {
        let whole = match &self.0 {
            Kind::Whole(whole) => whole.size_hint().lower(),
            Kind::Stream(_) | Kind::File(_) | Kind::Switch(_) => 0,
        };
        usize::try_from(whole).unwrap_or(usize::MAX)
    }

    /// Announces the length of a body that is streamed; `false` for another.
    pub(super) fn announce(&mut self, length: u64) -> bool {
        let Kind::Stream(stream) = &mut self.0 else {
            return false;
        };
        stream.announced = Some(Announced {
            length,
            made: 0,
            last: None,
        });
        true
    }

    /// Keeps something until a streamed body has ended or was given up.
    pub fn keep(&mut self, kept: impl Send + 'static) {
        match &mut self.0 {
            Kind::Whole(_) | Kind::Switch(_) => {}
            Kind::Stream(stream) => stream.kept = Some(Box::new(kept)),
            Kind::File(file) => file.kept = Some(Box::new(kept)),
        }
    }
}

impl Stream {
    /// The next piece; an error also where the handler has made another length than it has announced.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Left>> {
        loop {
            let piece = ready!(self.pieces.poll_piece(context))?;
            let Some(announced) = &mut self.announced else {
                return Poll::Ready(Ok(piece));
            };
            let Some(piece) = piece else {
                return Poll::Ready(match announced.last.take() {
                    Some(last) => Ok(Some(last)),
                    None if announced.made == announced.length => Ok(None),
                    None => Err(announced.broken()),
                });
            };
            announced.made += piece.len() as u64;
            if announced.made > announced.length {
                return Poll::Ready(Err(announced.broken()));
            }
            if announced.made < announced.length {
                return Poll::Ready(Ok(Some(piece)));
            }
            announced.last.get_or_insert(piece);
        }
    }

    fn size_hint(&self) -> SizeHint {
        let Some(announced) = &self.announced else {
            return SizeHint::default();
        };
        let held = announced.last.as_ref().map_or(0, Bytes::len) as u64;
        SizeHint::with_exact(announced.length.saturating_sub(announced.made) + held)
    }
}

impl Announced {
    fn broken(&self) -> Left {
        tracing::error!(
            announced = self.length,
            made = self.made,
            "a streamed answer has another length than its Content-Length: it was broken off"
        );
        Left::Writer
    }
}

impl From<FileBody> for AnswerBody {
    fn from(body: FileBody) -> Self {
        let file = FileStream { body, kept: None };
        Self(Kind::File(Box::new(file)))
    }
}

impl Default for AnswerBody {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<ResponseBody> for AnswerBody {
    fn from(body: ResponseBody) -> Self {
        match body {
            ResponseBody::Whole(bytes) => Self::whole(bytes),
            ResponseBody::Stream(pieces) => {
                let stream = Stream {
                    pieces,
                    announced: None,
                    is_broken: false,
                    kept: None,
                };
                Self(Kind::Stream(Box::new(stream)))
            }
            // Files are opened before: `file_answer`.
            ResponseBody::File(_) => Self::empty(),
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Left;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Left>>> {
        match &mut self.0 {
            Kind::Whole(whole) => Pin::new(whole)
                .poll_frame(context)
                .map_err(|never| match never {}),
            Kind::Switch(_) => Poll::Ready(None),
            Kind::Stream(stream) => {
                if stream.is_broken {
                    return Poll::Ready(Some(Err(Left::Writer)));
                }
                let piece = stream.poll_piece(context);
                if matches!(piece, Poll::Ready(Err(_))) {
                    stream.is_broken = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                piece.map(|piece| piece.map(|piece| piece.map(Frame::data)).transpose())
            }
            Kind::File(file) => {
                let frame = Pin::new(&mut file.body).poll_frame(context);
                frame.map_err(|error| {
                    tracing::error!(%error, "a file could not be read to its end");
                    Left::Writer
                })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(whole) => whole.is_end_stream(),
            Kind::Stream(_) => false,
            Kind::File(file) => file.body.is_end_stream(),
            Kind::Switch(_) => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(whole) => whole.size_hint(),
            Kind::Stream(stream) => stream.size_hint(),
            Kind::File(file) => file.body.size_hint(),
            Kind::Switch(_) => SizeHint::with_exact(0),
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = formatter.debug_struct("Stream");
        debug.field("pieces", &self.pieces).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for FileStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FileStream").finish_non_exhaustive()
    }
}
