//! What the main interpreter imports before there are others.

use std::ffi::CStr;

use native_types::capi::call::{import, run_source};
use native_types::capi::{Attached, PyResult, builtin, convert};

/// The C parts of the standard library that keep process-wide state, which the first interpreter to import them sets up.
///
/// Before 3.14 it must be the main one, because it ends last: otherwise `datetime` alone corrupts the heap when the second
/// interpreter ends (python/cpython#136421). Not the packages around them, which would only take memory here.
const MODULES: [&CStr; 14] = [
    c"_ctypes",
    c"_datetime",
    c"_decimal",
    c"_elementtree",
    c"_hashlib",
    c"_json",
    c"_pickle",
    c"_random",
    c"_socket",
    c"_sqlite3",
    c"_ssl",
    c"_struct",
    c"_zoneinfo",
    c"pyexpat",
];

/// Imports the modules; `sys.modules` keeps them. One that this Python lacks can't be imported elsewhere either.
pub(super) fn import_all(py: Attached<'_>) {
    for module in MODULES {
        if let Err(raised) = import(module, py) {
            raised.clear(py);
            tracing::debug!(module = ?module, "not imported at the start: this Python lacks it");
        }
    }
}

/// Whether tracemalloc traces what Python allocates, as with `PYTHONTRACEMALLOC`.
pub(super) fn is_tracing_memory(py: Attached<'_>) -> bool {
    let asked =
        import(c"_tracemalloc", py).and_then(|module| module.call_method(c"is_tracing", &[], py));
    match asked {
        Ok(answer) => answer.is_true(py),
        Err(raised) => {
            raised.clear(py);
            false
        }
    }
}

/// Prints Python's stacks to standard error when the process crashes, as `python -X faulthandler` does.
pub(super) fn enable_fault_handler(py: Attached<'_>) {
    let enable = || -> PyResult<()> {
        import(c"faulthandler", py)?.call_method(c"enable", &[], py)?;
        Ok(())
    };
    if let Err(raised) = enable() {
        raised.clear(py);
    }
}

/// Makes the constants of modules that are compiled from source immortal; see the source for why.
///
/// Measured on 3.13t: two workers run a CPU-bound handler, whose module has no `.pyc` file, twice as often as one; with
/// mortal constants 1.0 to 1.3 times, because it uses one beyond the small integers.
pub(super) fn make_constants_immortal(py: Attached<'_>) {
    let source = include_str!("immortal_constants.py");
    if let Err(raised) = run_source(source, c"immortal_constants", py) {
        raised.clear(py);
        tracing::warn!("constants can't be made immortal: workers may contend for them");
    }
}

/// Lets Python know that there will be threads.
///
/// Free-threaded 3.13 makes the functions that exist immortal, so that threads don't contend for their reference counts,
/// when Python code starts its first thread. Threads that C or Rust starts do not count.
pub(super) fn start_a_thread(py: Attached<'_>) {
    let start = || -> PyResult<()> {
        let threading = import(c"threading", py)?;
        let nothing = import(c"builtins", py)?.attribute(c"int", py)?;
        let target = convert::new_str("target", py)?;
        let names = builtin::new_tuple([target].into_iter(), py)?;
        let thread = threading
            .attribute(c"Thread", py)?
            .call_named(&[&nothing], 0, &names, py)?;
        thread.call_method(c"start", &[], py)?;
        thread.call_method(c"join", &[], py)?;
        Ok(())
    };
    if let Err(raised) = start() {
        raised.clear(py);
        tracing::warn!("Python could not start a thread: workers may contend for what they share");
    }
}
