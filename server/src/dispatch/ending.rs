//! What the workers are told of the server's end, and what they tell of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use native_types::draining::Drain;

/// What the workers are to cut off of what has no end of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cut {
    /// Nothing: the server does not end, or has just begun to.
    Nothing,
    /// Streams that wait for their source, and handlers of WebSockets.
    Waiting,
    /// Every stream, too.
    All,
}

/// How many of what were cut off, by their routes.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<String, usize>);

impl Tally {
    /// Counts one.
    pub fn add(&mut self, route: String) {
        *self.0.entry(route).or_default() += 1;
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many were counted.
    pub fn count(&self) -> usize {
        self.0.values().sum()
    }

    fn append(&mut self, other: Self) {
        for (route, count) in other.0 {
            *self.0.entry(route).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (route, count)) in self.0.iter().enumerate() {
            let gap = if number > 0 { ", " } else { "" };
            write!(formatter, "{gap}{route} ({count})")?;
        }
        Ok(())
    }
}

/// The end, as all workers see it.
///
/// # Threads
///
/// The supervisor says how far it is; each worker looks when its bell rings, and counts what it has cut off.
#[derive(Debug, Default)]
pub struct Ending {
    drain: Arc<Drain>,
    due: AtomicU8,
    cut_off: Mutex<Tally>,
}

impl Ending {
    /// What handlers see of the beginning.
    pub fn drain(&self) -> &Arc<Drain> {
        &self.drain
    }

    /// What is to be cut off now.
    pub fn due(&self) -> Cut {
        match self.due.load(Ordering::Relaxed) {
            0 => Cut::Nothing,
            1 => Cut::Waiting,
            _ => Cut::All,
        }
    }

    pub(super) fn set_due(&self, cut: Cut) {
        self.due.store(cut as u8, Ordering::Relaxed);
    }

    /// Counts what a worker has cut off.
    pub fn note(&self, tally: Tally) {
        let mut cut_off = self.cut_off.lock().unwrap_or_else(PoisonError::into_inner);
        cut_off.append(tally);
    }

    /// What was cut off until now.
    pub fn take(&self) -> Tally {
        let mut cut_off = self.cut_off.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut cut_off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_off_is_told_by_route() {
        let ending = Ending::default();
        for routes in [vec!["GET /b", "GET /a"], vec!["GET /b"]] {
            let mut tally = Tally::default();
            for route in routes {
                tally.add(route.to_owned());
            }
            ending.note(tally);
        }
        let tally = ending.take();
        assert_eq!(tally.to_string(), "GET /a (1), GET /b (2)");
        assert_eq!(tally.count(), 3);
        assert!(ending.take().is_empty());
    }
}
