//! What the I/O threads and the workers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::time::Duration;

use crossbeam::queue::ArrayQueue;

use super::idle::{Bell, IdleWorkers};
use super::mailbox::Mailbox;
use super::pace::{Doing, Pace};
use super::ticket::{Stamps, State, Ticket};
use super::{Answer, Job};

/// How many workers and I/O threads there are, and how much may wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Workers that take requests.
    pub workers: usize,
    /// Threads that submit requests.
    pub io_threads: usize,
    /// Requests that may wait for a worker.
    pub queue_depth: usize,
    /// Requests that one worker may run at once.
    pub concurrency: usize,
    /// Connections that may be open; each has one request under way at most.
    pub connections: usize,
}

/// The queue of jobs, the workers that sleep, and each I/O thread's mailbox and stamps.
///
/// # Threads
///
/// Any. Submitters never block; workers block on their bell alone.
#[derive(Debug)]
pub struct Exchange {
    jobs: ArrayQueue<Job>,
    idle: IdleWorkers,
    pace: Pace,
    mailboxes: Box<[Mailbox]>,
    stamps: Box<[Stamps]>,
    is_closed: AtomicBool,
}

impl Exchange {
    /// When to look again at requests that were left to an awake worker.
    pub(super) const SECOND_LOOK: Duration = Pace::SECOND_LOOK;

    /// An exchange within `limits`.
    ///
    /// # Errors
    ///
    /// When the descriptors that workers sleep on can't be had.
    pub fn new(limits: Limits) -> std::io::Result<Arc<Self>> {
        let under_way = limits.queue_depth + limits.workers * limits.concurrency;
        let slots = under_way.min(limits.connections);
        Ok(Arc::new(Self {
            jobs: ArrayQueue::new(limits.queue_depth),
            idle: IdleWorkers::new(limits.workers)?,
            pace: Pace::new(limits.workers),
            mailboxes: (0..limits.io_threads).map(|_| Mailbox::default()).collect(),
            stamps: (0..limits.io_threads).map(|_| Stamps::new(slots)).collect(),
            is_closed: AtomicBool::new(false),
        }))
    }

    /// Ends the work: workers end when the queue is empty.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        while self.wake_one() {}
    }

    /// Whether no more work will come.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// How many requests wait for a worker.
    pub fn waiting(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn mailbox(&self, io_thread: u16) -> &Mailbox {
        &self.mailboxes[usize::from(io_thread)]
    }

    pub(super) fn stamps(&self, io_thread: u16) -> &Stamps {
        &self.stamps[usize::from(io_thread)]
    }

    pub(super) fn bell(&self, worker: usize) -> &Bell {
        self.idle.bell(worker)
    }

    /// Puts a job in the queue; gives it back if the queue is full. [`Self::see_to_backlog`] must follow, for this one or
    /// for several.
    pub(super) fn push(&self, job: Job) -> Result<(), Job> {
        self.jobs.push(job)
    }

    /// Sees to the jobs that wait: wakes a worker if none will take them soon. `true` if they are left to an awake one,
    /// so that a second look is due.
    pub(super) fn see_to_backlog(&self) -> bool {
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        if self.idle.count() == 0 || self.jobs.is_empty() {
            return false;
        }
        let is_left = self.pace.is_any_prompt();
        if !is_left {
            self.wake_one();
        }
        is_left
    }

    /// Wakes a worker, if one sleeps. From then on it counts as awake: nobody else is woken while it gets up.
    fn wake_one(&self) -> bool {
        let Some(worker) = self.idle.take_one() else {
            return false;
        };
        self.pace.set(worker, Doing::Prompt);
        self.idle.ring(worker);
        true
    }

    /// Wakes a worker if jobs still wait and one sleeps, whatever the awake ones do.
    pub(super) fn wake_for_backlog(&self) {
        if self.idle.count() > 0 && !self.jobs.is_empty() {
            self.wake_one();
        }
    }

    /// Says what a worker does. One that begins something long leaves what waits to another.
    pub(super) fn set_pace(&self, worker: usize, doing: Doing) {
        self.pace.set(worker, doing);
        if doing == Doing::Engaged {
            self.wake_for_backlog();
        }
    }

    /// Takes the next job that is still wanted.
    pub(super) fn take(&self) -> Option<Job> {
        loop {
            let job = self.jobs.pop()?;
            let Ticket {
                io_thread,
                slot,
                generation,
            } = job.ticket;
            let stamps = self.stamps(io_thread);
            if stamps.move_on(slot as usize, generation, State::Queued, State::Taken) {
                return Some(job);
            }
        }
    }

    /// Says that a worker is about to wait for its bell; `false` if there is work, or the end, after all.
    pub(super) fn fall_asleep(&self, worker: usize) -> bool {
        self.pace.set(worker, Doing::Sleeping);
        self.idle.add(worker);
        fence(Ordering::SeqCst); // pairs with the fences in `see_to_backlog` and `close`
        if self.jobs.is_empty() && !self.is_closed() {
            return true;
        }
        // Whoever has taken the worker off the list meanwhile rings its bell: it must be heard.
        !self.idle.remove(worker)
    }

    /// Says that a worker is awake: takes it off the list of those that sleep, if it is there.
    pub(super) fn wake_up(&self, worker: usize) {
        self.idle.remove(worker);
        self.pace.set(worker, Doing::Prompt);
    }

    /// Whether an awake worker runs short handlers, so that its answers may still wait to be rung for.
    pub(super) fn is_any_prompt(&self) -> bool {
        self.pace.is_any_prompt()
    }

    /// Hands an answer to the I/O thread that waits for it; [`Self::ring_for_answers`] must follow.
    pub(super) fn answer(&self, ticket: Ticket, answer: Answer) {
        self.mailbox(ticket.io_thread).post(ticket.slot, answer);
    }

    /// Wakes the I/O threads that sleep, after answers were handed to some.
    pub(super) fn ring_for_answers(&self) {
        self.mailboxes.iter().for_each(Mailbox::ring);
    }
}
