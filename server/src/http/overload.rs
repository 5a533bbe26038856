//! What the log says of requests that were refused because there were too many: one record for all of a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::dispatch::Refusal;

/// For how long refusals are counted before the log tells how many there were.
const PERIOD: Duration = Duration::from_secs(1);

/// How many requests were refused since the log last told.
#[derive(Debug)]
struct Overload {
    full: AtomicU64,
    waited: AtomicU64,
}

static OVERLOAD: Overload = Overload {
    full: AtomicU64::new(0),
    waited: AtomicU64::new(0),
};

/// Counts a refusal. On a reactor, where the log tells a second after the first one.
pub(super) fn note(refusal: Refusal) {
    let (counter, other) = match refusal {
        Refusal::Full => (&OVERLOAD.full, &OVERLOAD.waited),
        Refusal::WaitedTooLong => (&OVERLOAD.waited, &OVERLOAD.full),
        // Told elsewhere.
        Refusal::Lost | Refusal::Closed => return,
    };
    if counter.fetch_add(1, Ordering::Relaxed) == 0 && other.load(Ordering::Relaxed) == 0 {
        tokio::spawn(tell());
    }
}

async fn tell() {
    tokio::time::sleep(PERIOD).await;
    let queue_full = OVERLOAD.full.swap(0, Ordering::Relaxed);
    let waited_too_long = OVERLOAD.waited.swap(0, Ordering::Relaxed);
    tracing::warn!(
        queue_full,
        waited_too_long,
        "requests were refused with 503: more came than the workers can answer"
    );
}
