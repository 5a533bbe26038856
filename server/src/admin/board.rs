//! What the supervisor has told about the server, for those who ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use crate::access_log::AccessLog;
use crate::dispatch::{Dispatch, Exchange};
use crate::metrics::Meters;

/// What is known of the server from the beginning.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The handler module.
    pub app: String,
    /// The embedded Python's version, as in `3.13.0`.
    pub python: String,
    /// Where handlers run.
    pub dispatch: Dispatch,
    /// How many requests may wait for a worker.
    pub queue_depth: usize,
    /// How many connections may be open.
    pub connections_max: usize,
    /// The access log, if there is one.
    pub access_log: Option<Arc<AccessLog>>,
}

/// Where the server is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The interpreters import the application.
    Starting,
    /// Requests are accepted.
    Serving,
    /// No more are.
    Draining,
}

/// What is known once the workers start.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// The strategy's name.
    pub(super) strategy: &'static str,
    pub(super) meters: Arc<Meters>,
    /// Not held: it ends with the server.
    exchange: Weak<Exchange>,
}

impl Running {
    /// How many requests wait for a worker.
    pub(super) fn waiting(&self) -> usize {
        let exchange = self.exchange.upgrade();
        exchange.map_or(0, |exchange| exchange.waiting())
    }
}

/// What is known now.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) phase: Phase,
    pub(super) running: Option<Running>,
    /// The public listeners, as their ready lines name them.
    pub(super) listeners: Vec<String>,
    /// The routes, by their numbers.
    pub(super) routes: Arc<[String]>,
}

impl Known {
    /// Whether requests are served.
    ///
    /// # Errors
    ///
    /// Why they are not, for a person.
    pub(super) fn readiness(&self) -> Result<(), &'static str> {
        match self.phase {
            Phase::Starting => Err("starting: the interpreters import the application"),
            Phase::Draining => Err("draining: no more connections are accepted"),
            Phase::Serving => {
                let live = self.running.as_ref().map_or(0, |it| it.meters.live());
                if live == 0 {
                    return Err("no interpreter is alive");
                }
                Ok(())
            }
        }
    }
}

/// Told by the supervisor, read by the admin listener.
#[derive(Debug)]
pub struct Board {
    pub(super) facts: Facts,
    pub(super) began: Instant,
    known: Mutex<Known>,
}

impl Board {
    /// Of a server that starts.
    pub(super) fn new(facts: Facts) -> Self {
        Self {
            facts,
            began: Instant::now(),
            known: Mutex::new(Known {
                phase: Phase::Starting,
                running: None,
                listeners: Vec::new(),
                routes: Arc::default(),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known now.
    pub(super) fn known(&self) -> Known {
        self.lock().clone()
    }

    /// The workers of `exchange`, which is metered, start under a strategy; once more where that falls back to another.
    pub fn starting(&self, strategy: &'static str, exchange: &Arc<Exchange>) {
        self.lock().running = exchange.meters().map(|meters| Running {
            strategy,
            meters: Arc::clone(meters),
            exchange: Arc::downgrade(exchange),
        });
    }

    /// Requests are served, on these listeners, for these routes.
    pub fn serving(&self, listeners: Vec<String>, routes: Arc<[String]>) {
        let mut known = self.lock();
        known.phase = Phase::Serving;
        known.listeners = listeners;
        known.routes = routes;
    }

    /// The end has begun.
    pub fn draining(&self) {
        self.lock().phase = Phase::Draining;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::Limits;

    fn board() -> Board {
        Board::new(Facts {
            app: String::from("app"),
            python: String::from("3.13.0"),
            dispatch: Dispatch::Auto,
            queue_depth: 1,
            connections_max: 1,
            access_log: None,
        })
    }

    #[test]
    fn a_server_is_ready_while_it_serves_and_a_worker_lives() {
        let limits = Limits {
            dispatch: Dispatch::Auto,
            workers: 2,
            io_threads: 1,
            queue_depth: 1,
            concurrency: 1,
            connections: 1,
            batch: Limits::BATCH,
        };
        let exchange = Exchange::metered(limits, Some(Meters::new(2, 1))).unwrap();
        let board = board();
        let why = || board.known().readiness().unwrap_err().split(':').next();
        assert_eq!(why(), Some("starting"));
        board.starting("main", &exchange);
        exchange.worker_began(0, 0);
        exchange.worker_began(1, 0);
        assert_eq!(why(), Some("starting"));
        board.serving(Vec::new(), Arc::default());
        assert_eq!(board.known().readiness(), Ok(()));
        exchange.worker_ended(1);
        assert_eq!(board.known().readiness(), Ok(()), "one is left");
        exchange.worker_ended(0);
        assert_eq!(why(), Some("no interpreter is alive"));
        assert_eq!(exchange.meters().unwrap().lost(), 2);
        board.draining();
        assert_eq!(why(), Some("draining"));
    }

    #[test]
    fn workers_that_end_after_the_exchange_was_closed_are_not_lost() {
        let limits = Limits {
            dispatch: Dispatch::Auto,
            workers: 1,
            io_threads: 1,
            queue_depth: 1,
            concurrency: 1,
            connections: 1,
            batch: Limits::BATCH,
        };
        let exchange = Exchange::metered(limits, Some(Meters::new(1, 1))).unwrap();
        exchange.worker_began(0, 1);
        exchange.close();
        exchange.worker_ended(0);
        assert_eq!(exchange.meters().unwrap().lost(), 0);
        assert_eq!(exchange.meters().unwrap().live(), 0);
    }
}
