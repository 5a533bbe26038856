//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::io_thread::Phase;
use crate::http::{Peer, Site, respond};

/// What a connection needs to be served.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) site: Arc<Site>,
    pub(super) header_bytes_max: usize,
    pub(super) headers_max: usize,
    pub(super) phase: watch::Receiver<Phase>,
}

/// Serves requests until either side closes.
///
/// When the server closes ([`Phase::Closing`]), a request that is under way is still answered.
pub(super) async fn serve<S>(stream: S, connection: Connection)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Connection { peer, site, header_bytes_max, headers_max, mut phase } = connection;
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(respond(site, peer, request).await) }
    });
    let serving = http1::Builder::new()
        .max_buf_size(header_bytes_max)
        .max_headers(headers_max)
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    let until_closing = phase.wait_for(|phase| *phase == Phase::Closing);
    tokio::pin!(until_closing);
    let ended = tokio::select! {
        biased;
        ended = &mut serving => ended,
        _ = &mut until_closing => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, client = ?peer.client, "a connection ended with an error");
    }
}
