//! The end of the server, within its time limit.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::pool::Pool;
use super::signals::Signals;
use crate::dispatch::{Cut, Exchange};
use crate::interpreter::abandon;
use crate::net::{IoThreads, Phase};

/// How long connections that are idle stay open after the first signal: a request that was sent before the client could
/// know of the end is answered still.
const LINGER: Duration = Duration::from_millis(200);

/// How often to look whether threads have ended.
const GLANCE: Duration = Duration::from_millis(5);

/// How often workers look again for what is to be cut off.
const LOOK: Duration = Duration::from_millis(250);

/// How long before the deadline everything that streams is cut off, at most: hooks and Python's own end have the rest, and with
/// less a busy machine would miss the deadline.
const REST: Duration = Duration::from_secs(3);

/// Until when the end waits for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// From then on streams that wait, and handlers of WebSockets, are cut off.
    waiting: Instant,
    /// From then on every stream is.
    all: Instant,
    /// Then the process ends.
    pub(super) deadline: Instant,
}

impl Times {
    /// Of an end that begins now.
    pub(super) fn begin(drain_streams: Duration, shutdown_timeout: Duration) -> Self {
        let now = Instant::now();
        let all = shutdown_timeout.saturating_sub(REST.min(shutdown_timeout / 2));
        Self {
            waiting: now + drain_streams.min(all),
            all: now + all,
            deadline: now + shutdown_timeout,
        }
    }
}

/// What was cut off: the end did not come in time, or a second signal came.
#[derive(Debug, thiserror::Error)]
#[error("{why}: {cut_off}")]
pub(super) struct CutOff {
    why: String,
    cut_off: String,
}

/// Ends the I/O threads, then the workers; what has no end of its own is cut off in time, so that the rest ends in order.
///
/// # Errors
///
/// [`CutOff`] after a second signal, or at the deadline.
pub(super) async fn run(
    io_threads: &IoThreads,
    pool: &Pool,
    signals: &mut Signals,
    times: Times,
) -> Result<(), CutOff> {
    pool.exchange().drain();
    io_threads.enter(Phase::Draining);
    let ended = tokio::select! {
        ended = end(io_threads, pool, signals, times.deadline) => ended,
        never = cut(pool.exchange(), times) => match never {},
    };
    let tally = pool.exchange().ending().take();
    if !tally.is_empty() {
        tracing::warn!(
            handlers = %tally,
            "cut off streams and handlers of WebSockets that had not ended by --drain-streams"
        );
    }
    ended
}

/// Has the workers cut off what is due, again and again.
async fn cut(exchange: &Exchange, times: Times) -> Infallible {
    sleep_until(times.waiting).await;
    loop {
        let is_over = Instant::now() >= times.all;
        exchange.cut(if is_over { Cut::All } else { Cut::Waiting });
        sleep(LOOK).await;
    }
}

async fn end(
    io_threads: &IoThreads,
    pool: &Pool,
    signals: &mut Signals,
    deadline: Instant,
) -> Result<(), CutOff> {
    let limit = deadline.duration_since(Instant::now());
    let drained = async {
        sleep(LINGER.min(limit / 2)).await;
        io_threads.enter(Phase::Closing);
        until(|| io_threads.is_finished()).await;
    };
    within(drained, deadline, signals).await.map_err(|why| {
        let waiting = pool.waiting();
        CutOff {
            why,
            cut_off: format!(
                "requests under way were cut off ({waiting} of them still waited for a worker)"
            ),
        }
    })?;
    pool.close();
    let ended = until(|| pool.is_finished());
    within(ended, deadline, signals).await.map_err(|why| CutOff {
        why,
        cut_off: String::from("every request was answered, but a worker was still busy: a shutdown hook, the handler of a WebSocket, a background task or a thread of the application"),
    })
}

/// Ends the process with exit status 1 on a further signal or at the deadline, unless it has ended by itself.
///
/// For what is left when the workers are done: Python waits for threads of the application, and runs its exit functions.
pub(super) fn watch_the_rest(supervisor: Runtime, mut signals: Signals, deadline: Instant) {
    thread::spawn(move || {
        let waited = within(std::future::pending(), deadline, &mut signals);
        if let Err(why) = supervisor.block_on(waited) {
            let cut_off = "every request was answered, but threads or exit functions of the application were still busy";
            let _ = writeln!(io::stderr().lock(), "coachwhip: {why}: {cut_off}");
            abandon(1);
        }
    });
}

/// Waits for `work`; says what came first if it was something else.
async fn within(
    work: impl Future<Output = ()>,
    deadline: Instant,
    signals: &mut Signals,
) -> Result<(), String> {
    tokio::select! {
        done = timeout_at(deadline, work) => {
            done.map_err(|_| String::from("the shutdown took longer than --shutdown-timeout allows"))
        }
        name = signals.end() => Err(format!("a second signal ({name}) ended the shutdown")),
    }
}

async fn until(is_over: impl Fn() -> bool) {
    while !is_over() {
        sleep(GLANCE).await;
    }
}
