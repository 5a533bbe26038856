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

/// After this time without a step ahead, a lane's requests are for any worker: its own is busy with something long.
pub(super) const STUCK: Duration = Duration::from_millis(100);

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
        self.enter(worker);
        let lane = &mut lanes[worker];
        if lane.jobs.is_empty() {
            lane.since = Instant::now();
        }
        lane.jobs.push_back(job);
        self.note(worker, lane);
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

    /// Takes the jobs of all lanes that are stuck; they count as nobody's.
    pub(super) fn take_stuck(&self) -> Vec<Job> {
        let mut stuck = Vec::new();
        for (worker, lane) in self.lock().iter_mut().enumerate() {
            if !lane.jobs.is_empty() && lane.since.elapsed() > STUCK {
                let count = lane.jobs.len();
                self.seats[worker].held.fetch_sub(count, Ordering::Relaxed);
                stuck.extend(lane.jobs.drain(..));
                self.note(worker, lane);
            }
        }
        stuck
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
