//! What a trusted proxy says of its client: `Forwarded` (RFC 7239), and `X-Forwarded-For` and `-Proto`.
//!
//! Each proxy adds what it saw at the right. So the list is walked from there, over addresses that are trusted themselves,
//! to the first that is not: that is the client, and what stands to its left is its own word, which is not even read.
//! Nothing a client sends can change how the part that proxies have added is understood, or hide it.

mod element;
mod list;

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName};
use native_types::message::Scheme;

use super::Peer;
use super::proxies::TrustedProxies;
use element::{Element, Node, address, element, scheme};
use list::{elements, quoted_elements};

const FORWARDED: HeaderName = http::header::FORWARDED;
const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The fields contradict each other. A proxy sets one kind, and passes on what its client says in the other: the client's
/// fault, or the operator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contradiction;

/// What fields of one kind say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Said {
    /// The client, or the proxy that is the nearest to it of those that are known.
    client: Option<SocketAddr>,
    scheme: Option<Scheme>,
}

/// Who is at the far end of a request that `peer`, a trusted proxy, passes on.
///
/// # Errors
///
/// [`Contradiction`], where both kinds of fields are there and don't agree. To believe the one or the other would let
/// clients of a proxy choose their address, to believe neither would let them hide behind the proxy's.
pub(super) fn far_end(
    peer: Peer,
    headers: &HeaderMap,
    trusted: &TrustedProxies,
) -> Result<Peer, Contradiction> {
    let standard = forwarded(headers, trusted);
    let customary = x_forwarded(headers, trusted);
    let said = agreed(standard, customary)?;
    Ok(Peer {
        client: said.client.or(peer.client),
        scheme: said.scheme.unwrap_or(peer.scheme),
        ..peer
    })
}

fn agreed(one: Said, other: Said) -> Result<Said, Contradiction> {
    let client = match (one.client, other.client) {
        (Some(one), Some(other)) if one.ip() != other.ip() => return Err(Contradiction),
        // Only one of them may know the port.
        (Some(one), Some(other)) if one.port() == 0 => Some(other),
        (one, other) => one.or(other),
    };
    match (one.scheme, other.scheme) {
        (Some(one), Some(other)) if one != other => Err(Contradiction),
        (one, other) => Ok(Said {
            client,
            scheme: one.or(other),
        }),
    }
}

/// What `Forwarded` says: the client, and the scheme of the element that names it.
fn forwarded(headers: &HeaderMap, trusted: &TrustedProxies) -> Said {
    let mut said = Said::default();
    for text in quoted_elements(headers.get_all(FORWARDED)) {
        let Some(Element { node, scheme }) = element(text) else {
            break;
        };
        said.scheme = scheme;
        let Node::Address(client) = node else { break };
        said.client = Some(client);
        if !trusted.has(Some(client.ip())) {
            break;
        }
    }
    said
}

/// What `X-Forwarded-For` and `X-Forwarded-Proto` say. The latter is seldom appended to, so its elements can't be matched
/// with those of the former: the nearest proxy's counts.
fn x_forwarded(headers: &HeaderMap, trusted: &TrustedProxies) -> Said {
    let mut client = None;
    for text in elements(headers.get_all(FOR)) {
        let Some(node) = address(text) else { break };
        client = Some(node);
        if !trusted.has(Some(node.ip())) {
            break;
        }
    }
    let nearest = elements(headers.get_all(PROTO)).next();
    Said {
        client,
        scheme: nearest.and_then(scheme),
    }
}

#[cfg(test)]
mod tests;
