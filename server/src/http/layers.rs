//! What is done to answers by configuration: CORS, compression and the access log.
//!
//! Connections of a server without any of them are served by [`respond`] alone; see `net/connection.rs`.

use std::sync::Arc;

use http::header::ORIGIN;
use http::{Request, Response};
use http_body_util::Either;
use hyper::body::Incoming;

use super::compression::{Asked, Compressed, Compression, CompressionRules};
use super::cors::{Cors, CorsRules};
use super::logged::Recording;
use super::{AnswerBody, Peer, Site, forwarded, respond, unread};
use crate::access_log::AccessLog;

/// The body of an answer to which something may have been done.
pub(crate) type LayeredBody = Either<AnswerBody, Compressed>;

/// What is done to the answers of a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Layers {
    cors: Option<Arc<Cors>>,
    /// `None` where nothing is compressed.
    compression: Option<Arc<Compression>>,
    access_log: Option<Arc<AccessLog>>,
}

impl Layers {
    /// What the rules ask for; `None` where there are none.
    pub fn new(
        cors: Option<CorsRules>,
        compression: Option<CompressionRules>,
        access_log: Option<Arc<AccessLog>>,
    ) -> Option<Self> {
        if cors.is_none() && compression.is_none() && access_log.is_none() {
            return None;
        }
        Some(Self {
            cors: cors.map(|rules| Arc::new(Cors::new(rules))),
            compression: compression.map(|rules| Arc::new(Compression::new(rules))),
            access_log,
        })
    }

    /// Begins the record of a request, if there is an access log, with the client that `request.client` names; [`follow`](super::follow) goes on with it.
    pub(crate) fn record(
        &self,
        site: &Site,
        peer: Peer,
        request: &Request<Incoming>,
    ) -> Option<Recording> {
        let log = self.access_log.as_ref()?;
        let peer = match &site.trusted_proxies {
            Some(trusted) if peer.is_trusted => {
                forwarded::far_end(peer, request.headers(), trusted).unwrap_or(peer)
            }
            _ => peer,
        };
        Some(Recording::begin(log, peer, request))
    }

    /// Answers one request as [`respond`] does, or by itself where it is a preflight. `answered` is called with the answer
    /// before it is compressed.
    ///
    /// # Cancel
    ///
    /// As [`Responding`](super::Responding).
    pub(crate) async fn respond(
        &self,
        site: &Arc<Site>,
        peer: Peer,
        request: Request<Incoming>,
        answered: impl FnOnce(&mut Response<AnswerBody>),
    ) -> Response<LayeredBody> {
        let compression = self.compression.as_ref();
        let compression = compression.map(|rules| (rules, Asked::of(request.headers())));
        let mut response = match &self.cors {
            None => respond(site, peer, request).await,
            Some(cors) if Cors::is_preflight(request.method(), request.headers()) => {
                let (head, body) = request.into_parts();
                let mut response = cors.preflight(head.headers.clone()).await;
                unread::leave(site, (head.version, &head.headers), body, &mut response);
                site.sign(&mut response);
                response
            }
            Some(cors) => {
                let origin = request.headers().get(ORIGIN).cloned();
                let response = respond(site, peer, request).await;
                cors.sign(origin, response).await
            }
        };
        answered(&mut response);
        match compression {
            None => response.map(Either::Left),
            Some((rules, asked)) => rules.apply(asked, response).await.map(Either::Right),
        }
    }

    /// An answer that nothing is done to.
    pub(crate) fn leave(response: Response<AnswerBody>) -> Response<LayeredBody> {
        response.map(Either::Left)
    }
}
