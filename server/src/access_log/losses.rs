//! How many records of the access log were lost, and who has been told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tracing_appender::non_blocking::ErrorCounter;

/// Counts of records, since the start.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// Handed over by requests.
    offered: AtomicU64,
    /// Taken by the file.
    written: AtomicU64,
    /// Not taken by the file.
    refused: AtomicU64,
    /// Not handed over: too many waited.
    crowded_out: OnceLock<ErrorCounter>,
    told: Mutex<Told>,
}

/// What is told next.
#[derive(Debug, Default)]
struct Told {
    /// How many losses the log knows of.
    total: u64,
    /// Why the file last took no record, if that was since then.
    cause: Option<String>,
}

impl Losses {
    /// Counts those, too, that `counter` does.
    pub(super) fn count_also(&self, counter: ErrorCounter) {
        self.crowded_out.get_or_init(|| counter);
    }

    pub(super) fn offered(&self) {
        self.offered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn written(&self, count: usize) {
        self.written.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn refused(&self, count: usize, cause: &std::io::Error) {
        self.refused.fetch_add(count as u64, Ordering::Relaxed);
        self.lock().cause = Some(cause.to_string());
    }

    pub(super) fn total(&self) -> u64 {
        let crowded_out = self
            .crowded_out
            .get()
            .map_or(0, ErrorCounter::dropped_lines);
        self.refused.load(Ordering::Relaxed) + crowded_out as u64
    }

    /// Tells the log of the losses that it does not know of.
    pub(super) fn tell(&self) {
        self.tell_up_to(self.total());
    }

    /// As [`Self::tell`], when nothing is written any more: what is not written by now is lost.
    pub(super) fn tell_last(&self) {
        let offered = self.offered.load(Ordering::Relaxed);
        self.tell_up_to(offered - self.written.load(Ordering::Relaxed).min(offered));
    }

    fn tell_up_to(&self, total: u64) {
        let mut told = self.lock();
        let lost = total.saturating_sub(told.total);
        if lost == 0 {
            return;
        }
        told.total = total;
        let cause = told.cause.take();
        drop(told);
        let cause = cause.as_deref().unwrap_or("it is written too slowly");
        tracing::warn!(lost, total, cause, "records of the access log were lost");
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
