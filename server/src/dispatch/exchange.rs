//! What the I/O threads and the workers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};

use crossbeam::queue::ArrayQueue;

use super::idle::{Bell, IdleWorkers};
use super::mailbox::Mailbox;
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
    mailboxes: Box<[Mailbox]>,
    stamps: Box<[Stamps]>,
    is_closed: AtomicBool,
}

/// From so many waiting jobs on, a submission wakes a further worker although one is awake.
///
/// Below it, the awake ones are likely to get there sooner than a sleeper; what still waits when the I/O thread has
/// nothing more to read wakes one in any case ([`Exchange::wake_for_backlog`]).
const BACKLOG: usize = 8;

impl Exchange {
    /// An exchange within `limits`.
    ///
    /// # Errors
    ///
    /// When the descriptors that workers sleep on can't be had.
    pub fn new(limits: Limits) -> std::io::Result<Arc<Self>> {
        let slots = limits.queue_depth + limits.workers * limits.concurrency;
        Ok(Arc::new(Self {
            jobs: ArrayQueue::new(limits.queue_depth),
            idle: IdleWorkers::new(limits.workers)?,
            mailboxes: (0..limits.io_threads).map(|_| Mailbox::default()).collect(),
            stamps: (0..limits.io_threads).map(|_| Stamps::new(slots)).collect(),
            is_closed: AtomicBool::new(false),
        }))
    }

    /// Ends the work: workers end when the queue is empty.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        self.idle.wake_all();
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

    /// Puts a job in the queue, and wakes a worker if none is likely to take it soon; gives it back if the queue is full.
    pub(super) fn push(&self, job: Job) -> Result<(), Job> {
        self.jobs.push(job)?;
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        let asleep = self.idle.count();
        if asleep > 0 && (asleep == self.idle.workers() || self.jobs.len() >= BACKLOG) {
            self.idle.wake_one();
        }
        Ok(())
    }

    /// Wakes one worker if jobs wait and one sleeps: when an I/O thread has nothing more to read.
    pub(super) fn wake_for_backlog(&self) {
        if self.idle.count() > 0 && !self.jobs.is_empty() {
            self.idle.wake_one();
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
        self.idle.add(worker);
        fence(Ordering::SeqCst); // pairs with the fences in `push` and `close`
        if self.jobs.is_empty() && !self.is_closed() {
            return true;
        }
        // Whoever has taken the worker off the list meanwhile rings its bell: it must be heard.
        !self.idle.remove(worker)
    }

    /// Takes a worker off the list of those that sleep, if it is there.
    pub(super) fn stay_awake(&self, worker: usize) {
        self.idle.remove(worker);
    }

    /// Hands an answer to the I/O thread that waits for it.
    pub(super) fn answer(&self, ticket: Ticket, answer: Answer) {
        self.mailbox(ticket.io_thread).post(ticket.slot, answer);
    }
}
