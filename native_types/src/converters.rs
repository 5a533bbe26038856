//! `coachwhip.converter(cls, function)`: path parameters of the author's own types.
//!
//! The calls are made by `converting.py`, around the handler and thus inside the functions of `@before_request` and
//! `@error_handler`. A route without such a parameter has nothing of it.

use std::sync::PoisonError;

use crate::capi::call::run_source;
use crate::capi::inittab::{import_coachwhip, state_of_module};
use crate::capi::method::{Method, bind, bound_function};
use crate::capi::{Arguments, Attached, Object, Owned, PyResult, Raised, RefSlot};
use crate::capi::{builtin, convert};
use crate::handler::{Converter, Plan};
use crate::signature;
use crate::state::State;

/// What `converter(cls)` returns, bound to the class.
static DECORATOR: Method<Object> = bound_function(
    c"converter",
    decorate,
    c"Registers the function that it is called with.",
);

/// One registered converter of one interpreter.
#[derive(Debug)]
pub(crate) struct Custom {
    /// The class as annotations name it: `module.qualname`.
    class: String,
    pub(crate) function: RefSlot,
}

/// The classes that have a converter, in order of registration: [`Converter::Custom`] is the index.
pub(crate) fn classes(state: &State) -> Vec<String> {
    let converters = state.converters.lock();
    let converters = converters.unwrap_or_else(PoisonError::into_inner);
    converters.iter().map(|one| one.class.clone()).collect()
}

/// `converter(cls, function)`, or the decorator `converter(cls)`.
pub(crate) fn converter<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let names = [c"cls", c"function"];
    let [class, function] = arguments.bind("converter", &names, (1, 2), py)?;
    let class = class.expect("bind requires it");
    if let Some(function) = function.filter(|function| !function.is_none(py)) {
        register(class, function, state, py)
    } else {
        class_name(class, py)?;
        bind(&DECORATOR, class, py)
    }
}

fn decorate<'py>(
    class: &'py Object,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [function] = arguments.bind("converter", &[c"function"], (1, 1), py)?;
    let module = import_coachwhip(py)?;
    let other = "another module stands in sys.modules as coachwhip";
    let state = state_of_module(&module, py).ok_or_else(|| Raised::type_error(other, py))?;
    register(class, function.expect("bind requires it"), state, py)
}

fn register<'py>(
    class: &Object,
    function: &Object,
    state: &State,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let name = class_name(class, py)?;
    if !function.is_callable(py) {
        let kind = function.type_name(py);
        let text = format!("converter({name}) takes a function of the text, not {kind}");
        return Err(Raised::type_error(&text, py));
    }
    if !function.is_class(py) && function.attribute_opt(c"__code__", py)?.is_some() {
        let signature = signature::read(function, py)?;
        if signature.is_async {
            let source = signature.source;
            let text = format!("converter({name}): {source} is async; write def");
            return Err(Raised::type_error(&text, py));
        }
    }
    let mut converters = state
        .converters
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if converters.iter().any(|one| one.class == name) {
        drop(converters);
        let text = format!("converter({name}): {name} has a converter already; register one");
        return Err(Raised::value_error(&text, py));
    }
    converters.push(Custom {
        class: name,
        function: RefSlot::holding(function.own(py)),
    });
    Ok(function.own(py))
}

/// What annotations call a class that may be given a converter.
fn class_name(class: &Object, py: Attached<'_>) -> PyResult<String> {
    if !class.is_class(py) {
        let kind = class.type_name(py);
        let text =
            format!("converter takes the class first: write converter(cls, function), not {kind}");
        return Err(Raised::type_error(&text, py));
    }
    let name = signature::annotation_text(class, py)?;
    if Converter::of_annotation(Some(&name), &[]).is_some() {
        let text =
            format!("converter({name}): {name} converts by itself; give a class of your own");
        return Err(Raised::value_error(&text, py));
    }
    Ok(name)
}

/// `function`, or what converts the parameters of `plan` that need it and calls `function`.
pub(crate) fn converting<'py>(
    function: Owned<'py>,
    plan: &Plan,
    state: &State,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let custom = plan.named.iter().filter_map(|(_, name, converter)| {
        let Converter::Custom(index) = converter else {
            return None;
        };
        Some((name, *index))
    });
    let mut pairs = Vec::new();
    for (name, index) in custom {
        let converter = {
            let converters = state.converters.lock();
            let converters = converters.unwrap_or_else(PoisonError::into_inner);
            let one = converters.get(index).and_then(|one| one.function.get(py));
            one.expect("registered before the route").own(py)
        };
        let name = convert::new_str(name, py)?;
        pairs.push(builtin::new_tuple([name, converter].into_iter(), py)?);
    }
    if pairs.is_empty() {
        return Ok(function);
    }
    let pairs = builtin::new_tuple(pairs.into_iter(), py)?;
    let namespace = run_source(include_str!("converting.py"), c"converting", py)?;
    let make = namespace.value_at(&*convert::new_str("converting", py)?, py)?;
    let http_error = state.http_error.get(py).expect("made with the module");
    make.call(&[&function, &pairs, http_error], py)
}
