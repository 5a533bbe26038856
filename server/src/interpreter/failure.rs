//! An exception that is the answer: what an `HTTPError` asks for, else 500 and one log record.

use http::StatusCode;
use native_types::answer::message_of_error;
use native_types::application::route_info;
use native_types::capi::method::{Method, bind, bound_function};
use native_types::capi::{Arguments, Attached, Object, Owned, PyResult, builtin, convert};
use native_types::message::{RequestMessage, ResponseMessage};
use native_types::middleware::{failed, response_of};
use native_types::problem::error_message;
use native_types::state::State;

use super::{hints, load, traceback};

/// `fail(request, error)`, bound to the module and what a [`Place`] holds.
static FAIL: Method<Object> = bound_function(c"fail", fail, c"Answers for an exception.");

/// Where a handler runs, and what answers tell of its failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) worker: usize,
    pub(super) interpreter: i64,
    /// Whether answers show tracebacks.
    pub(super) shows_tracebacks: bool,
}

impl Place {
    /// The answer for an exception that `request` has led to.
    pub(super) fn answer(
        self,
        request: &RequestMessage,
        exception: &Object,
        state: &State,
        py: Attached<'_>,
    ) -> ResponseMessage {
        match message_of_error(exception, state, py) {
            Ok(Some(message)) => message,
            Ok(None) => self.internal_error(request, exception, state, py),
            Err(raised) => self.internal_error(request, &raised.take(py), state, py),
        }
    }

    fn internal_error(
        self,
        request: &RequestMessage,
        exception: &Object,
        state: &State,
        py: Attached<'_>,
    ) -> ResponseMessage {
        let traceback = self.record(request, exception, state, py);
        let detail = if self.shows_tracebacks {
            traceback + "\n"
        } else {
            String::new()
        };
        error_message(StatusCode::INTERNAL_SERVER_ERROR, detail, state)
    }

    /// Records that a handler has failed; returns the traceback.
    pub(super) fn record(
        self,
        request: &RequestMessage,
        exception: &Object,
        state: &State,
        py: Attached<'_>,
    ) -> String {
        let traceback = traceback::text(exception, py);
        let route = route_info(state, request.route);
        let handler = route.as_ref().map(|route| &*route.source.function);
        tracing::error!(
            method = %request.method,
            path = request.path(),
            handler,
            worker = self.worker,
            interpreter = self.interpreter,
            hint = hints::of(exception, &traceback, py),
            traceback,
            "handler failed"
        );
        traceback
    }

    /// `fail(request, error)` for the functions around the handlers, in the interpreter of `module`.
    pub(super) fn callable<'py>(self, module: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let worker = convert::new_int(i64::try_from(self.worker).unwrap_or(i64::MAX), py)?;
        let shows_tracebacks = builtin::new_bool(self.shows_tracebacks, py);
        let bound = [module.own(py), worker, shows_tracebacks];
        bind(&FAIL, &*builtin::new_tuple(bound.into_iter(), py)?, py)
    }

    /// What [`Self::callable`] has bound.
    fn bound(tuple: &Object, py: Attached<'_>) -> PyResult<Self> {
        let worker = convert::as_i64(&*tuple.item(1, py)?, py)?;
        let worker = worker.and_then(|worker| usize::try_from(worker).ok());
        Ok(Self {
            worker: worker.unwrap_or(usize::MAX),
            interpreter: py.interpreter_id(),
            shows_tracebacks: tuple.item(2, py)?.is_true(py),
        })
    }
}

fn fail<'py>(
    bound: &'py Object,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let module = bound.item(0, py)?;
    let state = load::state(&module, py).expect("bound to the interpreter's own module");
    let (request, error) = failed(&arguments, state, py)?;
    let message = Place::bound(bound, py)?.answer(request, error, state, py);
    response_of(message, state, py)
}
