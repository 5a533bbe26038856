//! Requests that last (WebSockets, streamed answers): each goes to the worker that has the fewest of them.
//!
//! The queue gives a request to whoever is awake, or fell asleep last. For what ends soon that is the best choice. What
//! lasts would pile up on one worker, which is the last to fall asleep whenever the next one comes. So each worker has a
//! lane of its own for what lasts, and whoever submits chooses the lane.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam::utils::CachePadded;

use super::Job;
use super::exchange::Exchange;

/// After this time without a step ahead, a lane's requests are for others who are free: its own worker is busy with
/// something long. Not sooner, because a worker may wait for a core for some tenths of a second on a busy machine, and what
/// was moved stays where it is.
pub(super) const STUCK: Duration = Duration::from_secs(1);

/// How many requests that last each worker has, and those that wait for it.
///
/// # Data
///
/// The lanes hold as many requests as the queue may, all together; they take no memory before the first.
#[derive(Debug)]
pub(super) struct Lasting {
    seats: Box<[CachePadded<Seat>]>,
    lanes: Mutex<Box<[Lane]>>,
}

/// What is read without the lock.
#[derive(Debug, Default)]
struct Seat {
    /// How many last: those that wait in its lane, and those that run.
    held: AtomicUsize,
    /// How many wait in its lane. Written under the lock.
    waiting: AtomicUsize,
}

#[derive(Debug)]
struct Lane {
    jobs: VecDeque<Job>,
    /// Since when the first one is the first.
    since: Instant,
}

impl Lasting {
    pub(super) fn new(workers: usize) -> Self {
        let since = Instant::now();
        let lane = |_| Lane {
            jobs: VecDeque::new(),
            since,
        };
        Self {
            seats: (0..workers).map(|_| CachePadded::default()).collect(),
            lanes: Mutex::new((0..workers).map(lane).collect()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Box<[Lane]>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many last on a worker.
    pub(super) fn held(&self, worker: usize) -> usize {
        self.seats[worker].held.load(Ordering::Relaxed)
    }

    /// Whether requests wait for that worker. Ordered with its sleep by the fences in `exchange`.
    pub(super) fn awaits(&self, worker: usize) -> bool {
        self.seats[worker].waiting.load(Ordering::Relaxed) > 0
    }

    /// How many requests wait in all lanes.
    pub(super) fn waiting(&self) -> usize {
        let waiting = |seat: &CachePadded<Seat>| seat.waiting.load(Ordering::Relaxed);
        self.seats.iter().map(waiting).sum()
    }

    /// Puts a job into the lane of the worker that has the fewest; tells which. It counts as that worker's from now on.
    pub(super) fn place(&self, job: Job) -> usize {
        let mut lanes = self.lock();
        let fewest = (0..lanes.len()).min_by_key(|worker| self.held(*worker));
        let worker = fewest.expect("the configuration asks for one worker at least");
        self.push(worker, job, &mut lanes);
        worker
    }

    /// Takes the next job of a worker's lane. It still counts as the worker's.
    pub(super) fn take(&self, worker: usize) -> Option<Job> {
        let mut lanes = self.lock();
        let lane = &mut lanes[worker];
        let job = lane.jobs.pop_front();
        lane.since = Instant::now();
        self.note(worker, lane);
        job
    }

    /// Moves the jobs of lanes that are stuck to those of workers that are `free`, if there are any; calls each that was
    /// given some.
    pub(super) fn move_stuck(&self, free: impl Fn(usize) -> bool, call: impl Fn(usize)) {
        let mut lanes = self.lock();
        let is_stuck = |lane: &Lane| !lane.jobs.is_empty() && lane.since.elapsed() > STUCK;
        let (stuck, others): (Vec<_>, Vec<_>) =
            (0..lanes.len()).partition(|worker| is_stuck(&lanes[*worker]));
        let free: Vec<_> = others.into_iter().filter(|worker| free(*worker)).collect();
        if free.is_empty() {
            return;
        }
        for from in stuck {
            let jobs = std::mem::take(&mut lanes[from].jobs);
            self.note(from, &lanes[from]);
            for job in jobs {
                self.leave(from);
                let fewest = free.iter().min_by_key(|worker| self.held(**worker));
                self.push(*fewest.expect("some are free"), job, &mut lanes);
            }
        }
        drop(lanes);
        free.into_iter().for_each(call);
    }

    fn push(&self, worker: usize, job: Job, lanes: &mut [Lane]) {
        self.enter(worker);
        let lane = &mut lanes[worker];
        if lane.jobs.is_empty() {
            lane.since = Instant::now();
        }
        lane.jobs.push_back(job);
        self.note(worker, lane);
    }

    fn note(&self, worker: usize, lane: &Lane) {
        let waiting = &self.seats[worker].waiting;
        waiting.store(lane.jobs.len(), Ordering::Relaxed);
    }

    /// Counts one more of a worker's.
    fn enter(&self, worker: usize) {
        self.seats[worker].held.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one less of a worker's.
    pub(super) fn leave(&self, worker: usize) {
        self.seats[worker].held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts a request as one that lasts on a worker, until it is dropped: with the socket, or the stream.
#[derive(Debug)]
pub struct Hold {
    exchange: Arc<Exchange>,
    worker: usize,
    route: usize,
    /// Whether it is open, or streamed; until then the route's others let us expect that.
    lasts: bool,
}

impl Hold {
    /// For a job out of the worker's lane, which counts already.
    pub(super) fn placed(exchange: Arc<Exchange>, worker: usize, route: usize) -> Self {
        Self {
            exchange,
            worker,
            route,
            lasts: false,
        }
    }

    /// For a job that came another way, and was found to last.
    pub(super) fn new(exchange: Arc<Exchange>, worker: usize, route: usize) -> Self {
        exchange.lasting().enter(worker);
        Self::placed(exchange, worker, route)
    }

    /// Says that the request lasts.
    pub(super) fn last(&mut self) {
        self.lasts = true;
        self.exchange.routes().note_lasting(self.route);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.exchange.lasting().leave(self.worker);
        if !self.lasts {
            self.exchange.routes().note_passing(self.route);
        }
    }
}
