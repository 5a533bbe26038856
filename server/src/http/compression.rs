//! Compressing answers for clients that ask for it (RFC 9110 section 12.5.3).

mod types;

use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Body as _;
use tower_http::compression::predicate::Predicate;
use tower_http::compression::{CompressionBody, CompressionLayer};
use tower_layer::Layer as _;
use tower_service::Service as _;

use self::types::is_compressible;
use super::AnswerBody;
use super::answered::Answered;
use super::pieces::Pieces;
use crate::files::{Unsent, any_tag};

/// How an answer may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `gzip` (RFC 1952).
    Gzip,
    /// `br`, Brotli (RFC 7932).
    Brotli,
    /// `zstd` (RFC 8878).
    Zstd,
    /// `deflate`, in the zlib format (RFC 1950).
    Deflate,
}

/// Which answers are compressed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompressionRules {
    /// What is offered; of several that a client likes best, the first of Zstandard, Brotli, gzip and deflate is taken.
    pub algorithms: Vec<Algorithm>,
    /// The shortest body that is compressed, in bytes; one of unknown length is, too.
    pub bytes_min: usize,
}

/// A body that is compressed, or left as it is.
pub(crate) type Compressed = CompressionBody<Pieces>;

/// Compresses the answers that gain from it.
#[derive(Clone, Debug)]
pub(super) struct Compression {
    layer: CompressionLayer<IsWorthwhile>,
    bytes_min: u64,
}

/// In the extensions of an answer that is to be compressed.
#[derive(Clone, Copy, Debug)]
struct Worthwhile;

/// Looks for [`Worthwhile`].
#[derive(Clone, Copy, Debug)]
struct IsWorthwhile;

impl Predicate for IsWorthwhile {
    fn should_compress<B: hyper::body::Body>(&self, response: &Response<B>) -> bool {
        response.extensions().get::<Worthwhile>().is_some()
    }
}

impl Compression {
    pub(super) fn new(rules: CompressionRules) -> Self {
        let CompressionRules {
            algorithms,
            bytes_min,
        } = rules;
        let offers = |algorithm| algorithms.contains(&algorithm);
        let layer = CompressionLayer::new()
            .gzip(offers(Algorithm::Gzip))
            .br(offers(Algorithm::Brotli))
            .zstd(offers(Algorithm::Zstd))
            .deflate(offers(Algorithm::Deflate))
            .compress_when(IsWorthwhile);
        Self {
            layer,
            bytes_min: bytes_min as u64,
        }
    }

    /// Compresses `response` as the client likes best that has `asked`, if it gains from that.
    pub(super) async fn apply(
        &self,
        asked: Asked,
        mut response: Response<AnswerBody>,
    ) -> Response<Compressed> {
        match response.status() {
            StatusCode::NOT_MODIFIED => self.speak_of_known(&asked, &mut response).await,
            StatusCode::PARTIAL_CONTENT => {
                let headers = response.headers();
                if self.gains(headers, headers.get(CONTENT_TYPE), whole_length(headers)) {
                    vary(response.headers_mut());
                }
            }
            _ if self.is_worthwhile(&response) => {
                response.extensions_mut().insert(Worthwhile);
            }
            _ => {}
        }
        let mut response = self.compress(asked.accepted, response).await;
        let is_asked = response.extensions_mut().remove::<Worthwhile>().is_some();
        if is_asked && response.headers().contains_key(CONTENT_ENCODING) {
            weaken_tag(response.headers_mut());
        }
        response
    }

    /// Compresses `response` if it is marked as [`Worthwhile`].
    async fn compress(
        &self,
        accepted: HeaderMap,
        response: Response<AnswerBody>,
    ) -> Response<Compressed> {
        let mut request = Request::new(());
        *request.headers_mut() = accepted;
        let mut service = self.layer.layer(Answered::new(response.map(Pieces::from)));
        let answered = service.call(request).await;
        answered.unwrap_or_else(|never| match never {})
    }

    /// Gives a 304 the fields that the 200 would have (RFC 9110 section 15.4.5): caches and clients change what they have by
    /// these.
    ///
    /// A handler that answers 304 by itself need not say what it has not sent. It may be text then, so caches are told of the
    /// coding; and the tag becomes weak if the client knows it as such.
    async fn speak_of_known(&self, asked: &Asked, response: &mut Response<AnswerBody>) {
        let unsent = response.extensions_mut().remove::<Unsent>();
        let Unsent {
            content_type,
            length,
        } = unsent.unwrap_or_default();
        let headers = response.headers();
        let gains = self.gains(headers, content_type.as_ref(), length);
        let is_own = length.is_none();
        let may_gain = is_own && content_type.is_none() && Self::may_change(headers);
        if !gains && !may_gain {
            return;
        }
        let knows = |prefix: &[u8]| {
            let tag = headers.get(ETAG).map_or(&b""[..], HeaderValue::as_bytes);
            let tag = [prefix, tag].concat();
            any_tag(&asked.known, &IF_NONE_MATCH, |known| known == tag)
        };
        let is_weak = is_own && knows(b"W/")
            || gains && !(is_own && knows(b"")) && {
                let mut whole = Response::new(AnswerBody::empty());
                whole.extensions_mut().insert(Worthwhile);
                let whole = self.compress(asked.accepted.clone(), whole).await;
                whole.headers().contains_key(CONTENT_ENCODING)
            };
        vary(response.headers_mut());
        if is_weak {
            weaken_tag(response.headers_mut());
        }
    }

    fn is_worthwhile(&self, response: &Response<AnswerBody>) -> bool {
        let headers = response.headers();
        response.status() != StatusCode::NO_CONTENT
            && self.gains(headers, headers.get(CONTENT_TYPE), length(response))
    }

    /// Whether an answer with `headers` gains from being compressed, whose content is of that type and length.
    fn gains(
        &self,
        headers: &HeaderMap,
        content_type: Option<&HeaderValue>,
        length: Option<u64>,
    ) -> bool {
        length.is_none_or(|length| length >= self.bytes_min)
            && content_type.is_some_and(is_compressible)
            && Self::may_change(headers)
    }

    /// Whether nothing in `headers` forbids to compress.
    fn may_change(headers: &HeaderMap) -> bool {
        !headers.contains_key(CONTENT_ENCODING) && !forbids_transforming(headers)
    }
}

/// The length of what a part is of, where the part tells it (RFC 9110 section 14.4).
fn whole_length(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    range.rsplit_once('/')?.1.parse().ok()
}

/// Says that others get the answer in another coding.
fn vary(headers: &mut HeaderMap) {
    let mut fields = headers.get_all(VARY).iter();
    let is_said = fields.any(|field| {
        let mut names = field.as_bytes().split(|byte| *byte == b',');
        names.any(|name| name.trim_ascii().eq_ignore_ascii_case(b"accept-encoding"))
    });
    if !is_said {
        headers.append(VARY, ACCEPT_ENCODING.into());
    }
}

/// The length of the body, where it is known; that of `HEAD` is what `GET` would give.
fn length(response: &Response<AnswerBody>) -> Option<u64> {
    let told = response.headers().get(CONTENT_LENGTH);
    let told = told.and_then(|told| told.to_str().ok()?.parse().ok());
    told.or_else(|| response.body().size_hint().exact())
}

/// Whether `Cache-Control: no-transform` is there (RFC 9111 section 5.2.2.6).
fn forbids_transforming(headers: &HeaderMap) -> bool {
    let mut controls = headers.get_all(CACHE_CONTROL).iter();
    controls.any(|control| {
        let mut directives = control.as_bytes().split(|byte| *byte == b',');
        directives.any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"no-transform"))
    })
}

/// The compressed bytes are others than those that a strong `ETag` stands for (RFC 9110 section 8.8.1).
fn weaken_tag(headers: &mut HeaderMap) {
    let Some(tag) = headers.get_mut(ETAG) else {
        return;
    };
    if !tag.as_bytes().starts_with(b"W/") {
        let weak = [b"W/", tag.as_bytes()].concat();
        *tag = HeaderValue::from_bytes(&weak).expect("a field value after two letters");
    }
}

/// What a request says of codings, for [`Compression::apply`].
#[derive(Debug)]
pub(super) struct Asked {
    /// The codings that the client accepts.
    accepted: HeaderMap,
    /// The tags of what it has.
    known: HeaderMap,
}

impl Asked {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let known = headers.get_all(IF_NONE_MATCH).iter();
        Self {
            accepted: accepted(headers),
            known: known.map(|tags| (IF_NONE_MATCH, tags.clone())).collect(),
        }
    }
}

/// The codings that the client accepts.
///
/// What it does not accept is left out: a client that refuses even an answer without a coding gets one all the same, as RFC
/// 9110 section 12.5.3 allows, because its handler has run.
fn accepted(headers: &HeaderMap) -> HeaderMap {
    let fields = headers.get_all(ACCEPT_ENCODING).iter();
    let codings = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','));
    let codings: Vec<&str> = codings.filter(|coding| !is_refused(coding)).collect();
    let field = HeaderValue::try_from(codings.join(","));
    let field = field.map(|field| (ACCEPT_ENCODING, field));
    field.into_iter().collect()
}

/// Whether it has a weight of 0.
fn is_refused(coding: &str) -> bool {
    let weight = coding.split_once(';').map(|(_, weight)| weight.trim());
    let weight = weight.and_then(|weight| weight.strip_prefix(['q', 'Q'])?.strip_prefix('='));
    weight.is_some_and(|weight| weight.parse() == Ok(0.0_f32))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;
    use hyper::body::Body;
    use native_types::message::ResponseBody;
    use native_types::pipe::pipe;

    use super::*;

    fn compression() -> Compression {
        Compression::new(CompressionRules {
            algorithms: vec![Algorithm::Gzip],
            bytes_min: 1000,
        })
    }

    fn headers(fields: &[(http::HeaderName, &'static str)]) -> HeaderMap {
        let fields = fields.iter().cloned();
        fields
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect()
    }

    /// What can be read of a body without waiting; whether it has ended.
    fn read_on(body: Pin<&mut Compressed>, context: &mut Context<'_>) -> (Vec<u8>, bool) {
        let mut body = body;
        let mut read = Vec::new();
        loop {
            match body.as_mut().poll_frame(context) {
                Poll::Ready(Some(frame)) => {
                    let data = frame.expect("no error").into_data().expect("data");
                    read.extend_from_slice(&data);
                }
                Poll::Ready(None) => return (read, true),
                Poll::Pending => return (read, false),
            }
        }
    }

    #[test]
    fn each_piece_of_a_streamed_body_is_sent_at_once() {
        let mut context = Context::from_waker(Waker::noop());
        let (writer, reader) = pipe(1000);
        let body = AnswerBody::from(ResponseBody::Stream(reader));
        let mut response = Response::new(body);
        *response.headers_mut() = headers(&[(CONTENT_TYPE, "text/plain")]);
        let asked = Asked::of(&headers(&[(ACCEPT_ENCODING, "gzip")]));
        let compression = compression();
        let applied = pin!(compression.apply(asked, response)).poll(&mut context);
        let Poll::Ready(response) = applied else {
            panic!("it waits for nothing");
        };
        assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
        let mut body = pin!(response.into_body());
        let mut sent = Vec::new();
        for number in 1..=3 {
            let piece = format!("piece {number}, ");
            writer.write(Bytes::from(piece), 1).expect("read");
            let (read, has_ended) = read_on(body.as_mut(), &mut context);
            assert!(!read.is_empty() && !has_ended, "{number}");
            sent.extend(read);
            let mut text = String::new();
            // The end is not there yet: an error, after what was sent.
            let read = flate2::read::GzDecoder::new(&*sent).read_to_string(&mut text);
            assert!(
                read.is_err() && text.ends_with(&format!("piece {number}, ")),
                "{text:?}"
            );
        }
        writer.finish();
        let (read, has_ended) = read_on(body.as_mut(), &mut context);
        assert!(has_ended);
        sent.extend(read);
        let mut text = String::new();
        let mut decoder = flate2::read::GzDecoder::new(&*sent);
        decoder.read_to_string(&mut text).expect("whole");
        assert_eq!(text, "piece 1, piece 2, piece 3, ");
    }

    #[test]
    fn refused_codings_are_left_out() {
        let rows = [
            ("gzip, br;q=0.5", "gzip, br;q=0.5"),
            ("gzip;q=0, br; q=0.0 ,zstd", "zstd"),
            ("identity;Q=0.000,*;q=0", ""),
            ("gzip;q=0.001", "gzip;q=0.001"),
        ];
        for (sent, expected) in rows {
            let accepted = accepted(&headers(&[(ACCEPT_ENCODING, sent)]));
            assert_eq!(accepted[ACCEPT_ENCODING], expected, "{sent:?}");
        }
    }
}
