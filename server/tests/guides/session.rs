//! One bash that runs a section's commands, one block after the other.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command as Process, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::page::Command;
use super::shown::agrees;
use crate::support::PATIENCE;
use crate::support::launch::forget_settings;

/// Longest time for a block; what it has started has then [`PATIENCE`] to print what the page shows.
const LIMIT: Duration = Duration::from_mins(2);

/// A running bash. Dropping it kills it and what it has started.
#[derive(Debug)]
pub(crate) struct Session {
    bash: Child,
    input: ChildStdin,
    /// Where blocks and what they print are kept, out of the commands' sight.
    notes: TempDir,
    count: usize,
}

/// An environment like that of a reader who has installed `coachwhip` and set nothing.
pub(crate) fn clean(process: &mut Process) {
    let binary = Path::new(env!("CARGO_BIN_EXE_coachwhip"));
    let own = binary
        .parent()
        .expect("a binary lies in a folder")
        .to_path_buf();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(own).chain(std::env::split_paths(&others));
    forget_settings(process);
    process.env("PATH", std::env::join_paths(paths).expect("paths"));
}

impl Session {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut bash = Process::new("bash");
        clean(&mut bash);
        bash.current_dir(folder).process_group(0);
        bash.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut bash = bash.spawn().expect("bash can be started");
        Self {
            input: bash.stdin.take().expect("stdin is piped"),
            bash,
            notes: tempfile::tempdir().expect("a temporary folder"),
            count: 0,
        }
    }

    /// Runs a block, and waits until it has printed what the page shows.
    ///
    /// # Panics
    ///
    /// Where it does not, or, where the page shows nothing, where it fails.
    pub(crate) fn run(&mut self, command: &Command) {
        let Command {
            place, text, shows, ..
        } = command;
        let printed = self.note("out");
        let status = self.execute(place, text);
        let Some(shows) = shows else {
            let printed = fs::read_to_string(printed).unwrap_or_default();
            assert_eq!(status, "0", "{place}: exit status of\n{text}\n{printed}");
            return;
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let printed = fs::read(&printed).expect("bash has made the file");
            let printed = String::from_utf8_lossy(&printed);
            if agrees(shows, &printed) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{place}\n--- commands\n{text}--- printed\n{printed}--- the page shows\n{shows}"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Checks that nothing is left running.
    pub(crate) fn end(mut self, place: &str) {
        let left = self.note("out");
        self.execute(place, "jobs -r");
        let left = fs::read_to_string(left).unwrap_or_default();
        assert_eq!(left, "", "{place}: the section leaves something running");
    }

    /// The next block's file of that kind.
    fn note(&self, kind: &str) -> PathBuf {
        self.notes.path().join(format!("{}.{kind}", self.count))
    }

    /// Runs commands in this bash, as if they were typed; returns the last one's exit status.
    fn execute(&mut self, place: &str, text: &str) -> String {
        let [block, out, status, done] =
            ["sh", "out", "status", "done"].map(|kind| self.note(kind));
        self.count += 1;
        fs::write(&block, text).expect("a temporary file");
        // `source`, so that variables and jobs stay; standard input is the script's, not the commands'.
        let line = format!(
            "source {} </dev/null >{} 2>&1; echo $? >{status}; mv {status} {}\n",
            block.display(),
            out.display(),
            done.display(),
            status = status.display(),
        );
        self.input
            .write_all(line.as_bytes())
            .unwrap_or_else(|error| panic!("{place}: bash has ended: {error}"));
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Ok(status) = fs::read_to_string(&done) {
                return status.trim().to_owned();
            }
            let printed = fs::read_to_string(&out).unwrap_or_default();
            assert!(
                Instant::now() < deadline && !self.has_ended(),
                "{place}: not finished after {LIMIT:?}, or it ended the shell:\n{text}\n{printed}"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn has_ended(&mut self) -> bool {
        self.bash.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.bash), Signal::KILL);
        let _ = self.bash.wait();
    }
}

fn command(text: &str, shows: Option<&str>) -> Command {
    Command {
        place: String::from("a.md:1"),
        text: text.into(),
        needs: Vec::new(),
        shows: shows.map(String::from),
    }
}

#[test]
fn a_session_keeps_variables_and_jobs_and_ends_clean() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut session = Session::start(folder.path());
    session.run(&command("name=value; echo late >&2 & job=$!", Some("late")));
    session.run(&command(
        "wait $job; echo $name; pwd | wc -l",
        Some("value\n1"),
    ));
    session.run(&command("cat; test -z \"$COACHWHIP_WORKERS\"", None));
    session.end("a.md:1");
}

#[test]
#[should_panic(expected = "a.md:1: exit status of")]
fn a_block_that_fails_without_a_word_of_the_page_is_noticed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    Session::start(folder.path()).run(&command("echo wrong; false", None));
}

#[test]
#[should_panic(expected = "leaves something running")]
fn what_is_left_running_is_noticed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut session = Session::start(folder.path());
    session.run(&command("sleep 60 &", None));
    session.end("a.md:1");
}
