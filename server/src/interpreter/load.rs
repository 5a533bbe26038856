//! Importing the application into an interpreter.

use std::ffi::{CStr, CString};
use std::path::PathBuf;

use native_types::application::Handlers;
use native_types::capi::call::import;
use native_types::capi::inittab::{import_coachwhip, state_of_module};
use native_types::capi::{Attached, Object, Owned, PyResult, Raised, convert};
use native_types::middleware::Chain;
use native_types::place;
use native_types::state::State;

use super::error::LoadError;
use super::failure::Place;
use super::strategy::Strategy;
use super::traceback;

/// What to import, and from where.
#[derive(Clone, Debug)]
pub struct Application {
    /// The module, `package.module`.
    pub module: String,
    /// What stands after a colon.
    pub attribute: Option<String>,
    /// The folders that modules come from, before Python's own.
    pub pythonpath: Vec<PathBuf>,
    /// Whether files are served beside it: then it need not have a route.
    pub has_mounts: bool,
}

/// What modules call their applications of WSGI and ASGI, and the functions that make them.
const LIKELY: [&CStr; 5] = [c"app", c"application", c"api", c"create_app", c"make_app"];

/// What CPython says when a module does not support an interpreter with its own GIL (PEP 489, PEP 684).
const REFUSAL: &str = " does not support loading in subinterpreters";

/// How the text begins of what modules made with PyO3 raise.
const PYO3_REFUSAL: &str = "PyO3 modules do not yet support subinterpreters";

/// What works for a module that refuses.
pub(super) const OTHERS: &str = "--strategy main, or freethreaded with a free-threaded Python";

/// Whether a traceback says that a module refuses the interpreter.
pub(super) fn tells_refusal(traceback: &str) -> bool {
    [REFUSAL, PYO3_REFUSAL]
        .into_iter()
        .any(|text| traceback.contains(text))
}

/// The interpreter's `coachwhip` module, imported if need be.
pub(super) fn module<'py>(
    strategy: &dyn Strategy,
    py: Attached<'py>,
) -> Result<Owned<'py>, LoadError> {
    let module = import_coachwhip(py).map_err(|raised| failure("coachwhip", raised, py))?;
    let told = place::Strategy {
        name: strategy.name(),
        release: strategy.release(),
    };
    place::set_strategy(state(&module, py)?, told);
    Ok(module)
}

/// The state of the `coachwhip` module.
pub(super) fn state<'a>(module: &'a Object, py: Attached<'a>) -> Result<&'a State, LoadError> {
    state_of_module(module, py).ok_or(LoadError::OtherModule)
}

/// Imports the application, unless another worker of the same interpreter has, and finds its handlers.
pub(super) fn load(
    application: &Application,
    strategy: &'static str,
    state: &State,
    py: Attached<'_>,
) -> Result<Handlers, LoadError> {
    if let Some(attribute) = &application.attribute {
        return Err(LoadError::Attribute(format!(
            "{}:{attribute}",
            application.module
        )));
    }
    let loaded = extend_path(&application.pythonpath, py)
        .and_then(|()| {
            let name = CString::new(application.module.as_str()).unwrap_or_default();
            import(&name, py)
        })
        .and_then(|module| Ok((Handlers::of(state, py)?, likely(&module, py)?)));
    let (handlers, likely) =
        loaded.map_err(|raised| match failure(&application.module, raised, py) {
            LoadError::ModuleRefuses { module, app, .. } => LoadError::ModuleRefuses {
                module,
                app,
                strategy,
                others: OTHERS,
            },
            other @ (LoadError::Import { .. }
            | LoadError::GilSwitchedOn { .. }
            | LoadError::Hook(_)
            | LoadError::OtherModule
            | LoadError::TableDiffers
            | LoadError::NoRoutes { .. }
            | LoadError::Attribute(_)) => other,
        })?;
    if handlers.is_empty() && !application.has_mounts {
        return Err(LoadError::NoRoutes {
            app: application.module.clone(),
            likely,
        });
    }
    Ok(handlers)
}

/// The name of what seems to be an application in `module`.
fn likely(module: &Object, py: Attached<'_>) -> PyResult<Option<String>> {
    for name in LIKELY {
        let found = module.attribute_opt(name, py)?;
        if found.is_some_and(|found| found.is_callable(py)) {
            return Ok(Some(name.to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}

/// The functions around the handlers that the application has registered, if there are any.
pub(super) fn chain(
    application: &Application,
    module: &Object,
    place: Place,
    py: Attached<'_>,
) -> Result<Option<Chain>, LoadError> {
    let made = place
        .callable(module, py)
        .and_then(|fail| Chain::of(module, &fail, py));
    made.map_err(|raised| failure(&application.module, raised, py))
}

/// Whether a GIL is on, in a build that can do without (PEP 703); `false` where Python does not know of that.
pub(super) fn is_gil_enabled(py: Attached<'_>) -> bool {
    let asked = import(c"sys", py).and_then(|sys| sys.call_method(c"_is_gil_enabled", &[], py));
    match asked {
        Ok(answer) => answer.is_true(py),
        Err(raised) => {
            raised.clear(py);
            false
        }
    }
}

/// Puts `folders` before Python's own in `sys.path`, once in an interpreter.
pub(super) fn extend_path(folders: &[PathBuf], py: Attached<'_>) -> PyResult<()> {
    let path = import(c"sys", py)?.attribute(c"path", py)?;
    for folder in folders.iter().rev() {
        let folder = convert::new_str(&folder.to_string_lossy(), py)?;
        let count = path.call_method(c"count", &[&folder], py)?;
        if convert::as_i64(&count, py)? == Some(0) {
            path.call_method(c"insert", &[&*convert::new_int(0, py)?, &folder], py)?;
        }
    }
    Ok(())
}

/// Why an import failed: a module that refuses the interpreter, or the traceback.
fn failure(app: &str, raised: Raised, py: Attached<'_>) -> LoadError {
    let exception = raised.take(py);
    let app = app.to_owned();
    match refusing_module(&exception, py) {
        Some(module) => LoadError::ModuleRefuses {
            module,
            app,
            strategy: "",
            others: "",
        },
        None => LoadError::Import {
            app,
            traceback: traceback::text(&exception, py),
        },
    }
}

/// The module that refused, if that is what the exception or what led to it says.
pub(super) fn refusing_module(exception: &Object, py: Attached<'_>) -> Option<String> {
    let mut current = exception.own(py);
    // A chain that is longer than this is a loop.
    for _ in 0..100 {
        let text = convert::text_of(&current, py);
        let text = text.unwrap_or_else(|raised| {
            raised.clear(py);
            String::new()
        });
        if let Some(name) = text.strip_suffix(REFUSAL) {
            return Some(name.strip_prefix("module ").unwrap_or(name).to_owned());
        }
        if text.starts_with(PYO3_REFUSAL) {
            let name = current
                .attribute(c"name", py)
                .and_then(|name| convert::text_of(&name, py));
            return Some(name.unwrap_or_else(|raised| {
                raised.clear(py);
                String::from("made with PyO3")
            }));
        }
        current = [c"__cause__", c"__context__"]
            .into_iter()
            .find_map(|link| {
                let next = current.attribute_opt(link, py).unwrap_or_else(|raised| {
                    raised.clear(py);
                    None
                });
                next.filter(|next| !next.is_none(py))
            })?;
    }
    None
}
