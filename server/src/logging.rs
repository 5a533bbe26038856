//! Where the log goes: to standard error, written by a thread of its own.
//!
//! A record is formatted on the thread that makes it and handed over through a bounded channel, so
//! that a slow terminal or pipe never holds up a request: when the channel is full the record is
//! lost, and the number of the lost is written at the end. [`text`] is the format for a person; JSON is
//! `tracing-subscriber`'s own.
//!
//! # Shutdown
//!
//! 1. [`Guard`] is dropped, as the last of all: what is logged later is lost.
//! 2. The thread writes what it was handed; the guard waits for it, for about a second at most.

mod text;

use std::fmt;
use std::io::{self, IsTerminal, Write};

use tracing::{Dispatch, dispatcher};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::config::{LogFormat, LogLevel};
use text::Text;

/// Records that may wait to be written: some seconds of what a terminal takes, a few MiB at the usual length.
const WAITING_RECORDS_MAX: usize = 16_384;

/// Keeps the log being written; dropping it writes what waits.
#[must_use = "the log ends where the guard is dropped"]
pub struct Guard {
    /// `None` only while the guard is dropped.
    thread: Option<WorkerGuard>,
    lost: ErrorCounter,
}

/// Starts the log of this process.
///
/// Colours are used for text on a terminal, unless the variable `NO_COLOR` is set to anything.
///
/// # Panics
///
/// When it is called a second time: a process has one log.
pub fn start(level: LogLevel, format: LogFormat) -> Guard {
    let is_coloured = io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let (writer, guard) = write_to(io::stderr());
    dispatcher::set_global_default(dispatch(level, format, is_coloured, writer))
        .expect("a process has one log");
    guard
}

/// A thread that writes what it is handed.
fn write_to(output: impl Write + Send + 'static) -> (NonBlocking, Guard) {
    let builder = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING_RECORDS_MAX)
        .lossy(true)
        .thread_name("log");
    let (writer, thread) = builder.finish(output);
    let lost = writer.error_counter();
    (
        writer,
        Guard {
            thread: Some(thread),
            lost,
        },
    )
}

fn dispatch<W>(level: LogLevel, format: LogFormat, is_coloured: bool, writer: W) -> Dispatch
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(filter(level))
        .with_writer(writer)
        .with_ansi(is_coloured);
    match format {
        LogFormat::Text => {
            let text = subscriber.event_format(Text).finish();
            Dispatch::new(text.with(targets(level)))
        }
        LogFormat::Json => {
            let json = subscriber
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false);
            Dispatch::new(json.with_ansi(false).finish().with(targets(level)))
        }
    }
}

/// What each crate may log. h2 warns of what clients do, as often as they do it: they are not to fill the log.
fn targets(level: LogLevel) -> Targets {
    let of_h2 = match level {
        LogLevel::Error | LogLevel::Warn | LogLevel::Info => LevelFilter::ERROR,
        LogLevel::Debug | LogLevel::Trace => filter(level),
    };
    Targets::new()
        .with_default(filter(level))
        .with_target("h2", of_h2)
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.thread.take());
        let lost = self.lost.dropped_lines();
        if lost > 0 {
            // A standard error that can't be written to leaves nobody to tell.
            let _ = writeln!(
                io::stderr(),
                "{lost} log records were lost: standard error was not read fast enough"
            );
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Guard")
            .field("lost", &self.lost.dropped_lines())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// An output that can be read while the log writes to it.
    #[derive(Clone, Default)]
    pub(super) struct Output(Arc<Mutex<Vec<u8>>>);

    impl Output {
        pub(super) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What `log` writes.
    fn written(level: LogLevel, format: LogFormat, log: impl FnOnce()) -> String {
        let output = Output::default();
        let text = output.clone();
        dispatcher::with_default(&dispatch(level, format, true, move || output.clone()), log);
        text.text()
    }

    #[test]
    fn json_is_one_object_a_line_with_the_traceback_as_one_string() {
        let traceback =
            "Traceback (most recent call last):\n  File \"demo.py\", line 3\nValueError: \"no\"\n";
        let text = written(LogLevel::Info, LogFormat::Json, || {
            tracing::error!(method = "GET", worker = 1, traceback, "handler failed");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        let record: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(record["level"], "ERROR");
        assert_eq!(record["message"], "handler failed");
        assert_eq!(
            (&record["method"], &record["worker"]),
            (&"GET".into(), &1.into())
        );
        assert_eq!(record["traceback"], traceback);
    }

    #[test]
    fn records_below_the_level_are_not_written() {
        let text = written(LogLevel::Warn, LogFormat::Text, || {
            tracing::info!("quiet");
            tracing::warn!("loud");
        });
        assert!(text.contains("loud") && !text.contains("quiet"), "{text}");
    }

    #[test]
    fn guard_writes_what_waits_when_it_is_dropped() {
        let output = Output::default();
        let (writer, guard) = write_to(output.clone());
        dispatcher::with_default(
            &dispatch(LogLevel::Info, LogFormat::Text, false, writer),
            || {
                (0..1000).for_each(|number| tracing::info!(number, "record"));
            },
        );
        drop(guard);
        let text = output.text();
        assert_eq!(text.lines().count(), 1000);
        assert!(text.ends_with(" INFO record number=999\n"), "{text}");
    }
}
