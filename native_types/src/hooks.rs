//! Hooks: the functions that run once in each interpreter, or for each worker, before its first and after its last request.

use std::sync::PoisonError;

use crate::capi::{Arguments, Attached, Object, Owned, PyResult, Raised, RefSlot};
use crate::signature::{self, Signature};
use crate::state::State;

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookKind {
    /// `@on_startup`: once in each interpreter.
    Startup,
    /// `@on_shutdown`: once in each interpreter.
    Shutdown,
    /// `@on_worker_startup`: once for each worker, after [`Self::Startup`].
    WorkerStartup,
    /// `@on_worker_shutdown`: once for each worker, before [`Self::Shutdown`].
    WorkerShutdown,
}

impl HookKind {
    /// The decorator's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Startup => "on_startup",
            Self::Shutdown => "on_shutdown",
            Self::WorkerStartup => "on_worker_startup",
            Self::WorkerShutdown => "on_worker_shutdown",
        }
    }
}

/// The hooks of one interpreter, each kind in order of definition.
#[derive(Debug, Default)]
pub(crate) struct Hooks([Vec<RefSlot>; 4]);

impl Hooks {
    /// Every reference, for the collector.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &RefSlot> {
        self.0.iter().flatten()
    }
}

/// The hooks of a kind, in order of definition.
pub fn hooks<'py>(state: &State, kind: HookKind, py: Attached<'py>) -> Vec<Owned<'py>> {
    let hooks = state.hooks.lock().unwrap_or_else(PoisonError::into_inner);
    let list = hooks.0[kind as usize].iter();
    list.filter_map(|hook| Some(hook.get(py)?.own(py)))
        .collect()
}

/// What a hook is called in messages: its name, with file and line where it is a function.
pub fn name_of(hook: &Object, py: Attached<'_>) -> String {
    match signature::read(hook, py) {
        Ok(signature) => signature.source.to_string(),
        Err(raised) => {
            raised.clear(py);
            hook.type_name(py)
        }
    }
}

macro_rules! decorators {
    ($($name:ident $kind:ident),*) => {$(
        /// The decorator of that name.
        pub(crate) fn $name<'py>(
            state: &'py State,
            arguments: Arguments<'py>,
            py: Attached<'py>,
        ) -> PyResult<Owned<'py>> {
            register(HookKind::$kind, state, &arguments, py)
        }
    )*};
}

decorators!(
    on_startup Startup,
    on_shutdown Shutdown,
    on_worker_startup WorkerStartup,
    on_worker_shutdown WorkerShutdown
);

fn register<'py>(
    kind: HookKind,
    state: &State,
    arguments: &Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let function = hook(kind.name(), arguments, py)?;
    let mut hooks = state.hooks.lock().unwrap_or_else(PoisonError::into_inner);
    hooks.0[kind as usize].push(RefSlot::holding(function.own(py)));
    Ok(function.own(py))
}

fn hook<'py>(name: &str, arguments: &Arguments<'py>, py: Attached<'py>) -> PyResult<&'py Object> {
    let [function] = arguments.bind(name, &[c"function"], (0, 1), py)?;
    let Some(function) = function else {
        let text = format!("write @{name} without parentheses: it takes the function");
        return Err(Raised::type_error(&text, py));
    };
    if !function.is_callable(py) {
        let text = format!("@{name} takes a function, not {}", function.type_name(py));
        return Err(Raised::type_error(&text, py));
    }
    // Another callable is taken at its word: to look at it costs an import.
    if function.attribute_opt(c"__code__", py)?.is_some() {
        let signature = signature::read(function, py)?;
        let is_generator = signature::is_generator(function, py)?;
        if let Some(mistake) = mistaken_hook(&signature, is_generator) {
            let text = format!("@{name} {}: {mistake}", signature.source);
            return Err(Raised::type_error(&text, py));
        }
    }
    Ok(function)
}

/// Why a hook can't be called without arguments, or does nothing when it is.
fn mistaken_hook(signature: &Signature, is_generator: bool) -> Option<String> {
    if is_generator {
        return Some(String::from(
            "it holds a yield, so calling it runs nothing; write what follows the yield as a function of its own",
        ));
    }
    let mut parameters = signature.positional.iter().chain(&signature.keyword_only);
    let parameter = parameters.find(|parameter| !parameter.has_default)?;
    Some(format!(
        "it is called without arguments, but takes '{}'",
        parameter.name
    ))
}
