//! Which peers are proxies whose word about their clients is believed.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use super::Allowed;

/// One entry of a list of trusted proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedProxy {
    /// Whoever connects to a unix socket; that is for the socket's permissions to say.
    Unix,
    /// The addresses of a network.
    ///
    /// INVARIANT: without host bits, and not of IPv4 addresses in IPv6 form, which [`TrustedProxies`] never looks for.
    Network(IpNet),
}

/// The text is no address, no network and not `unix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoProxy;

impl FromStr for TrustedProxy {
    type Err = NoProxy;

    fn from_str(text: &str) -> Result<Self, NoProxy> {
        if text == "unix" {
            return Ok(Self::Unix);
        }
        let address = text.parse::<IpAddr>().map(IpNet::from);
        let network = address.or_else(|_| text.parse()).map_err(|_| NoProxy)?;
        // `10.1.2.3/8` is a mistake for one of two things, and the wider would be believed.
        let has_host_bits = network.network() != network.addr();
        let is_mapped = match network {
            IpNet::V4(_) => false,
            IpNet::V6(network) => is_mapped(network.addr()),
        };
        if has_host_bits || is_mapped {
            return Err(NoProxy);
        }
        Ok(Self::Network(network))
    }
}

fn is_mapped(address: Ipv6Addr) -> bool {
    address.to_ipv4_mapped().is_some()
}

impl fmt::Display for TrustedProxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix => formatter.write_str("unix"),
            Self::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                network.addr().fmt(formatter)
            }
            Self::Network(network) => network.fmt(formatter),
        }
    }
}

/// The peers that are believed.
#[derive(Clone, Debug)]
pub struct TrustedProxies(Allowed<TrustedProxy>);

impl TrustedProxies {
    /// Those of a list; none for an empty one.
    pub fn new(proxies: Allowed<TrustedProxy>) -> Option<Self> {
        match &proxies {
            Allowed::These(proxies) if proxies.is_empty() => None,
            Allowed::These(_) | Allowed::Any => Some(Self(proxies)),
        }
    }

    /// Whether a peer is among them; `None` is the peer on a unix socket. An address is to be canonical: one of IPv4 is not
    /// found in its IPv6 form.
    pub(super) fn has(&self, peer: Option<IpAddr>) -> bool {
        match &self.0 {
            Allowed::Any => true,
            Allowed::These(proxies) => proxies.iter().any(|proxy| match (proxy, peer) {
                (TrustedProxy::Unix, None) => true,
                (TrustedProxy::Network(network), Some(address)) => network.contains(&address),
                (TrustedProxy::Unix, Some(_)) | (TrustedProxy::Network(_), None) => false,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_round_trip() {
        for text in [
            "unix",
            "10.0.0.0/8",
            "10.0.0.1",
            "::1",
            "2001:db8::/32",
            "0.0.0.0/0",
            "::/0",
        ] {
            assert_eq!(text.parse::<TrustedProxy>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn proxies_refuse_what_may_be_a_mistake() {
        for text in [
            "",
            "*",
            "localhost",
            "Unix",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/",
            "10.0.0.1:80",
            "[::1]",
            "2001:db8::1/32",
            "::ffff:10.0.0.1",
            "::ffff:10.0.0.0/104",
        ] {
            assert_eq!(text.parse::<TrustedProxy>(), Err(NoProxy), "{text}");
        }
    }

    #[test]
    fn peers_are_found_in_networks_and_on_unix_sockets() {
        let these = |list: &[&str]| {
            let proxies = list.iter().map(|text| text.parse().unwrap()).collect();
            TrustedProxies::new(Allowed::These(proxies))
        };
        assert!(these(&[]).is_none());
        let networks = these(&["10.0.0.0/8", "::1"]).unwrap();
        let address = |text: &str| Some(text.parse().unwrap());
        for inside in ["10.255.255.255", "::1"] {
            assert!(networks.has(address(inside)), "{inside}");
        }
        for outside in ["11.0.0.0", "9.255.255.255", "::2", "::", "127.0.0.1"] {
            assert!(!networks.has(address(outside)), "{outside}");
        }
        assert!(!networks.has(None));
        let unix = these(&["unix"]).unwrap();
        assert!(unix.has(None) && !unix.has(address("127.0.0.1")));
        let any = TrustedProxies::new(Allowed::Any).unwrap();
        assert!(any.has(None) && any.has(address("8.8.8.8")));
    }
}
