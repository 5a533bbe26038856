//! One request on a worker: the handler is called, what comes back becomes the answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use native_types::answer::{Answer, answer_of, noted};
use native_types::application::Handlers;
use native_types::capi::context::Context;
use native_types::capi::{Attached, Object, Owned, PyResult, Raised, RefSlot};
use native_types::contexts::Contexts;
use native_types::message::{ResponseBody, ResponseMessage};
use native_types::middleware::Chain;
use native_types::state::State;
use native_types::streaming::Source;

use super::failure::Place;
use super::load;
use crate::dispatch::Taken;

/// What a worker calls, and what its records say of it.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) handlers: Handlers,
    /// The functions around the handlers, where there are any.
    pub(super) chain: Option<Chain>,
    pub(super) contexts: Contexts,
    /// The interpreter's `coachwhip` module.
    pub(super) module: RefSlot,
    pub(super) place: Place,
}

/// What has become of a request whose handler was called.
pub(super) enum Called<'py> {
    /// It is answered.
    Answered,
    /// The handler is `async`: this is its coroutine, still to be run in the request's context.
    Coroutine(Taken, Context, Owned<'py>),
    /// The body is streamed: this is the answer's head, and what makes the body, still to be run in the request's context.
    Stream(Taken, Context, Box<(ResponseMessage, Source<'py>)>),
}

/// What the request's context is still needed for.
enum Left<'py> {
    Nothing,
    Coroutine(Taken, Owned<'py>),
    Stream(Taken, Box<(ResponseMessage, Source<'py>)>),
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
                worker = self.place.worker,
                "a worker panicked while it called a handler"
            );
            Raised::forget(py);
            Called::Answered
        })
    }

    fn call_handler<'py>(&self, taken: Taken, py: Attached<'py>) -> Called<'py> {
        match self.contexts.take(self.state(py), py) {
            Ok(context) => self.run(taken, context, |taken| self.call_in_context(taken, py), py),
            Err(raised) => self.refuse(taken, raised, py),
        }
    }

    /// Runs what is to be done for a request in its context.
    fn run<'py>(
        &self,
        taken: Taken,
        context: Context,
        run: impl FnOnce(Taken) -> Left<'py>,
        py: Attached<'py>,
    ) -> Called<'py> {
        let entered = match context.enter(py) {
            Ok(entered) => entered,
            Err(raised) => return self.refuse(taken, raised, py),
        };
        let left = run(taken);
        drop(entered);
        match left {
            Left::Nothing => {
                self.contexts.give_back(context, py);
                Called::Answered
            }
            Left::Coroutine(taken, coroutine) => Called::Coroutine(taken, context, coroutine),
            Left::Stream(taken, answer) => Called::Stream(taken, context, answer),
        }
    }

    /// Answers a request that can't be run in a context of its own.
    fn refuse<'py>(&self, taken: Taken, raised: Raised, py: Attached<'py>) -> Called<'py> {
        self.fail(taken, raised, py);
        Called::Answered
    }

    fn call_in_context<'py>(&self, taken: Taken, py: Attached<'py>) -> Left<'py> {
        let (handlers, state) = (&self.handlers, self.state(py));
        let returned = match &self.chain {
            Some(chain) => chain.call(handlers, &taken.message, state, py),
            None => handlers.call(&taken.message, state, py),
        };
        match returned {
            Ok(returned) if returned.is_coroutine(py) => Left::Coroutine(taken, returned),
            returned => self.conclude(taken, returned, py),
        }
    }

    /// Answers a request whose task has ended, unless the answer is to be streamed.
    pub(super) fn finish<'py>(
        &self,
        taken: Taken,
        context: Context,
        task: &Object,
        py: Attached<'py>,
    ) -> Called<'py> {
        let conclude = |taken| {
            let returned = task.call_method(c"result", &[], py);
            self.conclude(taken, returned, py)
        };
        self.run(taken, context, conclude, py)
    }

    /// Answers a request with what its handler returned or raised, unless that is to be streamed.
    fn conclude<'py>(
        &self,
        taken: Taken,
        returned: PyResult<Owned<'py>>,
        py: Attached<'py>,
    ) -> Left<'py> {
        if let Some(socket) = &taken.message.socket {
            let is_refused = self.chain.is_some() && returned.is_ok() && socket.is_in_handshake();
            if !is_refused {
                self.finish_socket(taken, returned, py);
                return Left::Nothing;
            }
        }
        // What was returned is dropped after the answer is on its way.
        let (answer, _returned) = match returned {
            Ok(returned) => {
                let answer = answer_of(&returned, self.state(py), py);
                let answer = answer.map_err(|raised| self.noted(&taken, raised, py));
                (answer, Some(returned))
            }
            Err(raised) => (Err(raised), None),
        };
        match answer {
            Ok(Answer {
                mut message,
                source: None,
            }) => {
                if let ResponseBody::File(file) = &mut message.body {
                    let route = self.handlers.find(taken.message.route);
                    let handler =
                        route.map_or_else(String::new, |info| info.source.function.clone());
                    file.asked = Some((Arc::clone(&taken.message), handler));
                }
                taken.answer(message);
            }
            Ok(Answer {
                message,
                source: Some(source),
            }) => return Left::Stream(taken, Box::new((message, source))),
            Err(raised) => self.fail(taken, raised, py),
        }
        Left::Nothing
    }

    /// What can't be an answer, with the handler that has returned it.
    fn noted(&self, taken: &Taken, raised: Raised, py: Attached<'_>) -> Raised {
        match self.handlers.find(taken.message.route) {
            Some(info) => noted(raised, &info.source, py),
            None => raised,
        }
    }

    /// Answers a request whose handler has raised.
    pub(super) fn fail(&self, taken: Taken, raised: Raised, py: Attached<'_>) {
        self.answer_exception(taken, &raised.take(py), py);
    }

    /// Answers a request that has led to an exception.
    pub(super) fn answer_exception(&self, taken: Taken, exception: &Object, py: Attached<'_>) {
        let message = self
            .place
            .answer(&taken.message, exception, self.state(py), py);
        taken.answer(message);
    }
}
