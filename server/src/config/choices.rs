//! The settings that are one of a few names.

use std::fmt;

use native_types::problem::ErrorFormat;

use crate::access_log;
use crate::http::Algorithm;

/// Who runs the handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The best one that the embedded Python allows.
    Auto,
    /// The main interpreter.
    Main,
    /// One interpreter with its own GIL per worker.
    Subinterp,
    /// The main interpreter of a free-threaded build.
    FreeThreaded,
}

/// Where handlers run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatch {
    /// On the thread that read the request where the route was measured short, else through the queue.
    Auto,
    /// On a worker that takes requests from the queue.
    Queue,
    /// On the thread that read the request.
    Inline,
}

/// How much is logged: records of this level and of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// What will fail, or works otherwise than asked.
    Warn,
    /// What an operator wants to know of a healthy server.
    Info,
    /// What explains a decision.
    Debug,
    /// Every step.
    Trace,
}

/// How a log record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person: one line, and what has line breaks of its own below it.
    Text,
    /// For a machine: one JSON object a line.
    Json,
}

/// A type whose values are names in the configuration.
pub(super) trait Named: Copy + PartialEq + Sync + 'static {
    /// Every value with its name.
    const NAMES: &'static [(&'static str, Self)];

    /// The value's name.
    fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, value)| *value == self)
            .map_or("", |(name, _)| name)
    }
}

impl Named for Strategy {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("main", Self::Main),
        ("subinterp", Self::Subinterp),
        ("freethreaded", Self::FreeThreaded),
    ];
}

impl Named for Dispatch {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("queue", Self::Queue),
        ("inline", Self::Inline),
    ];
}

impl Named for LogLevel {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

impl Named for LogFormat {
    const NAMES: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

impl Named for ErrorFormat {
    const NAMES: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

impl Named for access_log::Format {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("common", Self::Common),
        ("combined", Self::Combined),
        ("json", Self::Json),
    ];
}

impl Named for Algorithm {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("gzip", Self::Gzip),
        ("br", Self::Brotli),
        ("zstd", Self::Zstd),
        ("deflate", Self::Deflate),
    ];
}

impl fmt::Display for Strategy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl fmt::Display for Dispatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
