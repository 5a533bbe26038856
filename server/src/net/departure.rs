//! Whether a client has left, found out without reading what else it has sent.

use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::net::{RecvFlags, recv};
use tokio::io::{AsyncBufRead as _, AsyncRead, AsyncWrite, Interest};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::server::TlsStream;

/// A socket that tells when its other end is gone.
pub(super) trait Departure {
    /// Ready when the other end sends nothing more: it has closed, or at least its sending half. Pending also while there
    /// is something to read; nobody is woken for that.
    fn poll_departure(&mut self, context: &mut Context<'_>) -> Poll<()>;
}

impl Departure for TcpStream {
    fn poll_departure(&mut self, context: &mut Context<'_>) -> Poll<()> {
        poll_end(
            || self.poll_read_ready(context),
            || self.try_io(Interest::READABLE, || is_at_end(&*self)),
        )
    }
}

impl Departure for UnixStream {
    fn poll_departure(&mut self, context: &mut Context<'_>) -> Poll<()> {
        poll_end(
            || self.poll_read_ready(context),
            || self.try_io(Interest::READABLE, || is_at_end(&*self)),
        )
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Departure for TlsStream<S> {
    /// The end is said in bytes here, which must be read for that: up to one record of more is decrypted, and kept.
    fn poll_departure(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match ready!(Pin::new(self).poll_fill_buf(context)) {
            Ok(more) if !more.is_empty() => Poll::Pending,
            Ok(_) | Err(_) => Poll::Ready(()),
        }
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    async fn departs(socket: &mut impl Departure, within: Duration) -> bool {
        let departure = poll_fn(|context| socket.poll_departure(context));
        timeout(within, departure).await.is_ok()
    }

    async fn is_told_apart<S>(mut near: S, mut far: S)
    where
        S: Departure + AsyncRead + AsyncWrite + Unpin,
    {
        let (moment, long) = (Duration::from_millis(20), Duration::from_secs(10));
        assert!(!departs(&mut near, moment).await, "open");
        far.write_all(b"more").await.unwrap();
        assert!(!departs(&mut near, moment).await, "something to read");
        near.read_exact(&mut [0; 4]).await.unwrap();
        assert!(!departs(&mut near, moment).await, "read");
        drop(far);
        assert!(departs(&mut near, long).await, "closed");
    }

    #[tokio::test]
    async fn the_end_of_a_tcp_connection_is_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let far = TcpStream::connect(listener.local_addr().unwrap());
        let (far, accepted) = tokio::join!(far, listener.accept());
        is_told_apart(accepted.unwrap().0, far.unwrap()).await;
    }

    #[tokio::test]
    async fn the_end_of_a_unix_connection_is_told_apart() {
        let (near, far) = UnixStream::pair().unwrap();
        is_told_apart(near, far).await;
    }
}
