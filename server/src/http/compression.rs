//! Compressing answers for clients that ask for it (RFC 9110 section 12.5.3).

use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Body as _;
use tower_http::compression::predicate::Predicate;
use tower_http::compression::{CompressionBody, CompressionLayer};
use tower_layer::Layer as _;
use tower_service::Service as _;

use super::AnswerBody;
use super::answered::Answered;
use super::pieces::Pieces;

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

    /// Compresses `response` as the client likes best that sent [`accepted`] fields, if it gains from that.
    pub(super) async fn apply(
        &self,
        accepted: HeaderMap,
        mut response: Response<AnswerBody>,
    ) -> Response<Compressed> {
        if self.is_worthwhile(&response) {
            response.extensions_mut().insert(Worthwhile);
        }
        let mut request = Request::new(());
        *request.headers_mut() = accepted;
        let mut service = self.layer.layer(Answered::new(response.map(Pieces::from)));
        let answered = service.call(request).await;
        let mut response = answered.unwrap_or_else(|never| match never {});
        let is_asked = response.extensions_mut().remove::<Worthwhile>().is_some();
        if is_asked && response.headers().contains_key(CONTENT_ENCODING) {
            weaken_tag(response.headers_mut());
        }
        response
    }

    fn is_worthwhile(&self, response: &Response<AnswerBody>) -> bool {
        let headers = response.headers();
        let is_whole = !matches!(
            response.status(),
            StatusCode::NO_CONTENT | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED
        );
        let is_encoded = headers.contains_key(CONTENT_ENCODING);
        let is_long = length(response).is_none_or(|length| length >= self.bytes_min);
        is_long
            && is_whole
            && !is_encoded
            && is_compressible(headers)
            && !forbids_transforming(headers)
    }
}

/// The length of the body, where it is known; that of `HEAD` is what `GET` would give.
fn length(response: &Response<AnswerBody>) -> Option<u64> {
    let told = response.headers().get(CONTENT_LENGTH);
    let told = told.and_then(|told| told.to_str().ok()?.parse().ok());
    told.or_else(|| response.body().size_hint().exact())
}

/// Whether a body of that type becomes shorter: text, and what is written as text. Images, sounds and archives are
/// compressed already; events must not wait for each other.
fn is_compressible(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let content_type = content_type.and_then(|name| name.split(|byte| *byte == b';').next());
    let name = content_type
        .unwrap_or_default()
        .trim_ascii()
        .to_ascii_lowercase();
    let is_event_stream = name == b"text/event-stream";
    let is_text = name.starts_with(b"text/") || TEXTS.contains(&&*name);
    let is_written_as_text = [&b"+json"[..], b"+xml", b"+text"];
    let has_suffix = is_written_as_text
        .iter()
        .any(|suffix| name.ends_with(suffix));
    !is_event_stream && (is_text || has_suffix)
}

/// The types of text, and others that gain as much, whose names do not tell.
const TEXTS: [&[u8]; 10] = [
    b"application/json",
    b"application/javascript",
    b"application/x-javascript",
    b"application/xml",
    b"application/x-ndjson",
    b"application/yaml",
    b"application/toml",
    b"application/wasm",
    b"font/ttf",
    b"font/otf",
];

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

/// The codings that the client accepts, for [`Compression::apply`].
///
/// What it does not accept is left out: a client that refuses even an answer without a coding gets one all the same, as RFC
/// 9110 section 12.5.3 allows, because its handler has run.
pub(super) fn accepted(headers: &HeaderMap) -> HeaderMap {
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
        let accepted = headers(&[(ACCEPT_ENCODING, "gzip")]);
        let compression = compression();
        let applied = pin!(compression.apply(accepted, response)).poll(&mut context);
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
    fn types_that_gain_from_it_are_known() {
        let rows = [
            ("text/plain; charset=utf-8", true),
            ("TEXT/CSV", true),
            ("application/json", true),
            ("application/problem+json;q=1", true),
            ("application/atom+xml", true),
            ("image/svg+xml", true),
            ("application/wasm", true),
            ("text/event-stream", false),
            ("Text/Event-Stream; charset=utf-8", false),
            ("image/png", false),
            ("application/octet-stream", false),
            ("application/zip", false),
            ("multipart/form-data", false),
            ("", false),
        ];
        for (content_type, expected) in rows {
            let headers = headers(&[(CONTENT_TYPE, content_type)]);
            assert_eq!(is_compressible(&headers), expected, "{content_type:?}");
        }
        assert!(!is_compressible(&HeaderMap::new()));
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
