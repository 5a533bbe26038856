//! Between hyper and the dispatch: requests become messages, messages become responses.

mod answer_body;
mod body;
mod file_answer;
mod handshake;
mod refusal;
mod response;
mod service;
mod target;
mod upload;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::files::Mount;
use crate::router::Router;

pub use answer_body::{AnswerBody, Switch};
pub use response::response;
pub use service::{Peer, Responding, respond};

/// What all connections share.
#[derive(Debug)]
pub struct Site {
    /// The routing table.
    pub router: Arc<Router>,
    /// The directories whose files are served, as the router counts them.
    pub mounts: Vec<Arc<Mount>>,
    /// The longest body, in bytes.
    pub body_bytes_max: usize,
    /// How long the reading of a body may take.
    pub body_timeout: Duration,
    /// Set when the server begins to end.
    is_draining: Arc<AtomicBool>,
}

impl Site {
    /// A site that serves `router`.
    pub fn new(router: Arc<Router>, body_bytes_max: usize, body_timeout: Duration) -> Self {
        Self {
            router,
            mounts: Vec::new(),
            body_bytes_max,
            body_timeout,
            is_draining: Arc::default(),
        }
    }

    /// The site with files of `mounts`, which the router was made with.
    #[must_use]
    pub fn with_mounts(self, mounts: Vec<Arc<Mount>>) -> Self {
        Self { mounts, ..self }
    }

    /// Another one that serves the same, for another thread.
    #[must_use]
    pub fn share(&self) -> Self {
        Self {
            router: Arc::clone(&self.router),
            mounts: self.mounts.clone(),
            is_draining: Arc::clone(&self.is_draining),
            ..*self
        }
    }

    /// From now on, each answer closes its connection.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }
}
