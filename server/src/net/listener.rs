//! From configured addresses to listening sockets.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::os::unix::net::UnixListener;

use socket2::{Domain, Protocol, Socket, Type};

use super::address::BindAddress;
use super::inherited::inherit;
use super::unix::{self, SocketFile, UnixMode};

/// How much of an answer the kernel keeps for each connection beyond what is on its way. It would take 4 MiB, which is much
/// for a client that reads a few bytes now and then, and takes long where such a client lets it send those alone.
/// Accepted sockets have it from their listener.
pub(super) const UNSENT_BYTES_MAX: u32 = 128 * 1024;

/// One listening socket.
#[derive(Debug)]
pub enum Listener {
    /// TCP over IPv4 or IPv6.
    Tcp(TcpListener, SocketAddr),
    /// A unix socket, with the path to remove at the end where this process made it.
    Unix(UnixListener, Option<SocketFile>),
}

/// How listening sockets are made; those that a supervisor hands over are made already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketOptions {
    /// The permissions of unix sockets.
    pub unix_mode: UnixMode,
    /// Whether other processes may listen on the same port (`SO_REUSEPORT`).
    pub reuse_port: bool,
    /// How many connections the kernel keeps until they are accepted; it lowers this to `net.core.somaxconn`.
    pub backlog: NonZeroUsize,
}

impl SocketOptions {
    /// The backlog as the kernel takes it.
    pub(super) fn backlog(self) -> i32 {
        i32::try_from(self.backlog.get()).unwrap_or(i32::MAX)
    }
}

/// Why an address can't be listened on. The operator's fault, or the machine's.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on {address}: {cause}")]
pub struct ListenError {
    address: String,
    #[source]
    cause: io::Error,
}

/// Listens on `address`; a port of 0 takes a free one, a name the first of its addresses that can be had.
///
/// # Errors
///
/// [`ListenError`] names the address and the cause.
pub fn bind(address: &BindAddress, options: SocketOptions) -> Result<Listener, ListenError> {
    let listener = match address {
        BindAddress::Tcp { host, port } => bind_tcp(host, *port, options),
        BindAddress::Unix(path) => {
            unix::listen(path, options).map(|(listener, file)| Listener::Unix(listener, Some(file)))
        }
        BindAddress::Fd(number) => inherit(*number),
    };
    listener.map_err(|cause| ListenError {
        address: address.to_string(),
        cause: plain(cause),
    })
}

/// The cause in words that name the remedy, where there is one.
fn plain(cause: io::Error) -> io::Error {
    let kind = cause.kind();
    if kind == io::ErrorKind::AddrInUse {
        return io::Error::new(kind, "the address is in use by another process");
    }
    if kind == io::ErrorKind::PermissionDenied {
        return io::Error::new(
            kind,
            "permission denied (a port below 1024 needs a privilege, a path a folder that may be written to)",
        );
    }
    cause
}

fn bind_tcp(host: &str, port: u16, options: SocketOptions) -> io::Result<Listener> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match listen_tcp(address, options) {
            Ok(listener) => {
                let address = listener.local_addr()?;
                return Ok(Listener::Tcp(listener, address));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn listen_tcp(address: SocketAddr, options: SocketOptions) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(options.reuse_port)?;
    socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(options.backlog())?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

impl Listener {
    /// A second handle of the same socket, for another thread.
    ///
    /// # Errors
    ///
    /// When no descriptor is to be had.
    pub fn share(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(listener, address) => Self::Tcp(listener.try_clone()?, *address),
            Self::Unix(listener, _) => Self::Unix(listener.try_clone()?, None),
        })
    }

    /// Where a client finds it: `http://127.0.0.1:8000`, or `https` with TLS; `unix:/run/app.sock`.
    pub fn url(&self, has_tls: bool) -> String {
        match self {
            Self::Tcp(_, address) if has_tls => format!("https://{address}"),
            Self::Tcp(_, address) => format!("http://{address}"),
            Self::Unix(listener, _) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                format!(
                    "unix:{}",
                    path.map_or_else(String::new, |path| path.display().to_string())
                )
            }
        }
    }
}
