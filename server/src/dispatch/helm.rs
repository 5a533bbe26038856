//! Who drives a reactor: its I/O thread, or a worker that has nothing else to do.
//!
//! ```text
//!            claim (the I/O thread lets go)
//!   Io ───────────────────────────────────────▶ Runs(worker) ◀──▶ Drives(worker)
//!    ▲                                             │  runs handlers    in the reactor
//!    └─────────────────────────────────────────────┘
//!       step down, or taken back: a handler runs for too long
//! ```
//!
//! The one word [`Helm::state`] says who it is. From `Io` it changes under the lock [`Helm::change`] alone, from the other
//! states by compare-and-swap. While a worker runs handlers it is outside the reactor, so the I/O thread can take the
//! reactor back at any time and I/O goes on.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use atomic_waker::AtomicWaker;
use crossbeam::utils::CachePadded;

/// How often the I/O thread looks whether the worker at the helm gets on: a handler that takes longer than one such step,
/// and two at most, loses its worker the helm.
const GLANCE: Duration = Duration::from_millis(2);

/// After so many looks without anything to see, the I/O thread sleeps until handlers run again.
const QUIET_GLANCES: u32 = 4;

/// Nobody can drive: not begun, or ended.
const CLOSED: u32 = 0;
/// The I/O thread drives.
const IO: u32 = 1;
/// A worker is at the helm, and runs handlers. Its number stands in the other bits.
const RUNS: u32 = 2;
/// A worker is at the helm, and drives.
const DRIVES: u32 = 3;
/// The bits of the four above.
const KIND: u32 = 3;

/// The state in which `worker` does `kind`.
fn held(worker: usize, kind: u32) -> u32 {
    u32::try_from(worker).expect("the configuration allows fewer") << 2 | kind
}

/// Who drives one reactor, and how that changes.
#[derive(Debug)]
pub(super) struct Helm {
    state: CachePadded<AtomicU32>,
    /// Counts what the worker at the helm has begun to run.
    beat: CachePadded<AtomicU32>,
    /// The state that a worker waits for; `CLOSED` while none does.
    wanted: AtomicU32,
    /// The worker at the helm is asked to step down.
    is_asked: AtomicBool,
    /// There is nothing left to drive.
    is_finished: AtomicBool,
    /// The I/O thread sleeps until it is told of handlers that run.
    is_guard_asleep: AtomicBool,
    /// Whether the driver has been called and has not yet looked.
    is_called: AtomicBool,
    /// Wakes the driver in the reactor.
    driver: AtomicWaker,
    /// Held for each change that somebody waits for.
    change: Mutex<()>,
    changed: Condvar,
}

impl Helm {
    pub(super) fn new() -> Self {
        Self {
            state: CachePadded::new(AtomicU32::new(CLOSED)),
            beat: CachePadded::default(),
            wanted: AtomicU32::new(CLOSED),
            is_asked: AtomicBool::new(false),
            is_finished: AtomicBool::new(false),
            is_guard_asleep: AtomicBool::new(false),
            is_called: AtomicBool::new(false),
            driver: AtomicWaker::new(),
            change: Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn move_on(&self, from: u32, to: u32) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    // The driver, whoever it is.

    /// Says how to call the driver, which looks around after this.
    pub(super) fn listen(&self, waker: &Waker) {
        self.driver.register(waker);
        self.is_called.store(false, Ordering::Relaxed);
        fence(Ordering::SeqCst); // pairs with the one in `call`
    }

    /// Has the driver look around, once for several calls.
    pub(super) fn call(&self) {
        fence(Ordering::SeqCst); // pairs with the one in `listen`
        if !self.is_called.swap(true, Ordering::Relaxed) {
            self.driver.wake();
        }
    }

    /// Says that there is nothing left to drive.
    pub(super) fn finish(&self) {
        self.is_finished.store(true, Ordering::Relaxed);
        self.call();
    }

    pub(super) fn is_finished(&self) -> bool {
        self.is_finished.load(Ordering::Relaxed)
    }

    // Workers.

    /// Whether a worker is at the helm.
    pub(super) fn is_with_a_worker(&self) -> bool {
        matches!(self.state.load(Ordering::Relaxed) & KIND, RUNS | DRIVES)
    }

    /// Takes the helm from the I/O thread, for `worker`; `false` if another is faster or the end has come.
    ///
    /// Blocks until the I/O thread has let go, which it does when it has finished a round.
    pub(super) fn claim(&self, worker: usize) -> bool {
        if self.state.load(Ordering::Relaxed) != IO {
            return false;
        }
        let mine = held(worker, RUNS);
        let mut change = self.lock();
        // Again, now that neither another worker nor the end can come between.
        let is_first = self.state.load(Ordering::Relaxed) == IO
            && self.wanted.load(Ordering::Relaxed) == CLOSED;
        if !is_first {
            return false;
        }
        self.wanted.store(mine, Ordering::Relaxed);
        self.call();
        while self.state.load(Ordering::Acquire) != mine {
            if self.wanted.load(Ordering::Relaxed) != mine {
                return false;
            }
            change = self
                .changed
                .wait(change)
                .unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// Goes on to drive; `false` if the I/O thread has taken the reactor back.
    pub(super) fn enter(&self, worker: usize) -> bool {
        self.move_on(held(worker, RUNS), held(worker, DRIVES))
    }

    /// Goes on to run handlers, after [`Self::enter`].
    pub(super) fn leave(&self, worker: usize) {
        self.beat();
        self.state.store(held(worker, RUNS), Ordering::Release);
        fence(Ordering::SeqCst); // pairs with the one in `sleep_on_guard`
        if self.is_guard_asleep.load(Ordering::Relaxed) {
            let _change = self.lock();
            self.changed.notify_all();
        }
    }

    /// Says that another handler begins.
    pub(super) fn beat(&self) {
        // Written by the worker at the helm alone.
        let beat = self.beat.load(Ordering::Relaxed);
        self.beat.store(beat.wrapping_add(1), Ordering::Relaxed);
    }

    /// Whether `worker`, which runs handlers, is still at the helm.
    pub(super) fn is_held_by(&self, worker: usize) -> bool {
        self.state.load(Ordering::Relaxed) == held(worker, RUNS)
    }

    /// Asks the worker at the helm to step down; `false` if none is, or it was asked before.
    pub(super) fn ask(&self) -> bool {
        let is_new = self.is_with_a_worker() && !self.is_asked.swap(true, Ordering::Relaxed);
        if is_new {
            self.call();
        }
        is_new
    }

    /// Asks `worker` to step down, if it is at the helm.
    pub(super) fn ask_for(&self, worker: usize) {
        let state = self.state.load(Ordering::Relaxed);
        if state == held(worker, RUNS) || state == held(worker, DRIVES) {
            self.ask();
        }
    }

    /// Whether the worker that drives is to stop.
    pub(super) fn must_step_down(&self) -> bool {
        self.is_asked.load(Ordering::Relaxed) || self.is_finished()
    }

    /// Gives the helm back to the I/O thread, unless that has taken it already.
    pub(super) fn step_down(&self, worker: usize) {
        let _change = self.lock();
        if self.move_on(held(worker, RUNS), IO) {
            self.is_asked.store(false, Ordering::Relaxed);
            self.changed.notify_all();
        }
    }

    // The I/O thread.

    /// The I/O thread begins to drive.
    pub(super) fn open(&self) {
        self.state.store(IO, Ordering::Release);
    }

    /// The I/O thread has ended.
    pub(super) fn close(&self) {
        let _change = self.lock();
        self.state.store(CLOSED, Ordering::Release);
        self.wanted.store(CLOSED, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// Whether a worker waits for the helm.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) != CLOSED
    }

    /// Lets go for the worker that waits.
    pub(super) fn hand_over(&self) {
        let _change = self.lock();
        self.beat();
        self.state
            .store(self.wanted.load(Ordering::Relaxed), Ordering::Release);
        self.wanted.store(CLOSED, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// Watches the worker at the helm; returns when the I/O thread is to drive again.
    pub(super) fn guard(&self) {
        let mut seen = self.beat.load(Ordering::Relaxed);
        let mut quiet = 0;
        let mut change = self.lock();
        loop {
            change = if quiet < QUIET_GLANCES {
                let waited = self.changed.wait_timeout(change, GLANCE);
                waited.unwrap_or_else(PoisonError::into_inner).0
            } else {
                self.sleep_on_guard(change, seen)
            };
            // In this order: who runs handlers has counted the first one before saying so.
            let state = self.state.load(Ordering::Acquire);
            let beat = self.beat.load(Ordering::Relaxed);
            if state == IO {
                return;
            }
            // The same handler as at the last look: it runs, and will for who knows how long.
            if state & KIND == RUNS && beat == seen && self.move_on(state, IO) {
                self.is_asked.store(false, Ordering::Relaxed);
                return;
            }
            quiet = if beat == seen { quiet + 1 } else { 0 };
            seen = beat;
        }
    }

    /// Waits until handlers run that were not seen yet.
    fn sleep_on_guard<'a>(&'a self, change: MutexGuard<'a, ()>, seen: u32) -> MutexGuard<'a, ()> {
        self.is_guard_asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst); // pairs with the one in `leave`
        let is_quiet = self.beat.load(Ordering::Relaxed) == seen
            && self.state.load(Ordering::Relaxed) & KIND == DRIVES;
        let change = if is_quiet {
            self.changed
                .wait(change)
                .unwrap_or_else(PoisonError::into_inner)
        } else {
            change
        };
        self.is_guard_asleep.store(false, Ordering::Relaxed);
        change
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Instant;
    use std::{hint, thread};

    use super::*;

    const ROUNDS: usize = 20_000;
    const LONG: Duration = Duration::from_secs(20);

    /// Claims each helm when its round comes; counts the claims that were refused.
    fn claim_each(helms: &[Helm], round: &AtomicUsize, refused: &AtomicUsize) {
        for (number, helm) in helms.iter().enumerate() {
            while round.load(Ordering::Acquire) <= number {
                thread::yield_now();
            }
            if !helm.claim(0) {
                refused.fetch_add(1, Ordering::Release);
            }
        }
    }

    #[test]
    fn a_claim_that_meets_the_end_is_refused() {
        let helms: Vec<_> = (0..ROUNDS).map(|_| Helm::new()).collect();
        let (round, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| claim_each(&helms, &round, &refused));
            for (number, helm) in helms.iter().enumerate() {
                helm.open();
                round.store(number + 1, Ordering::Release);
                // Now a little before the claim, now a little after.
                for _ in 0..number % 64 {
                    hint::spin_loop();
                }
                helm.close();
                let began = Instant::now();
                while refused.load(Ordering::Acquire) <= number {
                    if began.elapsed() > LONG {
                        // Frees the other thread, so that the test can end.
                        round.store(ROUNDS, Ordering::Release);
                        helms.iter().for_each(Helm::close);
                        panic!("the claim of round {number} was neither refused nor granted");
                    }
                    thread::yield_now();
                }
            }
        });
    }
}
