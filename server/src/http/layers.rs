//! What is done to answers by configuration: CORS and compression.
//!
//! Connections of a server without any of them are served by [`respond`] alone; see `net/connection.rs`.

use std::sync::Arc;

use http::header::ORIGIN;
use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;

use super::compression::{self, Compressed, Compression, CompressionRules};
use super::cors::{Cors, CorsRules};
use super::{AnswerBody, Peer, Site, respond};

/// What is done to the answers of a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Layers {
    cors: Option<Arc<Cors>>,
    compression: Arc<Compression>,
}

impl Layers {
    /// What the rules ask for; `None` where there are none.
    pub fn new(cors: Option<CorsRules>, compression: Option<CompressionRules>) -> Option<Self> {
        if cors.is_none() && compression.is_none() {
            return None;
        }
        Some(Self {
            cors: cors.map(|rules| Arc::new(Cors::new(rules))),
            compression: Arc::new(Compression::new(compression)),
        })
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
    ) -> Response<Compressed> {
        let accepted = compression::accepted(request.headers());
        let mut response = match &self.cors {
            None => respond(site, peer, request).await,
            Some(cors) if Cors::is_preflight(request.method(), request.headers()) => {
                let mut response = cors.preflight(request.into_parts().0.headers).await;
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
        self.compression.apply(accepted, response).await
    }

    /// An answer that nothing is done to.
    pub(crate) async fn leave(&self, response: Response<AnswerBody>) -> Response<Compressed> {
        self.compression.apply(HeaderMap::new(), response).await
    }
}
