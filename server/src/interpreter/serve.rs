//! A worker at work: it stays attached while there are requests, and waits detached while there are none.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use native_types::capi::Attached;
use slab::Slab;

use super::call::{Called, Caller};
use super::event_loop::EventLoop;
use super::running::Running;
use super::streamed::Stream;
use super::{async_serve, traceback};
use crate::dispatch::Taker;

/// One worker between its start-up and its shutdown hooks. It stays on its thread.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) caller: Caller,
    pub(super) taker: Taker,
    /// How many coroutines may run at once.
    pub(super) concurrency_max: usize,
    pub(super) event_loop: RefCell<Option<Rc<EventLoop>>>,
    /// The requests whose coroutines run.
    pub(super) running: RefCell<Slab<Running>>,
    /// The answers that are being streamed.
    pub(super) streams: RefCell<Slab<Stream>>,
    /// How many of them are WebSockets. They are no part of [`Self::concurrency_max`], but of the connections that may be
    /// open: a thousand that idle must not keep requests waiting.
    pub(super) open_sockets: Cell<usize>,
    /// How long the handler of a WebSocket may go on without it when the client has left.
    pub(super) departure_timeout: Duration,
    /// Whether a look at them is due in the loop.
    pub(super) is_look_due: Cell<bool>,
    /// Whether requests wait because as many coroutines run as may run.
    pub(super) is_saturated: Cell<bool>,
}

impl Server {
    /// A worker that has run nothing yet.
    pub(super) fn new(
        caller: Caller,
        taker: Taker,
        concurrency_max: usize,
        departure_timeout: Duration,
    ) -> Rc<Self> {
        Rc::new(Self {
            caller,
            taker,
            concurrency_max,
            event_loop: RefCell::default(),
            running: RefCell::default(),
            streams: RefCell::default(),
            open_sockets: Cell::new(0),
            departure_timeout,
            is_look_due: Cell::new(false),
            is_saturated: Cell::new(false),
        })
    }

    /// Serves until the exchange is closed and empty.
    ///
    /// The first coroutine or streamed answer starts the worker's asyncio loop, which from then on takes the requests, those for other
    /// handlers too. Should the loop fail, the worker goes on without one until the next coroutine.
    pub(super) fn serve(self: &Rc<Self>, py: Attached<'_>) {
        while !self.is_over() {
            // A hook may have left something running on a loop.
            let has_loop = self.event_loop.borrow().is_some();
            let first = if has_loop { None } else { self.serve_plain(py) };
            if (has_loop || first.is_some())
                && let Err(raised) = async_serve::serve(self, first, py)
            {
                let traceback = traceback::text(&raised.take(py), py);
                tracing::error!(
                    worker = self.caller.place.worker,
                    traceback,
                    "a worker's event loop failed"
                );
            }
        }
    }

    /// Whether no more requests will come, and none is under way.
    pub(super) fn is_over(&self) -> bool {
        self.taker.is_finished() && self.under_way() == 0
    }

    /// How many coroutines and streamed answers run.
    pub(super) fn under_way(&self) -> usize {
        self.running.borrow().len() + self.streams.borrow().len()
    }

    /// Serves without a loop; ends with what needs one, if that comes.
    fn serve_plain<'py>(&self, py: Attached<'py>) -> Option<Called<'py>> {
        loop {
            while let Some(taken) = self.taker.take() {
                match self.taker.run(taken, |taken| self.caller.call(taken, py)) {
                    Called::Answered => {}
                    first @ (Called::Coroutine(..) | Called::Stream(..)) => return Some(first),
                }
            }
            if self.taker.is_finished() {
                return None;
            }
            let rest = self.taker.rest();
            self.taker.rested(py.detached(|| rest.wait()));
        }
    }
}
