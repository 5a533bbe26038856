//! The module `coachwhip` itself: its functions, and how an interpreter comes by it.

use std::ffi::CStr;

use crate::capi::call::import;
use crate::capi::method::{Method, module_function};
use crate::capi::{Attached, PyResult};
use crate::state::State;
use crate::{converters, events, hooks, middleware, place, routes};

/// The docstring of the module.
pub(crate) const DOC: &CStr = c"What a handler module sees of the coachwhip server.";

/// The functions of the module.
pub(crate) const FUNCTIONS: &[Method<State>] = &[
    module_function(c"route", routes::route, c"route(path, methods=('GET',), *, stream=False, max_body_bytes=None)\n--\n\nRegisters a handler for a path and its methods."),
    module_function(c"get", routes::get, c"get(path, *, stream=False, max_body_bytes=None)\n--\n\nRegisters a handler for GET, and HEAD through it."),
    module_function(c"post", routes::post, c"post(path, *, stream=False, max_body_bytes=None)\n--\n\nRegisters a handler for POST."),
    module_function(c"put", routes::put, c"put(path, *, stream=False, max_body_bytes=None)\n--\n\nRegisters a handler for PUT."),
    module_function(c"patch", routes::patch, c"patch(path, *, stream=False, max_body_bytes=None)\n--\n\nRegisters a handler for PATCH."),
    module_function(c"delete", routes::delete, c"delete(path, *, stream=False, max_body_bytes=None)\n--\n\nRegisters a handler for DELETE."),
    module_function(c"event", events::event, c"event(data=None, *, event=None, id=None, retry=None)\n--\n\nOne server-sent event as text."),
    module_function(c"websocket", routes::websocket, c"websocket(path, *, accept=True)\n--\n\nRegisters an async handler for the WebSockets of a path."),
    module_function(c"converter", converters::converter, c"converter(cls, function=None)\n--\n\nRegisters what makes path parameters of a class: function(text)."),
    module_function(c"on_startup", hooks::on_startup, c"on_startup(function)\n--\n\nRuns a function once in each interpreter, before its first request."),
    module_function(c"on_shutdown", hooks::on_shutdown, c"on_shutdown(function)\n--\n\nRuns a function once in each interpreter, after its last request."),
    module_function(c"on_worker_startup", hooks::on_worker_startup, c"on_worker_startup(function)\n--\n\nRuns a function once for each worker, on its thread and event loop, before its first request."),
    module_function(c"on_worker_shutdown", hooks::on_worker_shutdown, c"on_worker_shutdown(function)\n--\n\nRuns a function once for each worker, on its thread and event loop, after its last request."),
    module_function(c"before_request", middleware::before_request, c"before_request(function)\n--\n\nCalls a function before the handler of every route; what it returns, but for None, is the answer."),
    module_function(c"after_request", middleware::after_request, c"after_request(function)\n--\n\nCalls a function with every answer of the handlers; it may change or replace it."),
    module_function(c"error_handler", middleware::error_handler, c"error_handler(error)\n--\n\nRegisters a function that answers errors of a status or exceptions of a type."),
    module_function(c"strategy", place::strategy, c"strategy()\n--\n\nThe strategy that runs this interpreter."),
    module_function(c"worker_id", place::worker_id, c"worker_id()\n--\n\nThe number of the worker that calls, from 0."),
    module_function(c"interpreter_id", place::interpreter_id, c"interpreter_id()\n--\n\nThe number of the calling interpreter; 0 is the main one."),
    Method::END,
];

/// Makes the read-only mapping types instances of `collections.abc.Mapping`, so that `isinstance` says so.
pub(crate) fn register_mappings(state: &State, py: Attached<'_>) -> PyResult<()> {
    // The module behind `collections.abc`: every interpreter has it, while importing `collections` takes time and memory.
    let mapping = import(c"_collections_abc", py)?.attribute(c"Mapping", py)?;
    for kind in [&state.headers, &state.query, &state.form] {
        let kind = kind.get(py).expect("made before");
        mapping.call_method(c"register", &[kind], py)?;
    }
    Ok(())
}
