//! `coachwhip.worker_state`: a namespace for each worker, in Python (`worker_state.py`).

use crate::capi::call::run_source;
use crate::capi::{Attached, Object, PyResult, convert};

/// Makes `coachwhip.worker_state`, and its class, in the module.
pub(crate) fn define(module: &Object, py: Attached<'_>) -> PyResult<()> {
    let namespace = run_source(include_str!("worker_state.py"), c"coachwhip", py)?;
    for name in [c"WorkerState", c"worker_state"] {
        let value = namespace.value_at(&*convert::new_interned(name, py)?, py)?;
        module.set_attribute(name, &value, py)?;
    }
    Ok(())
}
