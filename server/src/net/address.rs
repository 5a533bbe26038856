//! Where to listen: `HOST:PORT`, `[IPV6]:PORT`, `unix:/path` or `fd:N`.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::str::FromStr;

/// One place where clients can reach the server. `Display` gives the form that it was parsed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindAddress {
    /// A TCP port of one or all of the machine's addresses.
    Tcp {
        /// A name, an IPv4 address, or an IPv6 address without its brackets.
        host: String,
        /// 0 takes a free port.
        port: u16,
    },
    /// A socket in the file system.
    ///
    /// INVARIANT: absolute, at most [`UNIX_PATH_BYTES_MAX`] bytes, UTF-8, no NUL.
    Unix(PathBuf),
    /// A listening socket that a supervisor handed over.
    ///
    /// INVARIANT: not negative.
    Fd(i32),
}

/// `sun_path` has 108 bytes on Linux, one of them for the NUL.
const UNIX_PATH_BYTES_MAX: usize = 107;

/// The text has none of the forms of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not HOST:PORT, [IPV6]:PORT, unix:/path or fd:N")]
pub struct NoAddress;

impl FromStr for BindAddress {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        if let Some(path) = text.strip_prefix("unix:") {
            let is_usable =
                path.starts_with('/') && path.len() <= UNIX_PATH_BYTES_MAX && !path.contains('\0');
            return if is_usable {
                Ok(Self::Unix(path.into()))
            } else {
                Err(NoAddress)
            };
        }
        if let Some(number) = text.strip_prefix("fd:") {
            return digits(number).map(Self::Fd).ok_or(NoAddress);
        }
        let (host, port) = text.rsplit_once(':').ok_or(NoAddress)?;
        let host = host_name(host).ok_or(NoAddress)?;
        let port = digits(port).ok_or(NoAddress)?;
        Ok(Self::Tcp { host, port })
    }
}

impl fmt::Display for BindAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(formatter, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(formatter, "{host}:{port}"),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
            Self::Fd(number) => write!(formatter, "fd:{number}"),
        }
    }
}

/// A number without a sign, which `parse` alone would let pass.
fn digits<N: FromStr>(text: &str) -> Option<N> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

fn host_name(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(address.to_string());
    }
    let is_name = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    is_name.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_round_trips() {
        for text in [
            "127.0.0.1:8000",
            "localhost:0",
            "[::1]:65535",
            "[::]:80",
            "unix:/run/a b.sock",
            "fd:0",
            "fd:3",
        ] {
            assert_eq!(text.parse::<BindAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn address_refuses_other_forms() {
        let long_path = format!("unix:/{}", "p".repeat(UNIX_PATH_BYTES_MAX));
        for text in [
            "",
            "8000",
            ":8000",
            "localhost",
            "localhost:",
            "localhost:65536",
            "localhost:+1",
            "localhost:-1",
            "::1:80",
            "[::1]",
            "[::1:80",
            "[localhost]:80",
            "a b:80",
            "http://localhost:80",
            "unix:",
            "unix:relative",
            "unix:/nul\0",
            &long_path,
            "fd:",
            "fd:-1",
            "fd:+3",
            "fd:2147483648",
        ] {
            assert_eq!(text.parse::<BindAddress>(), Err(NoAddress), "{text}");
        }
        assert!(
            long_path[..long_path.len() - 1]
                .parse::<BindAddress>()
                .is_ok()
        );
    }
}
