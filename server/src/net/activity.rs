//! What a connection is doing, so that a slow or silent client is not waited for without end.

use std::io;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use atomic_waker::AtomicWaker;
use http::StatusCode;
use rustix::time::{ClockId, clock_gettime};

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a request's head, from its first byte.
    pub header: Duration,
    /// For the next request on a connection.
    pub keep_alive: Duration,
    /// For taking in more of an answer, and the most that they may fall behind [`Self::reading_rate_min`] while they do.
    pub reading: Duration,
    /// How many bytes of an answer they take in at least, in a second.
    pub reading_rate_min: u64,
}

impl Patience {
    /// How long a client may take that the server no longer waits for: the server is about to end.
    const END: Duration = Duration::from_secs(1);

    /// How long a client may be silent, or behind [`UNREAD_RATE_MIN`], that sends what nobody reads any more.
    const UNREAD: Duration = Duration::from_secs(5);

    /// As much patience as there is while the server ends.
    pub(super) fn for_the_end(self) -> Self {
        let header = self.header.min(Self::END);
        Self {
            header,
            keep_alive: header,
            ..self
        }
    }

    /// How often to look whether one of the limits is reached.
    pub(super) fn glance(self) -> Duration {
        let shortest = self.header.min(self.keep_alive).min(self.reading);
        shortest.min(self.unread())
    }

    /// How long a client may be silent that sends what nobody reads any more.
    fn unread(self) -> Duration {
        Self::UNREAD.min(self.header)
    }
}

/// How many bytes have to come of what nobody reads any more, in a second.
const UNREAD_RATE_MIN: u64 = 1 << 10;

/// What a connection waits for. Each is stored with the time at which it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// For a first or next request.
    Idle = 0,
    /// For the rest of a head, or of what comes before the first request.
    Head = 1,
    /// For the server: a request is under way.
    Server = 2,
    /// For nothing: the connection is a WebSocket's, which looks after its client itself.
    Socket = 3,
    /// For the rest of a frame of a body, where many requests share the connection.
    Data = 4,
    /// For the first byte of all.
    First = 5,
    /// For the rest of a body whose request is answered, or the client's end, while what comes is dropped.
    Unread = 6,
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
    /// The client does not take in its answer: close at once.
    SlowReader,
    /// The rest of a frame did not come in time: close at once.
    SlowSender,
    /// What is dropped did not come in time: close at once. The client has its answer.
    Lingering,
}

/// What a connection's task is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Order {
    /// Go on.
    Serve = 0,
    /// Close when what is under way is answered.
    Finish = 1,
    /// Close at once.
    Cut = 2,
}

/// The state of one connection: what it does, written by its own task, and what it is told.
///
/// Times come from the coarse clock (some milliseconds), because they are taken on each request.
#[derive(Debug)]
pub(super) struct Activity {
    waiting: AtomicU32,
    since_ms: AtomicU64,
    /// Since when the socket has taken no more of an answer; 0 while it does.
    blocked_since_ms: AtomicU64,
    /// Since when nothing was taken of the answers that wait for the client's windows (HTTP/2); 0 where none does.
    unsent_since_ms: AtomicU64,
    /// For how long it took none before, since its client last kept up.
    blocked_ms: AtomicU64,
    /// How many bytes it has taken since.
    taken_bytes: AtomicU64,
    order: AtomicU8,
    /// The status of what hyper has refused by itself; 0 if nothing.
    refused: AtomicU16,
    task: AtomicWaker,
}

/// How many bytes were taken.
pub(super) fn taken(written: &Poll<io::Result<usize>>) -> Poll<usize> {
    match written {
        Poll::Ready(written) => Poll::Ready(*written.as_ref().unwrap_or(&0)),
        Poll::Pending => Poll::Pending,
    }
}

fn now_ms() -> u64 {
    let now = clock_gettime(ClockId::MonotonicCoarse);
    let (seconds, nanoseconds) = (now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs());
    seconds * 1_000 + nanoseconds / 1_000_000
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            waiting: AtomicU32::new(Waiting::First as u32),
            since_ms: AtomicU64::new(now_ms()),
            blocked_since_ms: AtomicU64::new(0),
            unsent_since_ms: AtomicU64::new(0),
            blocked_ms: AtomicU64::new(0),
            taken_bytes: AtomicU64::new(0),
            order: AtomicU8::new(Order::Serve as u8),
            refused: AtomicU16::new(0),
            task: AtomicWaker::new(),
        }
    }

    /// Wakes the connection's task, by `waker`, whenever it is told something.
    pub(super) fn listen(&self, waker: &Waker) {
        self.task.register(waker);
    }

    /// Notes that hyper refuses what has come, with that status.
    pub(super) fn refuse(&self, status: StatusCode) {
        self.refused.store(status.as_u16(), Ordering::Relaxed);
    }

    /// With which status hyper has refused what has come, if it has.
    pub(super) fn refused(&self) -> Option<StatusCode> {
        StatusCode::from_u16(self.refused.load(Ordering::Relaxed)).ok()
    }

    /// What the connection's task is to do.
    pub(super) fn order(&self) -> Order {
        match self.order.load(Ordering::Acquire) {
            0 => Order::Serve,
            1 => Order::Finish,
            _ => Order::Cut,
        }
    }

    /// Tells the connection's task what to do; `false` if it has been told that, or more, already.
    pub(super) fn tell(&self, order: Order) -> bool {
        let is_new = self.order.fetch_max(order as u8, Ordering::AcqRel) < order as u8;
        if is_new {
            self.task.wake();
        }
        is_new
    }

    fn begin(&self, waiting: Waiting) {
        self.waiting.store(waiting as u32, Ordering::Relaxed);
        self.since_ms.store(now_ms(), Ordering::Relaxed);
    }

    /// What the connection waits for where many requests share it, and since when, by [`Self::now`].
    pub(super) fn wait(&self, waiting: Waiting, since_ms: u64) {
        self.waiting.store(waiting as u32, Ordering::Relaxed);
        self.since_ms.store(since_ms, Ordering::Relaxed);
    }

    /// Since when nothing was taken of what waits for the client's windows; 0 where nothing does.
    pub(super) fn unsent_since(&self, since_ms: u64) {
        self.unsent_since_ms.store(since_ms, Ordering::Relaxed);
    }

    /// Bytes have come.
    pub(super) fn read(&self) {
        match self.waiting.load(Ordering::Relaxed) {
            idle if [Waiting::Idle, Waiting::First, Waiting::Unread]
                .iter()
                .any(|one| *one as u32 == idle) =>
            {
                self.begin(Waiting::Head);
            }
            socket if socket == Waiting::Socket as u32 => self.begin(Waiting::Socket),
            _ => {}
        }
    }

    /// So many bytes have come of a body. If its request is answered already, they give back some of the time that the rest
    /// may take, unless the server is about to end.
    pub(super) fn unread(&self, count: usize) {
        let waiting = self.waiting.load(Ordering::Relaxed);
        if waiting == Waiting::Idle as u32 {
            self.begin(Waiting::Unread);
        } else if waiting == Waiting::Unread as u32 && self.order() == Order::Serve {
            let since_ms = self.since_ms.load(Ordering::Relaxed);
            let earned_ms = (count as u64).saturating_mul(1_000) / UNREAD_RATE_MIN;
            let since_ms = since_ms.saturating_add(earned_ms).min(now_ms());
            self.since_ms.store(since_ms, Ordering::Relaxed);
        }
    }

    /// A body has come to its end: if its request was answered already, the next one is waited for.
    pub(super) fn body_ended(&self) {
        if self.waiting.load(Ordering::Relaxed) == Waiting::Unread as u32 {
            self.begin(Waiting::Idle);
        }
    }

    /// Nothing more is sent, and what comes is dropped until the client closes.
    pub(super) fn part(&self) {
        self.begin(Waiting::Unread);
    }

    /// The connection is opened, which may take as long as a head.
    pub(super) fn opening(&self) {
        self.begin(Waiting::Head);
    }

    /// The connection is open.
    pub(super) fn opened(&self) {
        self.begin(Waiting::Idle);
    }

    /// The connection is a WebSocket's from now on.
    pub(super) fn socket(&self) {
        self.begin(Waiting::Socket);
    }

    /// Whether the connection is a WebSocket's.
    pub(super) fn is_socket(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == Waiting::Socket as u32
    }

    /// Whether the WebSocket's client has sent anything since [`Self::now`] was `mark`.
    pub(super) fn has_read_since(&self, mark: u64) -> bool {
        self.since_ms.load(Ordering::Relaxed) >= mark
    }

    /// The time, for [`Self::has_read_since`].
    pub(super) fn now() -> u64 {
        now_ms()
    }

    /// The socket takes so many bytes more of an answer, or none for now.
    pub(super) fn write(&self, taken: Poll<usize>) {
        let since_ms = self.blocked_since_ms.load(Ordering::Relaxed);
        let Poll::Ready(taken) = taken else {
            if since_ms == 0 {
                self.blocked_since_ms.store(now_ms(), Ordering::Relaxed);
            }
            return;
        };
        if since_ms != 0 {
            let waited_ms = now_ms().saturating_sub(since_ms);
            self.blocked_ms.fetch_add(waited_ms, Ordering::Relaxed);
            self.blocked_since_ms.store(0, Ordering::Relaxed);
        }
        if self.blocked_ms.load(Ordering::Relaxed) != 0 {
            self.taken_bytes.fetch_add(taken as u64, Ordering::Relaxed);
        }
    }

    /// What the socket has taken is on its way, or waits for the client.
    pub(super) fn flush(&self, is_pending: bool) {
        self.write(if is_pending {
            Poll::Pending
        } else {
            Poll::Ready(0)
        });
    }

    /// By how much the client is behind the least rate, the wait that lasts left out.
    fn behind_ms(&self, rate_min: u64) -> u64 {
        let blocked_ms = self.blocked_ms.load(Ordering::Relaxed);
        if blocked_ms == 0 {
            return 0;
        }
        let taken_bytes = self.taken_bytes.load(Ordering::Relaxed);
        let behind_ms = blocked_ms.saturating_sub(taken_bytes.saturating_mul(1_000) / rate_min);
        if behind_ms == 0 {
            // What it took in more does not count for the time to come.
            self.blocked_ms.store(0, Ordering::Relaxed);
            self.taken_bytes.store(0, Ordering::Relaxed);
        }
        behind_ms
    }

    /// A head is whole: its request is under way.
    pub(super) fn request(&self) {
        self.waiting
            .store(Waiting::Server as u32, Ordering::Relaxed);
    }

    /// Whether a request is under way.
    pub(super) fn is_with_server(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == Waiting::Server as u32
    }

    /// A request is answered.
    pub(super) fn response(&self) {
        self.begin(Waiting::Idle);
    }

    /// Whether the client has kept the server waiting for too long.
    pub(super) fn verdict(&self, patience: Patience) -> Verdict {
        let waiting = self.waiting.load(Ordering::Relaxed);
        let blocked_since_ms = self.blocked_since_ms.load(Ordering::Relaxed);
        let unsent_since_ms = self.unsent_since_ms.load(Ordering::Relaxed);
        let since_ms = self.since_ms.load(Ordering::Relaxed);
        let behind_ms = self.behind_ms(patience.reading_rate_min);
        let (limit, since_ms, verdict) = if blocked_since_ms != 0 {
            let since_ms = blocked_since_ms.saturating_sub(behind_ms);
            (patience.reading, since_ms, Verdict::SlowReader)
        } else if unsent_since_ms != 0 {
            (patience.reading, unsent_since_ms, Verdict::SlowReader)
        } else if waiting == Waiting::First as u32 {
            let limit = patience.header.min(patience.keep_alive);
            (limit, since_ms, Verdict::Idle)
        } else if waiting == Waiting::Idle as u32 {
            (patience.keep_alive, since_ms, Verdict::Idle)
        } else if waiting == Waiting::Head as u32 {
            (patience.header, since_ms, Verdict::SlowHead)
        } else if waiting == Waiting::Data as u32 {
            (patience.reading, since_ms, Verdict::SlowSender)
        } else if waiting == Waiting::Unread as u32 {
            (patience.unread(), since_ms, Verdict::Lingering)
        } else {
            return Verdict::LookAgain(patience.glance());
        };
        let waited = Duration::from_millis(now_ms().saturating_sub(since_ms));
        match limit.checked_sub(waited) {
            // What is waited for may change at any time, so each limit is looked at as often as the shortest asks for.
            Some(left) if !left.is_zero() => Verdict::LookAgain(left.min(patience.glance())),
            _ => verdict,
        }
    }
}

#[cfg(test)]
mod tests;
