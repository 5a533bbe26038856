//! From an accepted socket to a served connection: the header of a proxy, the TLS handshake, where they are configured, then
//! the protocol.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use native_types::message::Scheme;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::activity::{Activity, Order};
use super::connection::{Connection, serve};
use super::departure::Departure;
use super::http2::{self, Preview};
use super::parting::Parting;
use super::proxy_protocol::introduce;
use super::tls::{HTTP_2, Hello, PROTOCOL_VERSION};

/// What a client is told that speaks HTTP where TLS is spoken, in clear text.
const NO_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    Server: coachwhip\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 43\r\n\
    Connection: close\r\n\
    \r\n\
    plain HTTP was sent to a port that has TLS\n";

/// A socket as it was accepted.
pub(super) trait Socket:
    AsyncRead + AsyncWrite + Departure + Preview + Unpin + Send + 'static
{
}

impl<S> Socket for S where S: AsyncRead + AsyncWrite + Departure + Preview + Unpin + Send + 'static {}

/// What comes on a connection before HTTP.
pub(super) struct Preamble {
    /// Whether a header of the PROXY protocol.
    pub(super) has_proxy_header: bool,
    /// TLS's handshake, if it is spoken.
    pub(super) tls: Option<TlsAcceptor>,
}

/// Serves the connection that a client has opened, until it is closed.
pub(super) async fn open<S: Socket>(mut socket: S, preamble: Preamble, mut connection: Connection) {
    if preamble.has_proxy_header && !is_introduced(&mut socket, &mut connection).await {
        return;
    }
    match preamble.tls {
        None => match http2::is_spoken(&socket, &connection.entry.activity).await {
            Some(false) => serve(socket, connection).await,
            Some(true) => Box::pin(http2::serve(socket, connection)).await,
            None => {}
        },
        // Boxed, so that connections without have no room for one.
        Some(tls) => Box::pin(open_tls(socket, tls, connection)).await,
    }
}

/// Whether a trusted proxy has said by a header of the PROXY protocol for whom it speaks; the connection's peer is that client
/// from now on.
async fn is_introduced<S>(stream: &mut S, connection: &mut Connection) -> bool
where
    S: AsyncRead + Unpin + Send,
{
    let Connection {
        peer, site, entry, ..
    } = connection;
    let introduced = introduce(stream, &entry.activity, (site, *peer)).await;
    introduced.map(|client| *peer = client).is_some()
}

async fn open_tls<S: Socket>(socket: S, tls: TlsAcceptor, mut connection: Connection) {
    let activity = Arc::clone(&connection.entry.activity);
    activity.opening();
    match unless_cut(&activity, handshake(socket, tls, &activity)).await {
        Some(Ok(stream)) => {
            activity.opened();
            connection.peer.scheme = Scheme::Https;
            match stream.get_ref().1.alpn_protocol() {
                Some(HTTP_2) => http2::serve(stream, connection).await,
                _ => serve(stream, connection).await,
            }
        }
        Some(Err(error)) => {
            tracing::debug!(%error, client = ?connection.peer.client, "a TLS handshake failed");
        }
        None => {
            tracing::debug!(client = ?connection.peer.client, "a TLS handshake took too long");
        }
    }
}

/// Does TLS's handshake. Who speaks HTTP instead is told so, and who breaks TLS by an alert.
async fn handshake<S: Socket>(
    mut socket: S,
    tls: TlsAcceptor,
    activity: &Activity,
) -> io::Result<TlsStream<S>> {
    let hello = Hello::read(&mut socket).await?;
    let (error, mut socket) = if hello.is_http() {
        socket.write_all(NO_TLS).await?;
        (io::Error::other("the client speaks no TLS"), socket)
    } else if hello.is_too_old() {
        // rustls would blame the first extension that such a client lacks.
        socket.write_all(&PROTOCOL_VERSION).await?;
        let error = io::Error::other("the client speaks TLS older than 1.2");
        (error, socket)
    } else {
        match hello.accept(socket, &tls).await {
            Ok(stream) => return Ok(stream),
            Err((error, None)) => return Err(error),
            Err((error, Some(socket))) => (error, socket),
        }
    };
    // The client is to read what it was told.
    let mut parting = Parting::default();
    poll_fn(|context| parting.poll(&mut socket, (activity, true), context)).await?;
    Err(error)
}

/// What `opening` gives; `None` when the connection is told to close at once, as it is when this takes too long.
async fn unless_cut<T>(activity: &Activity, opening: impl Future<Output = T>) -> Option<T> {
    let mut opening = pin!(opening);
    poll_fn(|context| {
        activity.listen(context.waker());
        if activity.order() == Order::Cut {
            return Poll::Ready(None);
        }
        opening.as_mut().poll(context).map(Some)
    })
    .await
}
