//! Listening sockets that a supervisor hands over as open descriptors.

use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use socket2::{Domain, Socket, Type};

use super::listener::Listener;

/// Takes over the listening socket that a supervisor handed to this process as descriptor `number`.
pub(super) fn inherit(number: i32) -> io::Result<Listener> {
    // A copy of the descriptor, closed when a handler executes another program: the number alone is no proof that this
    // process may close it.
    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    let copy = pidfd_getfd(this, number, PidfdGetfdFlags::empty());
    let socket = Socket::from(copy.map_err(|error| match error {
        Errno::BADF => refuse("this process was given no such descriptor"),
        error => error.into(),
    })?);
    let kind = socket.r#type().map_err(|error| {
        if Errno::from_io_error(&error) == Some(Errno::NOTSOCK) {
            refuse("the descriptor is no socket")
        } else {
            error
        }
    })?;
    if kind == Type::DGRAM {
        return Err(refuse(
            "it is a datagram socket, HTTP needs a stream socket",
        ));
    }
    if kind != Type::STREAM {
        return Err(refuse("it is no stream socket"));
    }
    if !socket.is_listener()? {
        return Err(refuse("the socket is connected, or does not listen yet"));
    }
    socket.set_nonblocking(true)?;
    match socket.domain()? {
        Domain::UNIX => Ok(Listener::Unix(OwnedFd::from(socket).into(), None)),
        Domain::IPV4 | Domain::IPV6 => {
            let listener = TcpListener::from(socket);
            let address = listener.local_addr()?;
            Ok(Listener::Tcp(listener, address))
        }
        _ => Err(refuse("the socket is neither of TCP nor a unix socket")),
    }
}

fn refuse(cause: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, cause)
}
