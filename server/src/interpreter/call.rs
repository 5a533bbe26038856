//! One request on a worker: the handler is called, what comes back becomes the answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::StatusCode;
use native_types::answer::{message_of, message_of_error};
use native_types::application::Handlers;
use native_types::capi::{Attached, Object, Owned, PyResult, Raised, RefSlot};
use native_types::message::{ResponseBody, ResponseMessage};
use native_types::state::State;

use super::{load, traceback};
use crate::dispatch::Taken;

/// What a worker calls, and what its records say of it.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) handlers: Handlers,
    /// The interpreter's `coachwhip` module.
    pub(super) module: RefSlot,
    pub(super) worker: usize,
    pub(super) interpreter: i64,
    /// Whether answers show tracebacks.
    pub(super) shows_tracebacks: bool,
}

/// What has become of a request whose handler was called.
pub(super) enum Called<'py> {
    /// It is answered.
    Answered,
    /// The handler is `async`: this is its coroutine, still to be run.
    Coroutine(Taken, Owned<'py>),
}

impl Caller {
    /// The state of the interpreter's `coachwhip` module.
    pub(super) fn state<'a>(&'a self, py: Attached<'a>) -> &'a State {
        let module = self.module.get(py).expect("held since the worker was made");
        load::state(module, py).expect("it was the server's own when the worker was made")
    }

    /// Calls the handler of a request.
    ///
    /// A panic ends the call, not the worker: the request is answered when it is dropped.
    pub(super) fn call<'py>(&self, taken: Taken, py: Attached<'py>) -> Called<'py> {
        let called = catch_unwind(AssertUnwindSafe(|| self.call_handler(taken, py)));
        called.unwrap_or_else(|_panic| {
            tracing::error!(
                worker = self.worker,
                "a worker panicked while it called a handler"
            );
            Raised::forget(py);
            Called::Answered
        })
    }

    fn call_handler<'py>(&self, taken: Taken, py: Attached<'py>) -> Called<'py> {
        let returned = self.handlers.call(&taken.message, self.state(py), py);
        match returned {
            Ok(returned) if returned.is_coroutine(py) => Called::Coroutine(taken, returned),
            returned => {
                self.finish(taken, returned, py);
                Called::Answered
            }
        }
    }

    /// Answers a request with what its handler returned or raised.
    pub(super) fn finish(&self, taken: Taken, returned: PyResult<Owned<'_>>, py: Attached<'_>) {
        // What was returned is dropped after the answer is on its way.
        let (message, _returned) = match returned {
            Ok(returned) => (message_of(&returned, self.state(py), py), Some(returned)),
            Err(raised) => (Err(raised), None),
        };
        let mut message = message.unwrap_or_else(|raised| self.failure(&taken, raised, py));
        if let ResponseBody::File(file) = &mut message.body {
            let info = self.handlers.info(taken.message.route);
            file.asked = Some((Arc::clone(&taken.message), info.source.function.clone()));
        }
        taken.answer(message);
    }

    /// The answer for an exception: what an `HTTPError` asks for, else 500 and one record.
    fn failure(&self, taken: &Taken, raised: Raised, py: Attached<'_>) -> ResponseMessage {
        let exception = raised.take(py);
        let asked = message_of_error(&exception, self.state(py), py);
        match asked {
            Ok(Some(message)) => message,
            Ok(None) => self.internal_error(taken, &exception, py),
            Err(raised) => {
                let other = raised.take(py);
                self.internal_error(taken, &other, py)
            }
        }
    }

    fn internal_error(
        &self,
        taken: &Taken,
        exception: &Object,
        py: Attached<'_>,
    ) -> ResponseMessage {
        let traceback = traceback::text(exception, py);
        let message = &taken.message;
        let handler = &self.handlers.info(message.route).source.function;
        tracing::error!(
            method = %message.method,
            path = message.path(),
            handler,
            worker = self.worker,
            interpreter = self.interpreter,
            traceback,
            "handler failed"
        );
        if self.shows_tracebacks {
            return ResponseMessage::text(StatusCode::INTERNAL_SERVER_ERROR, traceback + "\n");
        }
        ResponseMessage::plain(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
