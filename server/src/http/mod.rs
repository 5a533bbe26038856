//! Between hyper and the dispatch: requests become messages, messages become responses.

mod answer_body;
mod answered;
mod body;
mod compression;
mod cors;
mod file_answer;
mod forwarded;
mod handshake;
mod http2;
mod layers;
mod logged;
mod overload;
mod pace;
mod pieces;
mod proxies;
mod refusal;
mod response;
mod service;
mod target;
mod unread;
mod upload;
mod worded;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam::utils::CachePadded;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SERVER};
use http::{HeaderValue, Response};
use native_types::message::Scheme;
use native_types::problem::ErrorFormat;

use crate::files::Mount;
use crate::metrics::{IoMeter, Reason};
use crate::router::Router;

pub use answer_body::{AnswerBody, Switch};

pub use compression::{Algorithm, CompressionRules};
pub use cors::{Allowed, CorsRules, Origin};
pub use file_answer::{Absent, named};
pub(crate) use http2::{admit, complete, in_place_of};
pub(crate) use layers::LayeredBody;
pub use layers::Layers;
pub(crate) use logged::{Logged, follow};
pub use proxies::{NoProxy, TrustedProxies, TrustedProxy};
pub use refusal::unrouted;
pub use response::response;
pub use service::{Peer, Responding, respond};

/// What all connections share.
#[derive(Debug)]
pub struct Site {
    /// The routing table.
    pub router: Arc<Router>,
    /// The directories whose files are served, as the router counts them.
    pub mounts: Vec<Arc<Mount>>,
    /// What is done to answers by configuration, if anything is.
    pub layers: Option<Layers>,
    /// The proxies that are believed, if any are.
    pub trusted_proxies: Option<Arc<TrustedProxies>>,
    /// The longest body, in bytes.
    pub body_bytes_max: usize,
    /// How long the reading of a body may take; of one that is streamed, the reading of a piece.
    pub body_timeout: Duration,
    /// Counts answers, where anything is counted.
    pub meter: Option<Arc<CachePadded<IoMeter>>>,
    /// How many bytes of a body have to come, in a second.
    pub body_rate_min: usize,
    /// In what form clients are told of errors.
    pub error_format: ErrorFormat,
    /// Set when the server begins to end.
    is_draining: Arc<AtomicBool>,
}

impl Site {
    /// A site that serves `router`.
    pub fn new(router: Arc<Router>, body_bytes_max: usize, body_timeout: Duration) -> Self {
        Self {
            router,
            mounts: Vec::new(),
            layers: None,
            trusted_proxies: None,
            body_bytes_max,
            body_timeout,
            meter: None,
            body_rate_min: 1,
            error_format: ErrorFormat::Text,
            is_draining: Arc::default(),
        }
    }

    /// The site with files of `mounts`, which the router was made with.
    #[must_use]
    pub fn with_mounts(self, mounts: Vec<Arc<Mount>>) -> Self {
        Self { mounts, ..self }
    }

    /// Another one that serves the same, for another thread, which counts by `meter`.
    #[must_use]
    pub fn share(&self, meter: Option<Arc<CachePadded<IoMeter>>>) -> Self {
        Self {
            meter,
            router: Arc::clone(&self.router),
            mounts: self.mounts.clone(),
            layers: self.layers.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            is_draining: Arc::clone(&self.is_draining),
            ..*self
        }
    }

    /// Who is at the other end of a connection, and whether it is believed about the clients before it.
    pub fn peer(&self, client: Option<SocketAddr>, scheme: Scheme) -> Peer {
        // Where IPv4 comes through a socket of IPv6, the same client has one address all the same.
        let client =
            client.map(|client| SocketAddr::new(client.ip().to_canonical(), client.port()));
        let trusted = self.trusted_proxies.as_ref();
        Peer {
            client,
            scheme,
            is_trusted: trusted.is_some_and(|trusted| trusted.has(client.map(|one| one.ip()))),
        }
    }

    /// From now on, each answer closes its connection.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Adds the header fields that each answer has, and counts it. The server's own refusals get their form.
    fn sign(&self, response: &mut Response<AnswerBody>) {
        if self.error_format == ErrorFormat::Json {
            refusal::write_as_problem(response);
        }
        if let Some(meter) = &self.meter {
            let reason = response.extensions().get::<Reason>();
            meter.answered(response.status(), reason.copied());
        }
        let headers = response.headers_mut();
        headers
            .entry(SERVER)
            .or_insert(HeaderValue::from_static("coachwhip"));
        // A connection that is a WebSocket's from here on is closed by that.
        if self.is_draining() && !headers.contains_key(SEC_WEBSOCKET_ACCEPT) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }

    /// Whether each answer closes its connection.
    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }
}
