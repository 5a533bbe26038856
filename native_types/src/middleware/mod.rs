//! Functions around the handlers: `@before_request`, `@after_request`, `@error_handler(404)`.

mod chain;
mod worded;

use std::ffi::CStr;
use std::fmt;
use std::sync::{Arc, PoisonError};

use http::StatusCode;

use crate::capi::builtin::Kind;
use crate::capi::exception::Builtin;
use crate::capi::heap_type::new_object;
use crate::capi::slot::Slot;
use crate::capi::{Arguments, Attached, HeapType, Object, Owned, PyResult, RefSlot, This};
use crate::capi::{Raised, convert};
use crate::signature::{self, Signature, Source};
use crate::state::State;

pub use chain::{Chain, failed, response_of};
pub use worded::Worded;

/// When a function is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Before the handler, with the request.
    Before,
    /// After the handler, with the request and the answer.
    After,
    /// With the request and an `HTTPError` of that status; 500 also with what nothing else takes.
    Status(StatusCode),
    /// With the request and any other `HTTPError`.
    HttpError,
    /// With the request and an exception of another type, of that name.
    Exception(String),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before => f.write_str("before_request"),
            Self::After => f.write_str("after_request"),
            Self::Status(status) => write!(f, "error_handler({})", status.as_u16()),
            Self::HttpError => f.write_str("error_handler(HTTPError)"),
            Self::Exception(name) => write!(f, "error_handler({name})"),
        }
    }
}

impl Role {
    /// The parameters that it is called with.
    fn parameters(&self) -> &'static [&'static str] {
        match self {
            Self::Before => &["request"],
            Self::After => &["request", "response"],
            Self::Status(_) | Self::HttpError | Self::Exception(_) => &["request", "error"],
        }
    }
}

/// What is known of such a function without Python: the same in every interpreter that imports the same module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// When it is called.
    pub role: Role,
    /// Whether it is an `async def` function.
    pub is_async: bool,
    /// Where it is defined.
    pub source: Source,
}

/// One such function of one interpreter.
#[derive(Debug)]
pub(crate) struct Function {
    callable: RefSlot,
    /// The exception type of [`Role::HttpError`] and [`Role::Exception`].
    kind: RefSlot,
    info: Arc<Info>,
}

impl Function {
    /// Its references, for the collector.
    pub(crate) fn slots(&self) -> [&RefSlot; 2] {
        [&self.callable, &self.kind]
    }
}

/// What the handler modules registered, in order. Nothing can be added after it was asked for.
pub fn registered(state: &State) -> Vec<Arc<Info>> {
    let functions = state.middleware.lock();
    let functions = functions.unwrap_or_else(PoisonError::into_inner);
    functions.iter().map(|one| Arc::clone(&one.info)).collect()
}

/// Whether every request is answered by a coroutine, because one of `functions` is `async`.
pub fn is_async(functions: &[Arc<Info>]) -> bool {
    functions.iter().any(|one| one.is_async)
}

/// `@before_request`.
pub(crate) fn before_request<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [function] = arguments.bind("before_request", &[c"function"], (1, 1), py)?;
    let function = function.expect("bind requires it");
    register(function, Role::Before, RefSlot::empty(), state, py)
}

/// `@after_request`.
pub(crate) fn after_request<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [function] = arguments.bind("after_request", &[c"function"], (1, 1), py)?;
    let function = function.expect("bind requires it");
    register(function, Role::After, RefSlot::empty(), state, py)
}

/// `error_handler(error)`.
pub(crate) fn error_handler<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [error] = arguments.bind("error_handler", &[c"error"], (1, 1), py)?;
    let error = error.expect("bind requires it");
    if error.is_callable(py) && !error.is_class(py) {
        let source = signature::read(error, py)?.source;
        let text = format!(
            "@error_handler of {source}: it takes a status or an exception type; write @error_handler(404)"
        );
        return Err(Raised::type_error(&text, py));
    }
    let error = RefSlot::holding(error.own(py));
    new_object(ErrorDecorator { error }, state, py)
}

/// What `error_handler(...)` returns: called with a function, it registers it and returns it unchanged.
#[derive(Debug)]
pub(crate) struct ErrorDecorator {
    error: RefSlot,
}

impl HeapType for ErrorDecorator {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.ErrorDecorator";
    const DOC: &'static CStr = c"Registers the function that it is called with for an error.";

    fn slots() -> Vec<Slot<Self>> {
        vec![Slot::call(Self::call)]
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.error_decorator
    }
}

impl ErrorDecorator {
    fn call<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let [function] = arguments.bind("decorator", &[c"function"], (1, 1), py)?;
        let function = function.expect("bind requires it");
        let error = this.value().error.get(py).expect("held since it was made");
        let role = role_for(error, function, this.state(), py)?;
        let kind = match role {
            Role::HttpError | Role::Exception(_) => RefSlot::holding(error.own(py)),
            Role::Before | Role::After | Role::Status(_) => RefSlot::empty(),
        };
        register(function, role, kind, this.state(), py)
    }
}

/// What `error` asks for: a status, or an exception type.
fn role_for(error: &Object, function: &Object, state: &State, py: Attached<'_>) -> PyResult<Role> {
    let allowed = "a status from 400 to 599, or an exception type, is allowed";
    if state.http_error.get(py).is_some_and(|kind| kind.is(error)) {
        return Ok(Role::HttpError);
    }
    if error.is_exception_type(py) {
        let name = convert::text_of(&*error.attribute(c"__qualname__", py)?, py)?;
        return Ok(Role::Exception(name));
    }
    let is_int = error.kind(py) == Kind::Int;
    let status = if is_int {
        convert::as_i64(error, py)?
    } else {
        None
    };
    let status = status
        .and_then(|status| u16::try_from(status).ok())
        .filter(|status| (400..=599).contains(status))
        .and_then(|status| StatusCode::from_u16(status).ok());
    if let Some(status) = status {
        return Ok(Role::Status(status));
    }
    let source = read(function, "error_handler", py)?.source;
    let shown = convert::repr_of(error, py)?;
    let text = format!("@error_handler({shown}) of {source}: {allowed}");
    Err(if is_int {
        Raised::value_error(&text, py)
    } else {
        Raised::type_error(&text, py)
    })
}

/// Registers `function`, and gives it back.
fn register<'py>(
    function: &'py Object,
    role: Role,
    kind: RefSlot,
    state: &State,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let signature = read(function, &role.to_string(), py)?;
    let source = &signature.source;
    if state.is_sealed.get().is_some() {
        let text = format!(
            "@{role} of {source} comes too late: such functions are registered while the module is imported"
        );
        return Err(Raised::new(Builtin::RuntimeError, &text, py));
    }
    check_parameters(&signature, &role).map_err(|text| Raised::type_error(&text, py))?;
    let info = Arc::new(Info {
        role,
        is_async: signature.is_async,
        source: signature.source,
    });
    let added = Function {
        callable: RefSlot::holding(function.own(py)),
        kind,
        info,
    };
    let functions = state.middleware.lock();
    let mut functions = functions.unwrap_or_else(PoisonError::into_inner);
    let clashing = functions
        .iter()
        .find(|known| known.takes_the_same(&added, py));
    let Some(clashing) = clashing.map(|known| Arc::clone(&known.info)) else {
        functions.push(added);
        return Ok(function.own(py));
    };
    drop(functions);
    let (role, first, second) = (&added.info.role, &clashing.source, &added.info.source);
    let text = format!("two functions clash: @{role} is {first}, and {second}; one is allowed");
    Err(Raised::value_error(&text, py))
}

impl Function {
    /// Whether both are for the same errors.
    fn takes_the_same(&self, other: &Self, py: Attached<'_>) -> bool {
        match (&self.info.role, &other.info.role) {
            (Role::Status(one), Role::Status(other)) => one == other,
            (Role::HttpError, Role::HttpError) => true,
            (Role::Exception(_), Role::Exception(_)) => {
                let (one, other) = (self.kind.get(py), other.kind.get(py));
                one.zip(other).is_some_and(|(one, other)| one.is(other))
            }
            _ => false,
        }
    }
}

/// The signature of a function that `decorator` is put before.
fn read(function: &Object, decorator: &str, py: Attached<'_>) -> PyResult<Signature> {
    if function.is_callable(py) {
        return signature::read(function, py);
    }
    let name = function.type_name(py);
    let text = format!("@{decorator} takes a function, not {name}");
    Err(Raised::type_error(&text, py))
}

/// Whether a function can be called as its role asks for; else what is wrong.
fn check_parameters(signature: &Signature, role: &Role) -> Result<(), String> {
    let given = role.parameters();
    let source = &signature.source;
    let mistake = |what: &str| {
        let given = given.join(", ");
        Err(format!(
            "@{role} of {source}: {what}; it is called with ({given})"
        ))
    };
    let positional = &signature.positional;
    if positional.len() < given.len() && !signature.has_varargs {
        let missing = given[positional.len()];
        return mistake(&format!("it has no parameter for the {missing}"));
    }
    let rest = positional.iter().skip(given.len());
    let mut required = rest.chain(&signature.keyword_only);
    match required.find(|parameter| !parameter.has_default) {
        Some(parameter) => mistake(&format!(
            "nothing is passed to its parameter '{}'",
            parameter.name
        )),
        None => Ok(()),
    }
}
