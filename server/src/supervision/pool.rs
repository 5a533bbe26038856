//! The workers, started one after another and ended together.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use native_types::form;
use native_types::problem::ErrorFormat;

use crate::dispatch::Exchange;
use crate::interpreter::{
    Application, Choice, Event, Guests, LoadError, Plan, Registered, Runtime, Sharing, StartError,
    Strategy, Worker, find,
};

/// What the workers run, and how.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The handler module.
    pub application: Application,
    /// How many workers; `None` for as many as suit the strategy.
    pub workers: Option<NonZeroUsize>,
    /// How many cores there are to use.
    pub cores: NonZeroUsize,
    /// How many coroutines a worker may run at once.
    pub concurrency_max: usize,
    /// How long the handler of a WebSocket may go on without it when the client has left.
    pub departure_timeout: Duration,
    /// How much a form may hold.
    pub form_limits: form::Limits,
    /// In what form clients are told of errors.
    pub error_format: ErrorFormat,
    /// Whether answers show tracebacks.
    pub shows_tracebacks: bool,
    /// Whether each worker is pinned to a core.
    pub pins_cores: bool,
    /// Whether the workers serve; else they only load the application.
    pub serves: bool,
}

impl Workload {
    /// How many workers to start under `strategy`.
    pub fn worker_count(&self, strategy: &dyn Strategy) -> NonZeroUsize {
        self.workers.unwrap_or_else(|| strategy.workers(self.cores))
    }
}

/// Why the workers can't be started.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// A worker says why.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The machine has no thread or descriptor left.
    #[error("can't start the workers: {0}")]
    Machine(#[from] std::io::Error),
}

/// The running workers.
#[derive(Debug)]
pub struct Pool {
    /// Under which strategy.
    pub strategy: &'static dyn Strategy,
    /// Whether the strategy was left to the server.
    is_automatic: bool,
    /// What the application registered, the same for each worker.
    pub registered: Registered,
    exchange: Arc<Exchange>,
    workers: Vec<Worker>,
}

impl Pool {
    /// Starts the workers of a chosen strategy. Where the choice was the server's and a module refuses an interpreter
    /// with its own GIL, the main interpreter is taken instead, with a warning.
    ///
    /// `make_exchange` is given the strategy and makes the exchange for its workers.
    ///
    /// # Errors
    ///
    /// What the first worker that can't be started says. Those before it have ended then.
    pub fn start(
        choice: Choice,
        workload: &Workload,
        runtime: &Runtime,
        make_exchange: impl Fn(&dyn Strategy) -> std::io::Result<Arc<Exchange>>,
    ) -> Result<Self, PoolError> {
        let begun = Self::new(
            choice.strategy,
            choice.is_automatic,
            make_exchange(choice.strategy)?,
        )
        .fill(workload, runtime);
        let Err(PoolError::Start(error)) = &begun else {
            return begun;
        };
        let (true, Some(module), Some(main)) =
            (choice.is_automatic, error.refusing_module(), find("main"))
        else {
            return begun;
        };
        tracing::warn!(
            module,
            "the module refuses an interpreter with its own GIL: running under the strategy main instead"
        );
        Self::new(main, true, make_exchange(main)?).fill(workload, runtime)
    }

    fn new(strategy: &'static dyn Strategy, is_automatic: bool, exchange: Arc<Exchange>) -> Self {
        Self {
            strategy,
            is_automatic,
            registered: Registered::default(),
            exchange,
            workers: Vec::new(),
        }
    }

    fn fill(mut self, workload: &Workload, runtime: &Runtime) -> Result<Self, PoolError> {
        let count = self.workers_wanted(workload);
        let (guest, guests) = mpsc::channel();
        let mut guests = Some(guests);
        for worker in 0..count {
            let plan = self.plan(worker, workload, &guest, &mut guests);
            if let Err(error) = self.add(plan, worker, runtime) {
                drop(guest);
                self.close();
                self.join();
                return Err(error);
            }
        }
        Ok(self)
    }

    fn workers_wanted(&self, workload: &Workload) -> usize {
        // A table is the same for each worker, so one is enough to read it.
        if workload.serves {
            workload.worker_count(self.strategy).get()
        } else {
            1
        }
    }

    fn plan(
        &self,
        worker: usize,
        workload: &Workload,
        guest: &Sender<()>,
        guests: &mut Option<Receiver<()>>,
    ) -> Plan {
        let sharing = match guests.take() {
            Some(guests) => Sharing::Host(Guests::new(guests)),
            None if self.strategy.shares_interpreter() => Sharing::Guest(guest.clone()),
            None => Sharing::Host(Guests::new(mpsc::channel().1)),
        };
        Plan {
            worker,
            strategy: self.strategy,
            application: workload.application.clone(),
            exchange: Arc::clone(&self.exchange),
            concurrency_max: workload.concurrency_max,
            departure_timeout: workload.departure_timeout,
            form_limits: workload.form_limits,
            error_format: workload.error_format,
            shows_tracebacks: workload.shows_tracebacks,
            core: workload.pins_cores.then_some(worker),
            serves: workload.serves,
            tolerates_gil: self.is_automatic,
            sharing,
        }
    }

    /// Starts one worker, and waits until it has loaded the application.
    fn add(&mut self, plan: Plan, worker: usize, runtime: &Runtime) -> Result<(), PoolError> {
        let (events, said) = mpsc::channel();
        self.workers
            .push(Worker::start(plan, runtime.main(), events)?);
        match said.recv() {
            Ok(Event::Ready {
                interpreter,
                registered,
                took,
            }) => {
                log_ready(worker, interpreter, took);
                if worker == 0 {
                    self.registered = registered;
                } else if self.registered != registered {
                    let error = LoadError::TableDiffers;
                    return Err(StartError::Load {
                        worker,
                        interpreter,
                        error,
                    }
                    .into());
                }
                Ok(())
            }
            Ok(Event::Failed(error)) => Err(error.into()),
            Err(_) => {
                Err(StartError::Python(String::from("a worker panicked while it started")).into())
            }
        }
    }

    /// Whether the last worker has ended.
    pub fn is_finished(&self) -> bool {
        self.workers.iter().all(Worker::is_finished)
    }

    /// How many requests wait for a worker.
    pub fn waiting(&self) -> usize {
        self.exchange.waiting()
    }

    /// The way to the workers.
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
    }

    /// Lets the workers end when no request waits.
    pub fn close(&self) {
        self.exchange.close();
    }

    /// Waits for the workers, after [`Self::close`].
    pub fn join(self) {
        self.workers.into_iter().for_each(Worker::join);
    }
}

fn log_ready(worker: usize, interpreter: i64, took: Duration) {
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(worker, interpreter, took_ms, "worker ready");
}
