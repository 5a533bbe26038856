//! Whether the machine and the embedded Python have what a command needs.

use std::process::{Command, Stdio};

use super::session::clean;
use crate::support::strategy::{info, python_version};

/// How to try a tool whose presence alone does not tell whether it may be used. Others are looked for on `PATH`.
const TRIALS: [(&str, &str); 4] = [
    (
        "PyPI",
        r#""$(coachwhip info --json | jq -r .python.executable)" -m pip index versions pytest"#,
    ),
    ("perf", "perf record --output /dev/null -- true"),
    (
        "perf trace",
        "perf trace --summary -- sleep 0.01 2>&1 | grep -q syscall",
    ),
    (
        "gdb's script",
        r#"command -v gdb && test -e "$(readlink -f "$(coachwhip info --json | jq -r .python.executable)")-gdb.py""#,
    ),
];

/// The first of `needs` that is not there.
pub(crate) fn unmet(needs: &[String]) -> Option<String> {
    needs.iter().find(|need| !is_met(need)).cloned()
}

/// A need is a strategy, `python X.Y` for that or a newer one, `GIL` for a build that has one, or a tool.
fn is_met(need: &str) -> bool {
    if let Some(version) = need.strip_prefix("python ") {
        return numbers(python_version()) >= numbers(version);
    }
    if need == "GIL" {
        return info()["python"]["free_threaded"] == false;
    }
    if let Some(strategy) = info()["strategies"].get(need) {
        return strategy["possible"] == true;
    }
    let trial = TRIALS.iter().find(|(tool, _)| *tool == need);
    let trial = trial.map_or_else(
        || format!("command -v {need}"),
        |(_, trial)| String::from(*trial),
    );
    let mut bash = Command::new("bash");
    clean(&mut bash);
    let status = bash
        .args(["-c", &trial])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn numbers(version: &str) -> Vec<u32> {
    let parts = version.split('.');
    parts.map(|part| part.parse().unwrap_or(0)).collect()
}
