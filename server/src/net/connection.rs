//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::activity::{Activity, Patience, Verdict};
use super::io_thread::{Phase, reached};
use super::watched::Watched;
use crate::http::{Peer, Site, respond};

/// What a connection needs to be served.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) site: Arc<Site>,
    pub(super) header_bytes_max: usize,
    pub(super) headers_max: usize,
    pub(super) patience: Patience,
    pub(super) phase: watch::Receiver<Phase>,
}

/// Serves requests until either side closes.
///
/// When the server closes ([`Phase::Closing`]) or the client is silent for too long, a request that is under way is still
/// answered; a head that does not come to its end is given up.
pub(super) async fn serve<S>(stream: S, connection: Connection)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Connection {
        peer,
        site,
        header_bytes_max,
        headers_max,
        patience,
        phase,
    } = connection;
    let activity = Arc::new(Activity::new());
    let noted = Arc::clone(&activity);
    let service = service_fn(move |request| {
        let (site, activity) = (Arc::clone(&site), Arc::clone(&noted));
        async move {
            activity.request();
            let response = respond(site, peer, request).await;
            activity.response();
            Ok::<_, Infallible>(response)
        }
    });
    let mut serving = pin!(
        http1::Builder::new()
            .max_buf_size(header_bytes_max)
            .max_headers(headers_max)
            .serve_connection(
                Watched::new(TokioIo::new(stream), Arc::clone(&activity)),
                service
            )
    );
    let ended = tokio::select! {
        biased;
        ended = &mut serving => Some(ended),
        verdict = given_up(&activity, patience) => match verdict {
            Verdict::Idle => {
                serving.as_mut().graceful_shutdown();
                last_requests(serving, &activity, patience).await
            }
            Verdict::SlowHead | Verdict::SlowReader | Verdict::LookAgain(_) => None,
        },
        () = reached(phase, Phase::Closing) => {
            serving.as_mut().graceful_shutdown();
            last_requests(serving, &activity, patience.for_the_end()).await
        }
    };
    if let Some(Err(error)) = ended {
        tracing::debug!(%error, client = ?peer.client, "a connection ended with an error");
    }
}

/// Serves what is under way on a connection that is to be closed, unless the client is too slow for that.
async fn last_requests<F: Future>(
    serving: Pin<&mut F>,
    activity: &Activity,
    patience: Patience,
) -> Option<F::Output> {
    tokio::select! {
        biased;
        ended = serving => Some(ended),
        _verdict = given_up(activity, patience) => None,
    }
}

/// Waits until the client has kept the server waiting for too long.
async fn given_up(activity: &Activity, patience: Patience) -> Verdict {
    let mut pause = patience.glance();
    loop {
        tokio::time::sleep(pause).await;
        match activity.verdict(patience) {
            Verdict::LookAgain(after) => pause = after,
            verdict @ (Verdict::Idle | Verdict::SlowHead | Verdict::SlowReader) => return verdict,
        }
    }
}
