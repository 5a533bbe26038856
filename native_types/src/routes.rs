//! Registering handlers and hooks: `@get("/users/{id}")`, `@on_startup`.

use std::ffi::CStr;
use std::sync::{Arc, PoisonError};

use http::Method;

use crate::capi::builtin::Kind;
use crate::capi::exception::Builtin;
use crate::capi::heap_type::new_object;
use crate::capi::slot::Slot;
use crate::capi::{Arguments, Attached, HeapType, Object, Owned, PyResult, RefSlot, This};
use crate::capi::{Raised, convert};
use crate::handler::{self, Plan};
use crate::path;
use crate::signature::{self, Signature, Source};
use crate::state::State;

/// One registered handler of one interpreter.
#[derive(Debug)]
pub struct Route {
    pub(crate) function: RefSlot,
    pub(crate) info: Arc<RouteInfo>,
}

/// What is known of a route without Python: the same in every interpreter that imports the same module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    /// The path, with its parameters.
    pub path: String,
    /// The methods, in order of registration.
    pub methods: Vec<Method>,
    /// The names of the path's parameters, in order.
    pub params: Arc<[String]>,
    /// The handler's arguments.
    pub plan: Plan,
    /// Whether the handler is an `async def` function.
    pub is_async: bool,
    /// How bodies are received.
    pub receiving: Receiving,
    /// What the handler is called with.
    pub kind: RouteKind,
    /// Where the handler is defined.
    pub source: Source,
}

/// How the bodies of a route's requests are received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Receiving {
    /// Whole, before the handler is called.
    #[default]
    Whole,
    /// Piece by piece, while the handler runs.
    Streamed {
        /// The longest body, in bytes; `None` is the server's limit.
        bytes_max: Option<u64>,
    },
}

/// What a route leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// A handler of requests.
    Request,
    /// A handler of WebSockets, which are opened by `GET`.
    WebSocket {
        /// Whether the handshake is answered before the handler runs.
        is_accepted: bool,
    },
}

impl RouteKind {
    /// How a handler's first parameter is called in messages.
    fn first_parameter(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::WebSocket { .. } => "socket",
        }
    }
}

impl RouteInfo {
    /// Whether WebSockets are opened here.
    pub fn is_websocket(&self) -> bool {
        matches!(self.kind, RouteKind::WebSocket { .. })
    }

    /// The name of each method, for people; `WEBSOCKET` where WebSockets are opened.
    pub fn method_names(&self) -> impl Iterator<Item = &str> {
        let is_websocket = self.is_websocket();
        let names = self.methods.iter().map(Method::as_str);
        names.map(move |name| if is_websocket { "WEBSOCKET" } else { name })
    }
}

/// What `route(...)` returns: called with a function, it registers it and returns it unchanged.
#[derive(Debug)]
pub struct Decorator {
    path: String,
    params: Arc<[String]>,
    methods: Vec<Method>,
    receiving: Receiving,
    kind: RouteKind,
}

impl HeapType for Decorator {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.Decorator";
    const DOC: &'static CStr = c"Registers the function that it is called with.";

    fn slots() -> Vec<Slot<Self>> {
        vec![Slot::call(Self::call)]
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.decorator
    }
}

impl Decorator {
    fn call<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let [function] = arguments.bind("decorator", &[c"function"], (1, 1), py)?;
        let function = function.expect("bind requires it");
        if this.state().is_sealed.get().is_some() {
            let path = &this.path;
            let text = format!(
                "the route '{path}' comes too late: routes are registered while the module is imported"
            );
            return Err(Raised::new(Builtin::RuntimeError, &text, py));
        }
        let signature = signature::read(function, py)?;
        let info = RouteInfo {
            path: this.path.clone(),
            methods: this.methods.clone(),
            params: Arc::clone(&this.params),
            plan: plan(this, &signature, py)?,
            is_async: signature.is_async,
            receiving: this.receiving,
            kind: this.kind,
            source: signature.source,
        };
        let route = Route {
            function: RefSlot::holding(function.own(py)),
            info: Arc::new(info),
        };
        this.state()
            .routes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(route);
        Ok(function.own(py))
    }
}

/// The arguments that the function is called with.
///
/// # Errors
///
/// `TypeError`, naming the function, its file and line, for one that can't be called so.
fn plan(decorator: This<'_, Decorator>, signature: &Signature, py: Attached<'_>) -> PyResult<Plan> {
    let Decorator {
        path, params, kind, ..
    } = decorator.value();
    let plan = handler::plan(signature, (path, params), kind.first_parameter(), py)?;
    let why = if *kind == RouteKind::Request || signature.is_async && plan.takes_request {
        return Ok(plan);
    } else if signature.is_async {
        "takes the socket as its first parameter: write async def f(socket)"
    } else {
        "is async: write async def"
    };
    let text = format!("handler {}: a WebSocket handler {why}", signature.source);
    Err(Raised::type_error(&text, py))
}

/// `route(path, methods=("GET",))`.
pub(crate) fn route<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let names = [c"path", c"methods", c"stream", c"max_body_bytes"];
    let [path, methods, stream, bytes_max] = arguments.bind("route", &names, (1, 2), py)?;
    let methods = match methods {
        None => vec![Method::GET],
        Some(methods) => methods_of(methods, py)?,
    };
    let means = Means {
        receiving: receiving(stream, bytes_max, py)?,
        kind: RouteKind::Request,
    };
    decorator(path, methods, means, state, py)
}

/// `websocket(path, accept=True)`.
pub(crate) fn websocket<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let names = [c"path", c"accept"];
    let [path, accept] = arguments.bind("websocket", &names, (1, 1), py)?;
    let is_accepted = accept.map_or(Ok(true), |accept| accept.truth(py))?;
    let means = Means {
        receiving: Receiving::Whole,
        kind: RouteKind::WebSocket { is_accepted },
    };
    decorator(path, vec![Method::GET], means, state, py)
}

macro_rules! route_for {
    ($($name:ident $method:ident),*) => {$(
        /// Registers a handler for the method of that name.
        pub(crate) fn $name<'py>(
            state: &'py State,
            arguments: Arguments<'py>,
            py: Attached<'py>,
        ) -> PyResult<Owned<'py>> {
            let names = [c"path", c"stream", c"max_body_bytes"];
            let [path, stream, bytes_max] =
                arguments.bind(stringify!($name), &names, (1, 1), py)?;
            let means = Means {
                receiving: receiving(stream, bytes_max, py)?,
                kind: RouteKind::Request,
            };
            decorator(path, vec![Method::$method], means, state, py)
        }
    )*};
}

route_for!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

/// How requests come to a route's handler.
#[derive(Clone, Copy, Debug)]
struct Means {
    receiving: Receiving,
    kind: RouteKind,
}

fn decorator<'py>(
    path: Option<&Object>,
    methods: Vec<Method>,
    means: Means,
    state: &State,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let path = path.expect("bind requires it");
    let Some(path) = convert::as_str(path, py)? else {
        let text = format!(
            "a path must be str, not {}; write @get(\"/\")",
            path.type_name(py)
        );
        return Err(Raised::type_error(&text, py));
    };
    let params = path::params(path).map_err(|text| Raised::value_error(&text, py))?;
    new_object(
        Decorator {
            path: path.to_owned(),
            params: params.into(),
            methods,
            receiving: means.receiving,
            kind: means.kind,
        },
        state,
        py,
    )
}

/// What `stream` and `max_body_bytes` ask for.
fn receiving(
    stream: Option<&Object>,
    bytes_max: Option<&Object>,
    py: Attached<'_>,
) -> PyResult<Receiving> {
    let is_streamed = stream.map_or(Ok(false), |stream| stream.truth(py))?;
    let bytes_max = match bytes_max.filter(|max| !max.is_none(py)) {
        Some(max) => Some(bytes_of(max, py)?),
        None => None,
    };
    match (is_streamed, bytes_max) {
        (true, bytes_max) => Ok(Receiving::Streamed { bytes_max }),
        (false, None) => Ok(Receiving::Whole),
        (false, Some(_)) => Err(Raised::value_error(
            "max_body_bytes is for routes with stream=True; other bodies are held whole, within --max-body-bytes",
            py,
        )),
    }
}

fn bytes_of(max: &Object, py: Attached<'_>) -> PyResult<u64> {
    if max.kind(py) != Kind::Int {
        let text = format!("max_body_bytes must be int, not {}", max.type_name(py));
        return Err(Raised::type_error(&text, py));
    }
    convert::as_i64(max, py)?
        .and_then(|max| u64::try_from(max).ok())
        .ok_or_else(|| Raised::value_error("max_body_bytes must be from 0 to 2**63 - 1", py))
}

fn methods_of(methods: &Object, py: Attached<'_>) -> PyResult<Vec<Method>> {
    if methods.kind(py) == Kind::Str {
        return Err(Raised::type_error(
            "methods must be a list or tuple of str, not str",
            py,
        ));
    }
    let mut list = Vec::new();
    methods.for_each(py, |method| {
        let name = convert::as_str(method, py)?
            .ok_or_else(|| Raised::type_error("a method must be str", py))?
            .to_ascii_uppercase();
        let method = Method::from_bytes(name.as_bytes()).map_err(|_| {
            Raised::value_error(&format!("{name:?} is not allowed as a method"), py)
        })?;
        if !list.contains(&method) {
            list.push(method);
        }
        Ok(())
    })?;
    if list.is_empty() {
        return Err(Raised::value_error(
            "methods must name at least one method",
            py,
        ));
    }
    Ok(list)
}

/// `@on_startup`.
pub(crate) fn on_startup<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let function = hook("on_startup", &arguments, py)?;
    let mut hooks = state.hooks.lock().unwrap_or_else(PoisonError::into_inner);
    hooks.startup.push(RefSlot::holding(function.own(py)));
    Ok(function.own(py))
}

/// `@on_shutdown`.
pub(crate) fn on_shutdown<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let function = hook("on_shutdown", &arguments, py)?;
    let mut hooks = state.hooks.lock().unwrap_or_else(PoisonError::into_inner);
    hooks.shutdown.push(RefSlot::holding(function.own(py)));
    Ok(function.own(py))
}

fn hook<'py>(name: &str, arguments: &Arguments<'py>, py: Attached<'py>) -> PyResult<&'py Object> {
    let [function] = arguments.bind(name, &[c"function"], (1, 1), py)?;
    let function = function.expect("bind requires it");
    if function.is_callable(py) {
        return Ok(function);
    }
    let text = format!("@{name} takes a function, not {}", function.type_name(py));
    Err(Raised::type_error(&text, py))
}
