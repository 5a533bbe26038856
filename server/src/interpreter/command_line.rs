//! The embedded Python run as its own command is: `python ARGS...`, with `coachwhip` to import.
#![expect(unsafe_code, reason = "initialises Python and runs its command line")]

use std::ffi::{CString, OsString, c_char};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use native_types::capi::{Attached, Object, PyResult};
use pyo3_ffi as ffi;

use super::runtime::{Config, begin, check};
use super::strategy::Strategy;
use super::{LoadError, StartError, load, traceback};

/// What a run of Python as a command is given.
#[derive(Clone, Copy, Debug)]
pub struct CommandLine<'a> {
    /// The Python whose `site-packages` are used.
    pub executable: Option<&'a Path>,
    /// Where modules are looked for first.
    pub pythonpath: &'a [PathBuf],
    /// What `coachwhip.strategy()` tells, and whether there is a GIL. The code runs in the main interpreter.
    pub strategy: &'static dyn Strategy,
    /// What stands after `python`.
    pub arguments: &'a [OsString],
}

impl CommandLine<'_> {
    /// Runs it to its end, on the main thread of the process, and returns the exit status. `prepare` is called before, with
    /// the interpreter's `coachwhip`; what it returns, if anything, is the end of it.
    ///
    /// # Errors
    ///
    /// [`StartError`] where Python can't be initialised, or what `prepare` calls raises. Python stays as it is then, for a
    /// process that ends.
    pub fn run<R>(
        self,
        prepare: impl FnOnce(&Object, Attached<'_>) -> PyResult<Option<R>>,
    ) -> Result<Result<u8, R>, StartError> {
        begin()?;
        if let Some(status) = self.initialise()? {
            return Ok(Ok(status));
        }
        // SAFETY: initialising has attached this thread.
        let py = unsafe { Attached::assume() };
        if let Some(end) = self
            .prepare(prepare, py)
            .map_err(|error| StartError::Load {
                worker: 0,
                interpreter: 0,
                error,
            })?
        {
            return Ok(Err(end));
        }
        // SAFETY: attached on the thread that initialised Python, from a configuration with a command line; ends Python.
        let status = unsafe { ffi::Py_RunMain() };
        Ok(Ok(exit_status(status)))
    }

    /// Initialises Python; gives an exit status where that was all, as with `--version`.
    fn initialise(self) -> Result<Option<u8>, StartError> {
        let mut config = Config::new();
        config.0.parse_argv = 1;
        config.enable_gil(self.strategy.needs_gil());
        if let Some(executable) = self.executable {
            config.set_executable(executable)?;
        }
        config.set_arguments(self.arguments)?;
        let status = config.initialise();
        // SAFETY: a status that a C-API call has given.
        if unsafe { ffi::PyStatus_IsExit(status) } != 0 {
            return Ok(Some(exit_status(status.exitcode)));
        }
        check(&status)?;
        Ok(None)
    }

    fn prepare<R>(
        self,
        prepare: impl FnOnce(&Object, Attached<'_>) -> PyResult<Option<R>>,
        py: Attached<'_>,
    ) -> Result<Option<R>, LoadError> {
        let module = load::module(self.strategy, py)?;
        let prepared = load::extend_path(self.pythonpath, py).and_then(|()| prepare(&module, py));
        prepared.map_err(|raised| LoadError::Import {
            app: String::from("coachwhip"),
            traceback: traceback::text(&raised.take(py), py),
        })
    }
}

impl Config {
    /// The command line that Python takes apart, without the program's name.
    fn set_arguments(&mut self, arguments: &[OsString]) -> Result<(), StartError> {
        let all =
            std::iter::once("python".as_ref()).chain(arguments.iter().map(OsString::as_os_str));
        let all: Result<Vec<CString>, _> = all.map(|one| CString::new(one.as_bytes())).collect();
        let Ok(all) = all else {
            return Err(StartError::Python(String::from("an argument holds a NUL")));
        };
        let mut pointers: Vec<*const c_char> = all.iter().map(|one| one.as_ptr()).collect();
        let count = ffi::Py_ssize_t::try_from(pointers.len()).expect("fits");
        // SAFETY: an initialised configuration, and as many NUL-terminated texts, which are copied.
        let status =
            unsafe { ffi::PyConfig_SetBytesArgv(&raw mut *self.0, count, pointers.as_mut_ptr()) };
        check(&status)
    }
}

/// What the process tells its caller: the low byte, as `exit` does.
fn exit_status(status: i32) -> u8 {
    status.to_le_bytes()[0]
}
