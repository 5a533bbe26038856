//! What to do about failures whose own text does not say.

use native_types::capi::{Attached, Object};

use super::load;

/// What a process started by a handler finds out: it is a plain Python.
const PROCESSES: &str = "a process that Python starts has no module coachwhip: move what it runs, and whatever else it \
                         imports, into a module that does not import coachwhip";

/// What CPython says of `os.fork` in an interpreter with its own GIL.
const FORK: &str = "fork not supported for isolated subinterpreters";

/// The remedy for an exception with that traceback, where there is one to tell.
pub(super) fn of(exception: &Object, traceback: &str, py: Attached<'_>) -> Option<String> {
    if load::tells_refusal(traceback)
        && let Some(module) = load::refusing_module(exception, py)
    {
        return Some(format!(
            "the module {module} refuses an interpreter with its own GIL; use {}",
            load::OTHERS
        ));
    }
    if traceback.contains(FORK) {
        return Some(format!(
            "an interpreter with its own GIL can't fork; start processes with multiprocessing.get_context(\"spawn\"), or use {}",
            load::OTHERS
        ));
    }
    let is_of_process = traceback.contains("No module named 'coachwhip'")
        || traceback.contains("BrokenProcessPool");
    is_of_process.then(|| String::from(PROCESSES))
}
