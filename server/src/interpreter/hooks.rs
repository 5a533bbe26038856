//! The functions of `@on_startup` and `@on_shutdown`.

use native_types::application::{HookKind, hooks};
use native_types::capi::context::Context;
use native_types::capi::{Attached, Object, PyResult};
use native_types::contexts;
use native_types::state::State;

use super::serve::Server;
use super::{async_serve, traceback};

/// Runs the start-up hooks, in order of definition.
///
/// # Errors
///
/// The traceback of the first one that raises.
pub(super) fn start_up(server: &Server, state: &State, py: Attached<'_>) -> Result<(), String> {
    let mut hooks = hooks(state, HookKind::Startup, py).into_iter();
    let ran = contexts::of_hooks(state, py)
        .and_then(|context| hooks.try_for_each(|hook| run(server, &hook, context, py)));
    ran.map_err(|raised| traceback::text(&raised.take(py), py))
}

/// Runs the shutdown hooks, in order of definition; one that raises is recorded, and the others still run.
pub(super) fn shut_down(server: &Server, state: &State, py: Attached<'_>) {
    for hook in hooks(state, HookKind::Shutdown, py) {
        let ran = contexts::of_hooks(state, py).and_then(|context| run(server, &hook, context, py));
        if let Err(raised) = ran {
            let traceback = traceback::text(&raised.take(py), py);
            let worker = server.caller.place.worker;
            tracing::error!(worker, traceback, "a shutdown hook failed");
        }
    }
}

/// Runs a hook in `context`: what an `async` one returned to its end, on the worker's loop.
fn run(server: &Server, hook: &Object, context: &Context, py: Attached<'_>) -> PyResult<()> {
    let returned = context.run(py, || hook.call(&[], py))?;
    if returned.is_coroutine(py) {
        async_serve::ensure_loop(server, py)?.run_to_end(&returned, context, py)?;
    }
    Ok(())
}
