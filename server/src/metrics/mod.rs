//! What the server counts, when it is asked to (`--admin`): cells that their own thread writes and any other may read.
//!
//! Nothing here is shared between writers, so counting takes no locked instruction: a [`Count`] is loaded and stored. Each
//! worker has a [`WorkerMeter`], each reactor an [`IoMeter`]; both are padded, so that no thread's counting slows another's.
//! Without `--admin` there are none, and a request pays for looking.

mod count;
mod histogram;
mod io_thread;
mod reason;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crossbeam::utils::CachePadded;

pub use count::Count;
pub use histogram::{BUCKETS, Histogram, Seen, bound_seconds};
pub use io_thread::IoMeter;
pub use reason::Reason;
pub use worker::{Doing, Life, WorkerMeter};

/// How many status classes there are: 1xx to 5xx.
pub const CLASSES: usize = 5;

/// The names of the status classes, as labels have them.
pub const CLASS_NAMES: [&str; CLASSES] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The class of a status, as an index of [`CLASS_NAMES`].
fn class_of(status: http::StatusCode) -> usize {
    usize::from(status.as_u16() / 100).clamp(1, CLASSES) - 1
}

/// One meter's reading of a clock, in nanoseconds since the meters were made.
fn nanoseconds_since(epoch: Instant, now: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(epoch).as_nanos()).unwrap_or(u64::MAX)
}

/// The meters of all threads.
#[derive(Debug)]
pub struct Meters {
    epoch: Instant,
    workers: Box<[Arc<CachePadded<WorkerMeter>>]>,
    io_threads: Box<[Arc<CachePadded<IoMeter>>]>,
    /// How many interpreters were made. Workers that share one count once.
    created: AtomicU64,
    /// How many workers have ended before their time.
    lost: AtomicU64,
}

impl Meters {
    /// Meters for so many workers and I/O threads.
    pub fn new(workers: usize, io_threads: usize) -> Arc<Self> {
        let epoch = Instant::now();
        let worker = || Arc::new(CachePadded::new(WorkerMeter::new(epoch)));
        let io_thread = || Arc::new(CachePadded::new(IoMeter::default()));
        Arc::new(Self {
            epoch,
            workers: (0..workers).map(|_| worker()).collect(),
            io_threads: (0..io_threads).map(|_| io_thread()).collect(),
            created: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        })
    }

    /// The workers' meters, in order.
    pub fn workers(&self) -> &[Arc<CachePadded<WorkerMeter>>] {
        &self.workers
    }

    /// The meters of the I/O threads' reactors, in order.
    pub fn io_threads(&self) -> &[Arc<CachePadded<IoMeter>>] {
        &self.io_threads
    }

    /// The time now, as [`WorkerMeter`]s count it: nanoseconds since these meters were made.
    pub fn now(&self) -> u64 {
        nanoseconds_since(self.epoch, Instant::now())
    }

    /// A worker has loaded the application, in that interpreter. Workers say so one after another.
    pub fn worker_began(&self, worker: usize, interpreter: i64) {
        let is_known =
            |meter: &Arc<CachePadded<WorkerMeter>>| meter.life().interpreter() == Some(interpreter);
        if !self.workers.iter().any(is_known) {
            self.created.fetch_add(1, Ordering::Relaxed);
        }
        self.workers[worker].begin_life(interpreter);
    }

    /// A worker has ended, in its time or not.
    pub fn worker_ended(&self, worker: usize, is_lost: bool) {
        self.workers[worker].end_life();
        if is_lost {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many interpreters were made.
    pub fn created(&self) -> u64 {
        self.created.load(Ordering::Relaxed)
    }

    /// How many workers have ended before their time.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// How many workers serve.
    pub fn live(&self) -> usize {
        let is_live =
            |meter: &&Arc<CachePadded<WorkerMeter>>| matches!(meter.life(), Life::Serving { .. });
        self.workers.iter().filter(is_live).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_that_share_an_interpreter_make_one() {
        let meters = Meters::new(3, 1);
        meters.worker_began(0, 0);
        meters.worker_began(1, 0);
        assert_eq!((meters.created(), meters.live()), (1, 2));
        meters.worker_began(2, 7);
        assert_eq!((meters.created(), meters.live()), (2, 3));
        meters.worker_ended(0, false);
        assert_eq!((meters.lost(), meters.live()), (0, 2));
        meters.worker_ended(1, true);
        assert_eq!((meters.lost(), meters.live()), (1, 1));
        let life = meters.workers()[1].life();
        assert_eq!(life, Life::Ended { interpreter: 0 });
    }

    #[test]
    fn every_status_has_a_class() {
        for (status, class) in [
            (101, "1xx"),
            (204, "2xx"),
            (304, "3xx"),
            (431, "4xx"),
            (599, "5xx"),
            (999, "5xx"),
        ] {
            let status = http::StatusCode::from_u16(status).unwrap();
            assert_eq!(CLASS_NAMES[class_of(status)], class, "{status}");
        }
    }
}
