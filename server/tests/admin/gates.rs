//! Files that handlers wait for, so that a test decides how long they run.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Launch, Mode};

/// A folder of gates, closed at first.
pub(crate) struct Gates(TempDir);

impl Gates {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Lets everything go on that waits for `name`.
    pub(crate) fn open(&self, name: &str) {
        fs::write(self.0.path().join(name), "").expect("a temporary file");
    }

    /// A server of the handlers, with an admin listener on a free port.
    pub(crate) fn app(&self, mode: Mode) -> Launch {
        Launch::under(mode, "admin")
            .args(["--admin", "127.0.0.1:0"])
            .env("GATES", self.folder())
    }
}

/// Opens every gate that the tests use, so that no server is left with a handler that waits.
impl Drop for Gates {
    fn drop(&mut self) {
        for name in ["import", "first", "second", "third"] {
            let _ = fs::write(self.0.path().join(name), "");
        }
    }
}
