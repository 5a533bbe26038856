//! Listening sockets that a supervisor hands over as open descriptors.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::os::fd::OwnedFd;

use close_fds::{iter_open_fds, set_fds_cloexec};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use socket2::{Domain, Socket, Type};

use super::listener::{Listener, UNSENT_BYTES_MAX};

/// Takes over the listening socket that a supervisor handed to this process as descriptor `number`.
pub(super) fn inherit(number: i32) -> io::Result<Listener> {
    if !is_handed_over(number) {
        return Err(refuse("this process was given no such descriptor"));
    }
    // A copy of the descriptor: the number alone is no proof that this process may close it.
    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    let socket = Socket::from(pidfd_getfd(this, number, PidfdGetfdFlags::empty())?);
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
    close_on_execution(number);
    match socket.domain()? {
        Domain::UNIX => Ok(Listener::Unix(OwnedFd::from(socket).into(), None)),
        Domain::IPV4 | Domain::IPV6 => {
            socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
            let listener = TcpListener::from(socket);
            let address = listener.local_addr()?;
            Ok(Listener::Tcp(listener, address))
        }
        _ => Err(refuse("the socket is neither of TCP nor a unix socket")),
    }
}

/// Whether the descriptor was there before this process was: all that it opens itself is closed on execution.
fn is_handed_over(number: i32) -> bool {
    let Ok(information) = fs::read_to_string(format!("/proc/self/fdinfo/{number}")) else {
        return false;
    };
    let mut lines = information.lines();
    let flags = lines.find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok());
    flags.is_some_and(|flags| !OFlags::from_bits_retain(flags).contains(OFlags::CLOEXEC))
}

/// Keeps a descriptor from the programs that handlers execute.
fn close_on_execution(number: i32) {
    let others: Vec<_> = iter_open_fds(number)
        .filter(|other| *other != number)
        .collect();
    set_fds_cloexec(number, &others);
}

fn refuse(cause: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, cause)
}
