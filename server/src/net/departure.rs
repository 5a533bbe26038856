//! Whether a client has left, found out without reading what else it has sent.

use std::io;
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};

use rustix::net::{RecvFlags, recv};
use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};

/// A socket that tells when its other end is gone.
pub(super) trait Departure {
    /// Ready when the other end sends nothing more: it has closed, or at least its sending half. Pending also while there
    /// is something to read; nobody is woken for that.
    fn poll_departure(&self, context: &mut Context<'_>) -> Poll<()>;
}

impl Departure for TcpStream {
    fn poll_departure(&self, context: &mut Context<'_>) -> Poll<()> {
        poll_end(
            || self.poll_read_ready(context),
            || self.try_io(Interest::READABLE, || is_at_end(self)),
        )
    }
}

impl Departure for UnixStream {
    fn poll_departure(&self, context: &mut Context<'_>) -> Poll<()> {
        poll_end(
            || self.poll_read_ready(context),
            || self.try_io(Interest::READABLE, || is_at_end(self)),
        )
    }
}

fn poll_end(
    mut poll_ready: impl FnMut() -> Poll<io::Result<()>>,
    mut is_at_end: impl FnMut() -> io::Result<bool>,
) -> Poll<()> {
    while ready!(poll_ready()).is_ok() {
        match is_at_end() {
            Ok(false) => return Poll::Pending,
            // The runtime's knowledge was out of date.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(true) | Err(_) => break,
        }
    }
    Poll::Ready(())
}

fn is_at_end(socket: impl AsFd) -> io::Result<bool> {
    let (_, count) = recv(socket, &mut [0; 1], RecvFlags::PEEK)?;
    Ok(count == 0)
}
