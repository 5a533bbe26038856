//! What a call from Python costs: two native functions that do next to nothing, and the harness that times calls.
//!
//! The functions are made as those of the module `coachwhip` are, but belong to no module: handlers do not see them.

use std::time::Duration;

use crate::capi::call::run_source;
use crate::capi::method::{Method, function0, function1};
use crate::capi::{Attached, Object, Owned, PyResult, builtin, convert};
use crate::place::VERSION;

static NOOP: Method<()> = function0(c"noop", noop, c"noop()\n--\n\nDoes nothing.");
static ECHO_U64: Method<()> = function1(
    c"echo_u64",
    echo_u64,
    c"echo_u64(number, /)\n--\n\nReturns an integer of 64 bits without a sign.",
);

#[expect(
    clippy::unnecessary_wraps,
    reason = "what Python calls can raise, and this is measured as one of them"
)]
fn noop(py: Attached<'_>) -> PyResult<Owned<'_>> {
    Ok(builtin::none(py))
}

fn echo_u64<'py>(number: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
    convert::new_u64(convert::as_u64(number, py)?, py)
}

/// The native `echo_u64(number)`, which converts an integer of 64 bits without a sign to Rust and back.
///
/// It raises `OverflowError` for one that is negative or does not fit, `TypeError` for anything else.
pub fn new_echo_u64(py: Attached<'_>) -> PyResult<Owned<'_>> {
    ECHO_U64.callable(py)
}

/// The Python code that calls functions in a loop and reads the clock.
///
/// Its cases are, in this order: `python no-op`, `python increment`, `native noop`, `native echo_u64`, and what was added.
#[derive(Debug)]
pub struct Harness<'py> {
    namespace: Owned<'py>,
}

impl<'py> Harness<'py> {
    /// The harness, in the calling thread's interpreter.
    pub fn new(py: Attached<'py>) -> PyResult<Self> {
        let namespace = run_source(include_str!("boundary.py"), c"boundary", py)?;
        let harness = Self { namespace };
        harness.add_noop("native noop", &*NOOP.callable(py)?, py)?;
        harness.add_echo("native echo_u64", &*new_echo_u64(py)?, py)?;
        Ok(harness)
    }

    /// A further case: a function that takes nothing and returns `None`.
    pub fn add_noop(&self, name: &str, function: &Object, py: Attached<'py>) -> PyResult<()> {
        let name = convert::new_str(name, py)?;
        self.call("add_noop", &[&name, function], py).map(drop)
    }

    /// A further case: a function that returns the number that it is given.
    pub fn add_echo(&self, name: &str, function: &Object, py: Attached<'py>) -> PyResult<()> {
        let name = convert::new_str(name, py)?;
        self.call("add_echo", &[&name, function], py).map(drop)
    }

    /// The time that `calls` calls of the case `name` take, by Python's `time.perf_counter`.
    ///
    /// # Errors
    ///
    /// `KeyError` for an unknown case, `RuntimeError` for a function that does not return what it should.
    pub fn time(&self, name: &str, calls: u64, py: Attached<'py>) -> PyResult<Duration> {
        let name = convert::new_str(name, py)?;
        let calls = convert::new_u64(calls, py)?;
        let seconds = self.call("seconds", &[&name, &calls], py)?;
        Ok(Duration::from_secs_f64(convert::as_f64(&seconds, py)?))
    }

    /// Measures every case by the protocol of `boundary.py`, and tells it as JSON; `strategy` made this interpreter.
    ///
    /// # Errors
    ///
    /// As [`Self::time`].
    pub fn report(&self, strategy: &str, py: Attached<'py>) -> PyResult<String> {
        let version = convert::new_str(VERSION, py)?;
        let is_optimised = builtin::new_bool(!cfg!(debug_assertions), py);
        let strategy = convert::new_str(strategy, py)?;
        let report = self.call("report", &[&version, &is_optimised, &strategy], py)?;
        convert::text_of(&report, py)
    }

    fn call(&self, name: &str, values: &[&Object], py: Attached<'py>) -> PyResult<Owned<'py>> {
        let name = convert::new_str(name, py)?;
        self.namespace.value_at(&name, py)?.call(values, py)
    }
}
