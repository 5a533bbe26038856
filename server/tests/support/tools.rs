//! A virtual environment of the embedded Python with pytest and mypy.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::root;
use super::strategy::info;

/// The environment that `scripts/test-tools` makes, once on a machine: the first run of all needs PyPI.
pub(crate) fn tools() -> PathBuf {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    let made = TOOLS.get_or_init(|| {
        let python = info()["python"]["executable"].as_str();
        let output = Command::new(root().join("scripts/test-tools"))
            .arg(python.expect("info --json has python.executable"))
            .stdin(Stdio::null())
            .output()
            .expect("bash runs the script");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "scripts/test-tools:\n{errors}");
        let path = String::from_utf8(output.stdout).expect("a path in UTF-8");
        PathBuf::from(path.trim())
    });
    made.clone()
}
