//! Accepting connections until the server ends.

use std::future::Future;
use std::io;
use std::iter::from_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use native_types::message::Scheme;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::accident::Accident;
use super::connection::Connection;
use super::counted::Counted;
use super::descriptors::Complaints;
use super::io_thread::{Door, Phase, reached};
use super::listener::Listener;
use super::opening::{Preamble, open};
use super::register::Register;
use super::tls::Tls;

/// How long to wait when no descriptor or memory is to be had for a connection, before trying again.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

/// A listening socket that the runtime watches.
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Socket {
    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok(Stream::Tcp(stream, peer))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok(Stream::Unix(stream))
            }
        }
    }

    /// What the kernel has accepted already, up to so many. The kernel is asked: the runtime knows of it only when it has
    /// been told, and may have been told of the end before.
    fn rest(self, most: usize) -> io::Result<Vec<Stream>> {
        let mut streams = Vec::new();
        match self {
            Self::Tcp(listener) => {
                let listener = listener.into_std()?;
                for (stream, peer) in from_fn(|| listener.accept().ok()).take(most) {
                    stream.set_nonblocking(true)?;
                    streams.push(Stream::Tcp(TcpStream::from_std(stream)?, peer));
                }
            }
            Self::Unix(listener) => {
                let listener = listener.into_std()?;
                for (stream, _) in from_fn(|| listener.accept().ok()).take(most) {
                    stream.set_nonblocking(true)?;
                    streams.push(Stream::Unix(UnixStream::from_std(stream)?));
                }
            }
        }
        Ok(streams)
    }
}

/// One accepted connection.
enum Stream {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

/// Accepts from `listener` until the phase changes; then takes what the kernel has accepted already, and ends.
///
/// # Errors
///
/// When the runtime can't watch the socket.
pub(super) fn accept(
    listener: Listener,
    door: Door,
    phase: watch::Receiver<Phase>,
    (register, alive): (Arc<Register>, mpsc::Sender<()>),
) -> io::Result<impl Future<Output = ()> + Send> {
    let socket = match &listener {
        Listener::Tcp(socket, _) => Socket::Tcp(TcpListener::from_std(socket.try_clone()?)?),
        Listener::Unix(socket, _) => Socket::Unix(UnixListener::from_std(socket.try_clone()?)?),
    };
    drop(listener);
    Ok(async move {
        let mut until_drained = pin!(reached(phase, Phase::Draining));
        let mut complaints = Complaints::default();
        loop {
            let accepted = tokio::select! {
                biased;
                accepted = next(&socket, &door.connections) => accepted,
                () = &mut until_drained => break,
            };
            match accepted {
                Ok((stream, permit)) => start(stream, (permit, alive.clone()), &door, &register),
                Err(error) if is_transient(&error) => {}
                Err(error) => {
                    complaints.note(&error);
                    if let Some(meter) = &door.site.meter {
                        meter.accept_errors.add(1);
                    }
                    tokio::select! {
                        () = tokio::time::sleep(EXHAUSTED_PAUSE) => {}
                        // The end does not wait for descriptors.
                        () = &mut until_drained => break,
                    }
                }
            }
        }
        let most = door.connections.available_permits();
        for stream in socket.rest(most).unwrap_or_default() {
            if let Ok(permit) = Arc::clone(&door.connections).try_acquire_owned() {
                start(stream, (permit, alive.clone()), &door, &register);
            }
        }
    })
}

/// The next connection, with the permit that it holds while it is open.
///
/// The permit is asked for when there is a connection, so that none is kept from another listener. What waits for one is
/// not served, and to its client no different from a connection that the kernel keeps.
async fn next(
    socket: &Socket,
    connections: &Arc<Semaphore>,
) -> io::Result<(Stream, OwnedSemaphorePermit)> {
    let stream = socket.accept().await?;
    let permit = Arc::clone(connections).acquire_owned().await;
    Ok((stream, permit.map_err(io::Error::other)?))
}

/// Whether it is the one connection's trouble: it was gone before it was accepted.
fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

fn start(
    stream: Stream,
    held: (OwnedSemaphorePermit, mpsc::Sender<()>),
    door: &Door,
    register: &Arc<Register>,
) {
    let client = match &stream {
        Stream::Tcp(_, peer) => Some(*peer),
        Stream::Unix(_) => None,
    };
    let settings = &door.settings;
    let connection = Connection {
        peer: door.site.peer(client, Scheme::Http),
        site: Arc::clone(&door.site),
        header_bytes_max: settings.header_bytes_max,
        headers_max: settings.headers_max,
        entry: register.enter(),
        socket_limits: settings.socket_limits,
        http2_limits: settings.http2_limits.clone(),
    };
    let preamble = Preamble {
        has_proxy_header: settings.proxy_protocol,
        tls: settings.tls.as_ref().map(Tls::acceptor),
    };
    let meter = door.site.meter.clone();
    tokio::spawn(async move {
        let _accident = Accident { client };
        match stream {
            Stream::Tcp(stream, _) => {
                // Answers are written whole, so there is nothing to gain from waiting for more.
                let _ = stream.set_nodelay(true);
                open(Counted::new(stream, meter), preamble, connection).await;
            }
            Stream::Unix(stream) => {
                open(Counted::new(stream, meter), preamble, connection).await;
            }
        }
        drop(held);
    });
}
