//! Python's own log records, on their way into the server's log.
//!
//! A handler on the root logger, one for each interpreter: records look as the server's do, in text and JSON, and are written
//! by its thread, so that a slow reader of standard error holds up no request.

use native_types::capi::call::{import, run_source};
use native_types::capi::method::{Method, function};
use native_types::capi::{Arguments, Attached, Object, Owned, PyResult, builtin, convert};
use native_types::place;

/// The levels of Python's `logging`.
const DEBUG: i64 = 10;
const INFO: i64 = 20;
const WARNING: i64 = 30;
const ERROR: i64 = 40;

/// The attribute of `logging` that says that its records are taken.
const MARK: &std::ffi::CStr = c"_coachwhip";

static WRITE: Method<()> = function(c"write", write, c"Writes a record.");

/// Has Python's records written by the server, once the application has imported `logging`. Importing it for an application
/// that does not log would take each interpreter memory and time.
pub(super) fn install(py: Attached<'_>) {
    if let Err(raised) = try_install(py) {
        let traceback = super::traceback::text(&raised.take(py), py);
        tracing::warn!(traceback, "Python's log records can't be taken");
    }
}

fn try_install(py: Attached<'_>) -> PyResult<()> {
    let modules = import(c"sys", py)?.attribute(c"modules", py)?;
    let name = convert::new_str("logging", py)?;
    let logging = modules.call_method(c"get", &[&name], py)?;
    if logging.is_none(py) || logging.attribute_opt(MARK, py)?.is_some() {
        return Ok(());
    }
    let source = include_str!("python_log.py");
    let namespace = run_source(source, c"coachwhip.logging", py)?;
    // Of workers that share an interpreter, one installs it.
    let mark = convert::new_interned(MARK, py)?;
    let attributes = logging.attribute(c"__dict__", py)?;
    let first = attributes.call_method(c"setdefault", &[&mark, &namespace], py)?;
    if !first.is(&namespace) {
        return Ok(());
    }
    let install = namespace.value_at(&*convert::new_interned(c"install", py)?, py)?;
    install.call(&[&*WRITE.callable(py)?], py).map(drop)
}

/// `write(level, logger, message, traceback)`.
fn write<'py>(arguments: Arguments<'py>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let names = [c"level", c"logger", c"message", c"traceback"];
    let [level, logger, message, traceback] = arguments.bind("write", &names, (4, 4), py)?;
    let level = level.map(|level| convert::as_i64(level, py)).transpose()?;
    let level = level.flatten().unwrap_or(INFO);
    let text = |object: Option<&Object>| -> PyResult<Option<String>> {
        let object = object.filter(|object| !object.is_none(py));
        object
            .map(|object| convert::text_of(object, py))
            .transpose()
    };
    let (logger, message, traceback) = (text(logger)?, text(message)?, text(traceback)?);
    let (logger, message) = (logger.unwrap_or_default(), message.unwrap_or_default());
    let (worker, traceback) = (place::worker(), traceback.as_deref());
    match level {
        ERROR.. => tracing::error!(target: "python", logger, worker, traceback, "{message}"),
        WARNING..ERROR => tracing::warn!(target: "python", logger, worker, traceback, "{message}"),
        INFO..WARNING => tracing::info!(target: "python", logger, worker, traceback, "{message}"),
        DEBUG..INFO => tracing::debug!(target: "python", logger, worker, traceback, "{message}"),
        ..DEBUG => tracing::trace!(target: "python", logger, worker, traceback, "{message}"),
    }
    Ok(builtin::none(py))
}
