//! The functions of one interpreter around its handlers, ready to be called.
//!
//! `answer.py` says in which order. It is Python, because most of what it does is to call Python functions, wait for
//! their coroutines and catch what they raise; and because what it does is that of an `except` clause then, with
//! `sys.exc_info()` and the context of a second exception as authors know them.

use std::sync::{Arc, PoisonError};

use super::{Info, Role, is_async, registered};
use crate::answer::{Answer, answer_of};
use crate::application::Handlers;
use crate::capi::builtin::{self, Kind};
use crate::capi::call::run_source;
use crate::capi::heap_type::new_object;
use crate::capi::inittab::state_of_module;
use crate::capi::iterate::Sent;
use crate::capi::method::{Method, bind, bound_function};
use crate::capi::{Arguments, Attached, Object, Owned, PyResult, Raised, RefSlot, This, convert};
use crate::errors;
use crate::message::RequestMessage;
use crate::request::{Request, new_request};
use crate::response::{Response, status_of};
use crate::routes::RouteKind;
use crate::state::State;
use crate::websocket::{UNANSWERED, new_websocket};

/// `respond(returned, status=None, error=None)` of `answer.py`, bound to the module.
static RESPOND: Method<Object> = bound_function(c"respond", respond, c"Makes a Response.");

/// The functions around the handlers of one interpreter, as one worker calls them.
///
/// # Threads
///
/// As [`Handlers`].
#[derive(Debug)]
pub struct Chain {
    /// `answer` of `answer.py`.
    answer: RefSlot,
    /// `refuse` of `answer.py`.
    refuse: RefSlot,
    /// `converse` of `answer.py`.
    converse: RefSlot,
    is_async: bool,
}

impl Chain {
    /// The functions that the interpreter's modules have registered; `None` where there are none.
    ///
    /// `module` is the interpreter's `coachwhip`. `fail(request, error)` makes the answer for an exception that no
    /// function takes, and records it: [`failed`] helps.
    ///
    /// # Errors
    ///
    /// What Python raises for want of memory.
    pub fn of(module: &Object, fail: &Object, py: Attached<'_>) -> PyResult<Option<Self>> {
        let state = state_of_module(module, py).expect("the interpreter's own module");
        let functions = registered(state);
        if functions.is_empty() {
            return Ok(None);
        }
        let namespace = run_source(include_str!("answer.py"), c"answer", py)?;
        let make = namespace.value_at(&*convert::new_str("make", py)?, py)?;
        let [before, after, by_status, by_type] = sorted(state, py)?;
        let http_error = state.http_error.get(py).expect("made with the module");
        let respond = bind(&RESPOND, module, py)?;
        let unanswered = convert::new_str(UNANSWERED, py)?;
        let values: [&Object; 8] = [
            &before,
            &after,
            &by_status,
            &by_type,
            http_error,
            &respond,
            fail,
            &unanswered,
        ];
        let answering = make.call(&values, py)?;
        Ok(Some(Self {
            answer: RefSlot::holding(answering.item(0, py)?),
            refuse: RefSlot::holding(answering.item(1, py)?),
            converse: RefSlot::holding(answering.item(2, py)?),
            is_async: is_async(&functions),
        }))
    }

    /// Answers the request of `message`: with a `Response`, or a coroutine that returns one. That of a WebSocket returns
    /// `None` where its handler has answered the handshake.
    ///
    /// # Errors
    ///
    /// What nothing could take: `GeneratorExit`, or an exception that can't be looked at.
    pub fn call<'py>(
        &self,
        handlers: &Handlers,
        message: &Arc<RequestMessage>,
        state: &State,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let route = message.route;
        let known = handlers.find(route);
        let params = known.map(|info| Arc::clone(&info.params));
        let request = new_request(Arc::clone(message), params.unwrap_or_default(), state, py)?;
        let is_async = self.is_async || known.is_some_and(|info| info.is_async);
        let is_on_loop = builtin::new_bool(is_async, py);
        let coroutine =
            if let Some(RouteKind::WebSocket { is_accepted }) = known.map(|info| info.kind) {
                let socket = new_websocket(Arc::clone(message), &request, state, py)?;
                let core = socket.attribute(c"_core", py)?;
                let is_accepted = builtin::new_bool(is_accepted, py);
                let [function, positional, named] = handlers.prepare(message, &socket, py)?;
                let values: [&Object; 6] = [
                    &request,
                    &core,
                    &is_accepted,
                    &function,
                    &positional,
                    &named,
                ];
                held(&self.converse, py).call(&values, py)?
            } else if known.is_some() {
                let [function, positional, named] = handlers.prepare(message, &request, py)?;
                let values: [&Object; 5] = [&request, &is_on_loop, &function, &positional, &named];
                held(&self.answer, py).call(&values, py)?
            } else {
                let status = convert::new_big_int(message.param(0), py)?;
                let allow = convert::new_str(message.param(1), py)?;
                held(&self.refuse, py).call(&[&request, &is_on_loop, &status, &allow], py)?
            };
        if is_async {
            return Ok(coroutine);
        }
        match coroutine.send_none(py)? {
            Sent::Returned(response) => Ok(response),
            // It met a coroutine after all: the rest runs on the worker's event loop.
            Sent::Waits => Ok(coroutine),
        }
    }
}

fn held<'py>(slot: &'py RefSlot, py: Attached<'py>) -> Owned<'py> {
    slot.get(py).expect("held since it was made").own(py)
}

/// What `make` of `answer.py` takes: before, after in reverse, by status, by exception type.
fn sorted<'py>(state: &State, py: Attached<'py>) -> PyResult<[Owned<'py>; 4]> {
    let functions: Vec<(Owned<'py>, Option<Owned<'py>>, Arc<Info>)> = {
        let functions = state.middleware.lock();
        let functions = functions.unwrap_or_else(PoisonError::into_inner);
        let owned = functions.iter().filter_map(|one| {
            let kind = one.kind.get(py).map(|kind| kind.own(py));
            Some((one.callable.get(py)?.own(py), kind, Arc::clone(&one.info)))
        });
        owned.collect()
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let (by_status, by_type) = (builtin::new_dict(py)?, builtin::new_dict(py)?);
    for (function, kind, info) in functions {
        match (&info.role, kind) {
            (Role::Before, _) => before.push(function),
            (Role::After, _) => after.insert(0, function),
            (Role::Status(status), _) => {
                let status = convert::new_int(i64::from(status.as_u16()), py)?;
                builtin::set_item(&by_status, &status, &function, py)?;
            }
            (Role::HttpError | Role::Exception(_), kind) => {
                let kind = kind.expect("registered with it");
                builtin::set_item(&by_type, &kind, &function, py)?;
            }
        }
    }
    let before = builtin::new_tuple(before.into_iter(), py)?;
    let after = builtin::new_tuple(after.into_iter(), py)?;
    Ok([before, after, by_status, by_type])
}

fn respond<'py>(
    module: &'py Object,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let names = [c"returned", c"status", c"error"];
    let [returned, status, error] = arguments.bind("respond", &names, (1, 3), py)?;
    let returned = returned.expect("bind requires it");
    let state = state_of_module(module, py).expect("bound to the module");
    let response = This::<Response>::downcast(returned, state, py);
    if response.is_some() && error.is_none() {
        return Ok(returned.own(py));
    }
    let has_status = match &response {
        Some(response) => response.value().has_status(),
        None => returned.kind(py) == Kind::Tuple,
    };
    // One that answers an error is made anew: a handler may keep its own and return it for others.
    let mut answer = answer_of(returned, state, py)?;
    if let Some(status) = status.filter(|status| !has_status && !status.is_none(py)) {
        answer.message.status = status_of(status, py)?;
    }
    if let Some(error) = error {
        errors::keep_headers(error, &mut answer.message, state, py)?;
    }
    response_of(answer, state, py)
}

/// A `Response` of an answer, for the functions of `@after_request`.
///
/// # Errors
///
/// What Python raises for want of memory.
pub fn response_of<'py>(
    answer: impl Into<Answer<'py>>,
    state: &State,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    new_object(Response::from_answer(answer.into(), py), state, py)
}

/// What `fail(request, error)` was called with: the request's message and the exception.
///
/// # Errors
///
/// `TypeError` for something else.
pub fn failed<'py>(
    arguments: &Arguments<'py>,
    state: &State,
    py: Attached<'py>,
) -> PyResult<(&'py Arc<RequestMessage>, &'py Object)> {
    let [request, error] = arguments.bind("fail", &[c"request", c"error"], (2, 2), py)?;
    let request = This::<Request>::downcast(request.expect("bind requires it"), state, py);
    let request = request.ok_or_else(|| Raised::type_error("request must be a Request", py))?;
    Ok((request.value().message(), error.expect("bind requires it")))
}
