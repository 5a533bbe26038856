//! Answers on their way back to one I/O thread.

use std::sync::atomic::{AtomicBool, Ordering, fence};

use crossbeam::queue::SegQueue;
use tokio::sync::Notify;

use super::Answer;

/// The answers for one I/O thread, which is woken only if it sleeps.
///
/// The I/O thread says that it is about to sleep, then looks once more; a worker puts its answer in, then looks whether
/// the thread sleeps. The two fences order these four steps, so one of them sees the other.
///
/// # Data
///
/// Holds at most one answer for each reply slot, so it is bounded although its queue is not.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    answers: SegQueue<(u32, Answer)>,
    is_asleep: AtomicBool,
    bell: Notify,
}

impl Mailbox {
    /// Puts an answer in, from a worker; [`Self::ring`] must follow, for this one or for several.
    pub(super) fn post(&self, slot: u32, answer: Answer) {
        self.answers.push((slot, answer));
    }

    /// Wakes the I/O thread if it sleeps, after [`Self::post`].
    pub(super) fn ring(&self) {
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        if self.is_asleep.load(Ordering::Relaxed) && self.is_asleep.swap(false, Ordering::Relaxed) {
            self.bell.notify_one();
        }
    }

    /// Takes an answer out, on the I/O thread.
    pub(super) fn take(&self) -> Option<(u32, Answer)> {
        self.answers.pop()
    }

    /// Says that the I/O thread is about to sleep; `false` if an answer came meanwhile.
    pub(super) fn fall_asleep(&self) -> bool {
        self.is_asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst); // pairs with the fence in `ring`
        if self.answers.is_empty() {
            return true;
        }
        self.wake_up();
        false
    }

    /// Says that the I/O thread is awake.
    pub(super) fn wake_up(&self) {
        self.is_asleep.store(false, Ordering::Relaxed);
    }

    /// Waits until the I/O thread has been woken for an answer.
    pub(super) async fn rung(&self) {
        self.bell.notified().await;
    }
}
