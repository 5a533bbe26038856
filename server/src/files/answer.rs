//! An open file as an answer: whole, a range of it, or nothing but the news that the client has it already.

use std::io;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED, RANGE};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::Empty;
use tower_http::services::ServeDir;

use super::conditions;
use super::one_file::OneFile;
use super::open::Opened;
use super::range::range;
use super::validators::Validators;

/// The body of an answer: read in pieces, one at a time, as the client takes them in.
pub type FileBody = tower_http::services::fs::ServeFileSystemResponseBody;

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
    let mut response = if let Some(status) = conditions::refusal(headers, &validators) {
        let mut response = Response::new(FileBody::default());
        *response.status_mut() = status;
        response
    } else {
        // A range is for GET alone.
        let asked = headers.get(RANGE).filter(|_| *method == Method::GET);
        let range = asked.and_then(|asked| range(asked, about.length));
        let range = range.filter(|_| conditions::allows_range(headers, &validators));
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = method.clone();
        request
            .headers_mut()
            .extend(range.map(|range| (RANGE, range)));
        ServeDir::with_backend(&path, OneFile::new(file, about))
            .ignore_multi_range_requests(true)
            .try_call(request)
            .await?
    };
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
