//! Where the handler of each route runs.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

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

/// What an application tells of a route.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// Whether its requests are answered by coroutines.
    pub is_async: bool,
    /// Whether they last.
    pub lasts: Lasts,
}

/// Whether a route's requests last, which decides how they come to a worker: see `lasting`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lasts {
    /// Nothing is known: they do from the first that did.
    #[default]
    Unknown,
    /// Its code says so: they do until enough did not.
    Likely,
    /// They are WebSockets.
    Always,
}

/// So many answers in a row must not be streamed before a route's requests no longer count as such that last.
const PASSING_IN_A_ROW: u8 = 16;

/// The credit of a route whose requests always last.
const ALWAYS: u8 = u8::MAX;

/// What is known of each route, read on each request and written when that changes.
#[derive(Debug)]
pub(super) struct Routes {
    pub(super) dispatch: Dispatch,
    /// Whether there is a choice of workers, so that it matters what lasts.
    is_choice: bool,
    /// Empty until the routes are known.
    known: OnceLock<Box<[Route]>>,
}

#[derive(Debug)]
struct Route {
    is_async: bool,
    is_near: AtomicBool,
    /// How many answers in a row must not last until the route's requests are no longer expected to; [`ALWAYS`] for good.
    lasting_credit: AtomicU8,
}

impl Routes {
    pub(super) fn new(dispatch: Dispatch, workers: usize) -> Self {
        Self {
            dispatch,
            is_choice: workers > 1,
            known: OnceLock::new(),
        }
    }

    /// Begins with the routes of an application.
    pub(super) fn open(&self, manners: impl Iterator<Item = Manner>) {
        let credit = |lasts| match lasts {
            Lasts::Unknown => 0,
            _ if !self.is_choice => 0,
            Lasts::Likely => PASSING_IN_A_ROW,
            Lasts::Always => ALWAYS,
        };
        let known = manners.map(|Manner { is_async, lasts }| Route {
            is_async,
            is_near: AtomicBool::new(self.dispatch == Dispatch::Inline && !is_async),
            lasting_credit: AtomicU8::new(credit(lasts)),
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

    /// Whether a request is expected to last, so that its worker is chosen. Never where there is one worker.
    pub(super) fn is_lasting(&self, route: usize) -> bool {
        self.get(route)
            .is_some_and(|route| route.lasting_credit.load(Ordering::Relaxed) > 0)
    }

    /// Says that a request of a route lasts.
    pub(super) fn note_lasting(&self, route: usize) {
        self.change_credit(route, |_| PASSING_IN_A_ROW);
    }

    /// Says that a request that was expected to last did not.
    pub(super) fn note_passing(&self, route: usize) {
        self.change_credit(route, |credit| credit.saturating_sub(1));
    }

    /// Of two changes at once one may be lost: it is an estimate.
    fn change_credit(&self, route: usize, change: impl FnOnce(u8) -> u8) {
        let Some(route) = self.get(route).filter(|_| self.is_choice) else {
            return;
        };
        let credit = route.lasting_credit.load(Ordering::Relaxed);
        let changed = change(credit);
        // Written only when it changes: every thread reads it for every request.
        if credit != ALWAYS && changed != credit {
            route.lasting_credit.store(changed, Ordering::Relaxed);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(workers: usize) -> Routes {
        let routes = Routes::new(Dispatch::Auto, workers);
        let lasts = [Lasts::Unknown, Lasts::Likely, Lasts::Always];
        routes.open(lasts.into_iter().map(|lasts| Manner {
            is_async: false,
            lasts,
        }));
        routes
    }

    fn lasting(routes: &Routes) -> [bool; 3] {
        [0, 1, 2].map(|route| routes.is_lasting(route))
    }

    #[test]
    fn a_route_lasts_from_its_first_stream_until_enough_answers_were_none() {
        let routes = routes(2);
        assert_eq!(lasting(&routes), [false, true, true]);
        routes.note_lasting(0);
        for _ in 0..PASSING_IN_A_ROW {
            assert_eq!(lasting(&routes), [true; 3]);
            (0..3).for_each(|route| routes.note_passing(route));
        }
        assert_eq!(lasting(&routes), [false, false, true]);
        routes.note_passing(0);
        assert!(!routes.is_lasting(0), "not below nothing");
    }

    #[test]
    fn nothing_lasts_where_there_is_one_worker() {
        let routes = routes(1);
        (0..3).for_each(|route| routes.note_lasting(route));
        assert_eq!(lasting(&routes), [false; 3]);
    }
}
