//! An engine: Python, its workers and the I/O threads that bring them requests, from start to end.

use std::cell::Cell;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Request, StatusCode};
use native_types::message::{RequestMessage, ResponseMessage, Scheme};
use native_types::routes::RouteInfo;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use super::inlet::{Inlets, IoThreads, Submission};
use super::pending::Pending;
use crate::dispatch::Refusal;
use crate::interpreter::StartError;
use crate::router::{Clash, Found, Router};
use crate::supervision::{Interpreters, PoolError, PoolSettings};

/// Why an engine can't be started.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Python or the application can't be started.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// Two routes answer the same requests.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// The machine has no thread left.
    #[error("can't start the I/O threads: {0}")]
    Machine(#[from] io::Error),
}

impl From<StartError> for EngineError {
    fn from(error: StartError) -> Self {
        Self::Pool(error.into())
    }
}

/// A running pool of workers that takes requests from this program.
///
/// # Threads
///
/// It stays on the thread that started it: Python's main thread, on which Python is finalised. [`Submitter`]s, and the
/// [`Pending`]s that they give, may be on any.
///
/// A process can start one, once, because it can start Python once.
///
/// # Ending
///
/// [`Engine::close`], or dropping it, refuses what is submitted from then on ([`Refusal::Closed`]), answers what was
/// submitted before, runs the shutdown hooks, joins the workers and finalises Python. That takes as long as the
/// handlers do.
#[derive(Debug)]
pub struct Engine {
    submitter: Submitter,
    /// Taken at the end.
    running: Option<(IoThreads, Interpreters)>,
}

impl Engine {
    /// Starts Python, the workers and the I/O threads, with settings as [`start::pool`](crate::start::pool) makes
    /// them. Of these, the limit on connections does not count: what may be submitted is limited by the queue's depth.
    ///
    /// # Errors
    ///
    /// [`EngineError`] with what can't be started. What was begun has ended then.
    pub fn start(settings: &PoolSettings) -> Result<Self, EngineError> {
        let settings = PoolSettings {
            // A caller may submit as much as may wait.
            connections_max: settings.queue_depth,
            ..settings.clone()
        };
        let interpreters = Interpreters::start(&settings)?;
        match Self::open(&settings, &interpreters) {
            Ok((io_threads, submitter)) => Ok(Self {
                submitter,
                running: Some((io_threads, interpreters)),
            }),
            Err(error) => {
                interpreters.end();
                Err(error)
            }
        }
    }

    fn open(
        settings: &PoolSettings,
        interpreters: &Interpreters,
    ) -> Result<(IoThreads, Submitter), EngineError> {
        let pool = &interpreters.pool;
        let registered = &pool.registered;
        let router = Router::new(&registered.table)?.with_worded(registered.worded());
        let (depth, timeout) = (settings.queue_depth, settings.queue_timeout);
        let (io_threads, inlets) = IoThreads::start(pool.exchange(), depth, timeout)?;
        let shared = Shared { router, inlets };
        Ok((io_threads, Submitter(Arc::new(shared))))
    }

    /// As [`Submitter::submit`].
    pub fn submit(&self, request: Request<Bytes>) -> Pending {
        self.submitter.submit(request)
    }

    /// The way in, for other threads and tasks.
    pub fn submitter(&self) -> Submitter {
        self.submitter.clone()
    }

    /// The strategy under which the workers run, by its name.
    pub fn strategy(&self) -> &'static str {
        self.interpreters().pool.strategy.name()
    }

    /// What the application registered.
    pub fn routes(&self) -> &[Arc<RouteInfo>] {
        &self.interpreters().pool.registered.table
    }

    /// How many requests wait for a worker.
    pub fn waiting(&self) -> usize {
        self.interpreters().pool.waiting()
    }

    fn interpreters(&self) -> &Interpreters {
        &self.running.as_ref().expect("until it is dropped").1
    }

    /// Ends the engine, as dropping it does.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some((io_threads, interpreters)) = self.running.take() {
            io_threads.end();
            interpreters.end();
        }
    }
}

/// Submits requests to an engine. Cheap to clone; works until the engine ends, and refuses from then on.
#[derive(Clone, Debug)]
pub struct Submitter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    router: Router,
    inlets: Inlets,
}

impl Submitter {
    /// Submits a request to the handler of its route.
    ///
    /// What no handler is asked for is answered at once as a server would: 404 for an unknown path, 405 with `Allow`
    /// for another method, 204 with `Allow` for `OPTIONS`, 400 for a path that is not UTF-8. [`Refusal::Full`] comes
    /// of a request for which the queue has no room. Headers are given to the handler as they are; there is no client,
    /// and no limit on the body.
    ///
    /// # Threads
    ///
    /// Any, and any runtime. Never blocks, never attaches to an interpreter.
    pub fn submit(&self, request: Request<Bytes>) -> Pending {
        let message = match self.route(request) {
            Ok(message) => Arc::new(message),
            Err(response) => return Pending::known(Ok(response)),
        };
        let (caller, outcome) = oneshot::channel();
        match self.inlet().try_send(Submission { message, caller }) {
            Ok(()) => Pending::coming(outcome),
            Err(TrySendError::Full(_)) => Pending::known(Err(Refusal::Full)),
            Err(TrySendError::Closed(_)) => Pending::known(Err(Refusal::Closed)),
        }
    }

    /// The message for the request's route, or the answer of a request that has none.
    fn route(&self, request: Request<Bytes>) -> Result<RequestMessage, ResponseMessage> {
        let (head, body) = request.into_parts();
        match self.0.router.find(&head.method, head.uri.path()) {
            Found::Route {
                route,
                params,
                decoded_path,
            } => Ok(RequestMessage {
                method: head.method,
                uri: head.uri,
                version: head.version,
                headers: head.headers,
                decoded_path,
                route,
                params,
                body,
                stream: None,
                client: None,
                scheme: Scheme::Http,
                socket: None,
            }),
            // An engine has no mounts.
            Found::NotFound | Found::Mount(_) => Err(ResponseMessage::plain(StatusCode::NOT_FOUND)),
            // No connection is there to be upgraded.
            Found::UpgradeRequired => Err(ResponseMessage::plain(StatusCode::UPGRADE_REQUIRED)),
            Found::BadPath => Err(ResponseMessage::plain(StatusCode::BAD_REQUEST)),
            Found::MethodNotAllowed { allow } => {
                let response = ResponseMessage::plain(StatusCode::METHOD_NOT_ALLOWED);
                Err(allowing(allow, response))
            }
            Found::Options { allow } => {
                let mut response = ResponseMessage::plain(StatusCode::NO_CONTENT);
                response.content_type = None;
                response.body = Bytes::new().into();
                Err(allowing(allow, response))
            }
        }
    }

    /// The I/O threads in turn, for each thread that submits.
    fn inlet(&self) -> &tokio::sync::mpsc::Sender<Submission> {
        thread_local! {
            static TURN: Cell<usize> = const { Cell::new(0) };
        }
        let inlets = &self.0.inlets;
        let turn = TURN.get();
        TURN.set(turn.wrapping_add(1));
        &inlets[turn % inlets.len()]
    }
}

fn allowing(allow: HeaderValue, mut response: ResponseMessage) -> ResponseMessage {
    response.headers.push((ALLOW, allow));
    response
}
