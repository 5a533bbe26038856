//! Where an answer goes, and whether it is still wanted.

use std::sync::atomic::{AtomicU32, Ordering};

/// The address of one reply slot: which I/O thread, which slot, which use of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    pub(super) io_thread: u16,
    pub(super) slot: u32,
    pub(super) generation: u32,
}

/// The states of a slot that both sides see, apart from its generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum State {
    /// Nobody waits for an answer here.
    Free = 0,
    /// The job waits in the queue.
    Queued = 1,
    /// A worker has taken the job and owes an answer.
    Taken = 2,
}

/// One word for each slot: its generation, and its state in the two lowest bits.
///
/// The I/O thread that owns the slot moves it `Free -> Queued` and `Queued -> Free` (the client left, or waited too long),
/// a worker `Queued -> Taken`. The compare-and-swap decides between the two, so a job that was withdrawn is never run. The
/// answer itself goes through the mailbox, whose queue orders it.
#[derive(Debug)]
pub(super) struct Stamps(Box<[AtomicU32]>);

impl Stamps {
    pub(super) fn new(slots: usize) -> Self {
        Self(
            (0..slots)
                .map(|_| AtomicU32::new(State::Free as u32))
                .collect(),
        )
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn word(generation: u32, state: State) -> u32 {
        (generation << 2) | state as u32
    }

    /// Begins a new use of a free slot; returns its generation.
    pub(super) fn open(&self, slot: usize) -> u32 {
        // Only the owner writes to a free slot, so a plain read and write do. The push of the job into the queue
        // publishes both to the worker.
        let generation =
            (self.0[slot].load(Ordering::Relaxed) >> 2).wrapping_add(1) & (u32::MAX >> 2);
        self.0[slot].store(Self::word(generation, State::Queued), Ordering::Relaxed);
        generation
    }

    /// Moves a slot on, if it is still in that use and state.
    pub(super) fn move_on(&self, slot: usize, generation: u32, from: State, to: State) -> bool {
        let (from, to) = (Self::word(generation, from), Self::word(generation, to));
        self.0[slot]
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// Whether a slot is still in that use, and no worker has taken its job.
    pub(super) fn is_queued(&self, slot: usize, generation: u32) -> bool {
        self.0[slot].load(Ordering::Relaxed) == Self::word(generation, State::Queued)
    }

    /// Ends a use whose answer has come.
    pub(super) fn close(&self, slot: usize, generation: u32) {
        self.0[slot].store(Self::word(generation, State::Free), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_withdrawn_job_can_not_be_taken() {
        let stamps = Stamps::new(1);
        let first = stamps.open(0);
        assert!(stamps.move_on(0, first, State::Queued, State::Free));
        assert!(!stamps.move_on(0, first, State::Queued, State::Taken));
        let second = stamps.open(0);
        assert!(
            !stamps.move_on(0, first, State::Queued, State::Taken),
            "an older use"
        );
        assert!(stamps.move_on(0, second, State::Queued, State::Taken));
        assert!(
            !stamps.move_on(0, second, State::Queued, State::Free),
            "too late to withdraw"
        );
    }
}
