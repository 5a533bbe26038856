//! Whom and what a request asks for: its target and its `Host` (RFC 9112 sections 3.2 and 3.3).

use http::header::HOST;
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{Method, Version};

/// What a head's target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Something that may have a route.
    Resource,
    /// `*`: the server as a whole.
    Server,
    /// Another server, to which a tunnel is wanted.
    Tunnel,
    /// It is malformed, or does not say whose it is, or says so twice.
    Bad,
}

/// The target of a request.
pub(super) fn target(head: &Parts) -> Target {
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Target::Bad;
    }
    let authority = head.uri.authority();
    let is_named = match (host, authority) {
        (Some(host), None) => is_host(host.as_bytes()),
        (Some(host), Some(authority)) => {
            is_host(host.as_bytes()) && is_same(host.as_bytes(), authority, head.uri.scheme())
        }
        (None, Some(_)) => head.version != Version::HTTP_11,
        (None, None) => head.version < Version::HTTP_11,
    };
    if !is_named {
        return Target::Bad;
    }
    let path = head.uri.path();
    match (&head.method, path, authority) {
        (&Method::CONNECT, _, Some(_)) => Target::Tunnel,
        (&Method::OPTIONS, "*", _) => Target::Server,
        (&Method::CONNECT, _, None) => Target::Bad,
        // An authority without a scheme is what CONNECT has alone.
        (_, _, Some(_)) if head.uri.scheme().is_none() => Target::Bad,
        _ if path.starts_with('/') => Target::Resource,
        _ => Target::Bad,
    }
}

/// Whether a `Host` is `uri-host [ ":" port ]`, or empty (RFC 9110 section 7.2, RFC 3986 section 3.2.2).
fn is_host(value: &[u8]) -> bool {
    let (name, port) = match value {
        [b'[', rest @ ..] => match rest.iter().position(|byte| *byte == b']') {
            Some(end) => {
                let is_address =
                    |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
                return rest[..end].iter().all(is_address) && is_port(&rest[end + 1..]);
            }
            None => return false,
        },
        _ => match value.iter().position(|byte| *byte == b':') {
            Some(colon) => value.split_at(colon),
            None => (value, &[][..]),
        },
    };
    name.iter().all(|byte| is_in_name(*byte)) && is_port(port)
}

/// A byte of a registered name: unreserved, a percent escape or a sub-delimiter. The comma is one, and refused: it would
/// make one host of what is a list elsewhere.
fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=".contains(&byte)
}

/// Nothing, or a colon and digits.
fn is_port(bytes: &[u8]) -> bool {
    match bytes {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Whether a target in absolute form names the host that `Host` names; the scheme's own port may be left out.
fn is_same(host: &[u8], authority: &Authority, scheme: Option<&Scheme>) -> bool {
    let named = authority.as_str().as_bytes();
    let own_port: &[u8] = if scheme == Some(&Scheme::HTTPS) {
        b":443"
    } else {
        b":80"
    };
    let short = |name: &[u8]| {
        name.strip_suffix(own_port)
            .unwrap_or(name)
            .to_ascii_lowercase()
    };
    short(host) == short(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses_with_ports() {
        for host in [
            "",
            "a",
            "a.b-c_d",
            "a:80",
            "a:",
            "1.2.3.4:5",
            "[::1]",
            "[::1]:80",
            "%41",
        ] {
            assert!(is_host(host.as_bytes()), "{host:?}");
        }
        for host in [
            "a b", "a/b", "u@a", "a, b", "a:b", "[::1", "[::1]a", "[g]", "a:1:2", "a?", "a#",
            "\"a\"",
        ] {
            assert!(!is_host(host.as_bytes()), "{host:?}");
        }
    }

    #[test]
    fn an_absolute_target_agrees_with_the_host() {
        let agrees_in = |scheme: &Scheme, host: &str, authority: &'static str| {
            is_same(
                host.as_bytes(),
                &Authority::from_static(authority),
                Some(scheme),
            )
        };
        let agrees = |host: &str, authority| agrees_in(&Scheme::HTTP, host, authority);
        assert!(agrees("A", "a"));
        assert!(agrees("a:80", "a"));
        assert!(!agrees("a:81", "a"));
        assert!(!agrees("a", "u@a"));
        assert!(!agrees("a", "b"));
        assert!(agrees_in(&Scheme::HTTPS, "a:443", "a"));
        assert!(!agrees_in(&Scheme::HTTPS, "a:80", "a"));
        assert!(!agrees("a:443", "a"));
    }
}
