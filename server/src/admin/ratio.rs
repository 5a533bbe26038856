//! Which part of the last seconds each worker was busy.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::float;
use crate::metrics::Meters;

/// How often the workers are looked at.
pub(super) const GLANCE: Duration = Duration::from_secs(1);

/// Over how many glances a ratio is taken.
const GLANCES: usize = 10;

/// What the last glances have seen.
#[derive(Debug, Default)]
pub(super) struct Ratios(Mutex<Looked>);

#[derive(Debug, Default)]
struct Looked {
    /// Whose figures these are.
    meters: Option<Arc<Meters>>,
    glances: VecDeque<Glance>,
}

#[derive(Debug)]
struct Glance {
    now: u64,
    /// For each worker the nanoseconds that it was busy.
    busy: Vec<u64>,
}

impl Glance {
    fn of(meters: &Meters) -> Self {
        let now = meters.now();
        let busy = meters.workers().iter().map(|worker| worker.busy(now));
        Self {
            now,
            busy: busy.collect(),
        }
    }
}

impl Ratios {
    fn lock(&self) -> MutexGuard<'_, Looked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the workers.
    pub(super) fn look(&self, meters: &Arc<Meters>) {
        let mut looked = self.lock();
        let is_known = looked.meters.as_ref();
        if !is_known.is_some_and(|known| Arc::ptr_eq(known, meters)) {
            looked.meters = Some(Arc::clone(meters));
            looked.glances.clear();
        }
        if looked.glances.len() == GLANCES {
            looked.glances.pop_front();
        }
        looked.glances.push_back(Glance::of(meters));
    }

    /// Which part of the last ten seconds each worker was busy, from 0 to 1; of the time since the first glance before that.
    pub(super) fn now(&self, meters: &Meters) -> Vec<f64> {
        let now = Glance::of(meters);
        let looked = self.lock();
        let nothing = vec![0; now.busy.len()];
        let (then, busy_then) = match looked.glances.front() {
            Some(first) if first.busy.len() == now.busy.len() => (first.now, &first.busy),
            _ => (0, &nothing),
        };
        let passed = float(now.now.saturating_sub(then).max(1));
        let ratio = |(busy, then): (&u64, &u64)| {
            (float(busy.saturating_sub(*then)) / passed).clamp(0.0, 1.0)
        };
        now.busy.iter().zip(busy_then).map(ratio).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_worker_in_a_handler_is_busy_all_the_time() {
        let meters = Meters::new(2, 1);
        let ratios = Ratios::default();
        let now = Instant::now();
        meters.workers()[1].begin(0, 0, now);
        ratios.look(&meters);
        std::thread::sleep(Duration::from_millis(5));
        let seen = ratios.now(&meters);
        assert!(seen[0] < 1e-9 && seen[1] > 0.9, "{seen:?}");
        for _ in 0..3 * GLANCES {
            ratios.look(&meters);
        }
        assert_eq!(ratios.lock().glances.len(), GLANCES);
    }
}
