//! A worker: one thread that makes its seat, loads the application, serves, and gives its seat up.
//!
//! What happens in which order, all on the worker's own thread:
//! 1. It takes its seat, imports the application and runs the start-up hooks, its interpreter's and its own; then it says
//!    [`Event::Ready`].
//! 2. It serves until the exchange is closed and empty.
//! 3. It runs its own shutdown hooks; waits for those who share its interpreter, if it runs the interpreter's hooks; runs those;
//!    closes its loop.
//! 4. It drops every reference to a Python object, and leaves its seat.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use native_types::capi::{Attached, RefSlot};
use native_types::contexts::Contexts;
use native_types::form;
use native_types::middleware::Worded;
use native_types::problem::ErrorFormat;
use native_types::routes::{RouteInfo, RouteKind};
use native_types::waiting::{self, Waiting};
use native_types::{draining, middleware, place};

use super::call::Caller;
use super::error::{LoadError, StartError};
use super::failure::Place;
pub use super::load::Application;
use super::runtime::Main;
use super::seat::Seat;
use super::serve::Server;
use super::strategy::Strategy;
use super::threads::KnownThread;
use super::{Python, event_loop, hooks, load, python_log};
use crate::dispatch::{Exchange, Lasts, Manner, Taker};

/// How much stack a worker has: what a main thread has, because handlers recurse as deep as elsewhere.
const STACK_BYTES: usize = 8 << 20;

/// What a worker is to do.
#[derive(Debug)]
pub struct Plan {
    /// Its number, from 0.
    pub worker: usize,
    /// Who runs the handlers.
    pub strategy: &'static dyn Strategy,
    /// The handler module.
    pub application: Application,
    /// Whence requests come.
    pub exchange: Arc<Exchange>,
    /// How many coroutines it may run at once.
    pub concurrency_max: usize,
    /// How long the handler of a WebSocket may go on without it when the client has left.
    pub departure_timeout: Duration,
    /// How much a form may hold.
    pub form_limits: form::Limits,
    /// In what form clients are told of errors.
    pub error_format: ErrorFormat,
    /// Whether answers show tracebacks.
    pub shows_tracebacks: bool,
    /// The core that it is pinned to.
    pub core: Option<usize>,
    /// Whether it serves after loading; else it only loads, for its routing table.
    pub serves: bool,
    /// Whether it goes on, with a warning, when a module switches the GIL on again.
    pub tolerates_gil: bool,
    /// Its part in the life of an interpreter that it shares.
    pub sharing: Sharing,
}

/// Who runs the hooks of an interpreter, and when.
#[derive(Debug)]
pub enum Sharing {
    /// This worker; the shutdown hooks when each [`Sharing::Guest`] has ended, if there are any.
    Host(Guests),
    /// Another worker. Holds its end of the host's channel until it has ended.
    Guest(Sender<()>),
}

/// Tells when the last guest has ended.
#[derive(Debug)]
pub struct Guests(Mutex<Receiver<()>>);

impl Guests {
    /// Guests whose senders belong to `ended`.
    pub fn new(ended: Receiver<()>) -> Self {
        Self(Mutex::new(ended))
    }

    fn wait(&self) {
        // Nothing is ever sent: it ends with an error when the last sender is dropped.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).recv();
    }
}

/// What the application registered: the same in every interpreter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// The routes, in order.
    pub table: Vec<Arc<RouteInfo>>,
    /// The functions around the handlers, in order.
    pub middleware: Vec<Arc<middleware::Info>>,
}

impl Registered {
    /// The refusals that Python words, in a row behind the table.
    pub fn worded(&self) -> Worded {
        Worded::of(&self.middleware, self.table.len())
    }

    /// For each row of the table, and the one that follows it, how its requests are answered.
    pub fn manners(&self) -> impl Iterator<Item = Manner> {
        let is_async = middleware::is_async(&self.middleware);
        let table = self.table.iter().map(move |route| Manner {
            is_async: route.is_async || is_async,
            lasts: lasts(route),
        });
        let worded = Manner {
            is_async,
            lasts: Lasts::Unknown,
        };
        table.chain([worded; Worded::ROWS])
    }
}

/// What is known of a route before its first request.
fn lasts(route: &RouteInfo) -> Lasts {
    match route.kind {
        RouteKind::WebSocket { .. } => Lasts::Always,
        RouteKind::Request if route.seems_to_stream => Lasts::Likely,
        RouteKind::Request => Lasts::Unknown,
    }
}

/// What a worker says of itself.
#[derive(Debug)]
pub enum Event {
    /// It has loaded the application.
    Ready {
        /// Its interpreter; 0 is the main one.
        interpreter: i64,
        /// What the application registered.
        registered: Registered,
        /// How long that took.
        took: Duration,
    },
    /// It can't be started, and has ended.
    Failed(StartError),
}

/// A worker's thread.
#[derive(Debug)]
pub struct Worker {
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts a worker, which says on `events` how that went.
    ///
    /// # Errors
    ///
    /// When a thread can't be had.
    pub fn start(plan: Plan, main: Main, events: Sender<Event>) -> io::Result<Self> {
        let builder = Builder::new()
            .name(format!("worker-{}", plan.worker))
            .stack_size(STACK_BYTES);
        let thread = builder.spawn(move || run(plan, main, &events))?;
        Ok(Self { thread })
    }

    /// Whether its thread has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end.
    pub fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("a worker panicked");
        }
    }
}

fn run(plan: Plan, main: Main, events: &Sender<Event>) {
    let began = Instant::now();
    place::set_worker(u32::try_from(plan.worker).expect("the configuration allows fewer"));
    if let Some(core) = plan.core {
        pin(core);
    }
    // Nobody listens any more when the start was given up; the worker still ends in order.
    let tell = |event| drop(events.send(event));
    let seat = match plan.strategy.enter(main) {
        Ok(seat) => seat,
        Err(error) => return tell(Event::Failed(error)),
    };
    // A panic must not keep the seat: its thread would hold the interpreter for ever.
    if catch_unwind(AssertUnwindSafe(|| live(&seat, &plan, began, tell))).is_err() {
        tracing::error!(worker = plan.worker, "a worker panicked");
    }
    seat.leave();
    plan.exchange.worker_ended(plan.worker);
    // A guest's sender is dropped here: after it has left.
    drop(plan);
}

fn live(seat: &Seat, plan: &Plan, began: Instant, tell: impl Fn(Event)) {
    seat.with(|py| {
        let interpreter = py.interpreter_id();
        let known = match KnownThread::register(plan.worker, py) {
            Ok(known) => known,
            Err(raised) => {
                let traceback = super::traceback::text(&raised.take(py), py);
                return tell(Event::Failed(StartError::Python(traceback)));
            }
        };
        let (server, registered) = match set_up(plan, interpreter, py) {
            Ok(ready) => ready,
            Err(error) => {
                let worker = plan.worker;
                if plan.strategy.shares_interpreter() {
                    known.leave(py);
                }
                return tell(Event::Failed(StartError::Load {
                    worker,
                    interpreter,
                    error,
                }));
            }
        };
        plan.exchange.worker_began(plan.worker, interpreter);
        tell(Event::Ready {
            interpreter,
            registered,
            took: began.elapsed(),
        });
        let _waiting = waiting::install(Waiting::new(server.taker.ringer()));
        if plan.serves {
            server.serve(py);
        }
        wind_up(&server, plan, py);
        if plan.strategy.shares_interpreter() {
            known.leave(py);
        }
    });
}

fn set_up(
    plan: &Plan,
    interpreter: i64,
    py: Attached<'_>,
) -> Result<(Rc<Server>, Registered), LoadError> {
    let strategy = plan.strategy.name();
    let module = load::module(plan.strategy, py)?;
    let state = load::state(&module, py)?;
    place::set_form_limits(state, plan.form_limits);
    draining::set_drain(state, Arc::clone(plan.exchange.ending().drain()));
    place::set_error_format(state, plan.error_format);
    let handlers = load::load(&plan.application, strategy, state, py)?;
    refuse_gil(plan, py)?;
    if matches!(plan.sharing, Sharing::Host(_)) {
        plan.strategy.settle(&Python::embedded(), py);
    }
    let place = Place {
        worker: plan.worker,
        interpreter,
        shows_tracebacks: plan.shows_tracebacks,
    };
    let chain = load::chain(&plan.application, &module, place, py)?;
    let registered = Registered {
        table: native_types::application::table(state),
        middleware: middleware::registered(state),
    };
    if registered
        .table
        .iter()
        .any(|route| lasts(route) != Lasts::Unknown)
    {
        event_loop::prepare(py);
    }
    if plan.serves {
        python_log::install(py);
    }
    let caller = Caller {
        handlers,
        chain,
        contexts: Contexts::default(),
        module: RefSlot::holding(module.own(py)),
        place,
    };
    let taker = Taker::new(Arc::clone(&plan.exchange), plan.worker);
    let server = Server::new(caller, taker, plan.concurrency_max, plan.departure_timeout);
    if plan.serves {
        if matches!(plan.sharing, Sharing::Host(_)) {
            let is_shared = plan.strategy.shares_interpreter() && plan.exchange.workers() > 1;
            hooks::start_up(&server, state, is_shared, py).map_err(LoadError::Hook)?;
        }
        hooks::start_up_worker(&server, state, py).map_err(LoadError::Hook)?;
    }
    Ok((server, registered))
}

/// Refuses an application that has switched the GIL on again, where that matters, or warns of it once.
fn refuse_gil(plan: &Plan, py: Attached<'_>) -> Result<(), LoadError> {
    if !plan.strategy.needs_no_gil() || !load::is_gil_enabled(py) {
        return Ok(());
    }
    let (app, strategy) = (plan.application.module.clone(), plan.strategy.name());
    if !plan.tolerates_gil {
        return Err(LoadError::GilSwitchedOn { app, strategy });
    }
    if plan.worker == 0 {
        tracing::warn!(
            app,
            "a module has switched the GIL on again: one worker runs Python at a time"
        );
    }
    Ok(())
}

/// Ends what [`set_up`] began.
fn wind_up(server: &Server, plan: &Plan, py: Attached<'_>) {
    if plan.serves {
        hooks::shut_down_worker(server, server.caller.state(py), py);
    }
    if let Sharing::Host(guests) = &plan.sharing {
        py.detached(|| guests.wait());
        if plan.serves {
            hooks::shut_down(server, server.caller.state(py), py);
        }
    }
    let event_loop = server.event_loop.take();
    if let Some(event_loop) = event_loop
        && let Err(raised) = event_loop.close(py)
    {
        let traceback = super::traceback::text(&raised.take(py), py);
        tracing::warn!(
            worker = plan.worker,
            traceback,
            "a worker's event loop did not close"
        );
    }
}

fn pin(core: usize) {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let pinned = cores
        .get(core % cores.len().max(1))
        .is_some_and(|id| core_affinity::set_for_current(*id));
    if !pinned {
        tracing::warn!(core, "a worker could not be pinned to its core");
    }
}
