//! A test in a process of its own: Python can be initialised once in a process.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Set in the process that is to live.
const LIVES: &str = "COACHWHIP_TEST_LIVES";

/// The longest life: a debug build that starts some thirty interpreters on a busy machine.
pub(crate) const LONGEST: Duration = Duration::from_mins(3);

/// Runs `live` in a process of its own with `variables`, which must end in order; `test` is the test's full name.
///
/// The process is this test once more, with a variable that tells it to live. Python's threads, its memory and the way
/// in which it ends are then those of that process.
#[expect(
    clippy::print_stdout,
    reason = "what the process says, for the runner to capture"
)]
pub(crate) fn alone(test: &str, variables: &[(&str, &Path)], live: impl FnOnce()) {
    if env::var_os(LIVES).is_some() {
        return live();
    }
    let mut command = Command::new(env::current_exe().expect("a test knows its program"));
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") || name == "VIRTUAL_ENV" {
            command.env_remove(name);
        }
    }
    // One test thread: libtest then runs the test on the main thread, which has the larger stack.
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    let said = tempfile::NamedTempFile::new().expect("a temporary file");
    let (out, errors) = (said.as_file().try_clone(), said.as_file().try_clone());
    command.env(LIVES, "1").envs(variables.iter().copied());
    command.stdin(Stdio::null());
    command.stdout(out.expect("a handle of an open file"));
    command.stderr(errors.expect("a handle of an open file"));
    let status = ended(command.spawn().expect("the test can be started again"));
    let said = fs::read(said.path()).expect("the file that was written");
    let said = String::from_utf8_lossy(&said);
    println!("{said}");
    let status = status.unwrap_or_else(|| panic!("{test} did not end within {LONGEST:?}"));
    assert!(status.success(), "{test} ended with {status}");
    assert!(said.contains("1 passed"), "{test} is a test of this file");
    assert!(!said.contains("Traceback"), "{test} ends quietly");
}

/// Waits for the end of a process; `None` if it had to be killed.
fn ended(mut process: Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + LONGEST;
    while Instant::now() < deadline {
        if let Some(status) = process.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(10));
    }
    let _ = process.kill();
    let _ = process.wait();
    None
}
