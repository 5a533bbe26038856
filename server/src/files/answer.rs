//! An open file as an answer: whole, a range of it, or nothing but the news that the client has it already.

use std::io;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, LAST_MODIFIED, RANGE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Empty;
use tower_http::services::ServeDir;

use super::conditions;
use super::one_file::OneFile;
use super::open::Opened;
use super::range::range;
use super::validators::Validators;

/// The body of an answer: read in pieces, one at a time, as the client takes them in.
pub type FileBody = tower_http::services::fs::ServeFileSystemResponseBody;

/// What a client has already, and so is not sent: in the extensions of a 304, whose header fields depend on it.
#[derive(Clone, Debug, Default)]
pub struct Unsent {
    /// Its type, where that is known.
    pub content_type: Option<HeaderValue>,
    /// Its length in bytes, where that is known.
    pub length: Option<u64>,
}

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
    let validators = Validators::of(&about);
    let refusal = conditions::refusal(headers, &validators);
    // A range is for GET alone.
    let asked = headers
        .get(RANGE)
        .filter(|_| *method == Method::GET && refusal.is_none());
    let range = asked.and_then(|asked| range(asked, about.length));
    let range = range.filter(|_| conditions::allows_range(headers, &validators));
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.method_mut() = refusal.map_or_else(|| method.clone(), |_| Method::HEAD);
    request
        .headers_mut()
        .extend(range.map(|range| (RANGE, range)));
    let mut response = ServeDir::with_backend(&path, OneFile::new(file, about))
        .ignore_multi_range_requests(true)
        .try_call(request)
        .await?;
    if let Some(status) = refusal {
        response = without_content(status, response);
    }
    let fields = response.headers_mut();
    name_charset(fields);
    // The service's own are of size and time alone.
    fields.insert(ETAG, validators.tag.clone());
    match validators.last_modified() {
        Some(date) => drop(fields.insert(LAST_MODIFIED, date)),
        None => drop(fields.remove(LAST_MODIFIED)),
    }
    Ok(response)
}

/// An answer with another status than `whole`, and without its content.
fn without_content(status: StatusCode, mut whole: Response<FileBody>) -> Response<FileBody> {
    let mut response = Response::new(FileBody::default());
    *response.status_mut() = status;
    response.extensions_mut().insert(Unsent {
        content_type: whole.headers_mut().remove(CONTENT_TYPE),
        length: whole
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok()),
    });
    response
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
