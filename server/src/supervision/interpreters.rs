//! Python and the workers together: started in order, ended in order, whatever brings them their requests.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::pool::{Pool, PoolError, Workload};
use crate::admin::Board;
use crate::dispatch::{Dispatch, Exchange, Limits};
use crate::interpreter::{Choice, Python, Runtime, Strategy};
use crate::metrics::Meters;

/// What Python and the workers are started with.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// Who runs the handlers.
    pub choice: Choice,
    /// What they run.
    pub workload: Workload,
    /// The Python whose packages are used.
    pub executable: Option<PathBuf>,
    /// Where handlers run.
    pub dispatch: Dispatch,
    /// How many threads bring requests; `None` for as many as suit the dispatch.
    pub io_threads: Option<NonZeroUsize>,
    /// How many requests may wait for a worker.
    pub queue_depth: usize,
    /// How long a request may wait for a worker.
    pub queue_timeout: Duration,
    /// How many callers there may be, such as connections: each has one request under way at most.
    pub connections_max: usize,
}

impl PoolSettings {
    fn io_threads_for(&self, strategy: &dyn Strategy) -> NonZeroUsize {
        self.io_threads.unwrap_or_else(|| match self.dispatch {
            // Each worker reads the requests that it runs.
            Dispatch::Inline => self.workload.worker_count(strategy),
            // The I/O of a request costs several times what a short handler does, and nothing beside a long one.
            Dispatch::Queue | Dispatch::Auto => self
                .workload
                .cores
                .div_ceil(NonZeroUsize::MIN.saturating_add(1)),
        })
    }

    fn limits(&self, strategy: &dyn Strategy) -> Limits {
        Limits {
            dispatch: self.dispatch,
            workers: self.workload.worker_count(strategy).get(),
            io_threads: self.io_threads_for(strategy).get(),
            queue_depth: self.queue_depth,
            concurrency: self.workload.concurrency_max,
            connections: self.connections_max,
            batch: Limits::BATCH,
        }
    }
}

/// A running Python and its workers.
///
/// Dropped without [`Self::end`], it leaves both as they are: that is for a process which ends at once.
///
/// # Threads
///
/// Stays on the thread that started it, which is Python's main thread.
#[derive(Debug)]
pub struct Interpreters {
    /// The workers.
    pub pool: Pool,
    runtime: Runtime,
}

impl Interpreters {
    /// Starts Python, then the workers one after another.
    ///
    /// # Errors
    ///
    /// What Python or the first worker that can't be started says. What was begun has ended then.
    pub fn start(settings: &PoolSettings) -> Result<Self, PoolError> {
        Self::start_watched(settings, None)
    }

    /// As [`Self::start`]; what happens is counted where there is a board to show it on.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_watched(
        settings: &PoolSettings,
        board: Option<&Board>,
    ) -> Result<Self, PoolError> {
        let PoolSettings {
            choice,
            workload,
            executable,
            ..
        } = settings;
        let runtime = Runtime::start(executable.as_deref(), choice.strategy, &Python::embedded())?;
        let make_exchange = |strategy: &dyn Strategy| {
            let limits = settings.limits(strategy);
            let meters = board.map(|_| Meters::new(limits.workers, limits.io_threads));
            let exchange = Exchange::metered(limits, meters)?;
            if let Some(board) = board {
                board.starting(strategy.name(), &exchange);
            }
            Ok(exchange)
        };
        match Pool::start(*choice, workload, &runtime, make_exchange) {
            Ok(pool) => {
                pool.exchange().open(pool.registered.manners());
                Ok(Self { pool, runtime })
            }
            Err(error) => {
                runtime.finalize();
                Err(error)
            }
        }
    }

    /// Lets the workers finish what waits, waits for them, and finalises Python.
    pub fn end(self) {
        self.pool.close();
        self.pool.join();
        self.runtime.finalize();
    }
}
