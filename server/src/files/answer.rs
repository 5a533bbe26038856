//! An open file as an answer: whole, a range of it, or nothing but the news that the client has it already.

use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{
    CONTENT_TYPE, ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
    LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::Empty;
use httpdate::HttpDate;
use tower_http::services::ServeDir;

use super::one_file::OneFile;
use super::open::Opened;
use super::range::range;

/// The body of an answer: read in pieces, one at a time, as the client takes them in.
pub type FileBody = tower_http::services::fs::ServeFileSystemResponseBody;

type Service = ServeDir<tower_http::services::fs::DefaultServeDirFallback, OneFile>;

/// The conditions that the file service knows.
const CONDITIONS: [HeaderName; 4] = [
    IF_MATCH,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
    IF_UNMODIFIED_SINCE,
];

/// The answer to a `GET` or `HEAD` with `headers` (RFC 9110 sections 13 and 14): 200, 206, 304, 412 or 416.
///
/// The body has as many bytes as `Content-Length` says or breaks off, whatever becomes of the file meanwhile.
///
/// # Errors
///
/// Those of the file system.
pub async fn answer(
    method: &Method,
    headers: &HeaderMap,
    opened: Opened,
) -> io::Result<Response<FileBody>> {
    let Opened { file, path, about } = opened;
    let mut service =
        ServeDir::with_backend(&path, OneFile::new(file, about)).ignore_multi_range_requests(true);
    // A range is for GET alone.
    let asked = headers.get(RANGE).filter(|_| *method == Method::GET);
    let mut range = asked.and_then(|asked| range(asked, about.length));
    if range.is_some() && !is_current(headers.get(IF_RANGE), &mut service).await? {
        range = None;
    }
    let mut request = bare(method);
    for name in &CONDITIONS {
        if let Some(value) = joined(headers, name) {
            request.headers_mut().insert(name, value);
        }
    }
    request
        .headers_mut()
        .extend(range.map(|range| (RANGE, range)));
    let mut response = service.try_call(request).await?;
    date_in_time(response.headers_mut(), about.modified);
    name_charset(response.headers_mut());
    Ok(response)
}

/// A request for the one file that the service knows.
fn bare(method: &Method) -> Request<Empty<Bytes>> {
    let mut request = Request::new(Empty::new());
    *request.method_mut() = method.clone();
    request
}

/// The lines of a field as one.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let mut lines = headers.get_all(name).iter();
    let (first, others) = (lines.next()?, lines);
    let mut joined = first.as_bytes().to_vec();
    for line in others {
        joined.extend_from_slice(b", ");
        joined.extend_from_slice(line.as_bytes());
    }
    HeaderValue::from_bytes(&joined).ok()
}

/// Whether `If-Range`, where there is one, names the file as it is: the service does not know that field. A weak tag is
/// never equal to ours, which are strong (section 13.1.5).
async fn is_current(if_range: Option<&HeaderValue>, service: &mut Service) -> io::Result<bool> {
    let Some(if_range) = if_range else {
        return Ok(true);
    };
    let head = service.try_call(bare(&Method::HEAD)).await?;
    let is_same = |name| head.headers().get(name) == Some(if_range);
    Ok(is_same(ETAG) || is_same(LAST_MODIFIED))
}

/// `Last-Modified` is never later than `Date` (section 8.8.2.1), which hyper writes anew once a second.
fn date_in_time(headers: &mut HeaderMap, modified: Option<SystemTime>) {
    let now = SystemTime::now();
    let latest = now - Duration::from_secs(1);
    if modified.is_some_and(|modified| modified > now)
        && let Some(date) = headers.get_mut(LAST_MODIFIED)
        && let Ok(latest) = HttpDate::from(latest).to_string().try_into()
    {
        *date = latest;
    }
}

/// Text is UTF-8 unless somebody says otherwise: without it, browsers guess.
fn name_charset(headers: &mut HeaderMap) {
    if let Some(kind) = headers.get_mut(CONTENT_TYPE)
        && kind.as_bytes().starts_with(b"text/")
        && !kind.as_bytes().contains(&b';')
        && let Ok(named) = HeaderValue::from_bytes(&[kind.as_bytes(), b"; charset=utf-8"].concat())
    {
        *kind = named;
    }
}
