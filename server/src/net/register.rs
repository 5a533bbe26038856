//! The open connections of one I/O thread, looked after together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use slab::Slab;
use tokio::sync::watch;

use super::activity::{Activity, Order, Patience, Verdict};
use super::counted::Counting;
use super::io_thread::{Phase, reached};
use crate::metrics::Reason;

/// What each connection is doing. One task looks at all of them now and then: a timer for each would have to be looked at
/// on each request, and kept in memory for each idle connection.
#[derive(Debug)]
pub(super) struct Register {
    entries: Mutex<Entries>,
    /// Counts the clients that are given up.
    meter: Counting,
}

#[derive(Debug, Default)]
struct Entries {
    activities: Slab<Arc<Activity>>,
    /// Whether the server is about to end, so that no connection is kept.
    is_closing: bool,
}

/// A connection's place in the register, given up when dropped.
#[derive(Debug)]
pub(super) struct Entry {
    register: Arc<Register>,
    key: usize,
    pub(super) activity: Arc<Activity>,
}

impl Register {
    pub(super) fn new(meter: Counting) -> Self {
        Self {
            entries: Mutex::default(),
            meter,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a new connection.
    pub(super) fn enter(self: &Arc<Self>) -> Entry {
        let activity = Arc::new(Activity::new());
        let mut entries = self.lock();
        if entries.is_closing {
            activity.tell(Order::Finish);
        }
        let key = entries.activities.insert(Arc::clone(&activity));
        drop(entries);
        Entry {
            register: Arc::clone(self),
            key,
            activity,
        }
    }

    /// Gives up clients that are too slow, and all that are idle when the server closes. Runs for as long as the thread.
    pub(super) async fn watch(
        self: Arc<Self>,
        patience: Patience,
        phase: watch::Receiver<Phase>,
    ) -> ! {
        let serving = async {
            let mut pause = patience.glance();
            loop {
                tokio::time::sleep(pause).await;
                pause = self.look(patience);
            }
        };
        tokio::select! {
            never = serving => never,
            () = reached(phase, Phase::Closing) => {}
        }
        self.lock().is_closing = true;
        let patience = patience.for_the_end();
        loop {
            self.lock()
                .activities
                .iter()
                .for_each(|(_, activity)| _ = activity.tell(Order::Finish));
            tokio::time::sleep(self.look(patience)).await;
        }
    }

    /// Gives a client up, which is counted once.
    fn cut(&self, activity: &Activity, reason: Reason) {
        if activity.tell(Order::Cut)
            && let Some(meter) = &self.meter
        {
            meter.refuse(reason);
        }
    }

    /// Tells each connection what is to be done about it; returns when to look again.
    fn look(&self, patience: Patience) -> Duration {
        let mut soonest = patience.glance();
        for (_, activity) in &self.lock().activities {
            match activity.verdict(patience) {
                Verdict::LookAgain(after) => soonest = soonest.min(after),
                Verdict::Idle => _ = activity.tell(Order::Finish),
                Verdict::SlowHead => self.cut(activity, Reason::HeadTooSlow),
                Verdict::SlowSender => self.cut(activity, Reason::BodyTooSlow),
                // The client was answered, and is counted by that.
                Verdict::Lingering => _ = activity.tell(Order::Cut),
                Verdict::SlowReader => self.cut(activity, Reason::AnswerTooSlow),
            }
        }
        // Many connections are seen to at once, each a little late.
        soonest.max(patience.glance() / 20)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.register.lock().activities.remove(self.key);
    }
}
