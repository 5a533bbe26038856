//! What one worker counts.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;

use super::{CLASSES, Count, Histogram, class_of, nanoseconds_since};

/// The counts of one worker.
///
/// # Threads
///
/// The worker's own thread writes, but for [`Meters`](super::Meters), which say when it lives.
#[derive(Debug)]
pub struct WorkerMeter {
    epoch: Instant,
    life: AtomicI64,
    requests: [Count; CLASSES],
    /// How many requests it has taken.
    taken: Count,
    /// How long requests have waited for it.
    pub queue_wait: Histogram,
    /// How long its handlers took, until they answered.
    pub run_time: Histogram,
    /// How long it took to attach to its interpreter again after a wait for work.
    pub gil_wait: Histogram,
    /// How many WebSockets have a handler that runs.
    pub sockets_open: Count,
    /// How many handlers of WebSockets were cancelled because their clients had left.
    pub sockets_abandoned: Count,
    busy: Busy,
    /// Since when it does what it does, in nanoseconds since the epoch.
    since: Count,
    /// The route of the last handler that was called.
    route: Count,
}

/// Whether a worker serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It has not loaded the application yet.
    Starting,
    /// It takes requests.
    Serving {
        /// Its interpreter; 0 is the main one.
        interpreter: i64,
    },
    /// It has ended.
    Ended {
        /// What its interpreter was.
        interpreter: i64,
    },
}

impl Life {
    /// The worker's interpreter, once it has one.
    pub fn interpreter(self) -> Option<i64> {
        match self {
            Self::Starting => None,
            Self::Serving { interpreter } | Self::Ended { interpreter } => Some(interpreter),
        }
    }
}

/// [`Life::Starting`], where the interpreter's number would stand. A worker that has ended has the complement of that.
const STARTING: i64 = i64::MIN;

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It has nothing to do.
    Idle,
    /// It runs a handler.
    Running {
        /// The route, by its number.
        route: u64,
    },
    /// Coroutines or streamed answers of its own are under way, and none of its handlers is being called.
    Waiting,
}

impl WorkerMeter {
    pub(super) fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            life: AtomicI64::new(STARTING),
            requests: Default::default(),
            taken: Count::default(),
            queue_wait: Histogram::default(),
            run_time: Histogram::default(),
            gil_wait: Histogram::default(),
            sockets_open: Count::default(),
            sockets_abandoned: Count::default(),
            busy: Busy::default(),
            since: Count::default(),
            route: Count::default(),
        }
    }

    pub(super) fn begin_life(&self, interpreter: i64) {
        self.life.store(interpreter, Ordering::Relaxed);
    }

    pub(super) fn end_life(&self) {
        if let Life::Serving { interpreter } = self.life() {
            self.life.store(!interpreter, Ordering::Relaxed);
        }
    }

    /// Whether the worker serves.
    pub fn life(&self) -> Life {
        match self.life.load(Ordering::Relaxed) {
            STARTING => Life::Starting,
            interpreter @ 0.. => Life::Serving { interpreter },
            ended => Life::Ended {
                interpreter: !ended,
            },
        }
    }

    /// A handler is about to be called, for a request that was submitted at `submitted`, in nanoseconds since the epoch; what
    /// time it is now, counted so.
    pub fn begin(&self, route: usize, submitted: u64, now: Instant) -> u64 {
        let now = nanoseconds_since(self.epoch, now);
        let waited = now.saturating_sub(submitted);
        self.queue_wait.record(Duration::from_nanos(waited));
        self.taken.add(1);
        self.route.set(route as u64);
        self.since.set(now);
        self.busy.begin(now);
        now
    }

    /// The call has come to its end.
    pub fn end(&self, now: Instant) {
        let now = nanoseconds_since(self.epoch, now);
        self.since.set(now);
        self.busy.end(now);
    }

    /// A request is answered; `called` is when its handler was called, in nanoseconds since the epoch, if how long that took
    /// is to be counted now.
    pub fn answered(&self, status: StatusCode, called: Option<u64>) {
        self.requests[class_of(status)].add(1);
        if let Some(called) = called {
            let now = nanoseconds_since(self.epoch, Instant::now());
            let took = now.saturating_sub(called);
            self.run_time.record(Duration::from_nanos(took));
        }
    }

    /// How many requests it has answered, by the class of their status.
    pub fn requests(&self) -> [u64; CLASSES] {
        std::array::from_fn(|class| self.requests[class].get())
    }

    /// How many requests it has taken and not answered yet.
    pub fn under_way(&self) -> u64 {
        let answered: u64 = self.requests().iter().sum();
        self.taken.get().saturating_sub(answered)
    }

    /// How many nanoseconds it has been in handlers until `now`, as [`Meters::now`](super::Meters::now) counts. Never less
    /// than it said before.
    pub fn busy(&self, now: u64) -> u64 {
        self.busy.until(now)
    }

    /// What it does, and since when, in nanoseconds since the epoch.
    pub fn doing(&self) -> (Doing, u64) {
        let doing = if self.busy.is_running() {
            let route = self.route.get();
            Doing::Running { route }
        } else if self.under_way() > 0 {
            Doing::Waiting
        } else {
            Doing::Idle
        };
        (doing, self.since.get())
    }
}

/// The time that was spent in handlers, the one that runs included, in one word.
///
/// Twice the nanoseconds of the runs that have ended; while one runs, less twice the time at which that began, and the lowest
/// bit is set. So a reader adds the time that it is now, and a run that ends between two readings is counted once.
#[derive(Debug, Default)]
struct Busy {
    word: AtomicI64,
    /// What was told last; the readers' own.
    told: AtomicU64,
}

impl Busy {
    fn begin(&self, now: u64) {
        let ended = self.word.load(Ordering::Relaxed);
        self.word
            .store((ended - (now.cast_signed() << 1)) | 1, Ordering::Relaxed);
    }

    fn end(&self, now: u64) {
        let word = self.word.load(Ordering::Relaxed);
        self.word
            .store((word & !1) + (now.cast_signed() << 1), Ordering::Relaxed);
    }

    fn is_running(&self) -> bool {
        self.word.load(Ordering::Relaxed) & 1 == 1
    }

    fn until(&self, now: u64) -> u64 {
        let word = self.word.load(Ordering::Relaxed);
        let mut busy = word >> 1;
        if word & 1 == 1 {
            busy += now.cast_signed();
        }
        let busy = u64::try_from(busy).unwrap_or(0);
        // The worker's clock reading may be a little newer than the reader's: a counter must not go back for that.
        self.told.fetch_max(busy, Ordering::Relaxed).max(busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_time_has_the_run_that_goes_on() {
        let busy = Busy::default();
        assert_eq!(busy.until(5), 0);
        busy.begin(10);
        assert_eq!(busy.until(17), 7);
        assert!(busy.is_running());
        busy.end(20);
        assert!(!busy.is_running());
        assert_eq!(busy.until(1_000), 10);
        busy.begin(2_000);
        assert_eq!(busy.until(2_003), 13);
        busy.end(2_004);
        assert_eq!(busy.until(9_000), 14);
    }

    #[test]
    fn busy_time_never_goes_back() {
        let busy = Busy::default();
        busy.begin(10);
        assert_eq!(busy.until(30), 20);
        busy.end(29);
        assert_eq!(busy.until(31), 20, "not 19");
    }

    #[test]
    fn a_worker_is_idle_runs_and_waits() {
        let meter = WorkerMeter::new(Instant::now());
        assert_eq!(meter.doing().0, Doing::Idle);
        let now = Instant::now();
        meter.begin(3, 0, now);
        assert_eq!(meter.doing().0, Doing::Running { route: 3 });
        meter.end(now + Duration::from_secs(1));
        assert_eq!(meter.doing().0, Doing::Waiting, "its coroutine does");
        assert!(meter.doing().1 >= 1_000_000_000);
        meter.answered(StatusCode::OK, None);
        assert_eq!(meter.doing().0, Doing::Idle);
    }
}
