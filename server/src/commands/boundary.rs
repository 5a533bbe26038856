//! The command `bench boundary`: what a call from Python to native code costs, beside calls of Python functions.

use std::fmt::Write as _;
use std::path::Path;

use native_types::boundary::Harness;
use serde::Deserialize;

use super::output::{Output, OutputError};
use crate::interpreter::{Choice, Python, Runtime, StartError, traceback};

/// Why there are no figures. Exit status 1 but for a strategy that is not possible.
#[derive(Debug, thiserror::Error)]
pub enum BoundaryError {
    /// The file can't be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Python can't be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The measurement itself failed, with Python's traceback: a fault of this program.
    #[error("the measurement failed\n{0}")]
    Raised(String),
}

impl BoundaryError {
    /// The exit status of the process.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Start(error) => error.exit_status(),
            Self::Output(_) | Self::Raised(_) => 1,
        }
    }
}

/// The part of the report that the table shows.
#[derive(Debug, Deserialize)]
struct Report {
    coachwhip: Program,
    python: Build,
    protocol: Protocol,
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Program {
    version: String,
    is_optimised: bool,
    strategy: String,
}

#[derive(Debug, Deserialize)]
struct Build {
    build: String,
}

#[derive(Debug, Deserialize)]
struct Protocol {
    warm_up_calls: u64,
    repeats: u64,
    calls_per_repeat: u64,
}

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    mean_ns: f64,
    stdev_ns: f64,
    calls_per_s: f64,
    relative_to_increment: f64,
}

/// Measures, in an interpreter of the strategy, and returns the figures as a table. The file `output` gets the raw durations too.
///
/// # Errors
///
/// [`BoundaryError`]; a file that can't be written is told before anything is measured.
pub fn boundary(
    choice: Choice,
    executable: Option<&Path>,
    output: Option<&Path>,
) -> Result<String, BoundaryError> {
    let output = output.map(Output::at).transpose()?;
    let report = measure(choice, executable)?;
    if let Some(output) = output {
        output.write(&format!("{report}\n"))?;
    }
    let report = serde_json::from_str(&report).expect("the harness writes these fields");
    Ok(table(&report))
}

fn measure(choice: Choice, executable: Option<&Path>) -> Result<String, BoundaryError> {
    let (python, strategy) = (Python::embedded(), choice.strategy);
    let runtime = Runtime::start(executable, strategy, &python)?;
    let measured = strategy.enter(runtime.main()).map(|seat| {
        let report = seat.with(|py| {
            let report = || {
                let harness = Harness::new(py)?;
                strategy.settle(&python, py);
                harness.report(strategy.name(), py)
            };
            report().map_err(|raised| traceback::text(&raised.take(py), py))
        });
        seat.leave();
        report
    });
    runtime.finalize();
    measured?.map_err(BoundaryError::Raised)
}

fn table(report: &Report) -> String {
    let Report {
        coachwhip,
        python,
        protocol,
        cases,
    } = report;
    let mut text = format!(
        "coachwhip {}, strategy {}, Python {}\n",
        coachwhip.version, coachwhip.strategy, python.build
    );
    if !coachwhip.is_optimised {
        text += "built without optimisation: the figures of the native cases say nothing\n";
    }
    let _ = writeln!(
        text,
        "{} calls to warm up, then {} repeats of {} calls\n",
        protocol.warm_up_calls, protocol.repeats, protocol.calls_per_repeat
    );
    let width = cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
    let _ = writeln!(
        text,
        "{:<width$}  {:>8}  {:>8}  {:>11}  to the increment",
        "case", "mean ns", "stdev ns", "calls/s (M)"
    );
    for case in cases {
        let _ = writeln!(
            text,
            "{:<width$}  {:>8.2}  {:>8.2}  {:>11.2}  {:>16.2}",
            case.name,
            case.mean_ns,
            case.stdev_ns,
            case.calls_per_s / 1e6,
            case.relative_to_increment
        );
    }
    text
}
