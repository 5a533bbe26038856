//! How a record is written: the common and combined formats of httpd's, and JSON.

use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use http::header::{HOST, REFERER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::escape;

/// The formats, in bytes of the values that clients choose, as they are written.
const METHOD_BYTES_MAX: usize = 32;
const TARGET_BYTES_MAX: usize = 2048;
const HOST_BYTES_MAX: usize = 256;
const REFERER_BYTES_MAX: usize = 1024;
const USER_AGENT_BYTES_MAX: usize = 512;

const COMMON_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
const JSON_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `client - - [time] "request line" status bytes`.
    Common,
    /// The same, and `"referer" "user agent"`.
    Combined,
    /// One object a line.
    Json,
}

/// What is logged of a request.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'r> {
    /// The client's address, if it has one.
    pub client: Option<IpAddr>,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Its method.
    pub method: &'r Method,
    /// Its target.
    pub uri: &'r Uri,
    /// Its version of HTTP.
    pub version: Version,
    /// Its header fields.
    pub headers: &'r HeaderMap,
}

/// A line that is made as far as the request goes.
#[derive(Debug, Default)]
pub(super) struct Begun {
    line: Vec<u8>,
    /// Where what the answer adds belongs.
    gap: usize,
}

/// What is logged of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) status: u16,
    /// Of the body, as they went over the wire.
    pub(super) bytes: u64,
    /// Whether the body came to its end.
    pub(super) is_complete: bool,
    /// Until the last byte was handed to the kernel.
    pub(super) duration: Duration,
}

impl Format {
    /// The request's part of a record.
    pub(super) fn begin(self, seen: &Seen<'_>) -> Begun {
        let mut line = Vec::with_capacity(256);
        let now = OffsetDateTime::now_utc();
        match self {
            Self::Common | Self::Combined => {
                match seen.client {
                    Some(client) => written(write!(line, "{client}")),
                    None => line.push(b'-'),
                }
                line.extend_from_slice(b" - - [");
                written(now.format_into(&mut line, COMMON_TIME));
                line.extend_from_slice(b"] \"");
                escape::quoted(&mut line, seen.method.as_str().as_bytes(), METHOD_BYTES_MAX);
                line.push(b' ');
                seen.with_target(|target| {
                    escape::quoted(&mut line, target.as_bytes(), TARGET_BYTES_MAX);
                });
                written(write!(line, " {:?}\"", seen.version));
            }
            Self::Json => {
                line.extend_from_slice(b"{\"time\":\"");
                written(now.format_into(&mut line, JSON_TIME));
                line.push(b'"');
                seen.write_json(&mut line);
            }
        }
        let gap = line.len();
        if self == Self::Combined {
            for (name, bytes_max) in [
                (REFERER, REFERER_BYTES_MAX),
                (USER_AGENT, USER_AGENT_BYTES_MAX),
            ] {
                line.extend_from_slice(b" \"");
                escape::quoted(&mut line, seen.field(&name).unwrap_or(b"-"), bytes_max);
                line.push(b'"');
            }
        }
        Begun { line, gap }
    }

    /// The whole record, a line with its end.
    pub(super) fn end(self, begun: Begun, ended: &Ended) -> Vec<u8> {
        let Begun { mut line, gap } = begun;
        let Ended {
            status,
            bytes,
            is_complete,
            duration,
        } = ended;
        match self {
            Self::Common | Self::Combined => {
                let rest = line.split_off(gap);
                written(match bytes {
                    0 => write!(line, " {status} -"),
                    _ => write!(line, " {status} {bytes}"),
                });
                line.extend_from_slice(&rest);
            }
            Self::Json => written(write!(
                line,
                ",\"status\":{status},\"bytes\":{bytes},\"duration\":{}.{:06},\"complete\":{is_complete}}}",
                duration.as_secs(),
                duration.subsec_micros(),
            )),
        }
        line.push(b'\n');
        line
    }
}

impl Seen<'_> {
    fn write_json(&self, line: &mut Vec<u8>) {
        let client = self.client.map(|client| client.to_string());
        let member = |line: &mut Vec<u8>, name: &str, value: Option<&[u8]>, bytes_max: usize| {
            written(write!(line, ",\"{name}\":"));
            escape::json(line, value, bytes_max);
        };
        member(
            line,
            "client",
            client.as_deref().map(str::as_bytes),
            usize::MAX >> 1,
        );
        let method = self.method.as_str().as_bytes();
        member(line, "method", Some(method), METHOD_BYTES_MAX);
        self.with_target(|target| {
            member(line, "target", Some(target.as_bytes()), TARGET_BYTES_MAX);
        });
        written(write!(
            line,
            ",\"version\":\"{:?}\",\"scheme\":\"{}\"",
            self.version, self.scheme
        ));
        let authority = self
            .uri
            .authority()
            .map(|authority| authority.as_str().as_bytes());
        member(
            line,
            "host",
            self.field(&HOST).or(authority),
            HOST_BYTES_MAX,
        );
        member(line, "referer", self.field(&REFERER), REFERER_BYTES_MAX);
        member(
            line,
            "user_agent",
            self.field(&USER_AGENT),
            USER_AGENT_BYTES_MAX,
        );
    }

    fn field(&self, name: &HeaderName) -> Option<&[u8]> {
        self.headers.get(name).map(HeaderValue::as_bytes)
    }

    /// The target as the client sent it; of HTTP/2, which sends it in parts, path and query.
    fn with_target(&self, take: impl FnOnce(&str)) {
        let is_whole = self.uri.authority().is_some() && self.version < Version::HTTP_2;
        match self.uri.path_and_query() {
            Some(path) if !is_whole => take(path.as_str()),
            _ => take(&self.uri.to_string()),
        }
    }
}

/// Nothing that is written to memory fails.
fn written<T, E>(outcome: Result<T, E>) {
    drop(outcome);
}
