//! Which Python is embedded.
#![expect(unsafe_code, reason = "asks the linked Python for its version")]

use std::ffi::CStr;
use std::fmt;
use std::path::PathBuf;

use pyo3_ffi as ffi;

/// The Python that this binary is linked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// Major, minor and micro version.
    pub version: (u8, u8, u8),
    /// Whether it was built without a GIL (PEP 703).
    pub is_free_threaded: bool,
    /// The executable that it was built with.
    pub executable: PathBuf,
}

impl Python {
    /// The embedded Python. Needs no initialised Python.
    pub fn embedded() -> Self {
        // SAFETY: may be called at any time; gives a static text.
        let text = unsafe { ffi::Py_GetVersion() };
        // SAFETY: NUL-terminated and static.
        let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
        let number = text.split([' ', '+']).next().unwrap_or_default();
        let mut parts = number.split('.').map(leading_number);
        let mut next = || parts.next().unwrap_or(0);
        Self {
            version: (next(), next(), next()),
            is_free_threaded: cfg!(Py_GIL_DISABLED),
            executable: PathBuf::from(env!("COACHWHIP_BUILD_PYTHON")),
        }
    }
}

impl Python {
    /// The version number, without the `t` of a free-threaded build: `3.13.5`.
    pub fn number(&self) -> String {
        let (major, minor, micro) = self.version;
        format!("{major}.{minor}.{micro}")
    }

    /// What its folder of modules is called below `lib`: `python3.13`, `python3.13t`.
    pub fn folder(&self) -> String {
        let (major, minor, _) = self.version;
        let build = if self.is_free_threaded { "t" } else { "" };
        format!("python{major}.{minor}{build}")
    }
}

/// The digits that a part of a version begins with: `0rc1` is 0.
fn leading_number(part: &str) -> u8 {
    let digits = part
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(part.len());
    part[..digits].parse().unwrap_or(0)
}

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let build = if self.is_free_threaded { "t" } else { "" };
        write!(f, "{}{build}", self.number())
    }
}
