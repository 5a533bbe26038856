//! `Request.parse(buffer)`: a request from the bytes of an HTTP/1.1 message.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version};

use crate::capi::{Arguments, Attached, Owned, PyResult, Raised, convert};
use crate::message::{Params, RequestMessage, RouteId, Scheme};
use crate::request::new_request;
use crate::state::State;

/// How many header fields a message may have.
const HEADERS_MAX: usize = 128;

/// `Request.parse(buffer)`. The buffer is copied once, since it may change; everything else is a slice of that copy.
///
/// # Errors
///
/// `ValueError` where the bytes are no whole request, `TypeError` where the argument holds no bytes.
pub(crate) fn from_buffer<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [buffer] = arguments.bind("parse", &[c"buffer"], (1, 1), py)?;
    let bytes = Bytes::from(convert::copy_buffer(buffer.expect("bind requires it"), py)?);
    let message = parse(&bytes).map_err(|why| {
        Raised::value_error(&format!("the buffer holds no HTTP/1.1 request: {why}"), py)
    })?;
    new_request(Arc::new(message), Arc::from([]), state, py)
}

/// The request that `bytes` hold: a head (RFC 9112 section 2.1), then the body that `Content-Length` announces.
pub fn parse(bytes: &Bytes) -> Result<RequestMessage, String> {
    let mut fields = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Request::new(&mut fields);
    let length = match head.parse(bytes).map_err(|error| error.to_string())? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Err(String::from("the head is not complete")),
    };
    let method = Method::from_bytes(head.method.unwrap_or_default().as_bytes());
    let target = bytes.slice_ref(head.path.unwrap_or_default().as_bytes());
    let uri = Uri::from_maybe_shared(target).map_err(|error| error.to_string())?;
    let mut headers = HeaderMap::with_capacity(head.headers.len());
    for field in head.headers.iter() {
        let name =
            HeaderName::from_bytes(field.name.as_bytes()).map_err(|error| error.to_string())?;
        let value = HeaderValue::from_maybe_shared(bytes.slice_ref(field.value));
        headers.append(name, value.map_err(|error| error.to_string())?);
    }
    let decoded_path = uri.path().contains('%').then(|| {
        percent_encoding::percent_decode_str(uri.path())
            .decode_utf8_lossy()
            .into()
    });
    let version = if head.version == Some(0) {
        Version::HTTP_10
    } else {
        Version::HTTP_11
    };
    Ok(RequestMessage {
        method: method.map_err(|error| error.to_string())?,
        body: body(&headers, &bytes.slice(length..))?,
        uri,
        version,
        headers,
        decoded_path,
        route: RouteId(0),
        params: Params::default(),
        stream: None,
        client: None,
        scheme: Scheme::Http,
        socket: None,
    })
}

fn body(headers: &HeaderMap, rest: &Bytes) -> Result<Bytes, String> {
    if headers.contains_key(http::header::TRANSFER_ENCODING) {
        return Err(String::from("a transfer coding is not decoded here"));
    }
    let mut lengths = headers.get_all(http::header::CONTENT_LENGTH).iter();
    let (announced, other) = (lengths.next(), lengths.next());
    let Some(announced) = announced else {
        return Ok(Bytes::new());
    };
    let digits = announced
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let length: usize = match (digits.and_then(|digits| digits.parse().ok()), other) {
        (Some(length), None) => length,
        _ => return Err(String::from("its Content-Length is ambiguous")),
    };
    if rest.len() < length {
        return Err(String::from("the body is not complete"));
    }
    Ok(rest.slice(..length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_slices_the_buffer() {
        let bytes = Bytes::from_static(
            b"POST /a%20b?c=d HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nX-Y: z\r\n\r\nabcdef",
        );
        let message = parse(&bytes).unwrap();
        assert_eq!(message.method, Method::POST);
        assert_eq!(message.path(), "/a b");
        assert_eq!(message.uri.query(), Some("c=d"));
        assert_eq!(message.headers["x-y"], "z");
        assert_eq!(message.body, "abc");
        assert!(
            bytes
                .as_ptr_range()
                .contains(&message.headers["x-y"].as_bytes().as_ptr())
        );
        assert!(bytes.as_ptr_range().contains(&message.body.as_ptr()));
    }

    #[test]
    fn parse_refuses_what_is_not_whole() {
        let cases: [&'static [u8]; 5] = [
            b"",
            b"GET / HTTP/1.1\r\nHost: h\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc",
            b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc",
            b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ];
        for case in cases {
            assert!(parse(&Bytes::from_static(case)).is_err(), "{case:?}");
        }
    }
}
