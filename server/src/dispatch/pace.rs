//! How the awake workers get on: whether one of them will take the next request soon.
//!
//! Waking a worker costs more than a short handler, so a sleeper is woken only for work that would wait otherwise: when no
//! worker is awake, when each awake one is in the middle of a long handler, or when requests still wait at a second look.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crossbeam::utils::CachePadded;

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Doing {
    /// It waits for its bell.
    Sleeping = 0,
    /// It takes requests whose handlers are short, or looks for one.
    Prompt = 1,
    /// It runs a handler that is expected to take long.
    Engaged = 2,
    /// It drives a reactor and runs the short handlers of its requests.
    Driving = 3,
}

/// What each worker does, written by itself when that changes.
///
/// Only a hint: a worker that is held up in a short handler still looks prompt, which the second look makes good.
#[derive(Debug)]
pub(super) struct Pace(Box<[CachePadded<AtomicU8>]>);

impl Pace {
    /// After this time, an I/O thread that left a request to an awake worker looks whether it was taken.
    pub(super) const SECOND_LOOK: Duration = Duration::from_millis(1);

    pub(super) fn new(workers: usize) -> Self {
        let sleeping = || CachePadded::new(AtomicU8::new(Doing::Sleeping as u8));
        Self((0..workers).map(|_| sleeping()).collect())
    }

    pub(super) fn set(&self, worker: usize, doing: Doing) {
        self.0[worker].store(doing as u8, Ordering::Relaxed);
    }

    /// Whether a worker waits for work, at its bell or in a reactor.
    pub(super) fn is_free(&self, worker: usize) -> bool {
        let doing = self.0[worker].load(Ordering::Relaxed);
        doing == Doing::Sleeping as u8 || doing == Doing::Driving as u8
    }

    /// Whether an awake worker will take another request soon.
    pub(super) fn is_any_prompt(&self) -> bool {
        self.0
            .iter()
            .any(|doing| doing.load(Ordering::Relaxed) == Doing::Prompt as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_prompt_while_it_runs_short_handlers() {
        let pace = Pace::new(2);
        assert!(!pace.is_any_prompt(), "all sleep");
        pace.set(1, Doing::Prompt);
        assert!(pace.is_any_prompt());
        for doing in [Doing::Engaged, Doing::Driving] {
            pace.set(1, doing);
            assert!(!pace.is_any_prompt());
        }
        pace.set(0, Doing::Prompt);
        assert!(pace.is_any_prompt());
    }
}
