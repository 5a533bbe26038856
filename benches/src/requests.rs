//! Requests as a client sends them, and a dict of copies of their parts, as servers make that have no native request.

use std::fmt::Write as _;

use bytes::Bytes;
use native_types::capi::{Attached, Object, Owned, PyResult, RefSlot, builtin, convert};
use native_types::message::RequestMessage;
use native_types::parse::parse;

/// The fields that a request begins with.
const FIELDS: [(&str, &str); 10] = [
    ("Host", "api.example.org"),
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    ("Accept", "application/json, text/plain, */*"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-GB,en;q=0.7,de;q=0.3"),
    ("Content-Type", "application/octet-stream"),
    (
        "Cookie",
        "session=0f8fad5bd9cb469fa16570867728950e; theme=dark",
    ),
    ("Origin", "https://www.example.org"),
    ("Referer", "https://www.example.org/orders/17?page=2"),
    ("X-Request-Id", "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
];

/// One request: the bytes that a client sends, and what they say.
#[derive(Debug)]
pub struct Sent {
    /// The whole message.
    pub bytes: Bytes,
    /// Its parts, slices of the bytes.
    pub message: RequestMessage,
}

impl Sent {
    /// A request with so many header fields, one of them `Content-Length` where it has a body of so many bytes.
    ///
    /// # Panics
    ///
    /// When it has fewer than two fields: a request with a body needs them.
    pub fn new(fields: usize, body_bytes: usize) -> Self {
        assert!(
            fields >= 2,
            "Host, and Content-Length where there is a body"
        );
        let has_body = body_bytes > 0;
        let mut text = String::from("POST /orders/17/items?page=2&sort=price HTTP/1.1\r\n");
        let given = fields - usize::from(has_body);
        for (name, value) in FIELDS.iter().take(given) {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        for number in FIELDS.len()..given {
            let _ = write!(text, "X-Extra-{number}: the value of field {number}\r\n");
        }
        if has_body {
            let _ = write!(text, "Content-Length: {body_bytes}\r\n");
        }
        let mut bytes = (text + "\r\n").into_bytes();
        bytes.extend((b'a'..=b'z').cycle().take(body_bytes));
        let bytes = Bytes::from(bytes);
        let message = parse(&bytes).expect("a whole request");
        assert_eq!(message.headers.len(), fields);
        Self { bytes, message }
    }
}

/// The keys of the dict, made once, as a server keeps them.
const KEYS: [&std::ffi::CStr; 8] = [
    c"method",
    c"path",
    c"raw_query",
    c"http_version",
    c"scheme",
    c"client",
    c"body",
    c"headers",
];

/// Makes dicts of the parts of requests; it holds their keys.
#[derive(Debug)]
pub struct Dicts([RefSlot; KEYS.len()]);

impl Dicts {
    /// With keys that are made now. It is dropped while the thread is attached.
    ///
    /// # Errors
    ///
    /// When memory is short.
    pub fn new(py: Attached<'_>) -> PyResult<Self> {
        let keys = KEYS.map(|_| RefSlot::empty());
        for (key, name) in keys.iter().zip(KEYS) {
            key.fill(convert::new_interned(name, py)?, py);
        }
        Ok(Self(keys))
    }

    /// The key at `index`, in the order of a request's attributes: method, path, raw query, version, scheme, client, body,
    /// headers.
    pub fn key<'a>(&'a self, index: usize, py: Attached<'a>) -> &'a Object {
        self.0[index].get(py).expect("made at the start")
    }

    /// A dict with a copy of each part of `message`: what a native request can be asked for, made at once.
    ///
    /// # Errors
    ///
    /// When memory is short.
    pub fn make<'py>(
        &'py self,
        message: &RequestMessage,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let headers = builtin::new_dict(py)?;
        for (name, value) in &message.headers {
            let name = convert::new_str(name.as_str(), py)?;
            let value = convert::new_latin1(value.as_bytes(), py)?;
            builtin::set_item(&headers, &name, &value, py)?;
        }
        let query = message.uri.query().unwrap_or_default();
        let values = [
            convert::new_str(message.method.as_str(), py)?,
            convert::new_str(message.path(), py)?,
            convert::new_bytes(query.as_bytes(), py)?,
            convert::new_str("1.1", py)?,
            convert::new_str(message.scheme.as_str(), py)?,
            builtin::none(py),
            convert::new_bytes(&message.body, py)?,
            headers,
        ];
        let dict = builtin::new_dict(py)?;
        for (index, value) in values.iter().enumerate() {
            builtin::set_item(&dict, self.key(index, py), value, py)?;
        }
        Ok(dict)
    }
}
