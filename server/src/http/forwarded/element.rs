//! One element of what proxies say: of `Forwarded` (RFC 7239 section 4), or an address as `X-Forwarded-For` has it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str;

use native_types::message::Scheme;

/// Whom a proxy names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Node {
    /// Nobody: `unknown`, or a name that only the proxy understands.
    #[default]
    Hidden,
    /// An address; a port that is not told is 0.
    Address(SocketAddr),
}

/// What one proxy says of whom it has its request from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// `for`.
    pub(super) node: Node,
    /// `proto`, where it is one of those that handlers know.
    pub(super) scheme: Option<Scheme>,
}

/// An element of `Forwarded`; `None` for what is none: parameters that are repeated, values with characters that would have
/// to be quoted, nodes of another form.
pub(super) fn element(text: &[u8]) -> Option<Element> {
    let mut rest = str::from_utf8(text).ok()?;
    let mut element = Element::default();
    let (mut has_node, mut has_scheme) = (false, false);
    loop {
        rest = rest.trim_start();
        if !rest.starts_with(';') && !rest.is_empty() {
            let (name, after) = rest.split_once('=')?;
            let value;
            (value, rest) = value_of(after)?;
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            if is("for") {
                if std::mem::replace(&mut has_node, true) {
                    return None;
                }
                element.node = node(&value)?;
            } else if is("proto") {
                if std::mem::replace(&mut has_scheme, true) {
                    return None;
                }
                element.scheme = scheme(value.as_bytes());
            } else if !is_token(name) {
                return None;
            }
        }
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(element);
        }
        rest = rest.strip_prefix(';')?;
    }
}

/// The token or quoted string that `text` begins with, and what comes after it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        return is_token(token).then(|| (token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            character => value.push(character),
        }
    }
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_in_token)
}

/// RFC 7239 section 6: an address, in brackets where it is one of IPv6, `unknown`, or a name that begins with `_`; and a
/// port, which may be such a name, too.
fn node(text: &str) -> Option<Node> {
    let (host, port) = match text.rfind(']').or_else(|| text.rfind(':')) {
        // Without a port, or with one behind the bracket.
        Some(at) if text[at..].starts_with(']') => text.split_at(at + 1),
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => 0,
        Some(name) if is_obfuscated(name) => 0,
        port => decimal(port?)?,
    };
    if host.eq_ignore_ascii_case("unknown") || is_obfuscated(host) {
        return Some(Node::Hidden);
    }
    let ip = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?.into(),
        None => host.parse::<Ipv4Addr>().ok()?.into(),
    };
    Some(Node::Address(canonical(ip, port)))
}

fn is_obfuscated(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let name = text.strip_prefix('_');
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(is_known))
}

/// A port without a sign, which `parse` alone would let pass.
fn decimal(text: &str) -> Option<u16> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit());
    is_decimal.then(|| text.parse().ok()).flatten()
}

/// An address as in `X-Forwarded-For`, which has no specification: of IPv6 with or without brackets; some add the port. A
/// port that is not told is 0.
pub(super) fn address(text: &[u8]) -> Option<SocketAddr> {
    let text = str::from_utf8(text).ok()?;
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(canonical(ip, 0));
    }
    match node(text)? {
        Node::Address(address) => Some(address),
        Node::Hidden => None,
    }
}

/// An address as handlers and lists of proxies know it: one of IPv4 in its own form.
fn canonical(ip: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(ip.to_canonical(), port)
}

/// A scheme, or the scheme that the WebSocket's corresponds to.
pub(super) fn scheme(text: &[u8]) -> Option<Scheme> {
    let is = |known: &[u8]| text.eq_ignore_ascii_case(known);
    if is(b"http") || is(b"ws") {
        Some(Scheme::Http)
    } else if is(b"https") || is(b"wss") {
        Some(Scheme::Https)
    } else {
        None
    }
}
