//! What the I/O threads and the workers share.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::time::Duration;

use crossbeam::utils::CachePadded;
use tokio::sync::Notify;

use super::backlog::Backlog;
use super::desk::{self, Desk};
use super::ending::{Cut, Ending};
use super::idle::{Bell, IdleWorkers};
use super::lasting::Lasting;
use super::mailbox::Mailbox;
use super::pace::{Doing, Pace};
use super::reactor::Reactor;
use super::routes::{Dispatch, Manner, Routes};
use super::ticket::{Stamps, Ticket};
use super::{Answer, Job, Refusal};
use crate::metrics::{Count, IoMeter, Meters};

/// How many workers and I/O threads there are, and how much may wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Where handlers run.
    pub dispatch: Dispatch,
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
    /// After so many submissions, or answers of short handlers, the other side is woken although there is more to come;
    /// else when there is not. [`Self::BATCH`] unless there is a reason.
    pub batch: u32,
}

impl Limits {
    /// A thread that is woken for each request, or each answer, takes the core from the one that makes the next.
    pub const BATCH: u32 = 16;
}

/// The requests that wait, the workers that sleep or drive, and each I/O thread's reactor and mailbox.
///
/// # Threads
///
/// Any. Submitters never block; workers block on their bell, and in a reactor that they drive.
#[derive(Debug)]
pub struct Exchange {
    backlog: Backlog,
    lasting: Lasting,
    queue_depth: usize,
    routes: Routes,
    idle: IdleWorkers,
    pace: Pace,
    mailboxes: Box<[Mailbox]>,
    reactors: Box<[Reactor]>,
    batch: u32,
    is_closed: AtomicBool,
    ending: Ending,
    /// Told when a worker has ended.
    ended: Notify,
    meters: Option<Arc<Meters>>,
    /// For each I/O thread and slot, where there are meters: when the request was submitted; from its call on, when its
    /// handler was called. Written by whoever has the slot's duty: its I/O thread, then the worker that has taken the job.
    times: Box<[Box<[Count]>]>,
}

impl Exchange {
    /// When to look again at requests that were left to an awake worker.
    pub(super) const SECOND_LOOK: Duration = Pace::SECOND_LOOK;

    /// An exchange within `limits`.
    ///
    /// # Errors
    ///
    /// When the descriptors that workers sleep on and reactors need can't be had.
    pub fn new(limits: Limits) -> io::Result<Arc<Self>> {
        Self::metered(limits, None)
    }

    /// As [`Self::new`]; what happens is counted by `meters`, made for as many workers and I/O threads.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn metered(limits: Limits, meters: Option<Arc<Meters>>) -> io::Result<Arc<Self>> {
        let under_way = limits.queue_depth + limits.workers * limits.concurrency;
        // A request that runs on after its client has left keeps its slot, though its connection is closed.
        let slots = under_way.min(limits.connections + limits.workers * limits.concurrency);
        let reactors = (0..limits.io_threads).map(|_| Reactor::new());
        let metered = meters.as_ref().map_or(0, |_| limits.io_threads);
        let times = (0..metered).map(|_| (0..slots).map(|_| Count::default()).collect());
        Ok(Arc::new(Self {
            backlog: Backlog::new(limits.queue_depth, limits.io_threads, slots),
            lasting: Lasting::new(limits.workers),
            queue_depth: limits.queue_depth,
            routes: Routes::new(limits.dispatch, limits.workers),
            idle: IdleWorkers::new(limits.workers)?,
            pace: Pace::new(limits.workers),
            mailboxes: (0..limits.io_threads).map(|_| Mailbox::new()).collect(),
            reactors: reactors.collect::<io::Result<_>>()?,
            batch: limits.batch,
            is_closed: AtomicBool::new(false),
            ending: Ending::default(),
            ended: Notify::new(),
            meters,
            times: times.collect(),
        }))
    }

    /// Lets the handlers of the application's routes run where that is best.
    pub fn open(&self, manners: impl Iterator<Item = Manner>) {
        self.routes.open(manners);
    }

    /// How many I/O threads there are.
    pub fn io_threads(&self) -> u16 {
        u16::try_from(self.reactors.len()).expect("the configuration allows fewer")
    }

    /// The runtime of an I/O thread.
    pub(super) fn reactor(&self, io_thread: u16) -> &Reactor {
        &self.reactors[usize::from(io_thread)]
    }

    /// Runs the reactor of the calling I/O thread until `work` has ended. `work` can submit requests, and so can the tasks
    /// that it spawns; none waits for a worker for longer than `queue_timeout`.
    pub fn run_reactor(
        self: &Arc<Self>,
        io_thread: u16,
        queue_timeout: Duration,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let reactor = self.reactor(io_thread);
        // Finishes also when the work panics: nobody would end the thread otherwise.
        let finish = Finish(Arc::clone(self), io_thread);
        reactor.handle().spawn(async move {
            let _finish = finish;
            desk::tend(queue_timeout);
            work.await;
        });
        reactor.run(Desk::new(Arc::clone(self), io_thread));
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.idle.workers()
    }

    /// What is known of the end.
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// Tells handlers that the end begins.
    pub fn drain(&self) {
        self.ending.drain().begin();
    }

    /// Has the workers cut off what has no end of its own. Said again, they look again.
    pub fn cut(&self, cut: Cut) {
        self.ending.set_due(cut);
        self.idle.ring_all();
    }

    /// Ends the work: workers end when the queue is empty.
    pub fn close(&self) {
        self.drain();
        self.is_closed.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        while self.wake_one() {}
    }

    /// Says that a worker has loaded the application, in that interpreter.
    pub fn worker_began(&self, worker: usize, interpreter: i64) {
        if let Some(meters) = &self.meters {
            meters.worker_began(worker, interpreter);
        }
    }

    /// Says that a worker has ended, as they do when the exchange is closed.
    pub fn worker_ended(&self, worker: usize) {
        if let Some(meters) = &self.meters {
            meters.worker_ended(worker, !self.is_closed.load(Ordering::Relaxed));
        }
        self.ended.notify_one();
    }

    /// The meter of an I/O thread's reactor, if anything counts.
    pub fn io_meter(&self, io_thread: u16) -> Option<Arc<CachePadded<IoMeter>>> {
        let meters = self.meters.as_ref()?.io_threads();
        Some(Arc::clone(&meters[usize::from(io_thread)]))
    }

    /// Where the time of a request is kept, in nanoseconds as [`Meters::now`] counts. Only where there are meters.
    pub(super) fn time(&self, ticket: Ticket) -> &Count {
        &self.times[usize::from(ticket.io_thread)][ticket.slot as usize]
    }

    /// What counts, if anything does.
    pub fn meters(&self) -> Option<&Arc<Meters>> {
        self.meters.as_ref()
    }

    /// Waits until a worker has ended before its time.
    pub async fn worker_lost(&self) {
        self.ended.notified().await;
    }

    /// Whether no more work will come, and none is left for that worker.
    pub(super) fn is_finished(&self, worker: usize) -> bool {
        self.is_closed.load(Ordering::Relaxed) && !self.has_work(worker)
    }

    /// Whether requests wait that this worker may take when it holds no helm.
    fn has_work(&self, worker: usize) -> bool {
        !self.backlog.is_empty() || self.lasting.awaits(worker)
    }

    /// How many requests wait for a worker.
    pub fn waiting(&self) -> usize {
        self.backlog.waiting(self.lasting.waiting())
    }

    /// How many submissions or answers share a wake-up.
    pub(super) fn batch(&self) -> u32 {
        self.batch
    }

    pub(super) fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(super) fn lasting(&self) -> &Lasting {
        &self.lasting
    }

    pub(super) fn mailbox(&self, io_thread: u16) -> &Mailbox {
        &self.mailboxes[usize::from(io_thread)]
    }

    pub(super) fn stamps(&self, io_thread: u16) -> &Stamps {
        self.backlog.stamps(io_thread)
    }

    pub(super) fn bell(&self, worker: usize) -> &Bell {
        self.idle.bell(worker)
    }

    /// Puts a job in the queue; gives it back if the queue is full. [`Self::see_to_backlog`] must follow, for this one or
    /// for several.
    pub(super) fn push(&self, job: Job) -> Result<(), Job> {
        let Err(job) = self.backlog.push(job) else {
            return Ok(());
        };
        if !self.backlog.is_worth_clearing() {
            return Err(job);
        }
        self.backlog.clear(|job| self.refuse(job.ticket));
        self.backlog.push(job)
    }

    /// Puts a job before the worker that drives the reactor on this thread.
    pub(super) fn push_near(&self, io_thread: u16, job: Job) -> Result<(), Job> {
        self.backlog.push_near(io_thread, job)?;
        self.reactor(io_thread).helm.call();
        Ok(())
    }

    /// How many jobs wait for the worker at the helm of a reactor.
    pub(super) fn near(&self, io_thread: u16) -> usize {
        self.backlog.near(io_thread)
    }

    /// Moves what a worker at the helm has left to the queue that all take from.
    pub(super) fn move_near_to_queue(&self, io_thread: u16) {
        while let Some(job) = self.backlog.take_near_unclaimed(io_thread) {
            let ticket = job.ticket;
            if self.push(job).is_err() {
                self.refuse(ticket);
            }
        }
    }

    /// Gives a job that lasts to the worker that has the fewest, and has it look; `false` if as many wait as may wait.
    pub(super) fn place(&self, job: Job) -> bool {
        let has_room = self.waiting() < self.queue_depth;
        if has_room {
            self.call(self.lasting.place(job));
        }
        has_room
    }

    /// Has a worker look for what was placed in its lane, whatever it does.
    fn call(&self, worker: usize) {
        fence(Ordering::SeqCst); // pairs with the fences in `fall_asleep` and `Helm::listen`
        if self.idle.remove(worker) {
            self.rouse(worker);
        } else {
            let helms = self.reactors.iter().map(|reactor| &reactor.helm);
            helms.for_each(|helm| helm.ask_for(worker));
        }
    }

    /// Takes the next job placed in a worker's lane that is still wanted.
    pub(super) fn take_placed(&self, worker: usize) -> Option<Job> {
        while let Some(job) = self.lasting.take(worker) {
            if self.backlog.claim(job.ticket) {
                return Some(job);
            }
            self.lasting.leave(worker);
        }
        None
    }

    /// Moves what waits for a worker that does not come to it to others that have nothing to do. `true` while something
    /// waits for its worker.
    pub(super) fn unstick(&self) -> bool {
        let free = |worker| self.pace.is_free(worker);
        self.lasting.move_stuck(free, |worker| self.call(worker));
        self.lasting.waiting() > 0
    }

    pub(super) fn withdraw(&self, io_thread: u16, slot: usize, generation: u32) -> bool {
        self.backlog.withdraw(io_thread, slot, generation)
    }

    fn refuse(&self, ticket: Ticket) {
        if self.backlog.claim(ticket) {
            self.answer(ticket, Answer::Refused(Refusal::Full));
            self.ring_for_answers();
        }
    }

    /// Sees to the jobs that wait: has a worker take them if none will soon. `true` if they are left to an awake one,
    /// so that a second look is due.
    pub(super) fn see_to_backlog(&self) -> bool {
        fence(Ordering::SeqCst); // pairs with the fence in `fall_asleep`
        if self.backlog.is_empty() {
            return false;
        }
        let is_left = self.pace.is_any_prompt();
        if !is_left {
            self.wake_one();
        }
        is_left
    }

    /// Has another worker take what waits: one that sleeps, else one that drives a reactor. `false` if there is none.
    fn wake_one(&self) -> bool {
        self.wake_a_sleeper() || self.reactors.iter().any(|reactor| reactor.helm.ask())
    }

    /// Wakes a worker, if one sleeps. From then on it counts as awake: nobody else is woken while it gets up.
    pub(super) fn wake_a_sleeper(&self) -> bool {
        let worker = (self.idle.count() > 0)
            // One whose loop has least to do otherwise.
            .then(|| self.idle.take_one(|worker| self.lasting.held(worker)))
            .flatten();
        if let Some(worker) = worker {
            self.rouse(worker);
        }
        worker.is_some()
    }

    /// Wakes a worker that was taken off the list of those that sleep.
    fn rouse(&self, worker: usize) {
        self.pace.set(worker, Doing::Prompt);
        self.idle.ring(worker);
    }

    /// Has another worker take what still waits, whatever the awake ones do.
    pub(super) fn wake_for_backlog(&self) {
        if !self.backlog.is_empty() {
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

    /// Takes the next job that is still wanted: from the queue, else what a worker at a helm has not come to yet.
    #[inline]
    pub(super) fn take(&self) -> Option<Job> {
        self.backlog.take().or_else(|| self.backlog.take_any_near())
    }

    /// Takes the next job that the worker at the helm of a reactor is to run.
    pub(super) fn take_near(&self, io_thread: u16) -> Option<Job> {
        self.backlog.take_near(io_thread)
    }

    /// Gives a worker that has nothing to do the helm of a reactor, if one is to be had and that is of use.
    ///
    /// `runs_short` says that it has run nothing but short handlers of late.
    pub(super) fn claim_helm(&self, worker: usize, runs_short: bool) -> Option<u16> {
        let is_of_use = match self.routes.dispatch {
            Dispatch::Queue => false,
            Dispatch::Inline => true,
            // A reactor without a worker has its requests run by those without a reactor: one must be left.
            Dispatch::Auto => runs_short && (self.idle.count() > 0 || self.helms_left() <= 1),
        };
        let is_idle = is_of_use && !self.has_work(worker);
        let claimed = is_idle.then(|| {
            self.reactors
                .iter()
                .position(|reactor| reactor.helm.claim(worker))
        });
        let io_thread = u16::try_from(claimed.flatten()?).expect("the configuration allows fewer");
        self.pace.set(worker, Doing::Driving);
        Some(io_thread)
    }

    fn helms_left(&self) -> usize {
        let left = |reactor: &&Reactor| !reactor.helm.is_with_a_worker();
        self.reactors.iter().filter(left).count()
    }

    /// Says that a worker is about to wait for its bell; `false` if there is work, or the end, after all.
    pub(super) fn fall_asleep(&self, worker: usize) -> bool {
        self.pace.set(worker, Doing::Sleeping);
        self.idle.add(worker);
        fence(Ordering::SeqCst); // pairs with the fences in `see_to_backlog`, `call` and `close`
        if !self.has_work(worker) && !self.is_closed.load(Ordering::Relaxed) {
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

/// Finishes a reactor when it is dropped.
struct Finish(Arc<Exchange>, u16);

impl Drop for Finish {
    fn drop(&mut self) {
        self.0.reactor(self.1).finish();
    }
}

#[cfg(test)]
mod tests;
