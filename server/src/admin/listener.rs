//! The thread of the admin listener.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::{View, answer};
use super::board::{Board, Facts};
use super::ratio::GLANCE;
use crate::net::Listener;

/// How many connections may be open; others wait in the kernel.
const CONNECTIONS_MAX: usize = 64;

/// The longest head, in bytes, and the most fields of one.
const HEAD_BYTES_MAX: usize = 8 << 10;
const FIELDS_MAX: usize = 64;

/// How long a head may take, and a connection as a whole: each has one request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait when a connection can't be accepted, before trying again.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

/// The admin listener at work. Its thread ends with the process; what it knows comes from the board.
///
/// Dropping this removes the file of a unix socket, no more.
#[derive(Debug)]
pub struct Admin {
    /// What the listener is told.
    pub board: Arc<Board>,
    _listener: Listener,
}

/// A listening socket that the runtime watches.
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Admin {
    /// Answers on `listener` from now on.
    ///
    /// # Errors
    ///
    /// When a thread or a descriptor can't be had.
    pub fn start(listener: Listener, facts: Facts) -> io::Result<Self> {
        let board = Arc::new(Board::new(facts));
        let view = Arc::new(View::new(Arc::clone(&board)));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let shared = listener.share()?;
        let socket = {
            let _inside = runtime.enter();
            match shared {
                Listener::Tcp(socket, _) => Socket::Tcp(TcpListener::from_std(socket)?),
                Listener::Unix(socket, _) => Socket::Unix(UnixListener::from_std(socket)?),
            }
        };
        let thread = Builder::new().name(String::from("admin"));
        thread.spawn(move || runtime.block_on(serve(socket, view)))?;
        tracing::info!("admin listener on {}", listener.url(false));
        Ok(Self {
            board,
            _listener: listener,
        })
    }
}

async fn serve(socket: Socket, view: Arc<View>) {
    tokio::spawn(look_on(Arc::clone(&view)));
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        // Closed by nobody.
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else {
            return;
        };
        let accepted = match &socket {
            Socket::Tcp(listener) => listener
                .accept()
                .await
                .map(|(stream, _)| begin(stream, permit, &view)),
            Socket::Unix(listener) => listener
                .accept()
                .await
                .map(|(stream, _)| begin(stream, permit, &view)),
        };
        if let Err(error) = accepted {
            tracing::warn!(%error, "the admin listener can't accept a connection");
            tokio::time::sleep(EXHAUSTED_PAUSE).await;
        }
    }
}

/// Looks at the workers now and then, for what is told of the last seconds.
async fn look_on(view: Arc<View>) {
    loop {
        view.look();
        tokio::time::sleep(GLANCE).await;
    }
}

/// Serves one request on a connection of its own.
fn begin<S>(stream: S, permit: OwnedSemaphorePermit, view: &Arc<View>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let view = Arc::clone(view);
    tokio::spawn(async move {
        let service = service_fn(|request| {
            let answered = answer(&view, request.method(), request.uri().path());
            async move { Ok::<_, Infallible>(answered) }
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(FIELDS_MAX)
            .keep_alive(false);
        let serving = builder.serve_connection(TokioIo::new(stream), service);
        // Whatever goes wrong is the client's to see.
        let _ = tokio::time::timeout(CONNECTION_TIMEOUT, serving).await;
        drop(permit);
    });
}
