//! What a connection is doing, so that a slow or silent client is not waited for without end.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a request's head, from its first byte.
    pub header: Duration,
    /// For the next request on a connection.
    pub keep_alive: Duration,
}

/// What a connection waits for. Each is stored with the time at which it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// For a first or next request.
    Idle = 0,
    /// For the rest of a head.
    Head = 1,
    /// For the server: a request is under way.
    Server = 2,
}

/// What is to be done about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing; look again after this time.
    LookAgain(Duration),
    /// The next request did not come in time: close.
    Idle,
    /// The head did not come in time: close at once.
    SlowHead,
}

/// The state of one connection, written by its own task alone.
///
/// Times come from the coarse clock (some milliseconds), because they are taken on each request.
#[derive(Debug)]
pub(super) struct Activity {
    waiting: AtomicU32,
    since_ms: AtomicU64,
}

fn now_ms() -> u64 {
    let now = clock_gettime(ClockId::MonotonicCoarse);
    let (seconds, nanoseconds) = (now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs());
    seconds * 1_000 + nanoseconds / 1_000_000
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            waiting: AtomicU32::new(Waiting::Idle as u32),
            since_ms: AtomicU64::new(now_ms()),
        }
    }

    fn begin(&self, waiting: Waiting) {
        self.waiting.store(waiting as u32, Ordering::Relaxed);
        self.since_ms.store(now_ms(), Ordering::Relaxed);
    }

    /// Bytes have come.
    pub(super) fn read(&self) {
        if self.waiting.load(Ordering::Relaxed) == Waiting::Idle as u32 {
            self.begin(Waiting::Head);
        }
    }

    /// A head is whole: its request is under way.
    pub(super) fn request(&self) {
        self.waiting
            .store(Waiting::Server as u32, Ordering::Relaxed);
    }

    /// A request is answered.
    pub(super) fn response(&self) {
        self.begin(Waiting::Idle);
    }

    /// Whether the client has kept the server waiting for too long.
    pub(super) fn verdict(&self, patience: Patience) -> Verdict {
        let waited_ms = now_ms().saturating_sub(self.since_ms.load(Ordering::Relaxed));
        let waited = Duration::from_millis(waited_ms);
        let waiting = self.waiting.load(Ordering::Relaxed);
        let (limit, verdict) = if waiting == Waiting::Idle as u32 {
            (patience.keep_alive, Verdict::Idle)
        } else if waiting == Waiting::Head as u32 {
            (patience.header, Verdict::SlowHead)
        } else {
            return Verdict::LookAgain(patience.header.min(patience.keep_alive));
        };
        match limit.checked_sub(waited) {
            // A head may begin at any time, so an idle connection is looked at as often as heads may be slow.
            Some(left) if !left.is_zero() => Verdict::LookAgain(left.min(patience.header)),
            _ => verdict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Patience = Patience {
        header: Duration::ZERO,
        keep_alive: Duration::from_secs(9),
    };
    const LONG: Patience = Patience {
        header: Duration::from_secs(5),
        keep_alive: Duration::from_secs(9),
    };

    #[test]
    fn a_head_is_timed_from_its_first_byte() {
        let activity = Activity::new();
        assert!(matches!(activity.verdict(LONG), Verdict::LookAgain(_)));
        activity.read();
        assert_eq!(activity.verdict(SHORT), Verdict::SlowHead);
        activity.request();
        assert!(
            matches!(activity.verdict(SHORT), Verdict::LookAgain(_)),
            "the server's own time"
        );
        activity.response();
        assert!(matches!(activity.verdict(LONG), Verdict::LookAgain(_)));
        let none = Patience {
            header: LONG.header,
            keep_alive: Duration::ZERO,
        };
        assert_eq!(activity.verdict(none), Verdict::Idle);
    }
}
