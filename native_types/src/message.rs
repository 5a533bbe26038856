//! One request and one response as plain data: what crosses threads in place of Python objects.
//!
//! The HTTP side makes a [`RequestMessage`] from what hyper read, without copying a byte of it; a worker wraps it into a
//! Python `Request`. The answer goes back as a [`ResponseMessage`].

use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version};
use smallvec::SmallVec;

use crate::pipe::Reader;
use crate::socket::Socket;

/// Which row of the routing table a request belongs to. All interpreters have the same table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RouteId(pub u32);

impl RouteId {
    /// The row as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One request, whole: its head as hyper parsed it and its body.
#[derive(Debug)]
pub struct RequestMessage {
    /// The method, as sent (methods are case-sensitive, RFC 9110 section 9.1).
    pub method: Method,
    /// The target; its path and query are slices of the buffer that was read.
    pub uri: Uri,
    /// The protocol version.
    pub version: Version,
    /// The header fields; values are slices of the buffer that was read.
    pub headers: HeaderMap,
    /// The percent-decoded path, where it differs from the path in `uri`.
    pub decoded_path: Option<Box<str>>,
    /// The row of the routing table.
    pub route: RouteId,
    /// The values of the route's path parameters, in the order of its path.
    pub params: Params,
    /// The body; empty where it is streamed.
    pub body: Bytes,
    /// The body as it comes, on a route that asks for that.
    pub stream: Option<Box<StreamedBody>>,
    /// The peer's address; `None` on a unix socket.
    pub client: Option<SocketAddr>,
    /// `http` or `https`.
    pub scheme: Scheme,
    /// The handler's end of the WebSocket that the request asks for.
    pub socket: Option<Box<Socket>>,
}

impl RequestMessage {
    /// The percent-decoded path.
    pub fn path(&self) -> &str {
        self.decoded_path
            .as_deref()
            .unwrap_or_else(|| self.uri.path())
    }

    /// The value of the path parameter at `index`.
    pub fn param(&self, index: usize) -> &str {
        match &self.params {
            Params::Slices(ranges) => {
                let range = &ranges[index];
                &self.uri.path()[range.start as usize..range.end as usize]
            }
            Params::Decoded(values) => &values[index],
        }
    }
}

/// The body of a request that is being received: its pieces are taken out once, by whoever reads them.
#[derive(Debug)]
pub struct StreamedBody(Mutex<Option<Reader<Result<Bytes, BodyError>>>>);

impl StreamedBody {
    /// A body whose pieces come from `reader`. A failure is the last piece.
    pub fn new(reader: Reader<Result<Bytes, BodyError>>) -> Self {
        Self(Mutex::new(Some(reader)))
    }

    /// The pieces, for the first who asks.
    pub fn take(&self) -> Option<Reader<Result<Bytes, BodyError>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
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

impl BodyError {
    /// The status that answers it.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

/// The values of path parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Params {
    /// Ranges of the path in the request's `uri`, in bytes: the common case, without a `%` in the path.
    Slices(SmallVec<[Range<u32>; 2]>),
    /// Percent-decoded values.
    Decoded(Vec<String>),
}

impl Default for Params {
    fn default() -> Self {
        Self::Slices(SmallVec::new())
    }
}

impl Params {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Slices(ranges) => ranges.len(),
            Self::Decoded(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How the request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In clear text.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// As Python sees it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// A header field.
pub type Field = (HeaderName, HeaderValue);

/// One answer, whole.
#[derive(Debug)]
pub struct ResponseMessage {
    /// The status, 200 to 599.
    pub status: StatusCode,
    /// `Content-Type`, unless `headers` has it or there is none.
    pub content_type: Option<HeaderValue>,
    /// The other header fields, in order. Framing (`Content-Length`, `Connection`, ...) is the HTTP side's.
    pub headers: Vec<Field>,
    /// The body.
    pub body: ResponseBody,
}

/// The body of an answer.
#[derive(Debug)]
pub enum ResponseBody {
    /// All of it.
    Whole(Bytes),
    /// What a handler makes of it, piece by piece; a writer that leaves before the end has failed.
    Stream(Reader<Bytes>),
    /// What is in a file, which the HTTP side opens and reads; an engine without HTTP hands it on.
    File(Box<FileMessage>),
}

/// A file to be sent.
#[derive(Debug)]
pub struct FileMessage {
    /// Where it is, as the handler named it.
    pub path: PathBuf,
    /// The request that it answers, and the function of its handler: the worker adds them. The request's conditions and
    /// range decide what is sent.
    pub asked: Option<(Arc<RequestMessage>, String)>,
}

impl ResponseBody {
    /// The body, where it is whole.
    pub fn whole(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Stream(_) | Self::File(_) => None,
        }
    }
}

/// A body equals the bytes that it is whole of; others equal none.
impl<T: ?Sized> PartialEq<T> for ResponseBody
where
    Bytes: PartialEq<T>,
{
    fn eq(&self, other: &T) -> bool {
        self.whole().is_some_and(|bytes| bytes == other)
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

/// `Content-Type` of text that a handler returns.
pub const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// `Content-Type` of bytes that a handler returns.
pub const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// `Content-Type` of JSON.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl ResponseMessage {
    /// An answer with a body of `content_type`.
    pub fn new(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: Some(content_type),
            headers: Vec::new(),
            body: ResponseBody::Whole(body.into()),
        }
    }

    /// An answer of plain text.
    pub fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self::new(status, TEXT, text.into())
    }

    /// The head of a streamed body: with a content type by the first piece, where the handler gave none.
    #[must_use]
    pub fn typed_as_stream(mut self, is_text: bool) -> Self {
        let mut fields = self.headers.iter();
        if !fields.any(|(name, _)| *name == CONTENT_TYPE) {
            self.content_type = Some(if is_text { TEXT } else { OCTETS });
        }
        self
    }

    /// An answer that says no more than its status.
    pub fn plain(status: StatusCode) -> Self {
        let text = status.canonical_reason().unwrap_or("Error").as_bytes();
        Self::new(status, TEXT, Bytes::from_static(text))
    }
}
