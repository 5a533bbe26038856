//! Where Python code runs: the strategy, the worker, the interpreter.

use std::cell::Cell;

use crate::capi::exception::Builtin;
use crate::capi::{Arguments, Attached, Owned, PyResult, Raised, convert};
use crate::form::Limits;
use crate::problem::ErrorFormat;
use crate::release::ReleaseThreshold;
use crate::state::State;

/// The version of the program, `coachwhip.__version__`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

thread_local! {
    /// The number of the worker that this thread is, if it is one.
    static WORKER: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Says which worker the calling thread is, for `coachwhip.worker_id()`.
pub fn set_worker(worker: u32) {
    WORKER.set(Some(worker));
}

/// The number of the worker that the calling thread is, if it is one.
pub fn worker() -> Option<u32> {
    WORKER.get()
}

/// What the strategy that runs an interpreter tells its module.
#[derive(Clone, Copy, Debug)]
pub struct Strategy {
    /// Its name, for `coachwhip.strategy()`.
    pub name: &'static str,
    /// From what size on native work is done detached.
    pub release: ReleaseThreshold,
}

/// Says which strategy runs the interpreter. The first call counts.
pub fn set_strategy(state: &State, strategy: Strategy) {
    let _ = state.strategy.set(strategy);
}

/// Says how much a form may hold. The first call counts.
pub fn set_form_limits(state: &State, limits: Limits) {
    let _ = state.form_limits.set(limits);
}

/// Says in what form clients are told of errors. The first call counts.
pub fn set_error_format(state: &State, format: ErrorFormat) {
    let _ = state.error_format.set(format);
}

/// `coachwhip.strategy()`.
pub(crate) fn strategy<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    arguments.bind("strategy", &[], (0, 0), py)?;
    match state.strategy.get() {
        Some(strategy) => convert::new_str(strategy.name, py),
        None => Err(Raised::new(
            Builtin::RuntimeError,
            "no server runs this interpreter",
            py,
        )),
    }
}

/// `coachwhip.worker_id()`.
pub(crate) fn worker_id<'py>(
    _state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    arguments.bind("worker_id", &[], (0, 0), py)?;
    match WORKER.get() {
        Some(worker) => convert::new_int(i64::from(worker), py),
        None => Err(Raised::new(
            Builtin::RuntimeError,
            "this thread is no worker's",
            py,
        )),
    }
}

/// `coachwhip.interpreter_id()`.
pub(crate) fn interpreter_id<'py>(
    _state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    arguments.bind("interpreter_id", &[], (0, 0), py)?;
    convert::new_int(py.interpreter_id(), py)
}
