//! A worker's thread in Python's `threading`: by its own name there.

use native_types::capi::call::run_source;
use native_types::capi::{Attached, PyResult, RefSlot, convert};

/// A worker's thread, known to `threading` in its interpreter.
#[derive(Debug)]
pub(super) struct KnownThread {
    /// Takes it out again.
    leave: RefSlot,
}

impl KnownThread {
    /// Makes the calling thread known as `worker-N`. Done before the application is imported, which may log.
    ///
    /// # Errors
    ///
    /// What importing `threading` raises.
    pub(super) fn register(worker: usize, py: Attached<'_>) -> PyResult<Self> {
        let source = include_str!("worker_thread.py");
        let namespace = run_source(source, c"coachwhip.worker_thread", py)?;
        let register = namespace.value_at(&*convert::new_str("register", py)?, py)?;
        let name = convert::new_str(&format!("worker-{worker}"), py)?;
        let leave = register.call(&[&name], py)?;
        Ok(Self {
            leave: RefSlot::holding(leave),
        })
    }

    /// Says that the thread ends while its interpreter goes on: another thread may get its number.
    pub(super) fn leave(&self, py: Attached<'_>) {
        let leave = self.leave.get(py).expect("held since it was made");
        if let Err(raised) = leave.own(py).call(&[], py) {
            raised.clear(py);
        }
    }
}
