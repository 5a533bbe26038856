//! Where the handler of each route runs.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where handlers run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatch {
    /// On any worker: requests go through the queue.
    Queue,
    /// On the worker that has read the request, but for coroutines, which need a worker's event loop.
    Inline,
    /// Inline where the handler is short, as measured; through the queue where it is not.
    Auto,
}

/// What is known of each route, read on each request and written when that changes.
#[derive(Debug)]
pub(super) struct Routes {
    pub(super) dispatch: Dispatch,
    /// Empty until the routes are known.
    known: OnceLock<Box<[Route]>>,
}

#[derive(Debug)]
struct Route {
    is_async: bool,
    is_near: AtomicBool,
}

impl Routes {
    pub(super) fn new(dispatch: Dispatch) -> Self {
        Self {
            dispatch,
            known: OnceLock::new(),
        }
    }

    /// Begins with the routes of an application: for each, whether its handler is `async`.
    pub(super) fn open(&self, are_async: impl Iterator<Item = bool>) {
        let known = are_async.map(|is_async| Route {
            is_async,
            is_near: AtomicBool::new(self.dispatch == Dispatch::Inline && !is_async),
        });
        // Once for each exchange: later calls find the same routes.
        let _ = self.known.set(known.collect());
    }

    fn get(&self, route: usize) -> Option<&Route> {
        self.known.get()?.get(route)
    }

    /// Whether the handler is to run on the worker that has read the request.
    pub(super) fn is_near(&self, route: usize) -> bool {
        self.get(route)
            .is_some_and(|route| route.is_near.load(Ordering::Relaxed))
    }

    /// Says that the handler of a route is short, or is not, where that decides.
    pub(super) fn set_short(&self, route: usize, is_short: bool) {
        if self.dispatch != Dispatch::Auto {
            return;
        }
        let Some(known) = self.get(route) else { return };
        let is_near = is_short && !known.is_async;
        // Written only when it changes: every thread reads it for every request.
        if known.is_near.load(Ordering::Relaxed) != is_near {
            known.is_near.store(is_near, Ordering::Relaxed);
        }
    }
}
