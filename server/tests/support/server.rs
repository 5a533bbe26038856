//! A running server: where it listens, what it said, how it ends.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio_rustls::rustls::client::ClientConfig;

use super::launch::{Ended, Running, said};
use super::tls::{Authority, Stream};
use super::{Answer, Call, Connection, Launch, Mode};

/// The ready line: `listening on http://127.0.0.1:8000 strategy=subinterp workers=2 python=3.13.0 app=a.b`.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) line: String,
    pub(crate) address: SocketAddr,
    fields: BTreeMap<String, String>,
}

impl Ready {
    pub(super) fn parse(line: &str) -> Self {
        let rest = line
            .strip_prefix("listening on http://")
            .or_else(|| line.strip_prefix("listening on https://"))
            .unwrap_or_else(|| panic!("no ready line: {line}"));
        let mut words = rest.split(' ');
        let address = words.next().and_then(|word| word.parse().ok());
        let address = address.unwrap_or_else(|| panic!("no address in the ready line: {line}"));
        let fields = words.map(|word| {
            let (name, value) = word
                .split_once('=')
                .unwrap_or_else(|| panic!("no name=value in {line}: {word}"));
            (name.to_owned(), value.to_owned())
        });
        Self {
            line: line.to_owned(),
            address,
            fields: fields.collect(),
        }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.line.starts_with("listening on https:")
    }

    /// The value of `name=value`.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields
            .get(name)
            .unwrap_or_else(|| panic!("no {name}= in the ready line: {}", self.line))
    }
}

/// A server that printed its ready line. Dropping it kills the process; if the test failed, it tells what stderr held.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) ready: Ready,
    pub(super) stderr: Arc<Mutex<Vec<u8>>>,
    pid: Pid,
    /// Whose folder the server's certificate is in.
    _authority: Option<Arc<Authority>>,
    client: Option<Arc<ClientConfig>>,
    running: Mutex<Running>,
}

impl Server {
    pub(super) fn new(ready: Ready, running: Running, authority: Option<Arc<Authority>>) -> Self {
        let stderr = Arc::clone(&running.stderr);
        Self {
            ready,
            stderr,
            pid: Pid::from_child(&running.child),
            client: authority.as_deref().map(Authority::client),
            _authority: authority,
            running: Mutex::new(running),
        }
    }

    /// What it wrote on stderr so far.
    pub(crate) fn stderr(&self) -> String {
        said(&self.stderr)
    }

    /// The client's side of a connection, with TLS where the server speaks it.
    pub(crate) fn stream(&self, socket: TcpStream) -> Stream {
        match &self.client {
            None => Stream::Plain(socket),
            Some(client) => Stream::tls(socket, client, "localhost"),
        }
    }

    /// The next ready line, of the next listener.
    pub(crate) fn next_line(&self) -> String {
        let line = self.running().lines.recv_timeout(super::PATIENCE);
        line.expect("a ready line for each listener")
    }

    /// A new connection to its first listener.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self)
    }

    /// One request on a connection of its own.
    pub(crate) fn call(&self, call: &Call) -> Answer {
        self.connect().call(call)
    }

    /// `GET target` on a connection of its own.
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.call(&Call::get(target))
    }

    /// The process's id, as `/proc` names it.
    pub(crate) fn process_id(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the server's process is there");
    }

    /// Waits for the process to end by itself.
    pub(crate) fn ended(&self, limit: Duration) -> Ended {
        self.running().ended(limit)
    }

    /// SIGTERM, and the orderly end that must follow.
    pub(crate) fn stop(&self) -> Ended {
        self.signal(Signal::TERM);
        let ended = self.ended(super::PATIENCE);
        assert_eq!(
            ended.code,
            Some(0),
            "SIGTERM ends with status 0; stderr:\n{}",
            ended.stderr
        );
        ended
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the failure message of the test, which the runner captures"
)]
fn tell_if_failing(server: &Server) {
    if std::thread::panicking() {
        eprintln!(
            "{}\nstderr of the server:\n{}",
            server.ready.line,
            server.stderr()
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        tell_if_failing(self);
    }
}

/// A server that several tests of one process use at the same time.
#[derive(Debug)]
pub(crate) struct Shared(Arc<Server>);

impl Deref for Shared {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if Arc::strong_count(&self.0) > 1 {
            tell_if_failing(&self.0);
        }
    }
}

/// The server of the `behaviour` handlers under `mode`, two workers, tracebacks in its answers.
///
/// It lives while a test holds it: a static one would outlive the test process, because statics are not dropped.
pub(crate) fn shared(mode: Mode) -> Shared {
    static SERVERS: Mutex<[[[Weak<Server>; 2]; 3]; 3]> =
        Mutex::new([const { [const { [const { Weak::new() }; 2] }; 3] }; 3]);
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = &mut servers[mode.strategy as usize][mode.dispatch as usize];
    let slot = &mut slot[usize::from(mode.is_over_tls)];
    if let Some(server) = slot.upgrade() {
        return Shared(server);
    }
    let server = Arc::new(
        Launch::under(mode, "behaviour")
            .args(["--workers", "2", "--debug"])
            .start(),
    );
    *slot = Arc::downgrade(&server);
    Shared(server)
}
