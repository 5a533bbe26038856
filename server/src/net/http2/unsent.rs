//! How much of finished answers may wait for clients: on one connection, and on all of them together.
//!
//! A handler's answer is whole in memory until its client has taken in the last of it, and one connection asks for many at
//! once. So the handlers of a connection that holds too much are not called: its requests wait, their bodies unread, until
//! it has drained or is given up as one that takes in nothing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;

/// How much one connection may hold before its requests wait, in bytes.
const CONNECTION_BYTES_MAX: usize = 16 << 20;

/// What an answer is taken to be while the connection has had none, in bytes: so eight handlers are called at first.
const ANSWER_BYTES_GUESSED: usize = 2 << 20;

/// What a connection may add to while all together hold too much, in bytes; one answer it may always hold.
const SHARE_BYTES: usize = 1 << 20;

/// By how much a connection's part may have changed before all know of it, in bytes: most answers are smaller.
const UNTOLD_BYTES_MAX: usize = 64 << 10;

/// How long requests wait where the answers of those before them may be large. When none of these has come by then, as many
/// handlers again are called: slow ones run beside each other.
const GUESS_HOLDS_FOR: Duration = Duration::from_millis(100);

/// How often a request that waits looks whether all together hold less.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What all connections hold together.
#[derive(Debug)]
pub struct Unsent {
    bytes: AtomicUsize,
    bytes_max: usize,
}

impl Unsent {
    /// Nothing yet; `bytes_max` is from where on connections that hold something add nothing.
    pub fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self {
            bytes: AtomicUsize::new(0),
            bytes_max,
        })
    }

    fn is_full(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= self.bytes_max
    }
}

/// What one connection holds.
#[derive(Debug)]
pub(super) struct Room {
    all: Arc<Unsent>,
    state: Mutex<State>,
    has_changed: Notify,
}

#[derive(Debug)]
struct State {
    /// Answers that are not sent to the last byte.
    held_bytes: usize,
    /// How much of that all know of.
    told_bytes: usize,
    /// How many requests are neither answered nor waiting.
    running: usize,
    waiting: usize,
    /// What the next answer is expected to be: the largest of the last ones.
    expected_bytes: usize,
    /// How many may run whatever is expected, and since when no answer has changed that.
    running_min: usize,
    guessed_at: Instant,
}

/// Whether a request may go to its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Go,
    /// Not before it is known how large the answers are that are made now.
    NotYet,
    /// Not before the client has taken in more.
    Full,
}

impl Room {
    pub(super) fn new(all: &Arc<Unsent>) -> Arc<Self> {
        Arc::new(Self {
            all: Arc::clone(all),
            state: Mutex::new(State {
                held_bytes: 0,
                told_bytes: 0,
                running: 0,
                waiting: 0,
                expected_bytes: ANSWER_BYTES_GUESSED,
                running_min: 1,
                guessed_at: Instant::now(),
            }),
            has_changed: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the handler of a request may be called.
    ///
    /// # Cancel
    ///
    /// Waits no more, and leaves no trace.
    pub(super) async fn enter(self: &Arc<Self>) -> Place {
        if let Ok(place) = self.try_enter() {
            return place;
        }
        let _waiting = Waits::new(self);
        loop {
            // Made before looking, so that no change in between is missed.
            let changed = self.has_changed.notified();
            let patience = match self.try_enter() {
                Ok(place) => return place,
                Err(Verdict::Full) => LOOK_AGAIN_AFTER,
                Err(_) => GUESS_HOLDS_FOR,
            };
            if timeout(patience, changed).await.is_err() {
                self.change(|state| state.guess_again(Instant::now()));
            }
        }
    }

    /// A place, unless the request is to wait.
    fn try_enter(self: &Arc<Self>) -> Result<Place, Verdict> {
        let mut state = self.lock();
        match state.judge(&self.all) {
            Verdict::Go => state.running += 1,
            verdict @ (Verdict::NotYet | Verdict::Full) => return Err(verdict),
        }
        Ok(Place {
            room: Arc::clone(self),
            held_bytes: AtomicUsize::new(0),
            is_running: AtomicBool::new(true),
        })
    }

    /// Changes the state, tells all of it, and wakes those who wait.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let changed = change(&mut state);
        let (held, told) = (state.held_bytes, state.told_bytes);
        if held.abs_diff(told) >= UNTOLD_BYTES_MAX || held == 0 && told != 0 {
            // Wraps where less is held; so does the sum.
            let more = held.wrapping_sub(told);
            self.all.bytes.fetch_add(more, Ordering::Relaxed);
            state.told_bytes = held;
        }
        if state.waiting > 0 {
            self.has_changed.notify_waiters();
        }
        changed
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let told = self.lock().told_bytes;
        self.all.bytes.fetch_sub(told, Ordering::Relaxed);
    }
}

impl State {
    fn judge(&self, all: &Unsent) -> Verdict {
        let bytes_max = CONNECTION_BYTES_MAX.min(all.bytes_max);
        if self.held_bytes == 0 && self.running == 0 {
            // Whatever others hold, each client gets an answer at a time.
            return Verdict::Go;
        }
        if self.held_bytes >= bytes_max || self.held_bytes > 0 && all.is_full() {
            return Verdict::Full;
        }
        let expected = self.expected_bytes.saturating_mul(self.running + 1);
        let has_room = self.held_bytes.saturating_add(expected) <= bytes_max;
        if has_room || self.running < self.running_min {
            Verdict::Go
        } else {
            Verdict::NotYet
        }
    }

    /// No answer has come for a while, unless somebody has seen to that already: more may run.
    fn guess_again(&mut self, now: Instant) {
        if now.saturating_duration_since(self.guessed_at) >= GUESS_HOLDS_FOR {
            self.running_min = 2 * self.running;
            self.guessed_at = now;
        }
    }
}

/// A request that waits, as long as it is not dropped.
struct Waits<'a>(&'a Room);

impl<'a> Waits<'a> {
    fn new(room: &'a Room) -> Self {
        room.lock().waiting += 1;
        Self(room)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}

/// What one request has of the room of its connection, from its handler's call until its answer is sent or given up.
#[derive(Debug)]
pub(super) struct Place {
    room: Arc<Room>,
    held_bytes: AtomicUsize,
    is_running: AtomicBool,
}

impl Place {
    /// The request is answered by so many bytes; `false` where they are not to be kept, since all together hold too much and
    /// this connection more than its share.
    pub(super) fn hold(&self, bytes: usize) -> bool {
        self.is_running.store(false, Ordering::Relaxed);
        let all = &self.room.all;
        self.room.change(|state| {
            state.running -= 1;
            state.expected_bytes = bytes.max(state.expected_bytes / 2);
            state.running_min = 1;
            state.guessed_at = Instant::now();
            let held = state.held_bytes.saturating_add(bytes);
            if state.held_bytes > 0 && held > SHARE_BYTES && all.is_full() {
                return false;
            }
            self.held_bytes.store(bytes, Ordering::Relaxed);
            state.held_bytes = held;
            true
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let held = *self.held_bytes.get_mut();
        let is_running = *self.is_running.get_mut();
        if held == 0 && !is_running {
            return;
        }
        self.room.change(|state| {
            state.held_bytes -= held;
            state.running -= usize::from(is_running);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    /// As many places as can be had at once.
    fn enter_all(room: &Arc<Room>) -> Vec<Place> {
        let places = std::iter::from_fn(|| room.try_enter().ok());
        places.take(100).collect()
    }

    fn verdict(room: &Arc<Room>) -> Result<(), Verdict> {
        room.try_enter().map(drop)
    }

    #[test]
    fn few_are_called_until_it_is_known_how_large_answers_are() {
        let room = Room::new(&Unsent::new(256 * MIB));
        let mut places = enter_all(&room);
        assert_eq!(places.len(), 8);
        for place in places.drain(..6) {
            assert!(place.hold(10));
        }
        assert_eq!(enter_all(&room).len(), 100, "small ones");
    }

    #[test]
    fn slow_handlers_run_beside_each_other() {
        let room = Room::new(&Unsent::new(256 * MIB));
        let mut places = enter_all(&room);
        let later = Instant::now() + GUESS_HOLDS_FOR;
        for _ in 0..3 {
            room.change(|state| state.guess_again(later));
        }
        places.extend(enter_all(&room));
        assert_eq!(places.len(), 16);
        assert_eq!(verdict(&room), Err(Verdict::NotYet));
        assert!(places[0].hold(MIB));
        room.change(|state| state.guess_again(Instant::now()));
        places.truncate(15);
        assert_eq!(verdict(&room), Ok(()), "one of 15 is answered");
        assert!(places[1..].iter().all(|place| place.hold(2 * MIB)));
        room.change(|state| state.guess_again(later + GUESS_HOLDS_FOR));
        assert_eq!(verdict(&room), Err(Verdict::Full));
    }

    #[test]
    fn a_connection_that_is_full_waits_until_it_has_drained() {
        let all = Unsent::new(256 * MIB);
        let room = Room::new(&all);
        let mut held = Vec::new();
        loop {
            let places = enter_all(&room);
            if places.is_empty() {
                break;
            }
            assert!(places.iter().all(|place| place.hold(MIB)));
            held.extend(places);
        }
        assert_eq!(held.len(), 16);
        assert_eq!(all.bytes.load(Ordering::Relaxed), 16 * MIB);
        assert_eq!(verdict(&room), Err(Verdict::Full));
        held.pop();
        assert_eq!(verdict(&room), Ok(()));
        drop((held, room));
        assert_eq!(all.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn one_answer_may_be_of_any_size() {
        let all = Unsent::new(3 * MIB);
        let (first, second) = (Room::new(&all), Room::new(&all));
        let mut held = Vec::new();
        for room in [&first, &second] {
            room.lock().running_min = 2;
            let places = enter_all(room);
            assert_eq!(places.len(), 2);
            assert!(places[0].hold(100 * MIB));
            assert!(!places[1].hold(100 * MIB), "one is enough");
            assert_eq!(verdict(room), Err(Verdict::Full));
            held.extend(places);
        }
        assert_eq!(all.bytes.load(Ordering::Relaxed), 200 * MIB);
        drop(held);
        assert_eq!(all.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn small_answers_are_kept_whatever_others_hold() {
        let all = Unsent::new(MIB);
        let (other, room) = (Room::new(&all), Room::new(&all));
        let other = other.try_enter().expect("idle");
        assert!(other.hold(2 * MIB));
        room.lock().running_min = 100;
        let places = enter_all(&room);
        assert_eq!(places.len(), 100);
        assert!(places.iter().all(|place| place.hold(MIB / 100)));
    }

    #[tokio::test]
    async fn those_who_wait_are_woken() {
        let room = Room::new(&Unsent::new(256 * MIB));
        let first = room.enter().await;
        assert!(first.hold(17 * MIB));
        let waiting = tokio::spawn({
            let room = Arc::clone(&room);
            async move { room.enter().await }
        });
        while room.lock().waiting == 0 {
            tokio::task::yield_now().await;
        }
        drop(first);
        waiting.await.expect("no panic");
        assert_eq!(room.lock().waiting, 0);
    }
}
