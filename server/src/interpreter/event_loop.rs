//! The asyncio loop of one worker, made when its first coroutine comes.

use std::ffi::CStr;
use std::os::fd::AsRawFd as _;

use native_types::capi::call::import;
use native_types::capi::context::Context;
use native_types::capi::exception::Builtin;
use native_types::capi::{Attached, Object, Owned, PyResult, RefSlot, builtin, convert};

use crate::dispatch::Taker;

/// An asyncio loop and what is called on it.
///
/// Importing asyncio takes an interpreter several MiB, so a worker without coroutines has none, unless its application is sure to need it ([`prepare`]).
#[derive(Debug)]
pub(super) struct EventLoop {
    /// The loop itself.
    object: RefSlot,
    /// `asyncio.Task`.
    task: RefSlot,
    /// The names of the arguments that a task is made with.
    task_names: RefSlot,
    /// What the loop's calls of the worker itself run in: none of a request's context variables are kept for them.
    context: Context,
    /// The name of the argument that says so.
    context_name: RefSlot,
    /// Calls the worker's `drain`.
    drain: RefSlot,
}

/// Imports what a loop needs, for an application that will: else the first WebSocket of each worker would wait for it, and
/// those behind it.
pub(super) fn prepare(py: Attached<'_>) {
    if let Err(raised) = import(c"asyncio", py) {
        // Told where the loop is made.
        raised.clear(py);
    }
}

impl EventLoop {
    /// A new loop; `drain` is what [`Self::drain_soon`] calls.
    pub(super) fn new(drain: &Object, py: Attached<'_>) -> PyResult<Self> {
        let asyncio = import(c"asyncio", py)?;
        let event_loop = asyncio.call_method(c"new_event_loop", &[], py)?;
        let names: &[&str] = if cfg!(Py_3_12) {
            &["loop", "context", "eager_start"]
        } else {
            &["loop", "context"]
        };
        Ok(Self {
            task: RefSlot::holding(asyncio.attribute(c"Task", py)?),
            task_names: RefSlot::holding(tuple_of(names, py)?),
            context: Context::of_thread(py)?,
            context_name: RefSlot::holding(tuple_of(&["context"], py)?),
            drain: RefSlot::holding(drain.own(py)),
            object: RefSlot::holding(event_loop),
        })
    }

    fn object<'a>(&'a self, py: Attached<'a>) -> &'a Object {
        self.object.get(py).expect("held since it was made")
    }

    /// From now on, `ring` is called when the worker's bell rings.
    pub(super) fn listen(&self, taker: &Taker, ring: &Object, py: Attached<'_>) -> PyResult<()> {
        let bell = convert::new_int(i64::from(taker.bell().as_raw_fd()), py)?;
        self.object(py)
            .call_method(c"add_reader", &[&bell, ring], py)
            .map(|_| ())
    }

    /// Takes back what [`Self::listen`] said.
    pub(super) fn stop_listening(&self, taker: &Taker, py: Attached<'_>) -> PyResult<()> {
        let bell = convert::new_int(i64::from(taker.bell().as_raw_fd()), py)?;
        self.object(py)
            .call_method(c"remove_reader", &[&bell], py)
            .map(|_| ())
    }

    /// Makes a task of a coroutine, which runs in `context`. On 3.12+ it runs at once, until it first waits; so the thread
    /// is not in that context.
    pub(super) fn start<'py>(
        &self,
        coroutine: &Object,
        context: &Context,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let task = self.task.get(py).expect("held since it was made").own(py);
        let names = self
            .task_names
            .get(py)
            .expect("held since it was made")
            .own(py);
        let event_loop = self.object(py).own(py);
        let is_eager = builtin::new_bool(true, py);
        let values: [&Object; 4] = [coroutine, &event_loop, context.object(py), &is_eager];
        let count = 1 + names.length(py)?;
        task.call_named(&values[..count], 1, &names, py)
    }

    /// Whether what is started now runs at once until it first waits, and not in the loop's next round.
    pub(super) fn starts_at_once(&self, py: Attached<'_>) -> PyResult<bool> {
        let is_running = self.object(py).call_method(c"is_running", &[], py)?;
        Ok(cfg!(Py_3_12) && is_running.is_true(py))
    }

    /// Runs the loop until it is stopped. `SystemExit` and `KeyboardInterrupt` of a task end that task alone.
    ///
    /// # Errors
    ///
    /// What the loop itself raises.
    pub(super) fn run_forever(&self, py: Attached<'_>, is_over: impl Fn() -> bool) -> PyResult<()> {
        while !is_over() {
            match self.object(py).call_method(c"run_forever", &[], py) {
                Ok(_) => {}
                Err(raised)
                    if raised.is(Builtin::SystemExit) || raised.is(Builtin::KeyboardInterrupt) =>
                {
                    raised.clear(py);
                }
                Err(raised) => return Err(raised),
            }
        }
        Ok(())
    }

    /// Ends [`Self::run_forever`].
    pub(super) fn stop(&self, py: Attached<'_>) -> PyResult<()> {
        self.object(py).call_method(c"stop", &[], py).map(|_| ())
    }

    /// Calls the worker's `drain` in the loop's next round.
    pub(super) fn drain_soon(&self, py: Attached<'_>) -> PyResult<()> {
        let drain = self.drain.get(py).expect("held since it was made");
        self.call_soon(drain, py)
    }

    /// Calls `callback` in the loop's next round, after what is due there already.
    pub(super) fn call_soon(&self, callback: &Object, py: Attached<'_>) -> PyResult<()> {
        self.call_later(self.object(py), c"call_soon", callback, py)
    }

    /// Calls `callback` with the task when that has ended.
    pub(super) fn call_when_done(
        &self,
        task: &Object,
        callback: &Object,
        py: Attached<'_>,
    ) -> PyResult<()> {
        self.call_later(task, c"add_done_callback", callback, py)
    }

    /// `object.method(callback, context=...)`, with the worker's own context.
    fn call_later(
        &self,
        object: &Object,
        method: &CStr,
        callback: &Object,
        py: Attached<'_>,
    ) -> PyResult<()> {
        let name = self.context_name.get(py).expect("held since it was made");
        let values = [callback, self.context.object(py)];
        let method = object.attribute(method, py)?;
        method.call_named(&values, 1, name, py).map(|_| ())
    }

    /// Calls `callback` after so many seconds, with the worker's own context.
    pub(super) fn call_after(
        &self,
        seconds: f64,
        callback: &Object,
        py: Attached<'_>,
    ) -> PyResult<()> {
        let name = self.context_name.get(py).expect("held since it was made");
        let seconds = convert::new_float(seconds, py)?;
        let values = [&seconds, callback, self.context.object(py)];
        let method = self.object(py).attribute(c"call_later", py)?;
        method.call_named(&values, 2, name, py).map(|_| ())
    }

    /// Runs a coroutine to its end, in `context`.
    pub(super) fn run_to_end<'py>(
        &self,
        coroutine: &Object,
        context: &Context,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let task = self.start(coroutine, context, py)?;
        self.run_until_complete(&task, py)
    }

    fn run_until_complete<'py>(&self, awaited: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
        self.object(py)
            .own(py)
            .call_method(c"run_until_complete", &[awaited], py)
    }

    /// How many descriptors the loop watches, its own apart: connections, above all. 0 for a loop of another library, which
    /// does not tell.
    pub(super) fn connections(&self, py: Attached<'_>) -> PyResult<usize> {
        let Some(selector) = self.object(py).attribute_opt(c"_selector", py)? else {
            return Ok(0);
        };
        let watched = selector.call_method(c"get_map", &[], py)?;
        Ok(watched.length(py)?.saturating_sub(1))
    }

    /// Cancels what still runs, ends asynchronous generators and executors, and closes the loop.
    pub(super) fn close(&self, py: Attached<'_>) -> PyResult<()> {
        let event_loop = self.object(py).own(py);
        let asyncio = import(c"asyncio", py)?;
        let tasks = asyncio.call_method(c"all_tasks", &[&event_loop], py)?;
        let mut pending = Vec::new();
        tasks.for_each(py, |task| {
            task.call_method(c"cancel", &[], py)?;
            pending.push(task.own(py));
            Ok(())
        })?;
        for task in pending {
            // Whatever a cancelled task still raises concerns nobody any more.
            if let Err(raised) = self.run_until_complete(&task, py) {
                raised.clear(py);
            }
        }
        for last in [c"shutdown_asyncgens", c"shutdown_default_executor"] {
            let coroutine = event_loop.call_method(last, &[], py)?;
            self.run_until_complete(&coroutine, py)?;
        }
        event_loop.call_method(c"close", &[], py).map(|_| ())
    }
}

fn tuple_of<'py>(texts: &[&str], py: Attached<'py>) -> PyResult<Owned<'py>> {
    let texts = texts.iter().map(|text| convert::new_str(text, py));
    let texts: Vec<Owned<'_>> = texts.collect::<PyResult<_>>()?;
    builtin::new_tuple(texts.into_iter(), py)
}
