//! A worker whose asyncio loop takes the requests.
//!
//! The loop waits for the worker's bell as for any descriptor. When it rings, [`drain`] takes what waits: handlers of the
//! ordinary kind run there and then, coroutines become tasks. While as many tasks run as may run, requests stay in the
//! queue, for other workers or for later.

use std::cell::RefCell;
use std::rc::Rc;

use native_types::capi::context::Context;
use native_types::capi::method::{Method, bind, bound_function, function};
use native_types::capi::{Arguments, Attached, Object, Owned, PyResult, Raised, builtin, convert};
use native_types::waiting;

use super::call::Called;
use super::event_loop::EventLoop;
use super::running::Running;
use super::serve::Server;
use crate::dispatch::{Cut, Taken, Tally};

thread_local! {
    /// The worker of this thread, for the functions that its loop calls.
    static SERVER: RefCell<Option<Rc<Server>>> = const { RefCell::new(None) };
}

/// How many requests are taken before the loop's other work has its turn.
const ROUND: usize = 64;

static RING: Method<()> = function(c"ring", ring, c"The worker's bell rings.");
static DRAIN: Method<()> = function(c"drain", drain, c"Takes what waits.");
static DONE: Method<Object> = bound_function(c"done", done, c"A request's task has ended.");

/// The worker's loop, made if it has none.
pub(super) fn ensure_loop(server: &Server, py: Attached<'_>) -> PyResult<Rc<EventLoop>> {
    if let Some(event_loop) = server.event_loop.borrow().as_ref() {
        return Ok(Rc::clone(event_loop));
    }
    let event_loop = Rc::new(EventLoop::new(&*DRAIN.callable(py)?, py)?);
    // asyncio has imported logging, and logs what goes wrong in tasks.
    super::python_log::install(py);
    *server.event_loop.borrow_mut() = Some(Rc::clone(&event_loop));
    Ok(event_loop)
}

/// Serves until the exchange is closed and empty, and no coroutine runs; `first` is what asked for a loop.
///
/// # Errors
///
/// When the loop can't be made or has failed; the requests that it ran are answered with 500 then.
pub(super) fn serve(
    server: &Rc<Server>,
    first: Option<Called<'_>>,
    py: Attached<'_>,
) -> PyResult<()> {
    server.taker.step_down();
    let event_loop = match ensure_loop(server, py) {
        Ok(event_loop) => event_loop,
        Err(raised) => return server.give_up(first, raised, py),
    };
    SERVER.set(Some(Rc::clone(server)));
    let ran = run(server, &event_loop, first, py);
    SERVER.set(None);
    if ran.is_err() {
        *server.event_loop.borrow_mut() = None;
        server.open_sockets.set(0);
        server.count_sockets();
        server.is_look_due.set(false);
        let unfinished = server.running.take();
        drop(unfinished);
        let unfinished = server.streams.take();
        drop(unfinished);
    }
    ran
}

fn run(
    server: &Server,
    event_loop: &EventLoop,
    first: Option<Called<'_>>,
    py: Attached<'_>,
) -> PyResult<()> {
    event_loop.listen(&server.taker, &*RING.callable(py)?, py)?;
    if let Some(first) = first {
        server.go_on(first, py);
    }
    event_loop.drain_soon(py)?;
    event_loop.run_forever(py, || server.is_over())?;
    event_loop.stop_listening(&server.taker, py)
}

/// The worker of this thread, while its loop runs.
pub(super) fn running_server() -> Option<Rc<Server>> {
    SERVER.with_borrow(Option::clone)
}

/// As [`running_server`], for what is called only then.
pub(super) fn server(py: Attached<'_>) -> PyResult<Rc<Server>> {
    running_server().ok_or_else(|| Raised::value_error("the worker has ended", py))
}

fn ring<'py>(_arguments: Arguments<'py>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let server = server(py)?;
    // The loop may call this more than once for a ring, when a task has ended a round of the loop by `SystemExit`.
    server.taker.bell().hear();
    server.cut(py);
    server.drain(py)?;
    Ok(builtin::none(py))
}

/// Does nothing where the end came before the loop's first round: the shutdown hooks run the loop once more.
fn drain<'py>(_arguments: Arguments<'py>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    if let Some(server) = running_server() {
        server.drain(py)?;
    }
    Ok(builtin::none(py))
}

/// Called with the task that has ended; bound to its number.
fn done<'py>(
    number: &'py Object,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [task] = arguments.bind("done", &[c"task"], (1, 1), py)?;
    let number = number_of(number, py)?;
    let server = server(py)?;
    let removed = server.remove(number);
    if let (Some(running), Some(task)) = (removed, task)
        && !running.was_cut(task, py)
    {
        let Running { taken, context, .. } = running;
        server.go_on(server.caller.finish(taken, context, task, py), py);
    }
    server.see_to_waiting(py)?;
    Ok(builtin::none(py))
}

/// The number that a callback is bound to.
pub(super) fn number_of(number: &Object, py: Attached<'_>) -> PyResult<usize> {
    let number = convert::as_i64(number, py)?.and_then(|number| usize::try_from(number).ok());
    Ok(number.unwrap_or(usize::MAX))
}

impl Server {
    pub(super) fn event_loop(&self) -> Rc<EventLoop> {
        let event_loop = self.event_loop.borrow();
        Rc::clone(event_loop.as_ref().expect("made before the loop runs"))
    }

    /// Answers a request whose coroutine or stream can't be run.
    fn give_up(&self, first: Option<Called<'_>>, raised: Raised, py: Attached<'_>) -> PyResult<()> {
        match first {
            Some(Called::Coroutine(taken, ..) | Called::Stream(taken, ..)) => {
                self.caller.fail(taken, raised, py);
                Ok(())
            }
            Some(Called::Answered) | None => Err(raised),
        }
    }

    /// Does what is left to do for a request whose handler was called.
    pub(super) fn go_on(&self, called: Called<'_>, py: Attached<'_>) {
        match called {
            Called::Answered => {}
            Called::Coroutine(taken, context, coroutine) => {
                self.start(taken, context, &coroutine, py);
            }
            Called::Stream(taken, context, answer) => self.stream(taken, context, *answer, py),
        }
    }

    /// After a coroutine or stream has ended: takes what waited for that, or sees to the end.
    pub(super) fn see_to_waiting(&self, py: Attached<'_>) -> PyResult<()> {
        if self.is_saturated.replace(false) || self.is_over() {
            self.drain(py)?;
        }
        Ok(())
    }

    /// Cuts off what the server's end does not wait for any longer.
    fn cut(&self, py: Attached<'_>) {
        let due = self.taker.ending().due();
        if due == Cut::Nothing {
            return;
        }
        let mut tally = Tally::default();
        self.cut_sockets(due, &mut tally, py);
        self.cut_streams(due, &mut tally, py);
        if !tally.is_empty() {
            self.taker.ending().note(tally);
        }
    }

    /// Takes what waits, until nothing does, or the loop's other work is due.
    fn drain(&self, py: Attached<'_>) -> PyResult<()> {
        self.taker.stay_awake();
        waiting::deliver(py)?;
        for _ in 0..ROUND {
            if self.under_way() - self.open_sockets.get() >= self.concurrency_max {
                self.is_saturated.set(true);
                self.taker.be_engaged();
                return Ok(());
            }
            match self.taker.take() {
                Some(taken) => {
                    let called = self.taker.run(taken, |taken| self.caller.call(taken, py));
                    self.go_on(called, py);
                }
                None if self.is_over() => return self.event_loop().stop(py),
                None if self.taker.is_finished() || self.taker.fall_asleep() => return Ok(()),
                None => self.taker.stay_awake(),
            }
        }
        self.event_loop().drain_soon(py)
    }

    /// Starts a request's coroutine.
    fn start(&self, mut taken: Taken, context: Context, coroutine: &Object, py: Attached<'_>) {
        self.open_socket(&mut taken);
        let task = match self.event_loop().start(coroutine, &context, py) {
            Ok(task) => task,
            Err(raised) => return self.caller.fail(taken, raised, py),
        };
        if is_done(&task, py) {
            return self.go_on(self.caller.finish(taken, context, &task, py), py);
        }
        let number = self.insert(Running::new(taken, context, &task, py));
        let told = self.tell_when_done(&DONE, &task, number, py);
        if let Err(raised) = told.and_then(|()| self.look_later(py))
            && let Some(running) = self.remove(number)
        {
            self.caller.fail(running.taken, raised, py);
        }
    }

    /// Has `callback`, bound to `number`, called when a task has ended.
    pub(super) fn tell_when_done(
        &self,
        callback: &'static Method<Object>,
        task: &Object,
        number: usize,
        py: Attached<'_>,
    ) -> PyResult<()> {
        let callback = bind_number(callback, number, py)?;
        self.event_loop().call_when_done(task, &callback, py)
    }
}

/// Whether a task has ended.
pub(super) fn is_done(task: &Object, py: Attached<'_>) -> bool {
    match task.call_method(c"done", &[], py) {
        Ok(answer) => answer.is_true(py),
        Err(raised) => {
            raised.clear(py);
            false
        }
    }
}

/// A callable that calls `function` with `number`.
pub(super) fn bind_number<'py>(
    function: &'static Method<Object>,
    number: usize,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let number = convert::new_int(i64::try_from(number).unwrap_or(i64::MAX), py)?;
    bind(function, &number, py)
}
