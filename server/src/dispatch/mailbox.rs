//! Answers on their way back to one I/O thread.

use std::sync::atomic::{AtomicU8, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Answer;

/// The answers for one I/O thread, which is woken only if it sleeps.
///
/// The I/O thread says that it is about to sleep, then looks once more; a worker puts its answer in, then looks whether
/// the thread sleeps. The two fences order these four steps, so one of them sees the other.
///
/// # Data
///
/// Holds at most one answer for each reply slot, so it is bounded although its vector is not. The lock is held to put one
/// answer in, or to exchange the vector for an empty one; never while anything else is done.
#[derive(Debug)]
pub(super) struct Mailbox {
    answers: Mutex<Vec<(u32, Answer)>>,
    sleep: AtomicU8,
    bell: Arc<Notify>,
}

/// How an I/O thread sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Sleep {
    /// Not at all.
    Awake = 0,
    /// Until something happens, or until its second look is due: answers may be rung for in batches.
    Light = 1,
    /// Until something happens.
    Deep = 2,
}

impl Mailbox {
    pub(super) fn new() -> Self {
        let sleep = AtomicU8::new(Sleep::Awake as u8);
        Self {
            answers: Mutex::default(),
            sleep,
            bell: Arc::default(),
        }
    }

    /// Puts an answer in, from a worker; [`Self::ring`] must follow, for this one or for several. `true` if it must
    /// follow at once, because the thread sleeps deeply.
    pub(super) fn post(&self, slot: u32, answer: Answer) -> bool {
        self.lock().push((slot, answer));
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        self.sleep.load(Ordering::Relaxed) == Sleep::Deep as u8
    }

    /// Wakes the I/O thread if it sleeps, after [`Self::post`].
    pub(super) fn ring(&self) {
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        let awake = Sleep::Awake as u8;
        if self.sleep.load(Ordering::Relaxed) != awake
            && self.sleep.swap(awake, Ordering::Relaxed) != awake
        {
            self.bell.notify_one();
        }
    }

    /// Takes all answers out, on the I/O thread, and leaves the empty `room` for the next ones.
    pub(super) fn take(&self, room: &mut Vec<(u32, Answer)>) {
        std::mem::swap(&mut *self.lock(), room);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(u32, Answer)>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that the I/O thread is about to sleep; `false` if an answer came meanwhile.
    pub(super) fn fall_asleep(&self, sleep: Sleep) -> bool {
        self.sleep.store(sleep as u8, Ordering::Relaxed);
        fence(Ordering::SeqCst); // pairs with the fences in `post` and `ring`
        if self.lock().is_empty() {
            return true;
        }
        self.wake_up();
        false
    }

    /// Says that the I/O thread is awake.
    pub(super) fn wake_up(&self) {
        self.sleep.store(Sleep::Awake as u8, Ordering::Relaxed);
    }

    /// What is told when the I/O thread has been woken for an answer.
    pub(super) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }
}
