//! What the requests of one connection are doing together, said to its [`Activity`].

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use http::Response;

use super::frames::{Found, Unfinished};
use super::unsent::Place;
use crate::http::{AnswerBody, in_place_of};
use crate::net::activity::{Activity, Order, Waiting};

/// The requests that share a connection.
#[derive(Debug)]
pub(super) struct Streams {
    activity: Arc<Activity>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many requests are not answered to the last byte.
    under_way: usize,
    /// Since when there is none.
    idle_since_ms: u64,
    /// How many pieces of answers h2 holds, because the client's windows or the socket take in no more.
    unsent: usize,
    /// What the client has begun to send and not ended, and since when.
    unfinished: Unfinished,
    unfinished_since_ms: u64,
    /// Whether the connection is to be closed when nothing is under way.
    is_finishing: bool,
}

impl Streams {
    pub(super) fn new(activity: Arc<Activity>) -> Arc<Self> {
        let now_ms = Activity::now();
        let state = State {
            under_way: 0,
            idle_since_ms: now_ms,
            unsent: 0,
            unfinished: Unfinished::Head,
            unfinished_since_ms: now_ms,
            is_finishing: false,
        };
        let streams = Self {
            activity,
            state: Mutex::new(state),
        };
        streams.change(|_| {});
        Arc::new(streams)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and says what the connection waits for now.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        let (waiting, since_ms) = match state.unfinished {
            Unfinished::Head => (Waiting::Head, state.unfinished_since_ms),
            Unfinished::Data => (Waiting::Data, state.unfinished_since_ms),
            Unfinished::Nothing if state.under_way > 0 => (Waiting::Server, 0),
            // The client is to let go now: it has the time of a head for that.
            Unfinished::Nothing if state.is_finishing => (Waiting::Head, state.idle_since_ms),
            Unfinished::Nothing => (Waiting::Idle, state.idle_since_ms),
        };
        self.activity.wait(waiting, since_ms);
    }

    /// Bytes have come that end as `found`.
    pub(super) fn read(&self, found: Found) {
        self.change(|state| {
            if found.is_new || state.unfinished == Unfinished::Nothing {
                state.unfinished_since_ms = Activity::now();
            }
            state.unfinished = found.unfinished;
        });
    }

    /// The connection is to be closed when nothing is under way.
    pub(super) fn finish(&self) {
        self.change(|state| {
            state.is_finishing = true;
            state.idle_since_ms = Activity::now();
        });
    }

    /// Says that the connection is to be closed when what is under way is answered.
    pub(super) fn tell_to_finish(&self) {
        self.activity.tell(Order::Finish);
    }

    /// A request has come.
    pub(super) fn enter(self: &Arc<Self>) -> Arc<UnderWay> {
        self.change(|state| state.under_way += 1);
        Arc::new(UnderWay {
            streams: Arc::clone(self),
            place: OnceLock::new(),
        })
    }

    fn piece_made(&self) {
        let mut state = self.lock();
        state.unsent += 1;
        if state.unsent == 1 {
            self.activity.unsent_since(Activity::now());
        }
    }

    fn piece_sent(&self) {
        let mut state = self.lock();
        state.unsent -= 1;
        let since_ms = if state.unsent == 0 {
            0
        } else {
            Activity::now()
        };
        self.activity.unsent_since(since_ms);
    }
}

/// A request that is not answered to the last byte, as long as anybody holds this.
#[derive(Debug)]
pub(super) struct UnderWay {
    streams: Arc<Streams>,
    place: OnceLock<Place>,
}

impl UnderWay {
    /// Keeps the request's place as long as it is under way.
    pub(super) fn keep(&self, place: Place) {
        let _ = self.place.set(place);
    }

    /// Counts the answer as held; another one takes its place where there is no room for it.
    pub(super) fn hold(&self, response: &mut Response<AnswerBody>) {
        let bytes = response.body().held_bytes();
        if self.place.get().is_some_and(|place| !place.hold(bytes)) {
            tracing::debug!(
                bytes,
                "an answer was dropped: its client takes in too little"
            );
            in_place_of(response);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.streams.change(|state| {
            state.under_way -= 1;
            state.idle_since_ms = Activity::now();
        });
    }
}

/// A piece of an answer, until it is sent or given up.
struct Piece {
    bytes: Bytes,
    request: Arc<UnderWay>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.request.streams.piece_sent();
    }
}

/// The same bytes, which are known to wait for the client as long as they are not dropped.
pub(super) fn watched(bytes: Bytes, request: &Arc<UnderWay>) -> Bytes {
    request.streams.piece_made();
    Bytes::from_owner(Piece {
        bytes,
        request: Arc::clone(request),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::net::activity::{Patience, Verdict};

    const NONE: Patience = Patience {
        header: Duration::ZERO,
        keep_alive: Duration::ZERO,
        reading: Duration::ZERO,
        reading_rate_min: 1,
    };

    fn found(unfinished: Unfinished) -> Found {
        Found {
            unfinished,
            is_new: true,
            refused: None,
        }
    }

    #[test]
    fn each_wait_of_the_connection_has_its_limit() {
        let activity = Arc::new(Activity::new());
        let streams = Streams::new(Arc::clone(&activity));
        let verdict = || activity.verdict(NONE);
        assert_eq!(verdict(), Verdict::SlowHead, "the preface");
        streams.read(found(Unfinished::Nothing));
        assert_eq!(verdict(), Verdict::Idle);
        let (first, second) = (streams.enter(), streams.enter());
        assert!(matches!(verdict(), Verdict::LookAgain(_)), "handlers run");
        let piece = watched(Bytes::from_static(b"piece"), &first);
        assert_eq!(verdict(), Verdict::SlowReader);
        let other = watched(Bytes::from_static(b"other"), &second);
        assert_eq!((&*piece, &*other), (&b"piece"[..], &b"other"[..]));
        drop((first, piece));
        assert_eq!(verdict(), Verdict::SlowReader, "one of two is sent");
        drop(other);
        assert!(matches!(verdict(), Verdict::LookAgain(_)), "one runs still");
        streams.read(found(Unfinished::Data));
        assert_eq!(verdict(), Verdict::SlowSender);
        streams.read(found(Unfinished::Head));
        assert_eq!(verdict(), Verdict::SlowHead);
        streams.read(found(Unfinished::Nothing));
        drop(second);
        assert_eq!(verdict(), Verdict::Idle);
        streams.finish();
        assert_eq!(verdict(), Verdict::SlowHead, "the client does not let go");
    }

    #[test]
    fn waits_are_counted_from_their_beginning() {
        let activity = Arc::new(Activity::new());
        let streams = Streams::new(activity);
        let since = |streams: &Streams| {
            let state = streams.lock();
            (state.idle_since_ms, state.unfinished_since_ms)
        };
        streams.lock().idle_since_ms = 1;
        streams.lock().unfinished_since_ms = 1;
        let more = Found {
            is_new: false,
            ..found(Unfinished::Head)
        };
        streams.read(more);
        assert_eq!(since(&streams), (1, 1), "the same frame");
        streams.read(found(Unfinished::Head));
        assert!(since(&streams).1 > 1, "another frame");
        assert_eq!(since(&streams).0, 1, "no request");
        drop(streams.enter());
        assert!(since(&streams).0 > 1, "a request");
    }
}
