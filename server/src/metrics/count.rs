//! A counter that one thread writes.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts up.
///
/// # Threads
///
/// One at a time writes; another may go on where it has learnt, in order, that the former has left off (as who drives a
/// reactor does). Any may read, and sees each value late at most.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds `amount`. A load and a store, no locked instruction.
    pub fn add(&self, amount: u64) {
        let known = self.0.load(Ordering::Relaxed);
        self.0.store(known.wrapping_add(amount), Ordering::Relaxed);
    }

    /// Begins anew at `value`.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
