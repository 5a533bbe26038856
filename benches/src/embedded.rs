//! Python inside a bench: started as the server does it, used on the calling thread.

use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use native_types::capi::call::import;
use native_types::capi::inittab::{import_coachwhip, state_of_module};
use native_types::capi::{Attached, Owned, PyResult, convert};
use native_types::state::State;
use server::interpreter::{Main, PerCall, Python, Runtime, Seat, Strategy, find};

/// The folder of the Python modules that benches import.
const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python");

/// A running Python, and the calling thread's seat in its main interpreter.
///
/// Dropped, it ends Python. A process can have one, once.
#[derive(Debug)]
pub struct Embedded {
    seat: Option<Seat>,
    runtime: Option<Runtime>,
}

/// The strategy that uses the main interpreter as this build of Python means it: without a GIL where it has none.
pub fn main_strategy() -> &'static dyn Strategy {
    let name = if Python::embedded().is_free_threaded {
        "freethreaded"
    } else {
        "main"
    };
    find(name).expect("a strategy of that name")
}

impl Embedded {
    /// Starts Python; benches can import the modules in `benches/python`.
    ///
    /// # Panics
    ///
    /// When Python can't be started.
    pub fn start() -> Self {
        let (python, strategy) = (Python::embedded(), main_strategy());
        let executable = Some(&*python.executable).filter(|path| path.exists());
        let runtime = Runtime::start(executable, strategy, &python).expect("Python starts");
        let seat = strategy
            .enter(runtime.main())
            .expect("memory for a thread state");
        let embedded = Self {
            seat: Some(seat),
            runtime: Some(runtime),
        };
        embedded.with(|py, _| {
            let path = import(c"sys", py)?.attribute(c"path", py)?;
            let folder = convert::new_str(MODULES, py)?;
            // First: what is installed may have modules of the same names.
            let first = convert::new_int(0, py)?;
            path.call_method(c"insert", &[&first, &folder], py)
                .map(drop)
        });
        embedded
    }

    /// Runs `work` attached.
    ///
    /// # Panics
    ///
    /// When this is being dropped.
    pub fn attached<R>(&self, work: impl for<'py> FnOnce(Attached<'py>) -> R) -> R {
        self.seat.as_ref().expect("until it is dropped").with(work)
    }

    /// Runs `work` attached, with the state of the module `coachwhip`.
    ///
    /// # Panics
    ///
    /// With the exception that `work` raises.
    pub fn with<R>(
        &self,
        work: impl for<'py> FnOnce(Attached<'py>, &'py State) -> PyResult<R>,
    ) -> R {
        self.attached(|py| run(work, py))
    }

    /// Runs `work` on a thread of its own that has no thread state yet, while this one is detached.
    ///
    /// # Panics
    ///
    /// When `work` does.
    pub fn beside<R: Send>(&self, work: impl FnOnce(Interpreter<'_>) -> R + Send) -> R {
        let runtime = self.runtime.as_ref().expect("until it is dropped");
        let interpreter = Interpreter {
            main: runtime.main(),
            per_call: runtime.per_call(),
        };
        let wait = || std::thread::scope(|scope| scope.spawn(|| work(interpreter)).join());
        let ended = self.attached(|py| py.detached(wait));
        ended.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// Leave for any thread to use the main interpreter, while it lives.
#[derive(Clone, Copy, Debug)]
pub struct Interpreter<'embedded> {
    main: Main,
    /// Leave to attach for one call at a time.
    pub per_call: PerCall<'embedded>,
}

impl Interpreter<'_> {
    /// Runs `work` attached, in a seat that the calling thread has for so long, with the state of the module `coachwhip`.
    ///
    /// # Panics
    ///
    /// With the exception that `work` raises.
    pub fn with<R>(
        self,
        work: impl for<'py> FnOnce(Attached<'py>, &'py State) -> PyResult<R>,
    ) -> R {
        let seat = main_strategy()
            .enter(self.main)
            .expect("memory for a thread state");
        // A panic must not keep the seat: the thread would hold the interpreter for ever.
        let done = catch_unwind(AssertUnwindSafe(|| seat.with(|py| run(work, py))));
        seat.leave();
        done.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn run<R>(
    work: impl for<'py> FnOnce(Attached<'py>, &'py State) -> PyResult<R>,
    py: Attached<'_>,
) -> R {
    let module = import_coachwhip(py).expect("built in");
    let state = state_of_module(&module, py).expect("the module that was built in");
    work(py, state).unwrap_or_else(|raised| {
        let error = raised.take(py);
        let text = convert::text_of(&error, py).unwrap_or_default();
        panic!("{}: {text}", error.type_name(py))
    })
}

/// The value `name` of the module `module` in `benches/python`.
///
/// # Errors
///
/// What importing it raises.
pub fn attribute<'py>(module: &str, name: &str, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let text = |text: &str| CString::new(text).expect("a name without NUL");
    import(&text(module), py)?.attribute(&text(name), py)
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.take() {
            seat.leave();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.finalize();
        }
    }
}
