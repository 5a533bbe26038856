//! Why an interpreter or a handler module can't be started.

use super::Python;

/// Why the server can't start. Each names what it is about and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The strategy is not possible with the embedded Python. The operator's to change: exit status 2.
    #[error(
        "the strategy {strategy} is not possible with the embedded Python {python}: {reason}.\n\
         Build against another Python to use it: COACHWHIP_PYTHON=/path/to/python3 cargo build --release\n\
         (or PYO3_PYTHON, where a build is there already), or choose another --strategy; `coachwhip info` lists them."
    )]
    Impossible {
        /// Which strategy.
        strategy: String,
        /// The embedded Python.
        python: Python,
        /// What it lacks.
        reason: String,
    },
    /// Python traces memory from its start, which the strategy does not survive. The operator's to change: exit status 2.
    #[error(
        "PYTHONTRACEMALLOC is set, and under {strategy} that corrupts memory: tracemalloc knows one interpreter only. \
         Unset it, or trace the same application under --strategy main"
    )]
    TracesMemory {
        /// Which strategy.
        strategy: &'static str,
    },
    /// Python itself can't be initialised, or makes no interpreter. The machine's fault: exit status 1.
    #[error("Python can't be started: {0}")]
    Python(String),
    /// The handler modules can't be loaded. The author's fault: exit status 1.
    #[error("worker {worker} (interpreter {interpreter}): {error}")]
    Load {
        /// Which worker.
        worker: usize,
        /// Which interpreter; 0 is the main one.
        interpreter: i64,
        /// What happened.
        error: LoadError,
    },
}

/// Why a worker can't load the handler modules.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Importing the application raised.
    #[error("can't import {app}\n{traceback}")]
    Import {
        /// The application.
        app: String,
        /// Python's traceback.
        traceback: String,
    },
    /// A module does not support an interpreter with a GIL of its own.
    #[error(
        "the module {module} refuses an interpreter with its own GIL, so {app} can't run under {strategy}; \
         use {others}"
    )]
    ModuleRefuses {
        /// The module that refuses.
        module: String,
        /// The application.
        app: String,
        /// The strategy that was tried.
        strategy: &'static str,
        /// What works instead.
        others: &'static str,
    },
    /// A module that was not made for it switched the GIL on again.
    #[error(
        "importing {app} switched the GIL on again, because of a module that does not support running without it \
         (Python's own warning names it); under {strategy} the workers would wait for each other. \
         Use --strategy main, or auto to run all the same"
    )]
    GilSwitchedOn {
        /// The application.
        app: String,
        /// The strategy that was tried.
        strategy: &'static str,
    },
    /// A start-up hook raised.
    #[error("a start-up hook failed\n{0}")]
    Hook(String),
    /// What `import coachwhip` gives is not the server's own module.
    #[error("another module stands in sys.modules as coachwhip: that name is the server's own")]
    OtherModule,
    /// The interpreters registered different routes or functions around the handlers: each must answer alike.
    #[error(
        "it registered other routes, or other functions around the handlers, than the first worker; \
         they must not depend on the worker or on chance"
    )]
    TableDiffers,
    /// The application registered no route, and no files are served: nothing would be found.
    #[error("{}", no_routes(app, likely.as_deref()))]
    NoRoutes {
        /// The module.
        app: String,
        /// What in it seems to be an application of WSGI or ASGI.
        likely: Option<String>,
    },
    /// The application names an attribute: what that is for is not served.
    #[error(
        "{0}: applications of the form module:attribute (WSGI, ASGI) are not served; name a module of native handlers"
    )]
    Attribute(String),
}

fn no_routes(app: &str, likely: Option<&str>) -> String {
    match likely {
        Some(name) => format!(
            "{app} registers no route, so there is nothing to serve; {app}:{name} was probably meant, but applications of \
             that form (WSGI, ASGI) are not served: register handlers, with @coachwhip.get(\"/\") for example"
        ),
        None => format!(
            "{app} registers no route, and no [[static]] is configured, so there is nothing to serve: register handlers, \
             with @coachwhip.get(\"/\") for example, or name the module that does"
        ),
    }
}

impl StartError {
    /// The exit status of the process.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Impossible { .. } | Self::TracesMemory { .. } => 2,
            Self::Python(_) | Self::Load { .. } => 1,
        }
    }

    /// The module that refuses an interpreter with its own GIL, if that is the reason.
    pub fn refusing_module(&self) -> Option<&str> {
        match self {
            Self::Load {
                error: LoadError::ModuleRefuses { module, .. },
                ..
            } => Some(module),
            Self::Load { .. }
            | Self::Impossible { .. }
            | Self::TracesMemory { .. }
            | Self::Python(_) => None,
        }
    }
}
