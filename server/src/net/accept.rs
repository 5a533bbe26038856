//! Accepting connections until the server ends.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use native_types::message::Scheme;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use super::connection::{Connection, serve};
use super::io_thread::{Door, Phase, reached};
use super::listener::Listener;
use crate::http::Peer;

/// How long to wait when no descriptor or memory is to be had for a connection, before trying again.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

enum Stream {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Socket {
    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => listener
                .accept()
                .await
                .map(|(stream, peer)| Stream::Tcp(stream, peer)),
            Self::Unix(listener) => listener
                .accept()
                .await
                .map(|(stream, _)| Stream::Unix(stream)),
        }
    }
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
    alive: mpsc::Sender<()>,
) -> io::Result<impl Future<Output = ()> + Send> {
    let socket = match &listener {
        Listener::Tcp(socket, _) => Socket::Tcp(TcpListener::from_std(socket.try_clone()?)?),
        Listener::Unix(socket, _) => Socket::Unix(UnixListener::from_std(socket.try_clone()?)?),
    };
    Ok(async move {
        let _listener = listener;
        let mut until_drained = pin!(reached(phase.clone(), Phase::Draining));
        loop {
            let permit = Arc::clone(&door.connections).acquire_owned();
            let next = async { (permit.await, socket.accept().await) };
            tokio::select! {
                biased;
                (permit, stream) = next => match (permit, stream) {
                    (Ok(permit), Ok(stream)) => start(stream, permit, &door, &phase, &alive),
                    (_, Err(error)) if is_transient(&error) => {}
                    (_, Err(error)) => {
                        tracing::warn!(%error, "can't accept a connection");
                        tokio::time::sleep(EXHAUSTED_PAUSE).await;
                    }
                    (Err(_), _) => return,
                },
                () = &mut until_drained => return,
            }
        }
    })
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
    permit: OwnedSemaphorePermit,
    door: &Door,
    phase: &watch::Receiver<Phase>,
    alive: &mpsc::Sender<()>,
) {
    let client = match &stream {
        Stream::Tcp(_, peer) => Some(*peer),
        Stream::Unix(_) => None,
    };
    let connection = Connection {
        peer: Peer {
            client,
            scheme: Scheme::Http,
        },
        site: Arc::clone(&door.site),
        header_bytes_max: door.header_bytes_max,
        headers_max: door.headers_max,
        patience: door.patience,
        phase: phase.clone(),
    };
    let held = (permit, alive.clone());
    tokio::spawn(async move {
        match stream {
            Stream::Tcp(stream, _) => {
                // Answers are written whole, so there is nothing to gain from waiting for more.
                let _ = stream.set_nodelay(true);
                serve(stream, connection).await;
            }
            Stream::Unix(stream) => serve(stream, connection).await,
        }
        drop(held);
    });
}
