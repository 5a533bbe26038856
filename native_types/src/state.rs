//! What one interpreter owns: the types, pooled objects and registrations of its `coachwhip` module.

use std::ffi::CStr;
use std::sync::{Arc, Mutex, OnceLock, TryLockError};

use crate::body::BodyBuffer;
use crate::body_stream::BodyStream;
use crate::capi::context::Context;
use crate::capi::heap_type::{Visitor, make_type};
use crate::capi::method::Method as Function;
use crate::capi::module::ModuleState;
use crate::capi::{Attached, HeapType, Object, PyResult, RefSlot, convert};
use crate::converters::Custom;
use crate::draining::{self, Drain, DrainCore};
use crate::form::{self, Form, Upload};
use crate::headers::Headers;
use crate::hooks::Hooks;
use crate::json::{self, Keys, KnownTypes};
use crate::middleware::{self, ErrorDecorator};
use crate::pool::Pool;
use crate::problem::ErrorFormat;
use crate::query::Query;
use crate::release::ReleaseThreshold;
use crate::request::Request;
use crate::response::Response;
use crate::response_headers::ResponseHeaders;
use crate::routes::{Decorator, Route};
use crate::stream_writer::StreamWriter;
use crate::websocket::{self, SocketCore};
use crate::{errors, module, place, worker_state};

/// The state of the `coachwhip` module of one interpreter.
#[derive(Debug)]
pub struct State {
    pub(crate) request: RefSlot,
    pub(crate) headers: RefSlot,
    pub(crate) query: RefSlot,
    pub(crate) form: RefSlot,
    pub(crate) upload: RefSlot,
    pub(crate) body_buffer: RefSlot,
    pub(crate) response: RefSlot,
    pub(crate) response_headers: RefSlot,
    pub(crate) decorator: RefSlot,
    pub(crate) stream_writer: RefSlot,
    pub(crate) body_stream: RefSlot,
    /// What `streaming.py` defines, made when the first stream needs it.
    pub(crate) streaming: RefSlot,
    pub(crate) error_decorator: RefSlot,
    /// The exception `HTTPError`.
    pub(crate) http_error: RefSlot,
    pub(crate) socket_core: RefSlot,
    pub(crate) drain_core: RefSlot,
    /// The class `WebSocket`.
    pub(crate) websocket: RefSlot,
    /// The exception `ConnectionClosed`.
    pub(crate) connection_closed: RefSlot,
    pool: Pool,
    /// The keys of the JSON documents that were read last.
    pub(crate) json_keys: Mutex<Keys>,
    /// The classes of other modules that JSON is written of.
    pub(crate) json_types: KnownTypes,
    /// The routes, in the order of registration.
    pub(crate) routes: Mutex<Vec<Route>>,
    /// What makes path parameters of the authors' classes, in order of registration.
    pub(crate) converters: Mutex<Vec<Custom>>,
    /// The functions of `@on_startup` and its like.
    pub(crate) hooks: Mutex<Hooks>,
    /// The context of the start-up and shutdown hooks.
    pub(crate) hooks_context: OnceLock<Context>,
    /// The functions around the handlers, in order of definition.
    pub(crate) middleware: Mutex<Vec<middleware::Function>>,
    /// Set when the routing table was read: no route may be added from then on.
    pub(crate) is_sealed: OnceLock<()>,
    /// The strategy that runs this interpreter, set by the worker that loads it.
    pub(crate) strategy: OnceLock<place::Strategy>,
    /// How much a form may hold, set by the worker that loads the interpreter.
    pub(crate) form_limits: OnceLock<form::Limits>,
    /// What says that the server begins to end, set by the worker that loads the interpreter.
    pub(crate) drain: OnceLock<Arc<Drain>>,
    /// In what form clients are told of errors, set by the worker that loads the interpreter.
    pub(crate) error_format: OnceLock<ErrorFormat>,
}

impl State {
    /// From what size on native work is done detached; where no server runs the interpreter, it never is.
    pub(crate) fn release(&self) -> ReleaseThreshold {
        let strategy = self.strategy.get();
        strategy.map_or(ReleaseThreshold::NEVER, |strategy| strategy.release)
    }

    /// The objects that requests give again and again.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    fn slots(&self) -> impl Iterator<Item = &RefSlot> {
        let types = [
            &self.request,
            &self.headers,
            &self.query,
            &self.form,
            &self.upload,
            &self.body_buffer,
            &self.response,
            &self.response_headers,
            &self.decorator,
            &self.stream_writer,
            &self.body_stream,
            &self.streaming,
            &self.error_decorator,
            &self.http_error,
            &self.socket_core,
            &self.drain_core,
            &self.websocket,
            &self.connection_closed,
        ];
        let kept = self.pool.slots().chain(self.json_types.slots());
        let context = self.hooks_context.get().map(Context::slot);
        types.into_iter().chain(kept).chain(context)
    }

    fn add_type<'py, T: HeapType<State = Self>>(
        &'py self,
        name: Option<&CStr>,
        module: &'py Object,
        py: Attached<'py>,
    ) -> PyResult<()> {
        let kind = T::type_slot(self).fill(make_type::<T>(module, py)?, py);
        match name {
            Some(name) => module.set_attribute(name, kind, py),
            None => Ok(()),
        }
    }
}

impl ModuleState for State {
    const NAME: &'static CStr = c"coachwhip";
    const DOC: &'static CStr = module::DOC;
    const FUNCTIONS: &'static [Function<Self>] = module::FUNCTIONS;

    fn empty() -> Self {
        Self {
            request: RefSlot::empty(),
            headers: RefSlot::empty(),
            query: RefSlot::empty(),
            form: RefSlot::empty(),
            upload: RefSlot::empty(),
            body_buffer: RefSlot::empty(),
            response: RefSlot::empty(),
            response_headers: RefSlot::empty(),
            decorator: RefSlot::empty(),
            stream_writer: RefSlot::empty(),
            body_stream: RefSlot::empty(),
            streaming: RefSlot::empty(),
            error_decorator: RefSlot::empty(),
            http_error: RefSlot::empty(),
            socket_core: RefSlot::empty(),
            drain_core: RefSlot::empty(),
            websocket: RefSlot::empty(),
            connection_closed: RefSlot::empty(),
            pool: Pool::empty(),
            json_keys: Mutex::default(),
            json_types: KnownTypes::empty(),
            routes: Mutex::default(),
            converters: Mutex::default(),
            hooks: Mutex::default(),
            hooks_context: OnceLock::new(),
            middleware: Mutex::default(),
            is_sealed: OnceLock::new(),
            strategy: OnceLock::new(),
            form_limits: OnceLock::new(),
            drain: OnceLock::new(),
            error_format: OnceLock::new(),
        }
    }

    fn execute<'py>(&'py self, module: &'py Object, py: Attached<'py>) -> PyResult<()> {
        self.add_type::<Request>(Some(c"Request"), module, py)?;
        self.add_type::<Headers>(Some(c"Headers"), module, py)?;
        self.add_type::<Query>(Some(c"Query"), module, py)?;
        self.add_type::<Form>(Some(c"Form"), module, py)?;
        self.add_type::<Upload>(Some(c"Upload"), module, py)?;
        self.add_type::<BodyBuffer>(None, module, py)?;
        self.add_type::<Response>(Some(c"Response"), module, py)?;
        self.add_type::<ResponseHeaders>(None, module, py)?;
        self.add_type::<Decorator>(None, module, py)?;
        self.add_type::<StreamWriter>(None, module, py)?;
        self.add_type::<BodyStream>(None, module, py)?;
        self.add_type::<SocketCore>(None, module, py)?;
        websocket::define(self, module, py)?;
        self.add_type::<DrainCore>(None, module, py)?;
        draining::define(self, module, py)?;
        worker_state::define(module, py)?;
        self.add_type::<ErrorDecorator>(None, module, py)?;
        module::register_mappings(self, py)?;
        let http_error = self.http_error.fill(errors::make_http_error(py)?, py);
        module.set_attribute(c"HTTPError", http_error, py)?;
        json::MODULE.add_to(module, py)?;
        let version = convert::new_str(place::VERSION, py)?;
        module.set_attribute(c"__version__", &version, py)
    }

    fn traverse(&self, visitor: &mut Visitor) {
        self.slots().for_each(|slot| slot.visit(visitor));
        // A lock that is taken belongs to a registration under way: what it adds stays alive until the next collection.
        if let Ok(routes) = self.routes.try_lock() {
            routes
                .iter()
                .for_each(|route| route.function.visit(visitor));
        }
        if let Ok(converters) = self.converters.try_lock() {
            converters
                .iter()
                .for_each(|one| one.function.visit(visitor));
        }
        if let Ok(hooks) = self.hooks.try_lock() {
            hooks.slots().for_each(|hook| hook.visit(visitor));
        }
        if let Ok(functions) = self.middleware.try_lock() {
            let slots = functions.iter().flat_map(middleware::Function::slots);
            slots.for_each(|slot| slot.visit(visitor));
        }
    }

    fn clear(&self, py: Attached<'_>) {
        let routes = take(&self.routes);
        let converters = take(&self.converters);
        let hooks = take(&self.hooks);
        let json_keys = take(&self.json_keys);
        let middleware = take(&self.middleware);
        drop((routes, converters, hooks, json_keys, middleware));
        for slot in self.slots() {
            drop(slot.clear(py));
        }
    }
}

/// Takes out what a lock guards, so that it is dropped when the lock is free again.
fn take<T: Default>(lock: &Mutex<T>) -> T {
    match lock.try_lock() {
        Ok(mut guard) => std::mem::take(&mut guard),
        Err(TryLockError::Poisoned(mut poisoned)) => std::mem::take(poisoned.get_mut()),
        Err(TryLockError::WouldBlock) => T::default(),
    }
}
