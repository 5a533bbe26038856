//! The Python runtime of this process: initialised first, finalised last, on the main thread.
#![expect(unsafe_code, reason = "initialises and finalises Python")]

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::OnceLock;

use native_types::capi::{Attached, inittab};
use pyo3_ffi as ffi;

use super::strategy::Strategy;
use super::{Python, StartError, warm_up};

/// The main interpreter, for workers that join it.
#[derive(Clone, Copy, Debug)]
pub struct Main(*mut ffi::PyInterpreterState);

// SAFETY: the pointer is only given to `PyThreadState_New`, which may be called on any thread.
unsafe impl Send for Main {}
// SAFETY: as above.
unsafe impl Sync for Main {}

impl Main {
    pub(super) fn pointer(self) -> *mut ffi::PyInterpreterState {
        self.0
    }
}

/// An initialised Python whose main thread is the calling one, detached until the end.
///
/// Dropped without [`Runtime::finalize`], it leaves Python as it is: that is for a process which ends at once.
#[derive(Debug)]
pub struct Runtime {
    main: Main,
    /// INVARIANT: the main thread's state, detached; a raw pointer keeps the runtime on its thread.
    state: *mut ffi::PyThreadState,
}

impl Runtime {
    /// Initialises Python for `strategy`, once in a process, on the thread that finalises it.
    ///
    /// `executable` is the Python whose `site-packages` are used: a virtual environment's, or the one that this binary
    /// was built with.
    ///
    /// # Errors
    ///
    /// [`StartError::Python`] with what CPython says, or because this process has started Python before; what the
    /// strategy's [`Strategy::prepare`] says. Python stays as it is then, for a process that ends.
    pub fn start(
        executable: Option<&Path>,
        strategy: &dyn Strategy,
        python: &Python,
    ) -> Result<Self, StartError> {
        begin()?;
        initialise(executable, strategy.needs_gil())?;
        // SAFETY: initialising has attached this thread.
        let py = unsafe { Attached::assume() };
        warm_up::enable_fault_handler(py);
        strategy.prepare(python, py)?;
        // SAFETY: attached.
        let main = Main(unsafe { ffi::PyInterpreterState_Main() });
        // SAFETY: attached; `py` is not used after this.
        let state = unsafe { ffi::PyEval_SaveThread() };
        Ok(Self { main, state })
    }

    /// The main interpreter.
    pub fn main(&self) -> Main {
        self.main
    }

    /// Finalises Python. Every worker has left its seat before.
    pub fn finalize(self) {
        // SAFETY: the main thread's own state, detached since `start` (the invariant).
        unsafe { ffi::PyEval_RestoreThread(self.state) };
        // SAFETY: attached on the thread that initialised Python, and no other thread uses it.
        if unsafe { ffi::Py_FinalizeEx() } < 0 {
            tracing::warn!("Python could not flush its standard streams at the end");
        }
    }
}

/// What comes before Python is initialised, once in a process.
pub(super) fn begin() -> Result<(), StartError> {
    static STARTED: OnceLock<()> = OnceLock::new();
    if STARTED.set(()).is_err() {
        let again = "this process has started it before, and that can be done once";
        return Err(StartError::Python(String::from(again)));
    }
    // SAFETY: Python is not initialised (just seen): this is the first thing done with it.
    unsafe { inittab::append_coachwhip() };
    pre_initialise()
}

/// UTF-8 mode, whatever the locale says; the locale is left to this process.
fn pre_initialise() -> Result<(), StartError> {
    let mut config = std::mem::MaybeUninit::<ffi::PyPreConfig>::zeroed();
    // SAFETY: the call fills the whole structure.
    unsafe { ffi::PyPreConfig_InitPythonConfig(config.as_mut_ptr()) };
    // SAFETY: filled just above.
    let mut config = unsafe { config.assume_init() };
    config.utf8_mode = 1;
    config.configure_locale = 0;
    // SAFETY: Python is not initialised yet.
    let status = unsafe { ffi::Py_PreInitialize(&raw const config) };
    check(&status)
}

fn initialise(executable: Option<&Path>, needs_gil: bool) -> Result<(), StartError> {
    let mut config = Config::new();
    config.0.install_signal_handlers = 0;
    config.0.parse_argv = 0;
    config.0.safe_path = 1;
    config.enable_gil(needs_gil);
    if let Some(executable) = executable {
        config.set_executable(executable)?;
    }
    check(&config.initialise())
}

/// CPython's start configuration, freed when dropped.
pub(super) struct Config(pub(super) Box<ffi::PyConfig>);

impl Config {
    pub(super) fn new() -> Self {
        let mut config = Box::<ffi::PyConfig>::new_zeroed();
        // SAFETY: the call fills the whole structure.
        unsafe { ffi::PyConfig_InitPythonConfig(config.as_mut_ptr()) };
        // SAFETY: filled just above.
        Self(unsafe { config.assume_init() })
    }

    /// Runs a build that has no GIL with one, where the strategy asks for it.
    #[cfg(Py_GIL_DISABLED)]
    pub(super) fn enable_gil(&mut self, needs_gil: bool) {
        // `_PyConfig_GIL_ENABLE`. Otherwise the GIL stays off until a module that needs it is imported; see `load`.
        if needs_gil {
            self.0.enable_gil = 1;
        }
    }

    #[cfg(not(Py_GIL_DISABLED))]
    #[expect(clippy::unused_self, reason = "there is nothing to choose")]
    pub(super) fn enable_gil(&mut self, _needs_gil: bool) {}

    /// Initialises Python, once in a process, after [`begin`].
    pub(super) fn initialise(&self) -> ffi::PyStatus {
        // SAFETY: a configuration that CPython has filled; the other functions here keep it whole.
        unsafe { ffi::Py_InitializeFromConfig(&raw const *self.0) }
    }

    pub(super) fn set_executable(&mut self, path: &Path) -> Result<(), StartError> {
        let Ok(text) = CString::new(path.as_os_str().as_bytes()) else {
            return Err(StartError::Python(String::from(
                "the path of Python holds a NUL",
            )));
        };
        let config = &raw mut *self.0;
        // SAFETY: points into the configuration.
        let place = unsafe { &raw mut (*config).executable };
        // SAFETY: an initialised configuration, its own field, and a NUL-terminated text that is copied.
        let status = unsafe { ffi::PyConfig_SetBytesString(config, place, text.as_ptr()) };
        check(&status)
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`.
        unsafe { ffi::PyConfig_Clear(&raw mut *self.0) }
    }
}

pub(super) fn check(status: &ffi::PyStatus) -> Result<(), StartError> {
    // SAFETY: a status that a C-API call has given.
    if unsafe { ffi::PyStatus_Exception(*status) } == 0 {
        return Ok(());
    }
    Err(StartError::Python(status_text(status)))
}

/// What CPython says about a failure.
pub(super) fn status_text(status: &ffi::PyStatus) -> String {
    if status.err_msg.is_null() {
        return String::from("Python gave no reason");
    }
    // SAFETY: NUL-terminated and static.
    unsafe { CStr::from_ptr(status.err_msg) }
        .to_string_lossy()
        .into_owned()
}

/// Ends the process at once: nothing that is registered for the end is run, neither Python's nor C's.
///
/// For a process whose threads may still be running Python code, which every other way to end would run into.
pub fn abandon(status: u8) -> ! {
    // SAFETY: ends the process; what it skips is meant to be skipped.
    unsafe { libc::_exit(i32::from(status)) }
}
