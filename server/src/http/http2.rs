//! What requests and answers of HTTP/2 have that those of HTTP/1.1 don't, so that both look the same to all behind.

use bytes::BytesMut;
use http::header::{CONTENT_LENGTH, COOKIE, HOST, SERVER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::{Body, Incoming};

use super::{AnswerBody, Site, refusal};

/// Makes a request such as HTTP/1.1 has: a `Host`, and one field of cookies. The answer where it is refused.
pub(crate) fn admit(
    site: &Site,
    request: &mut Request<Incoming>,
    headers_max: usize,
) -> Result<(), Box<Response<AnswerBody>>> {
    let authority = request.uri().authority();
    let host = authority.and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    let headers = request.headers_mut();
    let are_trimmed = are_trimmed(headers);
    join_cookies(headers);
    let refused = if headers.len() > headers_max {
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else if headers.get_all(CONTENT_LENGTH).iter().nth(1).is_some() || !are_trimmed {
        // Two lengths: h2 compares the first one with what comes.
        Some(StatusCode::BAD_REQUEST)
    } else {
        None
    };
    if let Some(status) = refused {
        let mut response = refusal::plain(status);
        site.sign(&mut response);
        return Err(Box::new(response));
    }
    if let Some(host) = host {
        headers.entry(HOST).or_insert(host);
    }
    Ok(())
}

/// Whether no value begins or ends with a space or a tab, which is malformed (RFC 9113 section 8.2.1). HTTP/1.1 has white
/// space around values, which is no part of them.
pub(super) fn are_trimmed(fields: &HeaderMap) -> bool {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    fields.values().all(|value| {
        let value = value.as_bytes();
        !value.first().is_some_and(is_space) && !value.last().is_some_and(is_space)
    })
}

/// Joins the cookies, which may come in a field each (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let mut fields = headers.get_all(COOKIE).iter();
    if fields.nth(1).is_none() {
        return;
    }
    let mut joined = BytesMut::new();
    for field in headers.get_all(COOKIE) {
        if !joined.is_empty() {
            joined.extend_from_slice(b"; ");
        }
        joined.extend_from_slice(field.as_bytes());
    }
    let joined = HeaderValue::from_maybe_shared(joined.freeze());
    headers.insert(COOKIE, joined.expect("made of field values"));
}

/// Says how long the body is, where that is known, which hyper says of HTTP/1 alone when it is empty or the request was
/// `HEAD`; whether the body is to be sent.
pub(crate) fn complete<B: Body>(response: &mut Response<B>, method: &Method) -> bool {
    let has_length = !matches!(
        response.status(),
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
    );
    if let Some(length) = response.body().size_hint().exact().filter(|_| has_length) {
        let headers = response.headers_mut();
        headers.entry(CONTENT_LENGTH).or_insert(length.into());
    }
    *method != Method::HEAD
}

/// Puts an answer in the place of one that is finished and can't be kept: 503, as for whatever finds no room.
pub(crate) fn in_place_of(response: &mut Response<AnswerBody>) {
    let mut other = refusal::no_room();
    if let Some(server) = response.headers_mut().remove(SERVER) {
        other.headers_mut().insert(SERVER, server);
    }
    *response = other;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_joined_in_their_order() {
        let rows: [(&[&str], &str); 3] = [
            (&["a=1"], "a=1"),
            (&["a=1", "b=2; c=3", "d=4"], "a=1; b=2; c=3; d=4"),
            (&["", "a=1"], "a=1"),
        ];
        for (sent, expected) in rows {
            let mut headers = HeaderMap::new();
            for field in sent {
                headers.append(COOKIE, HeaderValue::from_static(field));
            }
            join_cookies(&mut headers);
            let fields: Vec<_> = headers.get_all(COOKIE).iter().collect();
            assert_eq!(fields, [expected], "{sent:?}");
        }
        let mut none = HeaderMap::new();
        join_cookies(&mut none);
        assert!(none.is_empty());
    }
}
