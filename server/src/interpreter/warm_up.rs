//! What the main interpreter imports before there are others.

use std::ffi::CStr;

use native_types::capi::call::import;
use native_types::capi::{Attached, PyResult};

/// Modules whose C parts keep process-wide state that the first interpreter to import them sets up.
///
/// Before 3.14 it must be the main one, because it ends last: otherwise `datetime` alone corrupts the heap when the second
/// interpreter ends (python/cpython#136421). This wider list gave forty clean interpreters where `datetime` alone did not.
const MODULES: [&CStr; 14] = [
    c"json",
    c"re",
    c"asyncio",
    c"http",
    c"http.server",
    c"logging",
    c"typing",
    c"dataclasses",
    c"ssl",
    c"sqlite3",
    c"ctypes",
    c"decimal",
    c"datetime",
    c"zoneinfo",
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
