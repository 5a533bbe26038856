//! Starts the `coachwhip` command: as a server that gets ready, or as a command that ends by itself.

use rustix::process::{Pid, Signal, kill_process};
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::server::{Ready, Server};
use super::tls::{Authority, is_for_everything};
use super::{Mode, PATIENCE, handlers};

/// The command line, environment and working directory of one run.
///
/// Variables that would change the configuration are taken out of the inherited environment, and the
/// working directory holds no `config/default.toml`, so that a run sees what its test gives it only.
#[derive(Debug)]
pub(crate) struct Launch {
    /// A command that executes the one that follows it; none executes it at once.
    through: Vec<OsString>,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    directory: PathBuf,
    authority: Option<Arc<Authority>>,
}

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit status; `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Launch {
    /// The bare command, without any argument.
    pub(crate) fn bare() -> Self {
        Self {
            through: Vec::new(),
            arguments: Vec::new(),
            variables: Vec::new(),
            directory: handlers(),
            authority: None,
        }
    }

    /// A server of `app`, one of the modules in `tests/handlers`, on a free port.
    pub(crate) fn app(app: &str) -> Self {
        Self::bare()
            .args(["--bind", "127.0.0.1:0", "--pythonpath"])
            .args([handlers()])
            .args([app])
    }

    /// Over TLS, with a certificate for `localhost` that `authority` signs, and clients that trust it.
    pub(crate) fn over_tls(self, authority: &Arc<Authority>) -> Self {
        let pair = authority.issue("localhost", &["localhost"]);
        let launch = self.args(pair.options());
        Self {
            authority: Some(Arc::clone(authority)),
            ..launch
        }
    }

    /// A server of `app` under a mode, or under a strategy with the default dispatch.
    pub(crate) fn under(mode: impl Into<Mode>, app: &str) -> Self {
        let mode = mode.into();
        let launch = Self::app(app)
            .args(["--strategy", mode.strategy.name()])
            .args(["--dispatch", mode.dispatch.name()]);
        if mode.is_over_tls || is_for_everything() {
            launch.over_tls(&Authority::new())
        } else {
            launch
        }
    }

    /// Further arguments, after those that are there.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(
            arguments
                .into_iter()
                .map(|argument| argument.as_ref().to_os_string()),
        );
        self
    }

    /// Started by another command, which becomes the server.
    pub(crate) fn through<A: AsRef<OsStr>>(mut self, command: impl IntoIterator<Item = A>) -> Self {
        let words = command.into_iter();
        self.through = words.map(|word| word.as_ref().to_os_string()).collect();
        self
    }

    /// An environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables
            .push((name.into(), value.as_ref().to_os_string()));
        self
    }

    /// The working directory.
    pub(crate) fn directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.directory = directory.as_ref().to_path_buf();
        self
    }

    /// The limit on open files, as `ulimit -n` sets it.
    pub(crate) fn descriptors(self, limit: u32) -> Self {
        let limited = format!("ulimit -n {limit} && exec \"$0\" \"$@\"");
        self.through(["sh", "-c", &limited])
    }

    /// Starts the server and waits for its ready line.
    pub(crate) fn start(self) -> Server {
        let line = format!(
            "coachwhip {}",
            self.arguments.join(OsStr::new(" ")).display()
        );
        let mut running = self.spawn();
        match running.lines.recv_timeout(PATIENCE) {
            Ok(text) => Server::new(Ready::parse(&text), running, self.authority),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let _ = running.child.kill();
                let ended = running.ended(PATIENCE);
                panic!(
                    "{line}\nprinted no ready line; exit status {:?}, stderr:\n{}",
                    ended.code, ended.stderr
                )
            }
        }
    }

    /// Starts the server without waiting until it is ready.
    pub(crate) fn start_unready(self) -> Running {
        self.spawn()
    }

    /// Runs a command that ends by itself.
    pub(crate) fn run(self) -> Ended {
        self.spawn().ended(PATIENCE)
    }

    fn spawn(&self) -> Running {
        let mut words = self.through.clone();
        words.push(env!("CARGO_BIN_EXE_coachwhip").into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        forget_settings(&mut command);
        command
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.directory);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Running::new(
            command
                .spawn()
                .expect("the binary that cargo built can be started"),
        )
    }
}

/// Takes the variables out of the inherited environment that would change what the server does.
pub(crate) fn forget_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let configures =
            text.starts_with("COACHWHIP_") || text.starts_with("PYTHON") || text == "VIRTUAL_ENV";
        if configures {
            command.env_remove(&name);
        }
    }
}

/// A child process, and the threads that read what it says.
#[derive(Debug)]
pub(crate) struct Running {
    pub(super) child: Child,
    pub(super) lines: Receiver<String>,
    pub(super) stderr: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Running {
    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).expect("the process is there");
    }

    fn new(mut child: Child) -> Self {
        let (sender, lines) = channel();
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut errors = child.stderr.take().expect("stderr is piped");
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&stderr);
        let out = thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let err = thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut piece) {
                kept.lock()
                    .expect("a reader does not panic")
                    .extend_from_slice(&piece[..count]);
            }
        });
        Self {
            child,
            lines,
            stderr,
            readers: vec![out, err],
        }
    }

    /// What stderr held so far.
    pub(super) fn said(&self) -> String {
        said(&self.stderr)
    }

    /// Waits for the exit, `limit` at most, and for the last of what it said.
    pub(crate) fn ended(&mut self, limit: Duration) -> Ended {
        let deadline = Instant::now() + limit;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                panic!("still running after {limit:?}; stderr:\n{}", self.said());
            }
            thread::sleep(Duration::from_millis(5));
        };
        for reader in self.readers.drain(..) {
            reader.join().expect("a reader does not panic");
        }
        let stdout = self.lines.try_iter().map(|line| line + "\n").collect();
        Ended {
            code: status.code(),
            stdout,
            stderr: self.said(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn said(stderr: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&stderr.lock().expect("a reader does not panic")).into_owned()
}
