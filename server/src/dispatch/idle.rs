//! Which workers sleep, and how to wake one.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{Errno, read, write};

/// What a worker sleeps on: an event descriptor, so that an asyncio loop can wait for it as well as a thread.
#[derive(Debug)]
pub struct Bell(OwnedFd);

impl Bell {
    fn new() -> std::io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC)?))
    }

    /// Wakes the worker, now or when it next waits. One ring too many does no harm.
    pub(super) fn ring(&self) {
        // It can fail only when 2^64 - 2 rings were not heard.
        let _ = write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Takes a ring, if there is one. Never blocks: only this worker takes its rings.
    pub fn hear(&self) {
        let mut ready = [PollFd::new(self, PollFlags::IN)];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        if poll(&mut ready, Some(&now)).is_ok_and(|count| count > 0) {
            self.wait();
        }
    }

    /// Waits for a ring, and takes it.
    pub fn wait(&self) {
        let mut count = [0; 8];
        while read(self.0.as_fd(), &mut count) == Err(Errno::INTR) {}
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Bell {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// The workers that wait for work.
///
/// The one that fell asleep last is woken first, its caches are the warmest; but those whose loops serve what lasts come
/// after those that do nothing else.
#[derive(Debug)]
pub(super) struct IdleWorkers {
    bells: Box<[Bell]>,
    /// How many stand in `asleep`: read on each submission, so that the lock is taken only when there is one to wake.
    count: AtomicUsize,
    asleep: Mutex<Vec<usize>>,
}

impl IdleWorkers {
    pub(super) fn new(workers: usize) -> std::io::Result<Self> {
        let bells = (0..workers)
            .map(|_| Bell::new())
            .collect::<std::io::Result<_>>()?;
        Ok(Self {
            bells,
            count: AtomicUsize::new(0),
            asleep: Mutex::new(Vec::with_capacity(workers)),
        })
    }

    pub(super) fn bell(&self, worker: usize) -> &Bell {
        &self.bells[worker]
    }

    /// How many workers there are.
    pub(super) fn workers(&self) -> usize {
        self.bells.len()
    }

    /// How many workers sleep. Ordered with the queue by the fences in `exchange`.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<usize>> {
        self.asleep.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a worker is about to sleep.
    pub(super) fn add(&self, worker: usize) {
        let mut asleep = self.lock();
        asleep.push(worker);
        self.count.store(asleep.len(), Ordering::Relaxed);
    }

    /// Takes back what [`Self::add`] said; `false` if somebody has woken the worker meanwhile.
    pub(super) fn remove(&self, worker: usize) -> bool {
        let mut asleep = self.lock();
        let place = asleep.iter().position(|known| *known == worker);
        let is_asleep = place.map(|place| asleep.swap_remove(place)).is_some();
        self.count.store(asleep.len(), Ordering::Relaxed);
        is_asleep
    }

    /// Takes one worker that sleeps off the list, the last of those with the least `load`; whoever does so rings its bell.
    pub(super) fn take_one(&self, load: impl Fn(usize) -> usize) -> Option<usize> {
        let mut asleep = self.lock();
        let place = asleep.iter().rposition(|worker| load(*worker) == 0);
        let place = place.or_else(|| {
            let from_the_last = (0..asleep.len()).rev();
            from_the_last.min_by_key(|place| load(asleep[*place]))
        })?;
        let worker = asleep.remove(place);
        self.count.store(asleep.len(), Ordering::Relaxed);
        Some(worker)
    }

    /// Wakes every worker, those on the list too: each looks around and goes on as it was.
    pub(super) fn ring_all(&self) {
        self.bells.iter().for_each(Bell::ring);
    }

    /// Wakes a worker that was taken off the list.
    pub(super) fn ring(&self, worker: usize) {
        self.bells[worker].ring();
    }
}
