//! How fast a body has to come, so that a slow client does not hold a connection for long.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use hyper::body::Incoming;
use native_types::message::BodyError;
use tokio::time::{Instant, timeout_at};

use super::body::next;

/// By how much a client may be behind the least rate at the beginning: a connection that was just made is slow. Less where
/// the body has less time.
const GRACE: Duration = Duration::from_secs(10);

/// What a client may take to send a body.
///
/// Each wait for it uses up patience, and each byte gives some back: a client that keeps the least rate is waited for,
/// whatever the length of the body. Time in which nobody reads does not count.
#[derive(Debug)]
pub(super) struct Pace {
    /// How many bytes of it come at least, in a second.
    rate_min: usize,
    /// How long it may be waited for now.
    patience: Duration,
    /// How long it may be waited for at most.
    timeout: Duration,
    /// When it has to be there.
    deadline: Option<Instant>,
}

impl Pace {
    /// Of a body that has to be there after `timeout`; and may not be slower than so many bytes a second.
    pub(super) fn of_whole(timeout: Duration, rate_min: usize) -> Self {
        let mut pace = Self::of_pieces(timeout, rate_min);
        pace.end_in_time();
        pace
    }

    /// Of a body whose pieces have to be there after `timeout` each, and that may not be slower than so many bytes a second.
    pub(super) fn of_pieces(timeout: Duration, rate_min: usize) -> Self {
        Self {
            rate_min,
            patience: GRACE.min(timeout),
            timeout,
            deadline: None,
        }
    }

    /// What is left of the body has to be there when the time for one piece is over.
    pub(super) fn end_in_time(&mut self) {
        self.deadline = Some(Instant::now() + self.timeout);
    }

    /// The next piece of data; trailers are dropped.
    ///
    /// # Errors
    ///
    /// [`BodyError::TooSlow`], and what the body has.
    pub(super) async fn next(&mut self, body: &mut Incoming) -> Result<Option<Bytes>, BodyError> {
        // A piece that is there already needs neither the clock nor a timer.
        if let Some(piece) = next(body).now_or_never() {
            let piece = piece?;
            self.note(Duration::ZERO, piece.as_ref().map_or(0, Bytes::len));
            return Ok(piece);
        }
        let began = Instant::now();
        let limit = began + self.patience;
        let limit = self.deadline.map_or(limit, |deadline| deadline.min(limit));
        let Ok(piece) = timeout_at(limit, next(body)).await else {
            return Err(BodyError::TooSlow);
        };
        let Some(piece) = piece? else {
            return Ok(None);
        };
        self.note(began.elapsed(), piece.len());
        Ok(Some(piece))
    }

    /// Notes that so many bytes have come after such a wait.
    fn note(&mut self, waited: Duration, count: usize) {
        let earned =
            Duration::from_millis((count as u64).saturating_mul(1_000) / self.rate_min as u64);
        let patience = self.patience.saturating_sub(waited).saturating_add(earned);
        self.patience = patience.min(self.timeout);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many pieces of so many bytes may come, one a second, at 100 bytes a second at least.
    fn survived(timeout: Duration, count: usize) -> Option<usize> {
        let mut pace = Pace::of_pieces(timeout, 100);
        (0..1000).find(|_| {
            let is_over = pace.patience < SECOND;
            pace.note(SECOND, count);
            is_over
        })
    }

    #[test]
    fn client_that_keeps_the_rate_is_waited_for() {
        assert_eq!(survived(60 * SECOND, 100), None);
        assert_eq!(survived(2 * SECOND, 100), None);
    }

    #[test]
    fn client_that_does_not_is_given_up_after_the_grace() {
        assert_eq!(survived(60 * SECOND, 0), Some(10));
        assert_eq!(survived(60 * SECOND, 1), Some(10));
        assert_eq!(survived(60 * SECOND, 50), Some(19));
        assert_eq!(survived(2 * SECOND, 1), Some(2));
    }

    #[test]
    fn patience_never_exceeds_the_timeout() {
        let mut pace = Pace::of_pieces(30 * SECOND, 100);
        pace.note(SECOND, 1 << 40);
        assert_eq!(pace.patience, 30 * SECOND);
        pace.note(SECOND, 0);
        assert_eq!(pace.patience, 29 * SECOND);
    }
}
