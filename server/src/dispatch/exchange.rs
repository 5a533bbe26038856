//! What the I/O threads and the workers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::time::Duration;

use crossbeam::queue::ArrayQueue;
use tokio::sync::Notify;

use super::idle::{Bell, IdleWorkers};
use super::mailbox::Mailbox;
use super::pace::{Doing, Pace};
use super::ticket::{Stamps, State, Ticket};
use super::{Answer, Job, Refusal};

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
    /// How many jobs in the queue were withdrawn: they keep their places until they are taken out or the queue is full.
    withdrawn: AtomicUsize,
    idle: IdleWorkers,
    pace: Pace,
    mailboxes: Box<[Mailbox]>,
    stamps: Box<[Stamps]>,
    is_closed: AtomicBool,
    /// Told when a worker has ended.
    ended: Notify,
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
        // A request that runs on after its client has left keeps its slot, though its connection is closed.
        let slots = under_way.min(limits.connections + limits.workers * limits.concurrency);
        Ok(Arc::new(Self {
            jobs: ArrayQueue::new(limits.queue_depth),
            withdrawn: AtomicUsize::new(0),
            idle: IdleWorkers::new(limits.workers)?,
            pace: Pace::new(limits.workers),
            mailboxes: (0..limits.io_threads).map(|_| Mailbox::new()).collect(),
            stamps: (0..limits.io_threads).map(|_| Stamps::new(slots)).collect(),
            is_closed: AtomicBool::new(false),
            ended: Notify::new(),
        }))
    }

    /// Ends the work: workers end when the queue is empty.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        while self.wake_one() {}
    }

    /// Says that a worker has ended, as they do when the exchange is closed.
    pub fn worker_ended(&self) {
        self.ended.notify_one();
    }

    /// Waits until a worker has ended before its time.
    pub async fn worker_lost(&self) {
        self.ended.notified().await;
    }

    /// Whether no more work will come.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// How many requests wait for a worker.
    pub fn waiting(&self) -> usize {
        self.jobs
            .len()
            .saturating_sub(self.withdrawn.load(Ordering::Relaxed))
    }

    /// Whether no job is left in the queue, withdrawn ones included.
    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
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
        let Err(job) = self.jobs.push(job) else {
            return Ok(());
        };
        // Going over the whole queue pays only when it makes room for many.
        if self.withdrawn.load(Ordering::Relaxed) <= self.jobs.capacity() / 16 {
            return Err(job);
        }
        self.drop_withdrawn();
        self.jobs.push(job)
    }

    /// Withdraws a job that no worker has taken; `false` if one has.
    pub(super) fn withdraw(&self, io_thread: u16, slot: usize, generation: u32) -> bool {
        let stamps = self.stamps(io_thread);
        // Counted first, so that a worker that passes over the job at once does not count it down before.
        self.withdrawn.fetch_add(1, Ordering::Relaxed);
        let is_withdrawn = stamps.move_on(slot, generation, State::Queued, State::Free);
        if !is_withdrawn {
            self.withdrawn.fetch_sub(1, Ordering::Relaxed);
        }
        is_withdrawn
    }

    /// Makes room in a full queue: takes each job out, and puts it back at the end if it is still wanted.
    fn drop_withdrawn(&self) {
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
                // Another thread has filled the queue meanwhile: this one is refused in the place of the newest.
                self.refuse(&job);
            }
        }
    }

    fn refuse(&self, job: &Job) {
        if self.claim(job.ticket) {
            self.answer(job.ticket, Answer::Refused(Refusal::Full));
            self.ring_for_answers();
        }
    }

    /// Takes the duty to answer a job that has left the queue; `false` if it was withdrawn.
    fn claim(&self, ticket: Ticket) -> bool {
        let stamps = self.stamps(ticket.io_thread);
        let slot = ticket.slot as usize;
        let is_wanted = stamps.move_on(slot, ticket.generation, State::Queued, State::Taken);
        if !is_wanted {
            self.withdrawn.fetch_sub(1, Ordering::Relaxed);
        }
        is_wanted
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
            if self.claim(job.ticket) {
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

    /// Hands an answer to the I/O thread that waits for it; [`Self::ring_for_answers`] must follow, at once if it says so.
    pub(super) fn answer(&self, ticket: Ticket, answer: Answer) -> bool {
        self.mailbox(ticket.io_thread).post(ticket.slot, answer)
    }

    /// Wakes the I/O threads that sleep, after answers were handed to some.
    pub(super) fn ring_for_answers(&self) {
        self.mailboxes.iter().for_each(Mailbox::ring);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{HeaderMap, Method, Uri, Version};
    use native_types::message::{Params, RequestMessage, RouteId, Scheme};

    use super::*;

    fn job(exchange: &Exchange, slot: usize) -> Job {
        let generation = exchange.stamps(0).open(slot);
        let slot = u32::try_from(slot).unwrap();
        let message = RequestMessage {
            method: Method::GET,
            uri: Uri::from_static("/"),
            version: Version::HTTP_11,
            headers: HeaderMap::new(),
            decoded_path: None,
            route: RouteId(slot),
            params: Params::default(),
            body: bytes::Bytes::new(),
            client: None,
            scheme: Scheme::Http,
        };
        Job {
            message: Arc::new(message),
            ticket: Ticket {
                io_thread: 0,
                slot,
                generation,
            },
        }
    }

    fn exchange(queue_depth: usize) -> Arc<Exchange> {
        let limits = Limits {
            workers: 1,
            io_threads: 1,
            queue_depth,
            concurrency: 9,
            connections: 9,
        };
        Exchange::new(limits).unwrap()
    }

    #[test]
    fn a_full_queue_makes_room_for_as_many_as_were_withdrawn() {
        let exchange = exchange(3);
        let generations: Vec<u32> = (0..3)
            .map(|slot| {
                let job = job(&exchange, slot);
                let generation = job.ticket.generation;
                exchange.push(job).unwrap();
                generation
            })
            .collect();
        assert!(exchange.push(job(&exchange, 3)).is_err(), "full");
        assert!(exchange.withdraw(0, 1, generations[1]));
        assert!(!exchange.withdraw(0, 1, generations[1]), "only once");
        assert_eq!(exchange.waiting(), 2);
        exchange.push(job(&exchange, 4)).unwrap();
        let order: Vec<u32> = std::iter::from_fn(|| exchange.take())
            .map(|job| job.ticket.slot)
            .collect();
        assert_eq!(
            order,
            [0, 2, 4],
            "in order, without the one that was withdrawn"
        );
        assert_eq!(exchange.waiting(), 0);
    }

    #[test]
    fn a_withdrawn_job_is_passed_over() {
        let exchange = exchange(3);
        let first = job(&exchange, 0);
        let generation = first.ticket.generation;
        exchange.push(first).unwrap();
        exchange.push(job(&exchange, 1)).unwrap();
        assert!(exchange.withdraw(0, 0, generation));
        assert_eq!(exchange.take().unwrap().ticket.slot, 1);
        assert!(exchange.take().is_none());
        assert_eq!(exchange.waiting(), 0);
    }
}
