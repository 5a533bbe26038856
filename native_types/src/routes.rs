//! Registering handlers: `@get("/users/{id}")`.

use std::borrow::Cow;
use std::ffi::CStr;
use std::sync::{Arc, PoisonError};

use http::Method;

use crate::capi::builtin::Kind;
use crate::capi::exception::Builtin;
use crate::capi::heap_type::new_object;
use crate::capi::slot::Slot;
use crate::capi::{Arguments, Attached, HeapType, Object, Owned, PyResult, RefSlot, This};
use crate::capi::{Raised, convert};
use crate::converters::classes;
use crate::handler::{self, Plan};
use crate::path;
use crate::signature::{self, Signature};
use crate::state::State;

mod info;

pub use info::{Receiving, RouteInfo, RouteKind};

/// One registered handler of one interpreter.
#[derive(Debug)]
pub struct Route {
    pub(crate) function: RefSlot,
    pub(crate) info: Arc<RouteInfo>,
}

/// What `route(...)` returns: called with a function, it registers it and returns it unchanged.
#[derive(Debug)]
pub struct Decorator {
    path: String,
    methods: Vec<Method>,
    receiving: Receiving,
    kind: RouteKind,
    /// The names of the path's parameters, or what is wrong with path or methods: told when the handler is known.
    params: Result<Arc<[String]>, String>,
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
        let signature = signature::read(function, py)?;
        let source = &signature.source;
        if this.state().is_sealed.get().is_some() {
            let path = &this.path;
            let text = format!(
                "handler {source}: its route '{path}' comes too late: routes are registered while the module is imported"
            );
            return Err(Raised::new(Builtin::RuntimeError, &text, py));
        }
        let params = this
            .params
            .as_ref()
            .map_err(|mistake| Raised::value_error(&format!("handler {source}: {mistake}"), py))?;
        let info = RouteInfo {
            path: this.path.clone(),
            methods: this.methods.clone(),
            params: Arc::clone(params),
            plan: plan(this.value(), params, &signature, &classes(this.state()), py)?,
            is_async: signature.is_async,
            seems_to_stream: signature::seems_to_stream(function, py)?,
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
fn plan(
    decorator: &Decorator,
    params: &[String],
    signature: &Signature,
    classes: &[String],
    py: Attached<'_>,
) -> PyResult<Plan> {
    let Decorator { path, kind, .. } = decorator;
    let plan = handler::plan(
        signature,
        (path, params),
        kind.first_parameter(),
        classes,
        py,
    )?;
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
    let [path, methods, stream, bytes_max] = arguments.bind("route", &names, (0, 2), py)?;
    let methods = match methods {
        None => Ok(vec![Method::GET]),
        Some(methods) => methods_of(methods, py)?,
    };
    let means = Means {
        name: "route",
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
    let [path, accept] = arguments.bind("websocket", &names, (0, 1), py)?;
    let is_accepted = accept.map_or(Ok(true), |accept| accept.truth(py))?;
    let means = Means {
        name: "websocket",
        receiving: Receiving::Whole,
        kind: RouteKind::WebSocket { is_accepted },
    };
    decorator(path, Ok(vec![Method::GET]), means, state, py)
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
                arguments.bind(stringify!($name), &names, (0, 1), py)?;
            let means = Means {
                name: stringify!($name),
                receiving: receiving(stream, bytes_max, py)?,
                kind: RouteKind::Request,
            };
            decorator(path, Ok(vec![Method::$method]), means, state, py)
        }
    )*};
}

route_for!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

/// How requests come to a route's handler.
#[derive(Clone, Copy, Debug)]
struct Means {
    /// What the decorator is called.
    name: &'static str,
    receiving: Receiving,
    kind: RouteKind,
}

fn decorator<'py>(
    path: Option<&Object>,
    methods: Result<Vec<Method>, String>,
    means: Means,
    state: &State,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let text = path.map(|path| convert::as_str(path, py)).transpose()?;
    let Some(path) = text.flatten() else {
        return Err(no_path(means.name, path, py)?);
    };
    let (methods, params) = match methods {
        Ok(methods) => (methods, path::params(path).map(Arc::from)),
        Err(mistake) => (Vec::new(), Err(mistake)),
    };
    new_object(
        Decorator {
            path: path.to_owned(),
            methods,
            receiving: means.receiving,
            kind: means.kind,
            params,
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

/// `TypeError` for what stands in the place of the path, if anything: often the handler, without parentheses between.
fn no_path(name: &str, path: Option<&Object>, py: Attached<'_>) -> PyResult<Raised> {
    let remedy = format!("@{name} takes the path: write @{name}(\"/\")");
    let text = match path {
        None => remedy,
        Some(function) if function.is_callable(py) && !function.is_class(py) => {
            let source = signature::read(function, py)?.source;
            format!("handler {source}: {remedy}")
        }
        Some(other) => format!("{remedy}; a path must be str, not {}", other.type_name(py)),
    };
    Ok(Raised::type_error(&text, py))
}

/// The methods, or what is wrong with one of them.
///
/// # Errors
///
/// What iterating raises; `TypeError` for what is no list of strings.
fn methods_of(methods: &Object, py: Attached<'_>) -> PyResult<Result<Vec<Method>, String>> {
    let expected = "methods must be a list or tuple of str, such as [\"GET\", \"POST\"]";
    let no_list = |what: &Object| {
        let text = format!("{expected}, not {}", what.type_name(py));
        Raised::type_error(&text, py)
    };
    if matches!(methods.kind(py), Kind::Str | Kind::None | Kind::Int) {
        return Err(no_list(methods));
    }
    let mut list = Vec::new();
    let mut mistake = None;
    methods.for_each(py, |method| {
        let Some(name) = convert::as_str(method, py)? else {
            let text = format!("{expected}; one of them is {}", method.type_name(py));
            return Err(Raised::type_error(&text, py));
        };
        let name = as_method(name);
        match Method::from_bytes(name.as_bytes()) {
            Ok(method) if !list.contains(&method) => list.push(method),
            Ok(_) => {}
            Err(_) => {
                mistake = Some(format!(
                    "{name:?} is not allowed as a method: it is one word, such as GET"
                ));
            }
        }
        Ok(())
    })?;
    if list.is_empty() && mistake.is_none() {
        mistake = Some(String::from("methods must name at least one method"));
    }
    Ok(mistake.map_or(Ok(list), Err))
}

/// The method of a name: methods are told apart by case (RFC 9110 section 9.1), and nearly all are in upper case, so that a
/// name all in lower case means one of those.
fn as_method(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_ascii_uppercase())
    }
}
