//! The commands `python` and `test`: the embedded Python as a command, in which `coachwhip` and `coachwhip.testing` exist.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use native_types::capi::call::import;
use native_types::capi::{Attached, PyResult, convert};

use crate::interpreter::{CommandLine, Python, StartError};
use crate::testing;

/// Why Python did not run.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// It can't be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is nothing to run the tests with. The author's to mend: exit status 2.
    #[error(
        "pytest is not installed for the embedded Python {python}. Install it into a virtual environment of that Python, and \
         name that with --venv or VIRTUAL_ENV:\n{}",
        remedy(python, environment.as_deref())
    )]
    NoPytest {
        /// The embedded Python.
        python: Python,
        /// The virtual environment that was named.
        environment: Option<PathBuf>,
    },
}

impl PythonError {
    /// The exit status of the process.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Start(error) => error.exit_status(),
            Self::NoPytest { .. } => 2,
        }
    }
}

/// The commands that install pytest.
fn remedy(python: &Python, environment: Option<&Path>) -> String {
    let (make, environment) = match environment {
        Some(environment) => (String::new(), environment.display().to_string()),
        None => (
            format!("  {} -m venv .venv\n", python.executable.display()),
            String::from(".venv"),
        ),
    };
    format!(
        "{make}  {environment}/bin/python -m pip install pytest\n  coachwhip test --venv {environment}"
    )
}

/// Runs `python ARGUMENTS...` and returns its exit status.
///
/// # Errors
///
/// [`PythonError::Start`].
pub fn python(line: CommandLine<'_>) -> Result<u8, PythonError> {
    let ran = line.run(|module, py| {
        testing::install(module, py)?;
        Ok(None::<()>)
    })?;
    Ok(ran.unwrap_or_default())
}

/// Runs `python -m pytest ARGUMENTS...` and returns its exit status; `environment` is the virtual environment, for the
/// message.
///
/// # Errors
///
/// [`PythonError`].
pub fn test(line: CommandLine<'_>, environment: Option<&Path>) -> Result<u8, PythonError> {
    let module = ["-m", "pytest"].map(OsString::from);
    let arguments: Vec<OsString> = module.iter().chain(line.arguments).cloned().collect();
    let line = CommandLine {
        arguments: &arguments,
        ..line
    };
    let ran = line.run(|module, py| {
        if !has_pytest(py)? {
            return Ok(Some(()));
        }
        testing::install(module, py)?;
        Ok(None)
    })?;
    ran.map_err(|()| PythonError::NoPytest {
        python: Python::embedded(),
        environment: environment.map(Path::to_path_buf),
    })
}

fn has_pytest(py: Attached<'_>) -> PyResult<bool> {
    let name = convert::new_str("pytest", py)?;
    let found = import(c"importlib.util", py)?.call_method(c"find_spec", &[&name], py)?;
    Ok(!found.is_none(py))
}
