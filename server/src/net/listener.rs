//! From configured addresses to listening sockets.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use socket2::{Domain, Protocol, Socket, Type};

use super::address::BindAddress;

/// How many connections the kernel keeps until they are accepted; it lowers this to `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

/// One listening socket.
#[derive(Debug)]
pub enum Listener {
    /// TCP over IPv4 or IPv6.
    Tcp(TcpListener, SocketAddr),
    /// A unix socket, with the path to remove at the end where this process made it.
    Unix(UnixListener, Option<SocketFile>),
}

/// A unix socket's file, which is removed when the server ends.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
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

/// Listens on `address`; a port of 0 takes a free one.
///
/// # Errors
///
/// [`ListenError`] names the address and the cause.
pub fn bind(address: &BindAddress) -> Result<Listener, ListenError> {
    let listener = match address {
        BindAddress::Tcp { host, port } => bind_tcp(host, *port),
        BindAddress::Unix(path) => bind_unix(path),
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

fn bind_tcp(host: &str, port: u16) -> io::Result<Listener> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match listen_tcp(address) {
            Ok(listener) => {
                let address = listener.local_addr()?;
                return Ok(Listener::Tcp(listener, address));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn listen_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn bind_unix(path: &Path) -> io::Result<Listener> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    // A socket that nobody listens on is left over from a process that ended without removing it.
    let refuses = || {
        let answer = UnixStream::connect(path);
        answer.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    if is_socket && refuses() {
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    Ok(Listener::Unix(listener, Some(SocketFile(path.to_owned()))))
}

/// Takes over the listening socket that a supervisor handed to this process as descriptor `number`.
fn inherit(number: i32) -> io::Result<Listener> {
    // A copy of the descriptor: the number alone is no proof that this process may close it.
    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    let socket = Socket::from(pidfd_getfd(this, number, PidfdGetfdFlags::empty())?);
    socket.set_nonblocking(true)?;
    if !socket.is_listener()? {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the descriptor is no listening socket",
        ));
    }
    if socket.domain()? == Domain::UNIX {
        return Ok(Listener::Unix(OwnedFd::from(socket).into(), None));
    }
    let listener = TcpListener::from(socket);
    let address = listener.local_addr()?;
    Ok(Listener::Tcp(listener, address))
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
