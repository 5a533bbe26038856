//! The requests that wait to be run.

use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam::queue::ArrayQueue;

use super::Job;
use super::ticket::{Stamps, State, Ticket};

/// How many requests may be read in one turn of a reactor that a worker drives, before it runs them.
const NEAR_MAX: usize = 256;

/// The queue that all workers take from, and for each reactor what its own worker has read and is about to run.
///
/// A job can be withdrawn by its stamp while it waits; it keeps its place until it is taken out, and passed over.
#[derive(Debug)]
pub(super) struct Backlog {
    jobs: ArrayQueue<Job>,
    near: Box<[ArrayQueue<Job>]>,
    /// How many of the jobs were withdrawn.
    withdrawn: AtomicUsize,
    stamps: Box<[Stamps]>,
}

impl Backlog {
    /// Room for `depth` jobs that wait; `slots` for each of `io_threads`.
    pub(super) fn new(depth: usize, io_threads: usize, slots: usize) -> Self {
        Self {
            jobs: ArrayQueue::new(depth),
            near: (0..io_threads).map(|_| ArrayQueue::new(NEAR_MAX)).collect(),
            withdrawn: AtomicUsize::new(0),
            stamps: (0..io_threads).map(|_| Stamps::new(slots)).collect(),
        }
    }

    pub(super) fn stamps(&self, io_thread: u16) -> &Stamps {
        &self.stamps[usize::from(io_thread)]
    }

    /// How many jobs wait that are still wanted, with so many elsewhere that are withdrawn here.
    pub(super) fn waiting(&self, elsewhere: usize) -> usize {
        let near: usize = self.near.iter().map(ArrayQueue::len).sum();
        (self.jobs.len() + near + elsewhere).saturating_sub(self.withdrawn.load(Ordering::Relaxed))
    }

    /// Whether the queue is empty, withdrawn jobs included.
    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// How many jobs the worker at the helm of a reactor has read.
    pub(super) fn near(&self, io_thread: u16) -> usize {
        self.near[usize::from(io_thread)].len()
    }

    /// Puts a job in the queue; gives it back if the queue is full.
    pub(super) fn push(&self, job: Job) -> Result<(), Job> {
        self.jobs.push(job)
    }

    /// Puts a job before the worker at the helm of a reactor; gives it back if that has enough.
    pub(super) fn push_near(&self, io_thread: u16, job: Job) -> Result<(), Job> {
        self.near[usize::from(io_thread)].push(job)
    }

    /// Whether going over the whole queue makes room for many.
    pub(super) fn is_worth_clearing(&self) -> bool {
        self.withdrawn.load(Ordering::Relaxed) > self.jobs.capacity() / 16
    }

    /// Drops withdrawn jobs from a full queue; `refuse` is given those for which there is no room after all, because
    /// another thread has filled the queue meanwhile.
    pub(super) fn clear(&self, mut refuse: impl FnMut(Job)) {
        for _ in 0..self.jobs.len() {
            let Some(job) = self.jobs.pop() else { return };
            let Ticket {
                io_thread,
                slot,
                generation,
            } = job.ticket;
            if !self.stamps(io_thread).is_queued(slot as usize, generation) {
                self.withdrawn.fetch_sub(1, Ordering::Relaxed);
            } else if let Err(job) = self.jobs.push(job) {
                refuse(job);
            }
        }
    }

    /// Withdraws a job that no worker has taken; `false` if one has.
    pub(super) fn withdraw(&self, io_thread: u16, slot: usize, generation: u32) -> bool {
        // Counted first, so that a worker that passes over the job at once does not count it down before.
        self.withdrawn.fetch_add(1, Ordering::Relaxed);
        let is_withdrawn =
            self.stamps(io_thread)
                .move_on(slot, generation, State::Queued, State::Free);
        if !is_withdrawn {
            self.withdrawn.fetch_sub(1, Ordering::Relaxed);
        }
        is_withdrawn
    }

    /// Takes the duty to answer a job that was taken out; `false` if it was withdrawn.
    pub(super) fn claim(&self, ticket: Ticket) -> bool {
        let stamps = self.stamps(ticket.io_thread);
        let slot = ticket.slot as usize;
        let is_wanted = stamps.move_on(slot, ticket.generation, State::Queued, State::Taken);
        if !is_wanted {
            self.withdrawn.fetch_sub(1, Ordering::Relaxed);
        }
        is_wanted
    }

    /// Takes the next job of the queue that is still wanted.
    #[inline]
    pub(super) fn take(&self) -> Option<Job> {
        self.first_wanted(|| self.jobs.pop())
    }

    /// Takes the next job of a reactor's own that is still wanted.
    pub(super) fn take_near(&self, io_thread: u16) -> Option<Job> {
        self.first_wanted(|| self.near[usize::from(io_thread)].pop())
    }

    /// Takes a job of a reactor's own, to put it elsewhere.
    pub(super) fn take_near_unclaimed(&self, io_thread: u16) -> Option<Job> {
        self.near[usize::from(io_thread)].pop()
    }

    /// Takes the next job of any reactor's own that is still wanted.
    pub(super) fn take_any_near(&self) -> Option<Job> {
        self.first_wanted(|| self.near.iter().find_map(ArrayQueue::pop))
    }

    fn first_wanted(&self, mut next: impl FnMut() -> Option<Job>) -> Option<Job> {
        loop {
            let job = next()?;
            if self.claim(job.ticket) {
                return Some(job);
            }
        }
    }
}
