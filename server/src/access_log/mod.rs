//! The access log: one line for each request, written by a thread of its own.
//!
//! A line is begun when its request's head is there, and ended when the last byte of the answer was handed to the kernel or the
//! answer was given up: [`Entry`]. It is handed over through a bounded channel, so that no request waits for a disk or a
//! pipe: what finds no room is lost, and counted, as is what the disk does not take ([`Losses`]).
//!
//! ```text
//! WAITING_RECORDS_MAX 16,384 x some 4 KiB, the longest line (format.rs) = 64 MiB at the very most; lines are 200 bytes as a rule
//! ```
//!
//! # Shutdown
//!
//! 1. Every connection is closed, so every entry has been written.
//! 2. [`Keeper`] is dropped: the thread writes what waits, for about a second at most; what is lost by then is told.

mod entry;
mod escape;
mod format;
mod losses;
mod output;

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

pub use entry::{Entry, Seen};
pub use format::Format;
pub use output::OpenError;

use losses::Losses;
use output::{Output, Place, Reopening};

/// Records that may wait to be written: some tenths of a second at the most that a server answers.
const WAITING_RECORDS_MAX: usize = 16_384;

/// How often it is told that records were lost.
const TELLING_INTERVAL: Duration = Duration::from_secs(5);

/// Where the access log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard error, with the server's own log.
    StandardError,
    /// A file, appended to; made where there is none. A pipe or a device will do.
    File(PathBuf),
}

/// What requests write their lines to.
#[derive(Clone)]
pub struct AccessLog {
    writer: NonBlocking,
    format: Format,
    losses: Arc<Losses>,
}

/// Keeps the access log being written; dropping it writes what waits.
#[must_use = "the access log ends where its keeper is dropped"]
pub struct Keeper {
    /// `None` only while it is dropped.
    thread: Option<WorkerGuard>,
    log: Arc<AccessLog>,
    reopening: Option<Reopening>,
}

/// Starts the thread that writes to `destination`.
///
/// # Errors
///
/// [`OpenError`] for a file that can't be opened.
pub fn start(destination: Destination, format: Format) -> Result<Keeper, OpenError> {
    let (place, reopening) = match destination {
        Destination::StandardError => (Place::StandardError, None),
        Destination::File(path) => {
            let (file, reopening) = Reopening::open(path)?;
            (file, Some(reopening))
        }
    };
    let losses = Arc::new(Losses::default());
    let output = Output::new(place, reopening.clone(), Arc::clone(&losses));
    let (writer, thread) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING_RECORDS_MAX)
        .lossy(true)
        .thread_name("access-log")
        .finish(output);
    losses.count_also(writer.error_counter());
    Ok(Keeper {
        thread: Some(thread),
        log: Arc::new(AccessLog {
            writer,
            format,
            losses,
        }),
        reopening,
    })
}

impl AccessLog {
    /// How many records were lost so far, for whatever reason: `coachwhip_access_log_dropped_total`.
    pub fn dropped_total(&self) -> u64 {
        self.losses.total()
    }

    /// Tells the server's log now and then how many records were lost since it was last told.
    pub async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(TELLING_INTERVAL).await;
            self.losses.tell();
        }
    }

    /// Hands a line over; never waits.
    fn write(&self, line: &[u8]) {
        self.losses.offered();
        // It says that all is well whether there was room or not; the channel counts what found none.
        let _ = self.writer.clone().write(line);
    }
}

impl Keeper {
    /// What requests write to.
    pub fn log(&self) -> &Arc<AccessLog> {
        &self.log
    }

    /// Opens the file anew, wherever the name leads by now; `None` where there is none to open. It is written to from the
    /// next record on.
    pub fn reopening(&self) -> Option<impl Fn() -> Result<(), String> + Send + 'static> {
        let reopening = self.reopening.clone()?;
        Some(move || reopening.reopen().map_err(|error| error.to_string()))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.thread.take());
        self.log.losses.tell_last();
    }
}

impl fmt::Debug for AccessLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("AccessLog");
        debug.field("format", &self.format).finish_non_exhaustive()
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Keeper");
        debug.field("log", &self.log).finish_non_exhaustive()
    }
}
