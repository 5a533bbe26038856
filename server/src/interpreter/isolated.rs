//! `subinterp`: each worker has an interpreter of its own, with its own GIL (PEP 684) and allocator.
#![cfg_attr(Py_3_12, expect(unsafe_code, reason = "makes interpreters"))]

use std::num::NonZeroUsize;

use native_types::capi::Attached;
use native_types::release::ReleaseThreshold;

use super::runtime::Main;
use super::seat::Seat;
use super::strategy::Strategy;
use super::{Python, StartError, warm_up};

/// Each worker creates, keeps and ends an interpreter on its own thread, and all run Python at once.
#[derive(Debug)]
pub(super) struct Isolated;

impl Strategy for Isolated {
    fn name(&self) -> &'static str {
        "subinterp"
    }

    fn refusal(&self, python: &Python) -> Option<String> {
        if python.is_free_threaded {
            return Some(String::from(
                "it needs a Python with a GIL, 3.12.4 or newer; this build has none, and runs --strategy freethreaded",
            ));
        }
        // 3.12.0 to 3.12.3 corrupt the heap when an interpreter ends (python/cpython#119213).
        (python.version < (3, 12, 4)).then(|| {
            String::from(
                "it needs Python 3.12.4 or newer, whose interpreters have a GIL of their own",
            )
        })
    }

    fn workers(&self, cores: NonZeroUsize) -> NonZeroUsize {
        cores
    }

    fn shares_interpreter(&self) -> bool {
        false
    }

    fn prepare(&self, python: &Python, py: Attached<'_>) -> Result<(), StartError> {
        // Its hooks sit in the process's allocators and keep what belongs to one interpreter.
        if warm_up::is_tracing_memory(py) {
            return Err(StartError::TracesMemory {
                strategy: self.name(),
            });
        }
        // Fixed in 3.14 (python/cpython#136421).
        if python.version < (3, 14, 0) {
            warm_up::import_all(py);
        }
        Ok(())
    }

    fn release(&self) -> ReleaseThreshold {
        // Nobody else waits for this GIL but threads of the handlers' own, for which the copy is a short wait.
        ReleaseThreshold::NEVER
    }

    fn enter(&self, main: Main) -> Result<Seat, StartError> {
        create(main)
    }
}

#[cfg(not(Py_3_12))]
fn create(_main: Main) -> Result<Seat, StartError> {
    Err(StartError::Python(String::from(
        "this Python has no interpreters with a GIL of their own",
    )))
}

#[cfg(Py_3_12)]
fn create(main: Main) -> Result<Seat, StartError> {
    use std::ptr::null_mut;

    use pyo3_ffi as ffi;

    // What CPython calls isolated: nothing is shared but immortal objects.
    let config = ffi::PyInterpreterConfig {
        use_main_obmalloc: 0,
        allow_fork: 0,
        allow_exec: 0,
        allow_threads: 1,
        allow_daemon_threads: 0,
        check_multi_interp_extensions: 1,
        gil: ffi::PyInterpreterConfig_OWN_GIL,
    };

    let _alone = super::seat::one_at_a_time();
    // CPython makes interpreters from an attached thread, so this thread joins the main interpreter for the moment.
    let seat = Seat::in_main(main)?;
    let mut state = null_mut();
    // SAFETY: this thread is attached (the seat); the configuration is a valid one.
    let status = unsafe { ffi::Py_NewInterpreterFromConfig(&raw mut state, &raw const config) };
    // SAFETY: a status that a C-API call has just given.
    if unsafe { ffi::PyStatus_Exception(status) } != 0 || state.is_null() {
        seat.leave_after_failure();
        return Err(StartError::Python(super::runtime::status_text(&status)));
    }
    // On success this thread is attached to the new interpreter, and the seat in the main one is detached.
    Ok(seat.exchange(state))
}
