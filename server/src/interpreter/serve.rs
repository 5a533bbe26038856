//! A worker at work: it stays attached while there are requests, and waits detached while there are none.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use native_types::capi::{Attached, Owned, RefSlot};
use slab::Slab;

use super::async_serve;
use super::call::{Called, Caller};
use super::event_loop::EventLoop;
use crate::dispatch::{Taken, Taker};

/// One worker between its start-up and its shutdown hooks. It stays on its thread.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) caller: Caller,
    pub(super) taker: Taker,
    /// How many coroutines may run at once.
    pub(super) concurrency_max: usize,
    pub(super) event_loop: OnceCell<EventLoop>,
    /// The requests whose coroutines run, with their tasks: asyncio itself keeps weak references only.
    pub(super) running: RefCell<Slab<(Taken, RefSlot)>>,
    /// Whether requests wait because as many coroutines run as may run.
    pub(super) is_saturated: Cell<bool>,
}

impl Server {
    /// A worker that has run nothing yet.
    pub(super) fn new(caller: Caller, taker: Taker, concurrency_max: usize) -> Rc<Self> {
        Rc::new(Self {
            caller,
            taker,
            concurrency_max,
            event_loop: OnceCell::new(),
            running: RefCell::default(),
            is_saturated: Cell::new(false),
        })
    }

    /// Serves until the exchange is closed and empty.
    ///
    /// The first coroutine starts the worker's asyncio loop, which from then on takes the requests, those for other
    /// handlers too.
    pub(super) fn serve(self: &Rc<Self>, py: Attached<'_>) {
        // A hook may have left something running on the loop.
        let mut first = None;
        if self.event_loop.get().is_none() {
            match self.serve_plain(py) {
                Some(coroutine) => first = Some(coroutine),
                None => return,
            }
        }
        async_serve::serve(self, first, py);
    }

    /// Serves without a loop; ends with the first coroutine, if one comes.
    fn serve_plain<'py>(&self, py: Attached<'py>) -> Option<(Taken, Owned<'py>)> {
        loop {
            while let Some(taken) = self.taker.take() {
                if let Called::Coroutine(taken, coroutine) =
                    self.taker.run(taken, |taken| self.caller.call(taken, py))
                {
                    return Some((taken, coroutine));
                }
            }
            if self.taker.is_finished() {
                return None;
            }
            let rest = self.taker.rest();
            py.detached(|| rest.wait());
        }
    }
}
