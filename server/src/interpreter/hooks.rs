//! The functions of `@on_startup` and `@on_shutdown`.

use native_types::application::{HookKind, hooks};
use native_types::capi::{Attached, PyResult};
use native_types::state::State;

use super::serve::Server;
use super::{async_serve, traceback};

/// Runs the start-up hooks, in order of definition.
///
/// # Errors
///
/// The traceback of the first one that raises.
pub(super) fn start_up(server: &Server, state: &State, py: Attached<'_>) -> Result<(), String> {
    for hook in hooks(state, HookKind::Startup, py) {
        let ran = hook
            .call(&[], py)
            .and_then(|returned| run(server, &returned, py));
        ran.map_err(|raised| traceback::text(&raised.take(py), py))?;
    }
    Ok(())
}

/// Runs the shutdown hooks, in order of definition; one that raises is recorded, and the others still run.
pub(super) fn shut_down(server: &Server, state: &State, py: Attached<'_>) {
    for hook in hooks(state, HookKind::Shutdown, py) {
        let ran = hook
            .call(&[], py)
            .and_then(|returned| run(server, &returned, py));
        if let Err(raised) = ran {
            let traceback = traceback::text(&raised.take(py), py);
            let worker = server.caller.place.worker;
            tracing::error!(worker, traceback, "a shutdown hook failed");
        }
    }
}

/// Runs what an `async` hook returned to its end, on the worker's loop.
fn run(server: &Server, returned: &native_types::capi::Object, py: Attached<'_>) -> PyResult<()> {
    if returned.is_coroutine(py) {
        async_serve::ensure_loop(server, py)?.run_until_complete(returned, py)?;
    }
    Ok(())
}
