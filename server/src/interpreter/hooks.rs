//! The functions of `@on_startup`, `@on_worker_startup` and their like.

use native_types::capi::context::Context;
use native_types::capi::{Attached, Object, PyResult};
use native_types::contexts;
use native_types::hooks::{HookKind, hooks, name_of};
use native_types::state::State;

use super::serve::Server;
use super::{async_serve, traceback};

/// Runs the start-up hooks of an interpreter, in order of definition.
///
/// Where other workers share the interpreter (`is_shared`), what an `async` hook makes for its loop is of no use to them: two
/// threads that use one connection corrupt what it holds. So a connection that it leaves is refused.
///
/// # Errors
///
/// The traceback of the first one that raises, or what it has left.
pub(super) fn start_up(
    server: &Server,
    state: &State,
    is_shared: bool,
    py: Attached<'_>,
) -> Result<(), String> {
    let context = contexts::of_hooks(state, py);
    let context = context.map_err(|raised| traceback::text(&raised.take(py), py))?;
    let mut of_one_loop = Vec::new();
    for hook in hooks(state, HookKind::Startup, py) {
        let ran = run(server, &hook, context, py).and_then(|is_async| {
            let is_of_one_loop = is_async && is_shared;
            is_of_one_loop
                .then(|| left_by(server, &hook, py))
                .transpose()
        });
        match ran.map_err(|raised| traceback::text(&raised.take(py), py))? {
            None => {}
            Some((name, 0)) => of_one_loop.push(name),
            Some((name, count)) => return Err(refusal(&name, count)),
        }
    }
    if !of_one_loop.is_empty() {
        tracing::warn!(
            hooks = of_one_loop.join(", "),
            "async functions of @on_startup run on the first worker's event loop: what belongs to a loop, such as a pool of \
             connections, is made in an @on_worker_startup function, once for each worker"
        );
    }
    Ok(())
}

/// The name of a hook, and how many connections the worker's loop has now that it has run.
fn left_by(server: &Server, hook: &Object, py: Attached<'_>) -> PyResult<(String, usize)> {
    let count = async_serve::ensure_loop(server, py)?.connections(py)?;
    Ok((name_of(hook, py), count))
}

fn refusal(name: &str, count: usize) -> String {
    let connections = if count == 1 {
        "connection"
    } else {
        "connections"
    };
    format!(
        "@on_startup {name}: {count} {connections} left on the event loop of the first worker. The other workers have loops of \
         their own, and can't use what belongs to that one: make it in an @on_worker_startup function, once for each worker, and \
         keep it in coachwhip.worker_state"
    )
}

/// Runs the start-up hooks of a worker, in order of definition.
///
/// # Errors
///
/// The traceback of the first one that raises.
pub(super) fn start_up_worker(
    server: &Server,
    state: &State,
    py: Attached<'_>,
) -> Result<(), String> {
    let mut hooks = hooks(state, HookKind::WorkerStartup, py).into_iter();
    let ran = server.caller.contexts.own(state, py).and_then(|context| {
        hooks.try_for_each(|hook| run(server, &hook, context, py).map(|_is_async| ()))
    });
    ran.map_err(|raised| traceback::text(&raised.take(py), py))
}

/// Runs the shutdown hooks of an interpreter, in order of definition; one that raises is recorded, and the others still run.
pub(super) fn shut_down(server: &Server, state: &State, py: Attached<'_>) {
    for hook in hooks(state, HookKind::Shutdown, py) {
        let ran = contexts::of_hooks(state, py).and_then(|context| run(server, &hook, context, py));
        record(server, ran, py);
    }
}

/// As [`shut_down`], the hooks of a worker.
pub(super) fn shut_down_worker(server: &Server, state: &State, py: Attached<'_>) {
    for hook in hooks(state, HookKind::WorkerShutdown, py) {
        let context = server.caller.contexts.own(state, py);
        let ran = context.and_then(|context| run(server, &hook, context, py));
        record(server, ran, py);
    }
}

fn record(server: &Server, ran: PyResult<bool>, py: Attached<'_>) {
    if let Err(raised) = ran {
        let traceback = traceback::text(&raised.take(py), py);
        let worker = server.caller.place.worker;
        tracing::error!(worker, traceback, "a shutdown hook failed");
    }
}

/// Runs a hook in `context`: what an `async` one returned to its end, on the worker's loop. Tells whether it is one.
fn run(server: &Server, hook: &Object, context: &Context, py: Attached<'_>) -> PyResult<bool> {
    let returned = context.run(py, || hook.call(&[], py))?;
    let is_async = returned.is_coroutine(py);
    if is_async {
        async_serve::ensure_loop(server, py)?.run_to_end(&returned, context, py)?;
    }
    Ok(is_async)
}
