//! A process that may open 64 files: connections leave some to handlers, and others wait until there is one again.
//!
//! How much of it disturbs others is measured by `loadtests/faults.py`.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::fs;
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Signal;

use support::{Call, Connection, Launch, Server, Strategy, eventually};

support::mode::under_every! { strategy;
    descriptors: [
        are_left_to_handlers,
        that_are_all_taken_hold_up_new_clients_only,
        that_are_all_taken_do_not_hold_up_the_end,
    ],
}

/// The promises, each a function of the strategy to test under.
mod descriptors {
    pub(crate) use super::{
        are_left_to_handlers, that_are_all_taken_do_not_hold_up_the_end,
        that_are_all_taken_hold_up_new_clients_only,
    };
}

/// `ulimit -n`.
const DESCRIPTORS: u32 = 64;
/// Clock ticks of `/proc/PID/stat`, of which a busy loop uses 100 a second.
const TICKS_MAX: u64 = 25;

/// One worker, so that the handler that gives descriptors back is in the interpreter of the one that took them.
fn launch(strategy: Strategy) -> Launch {
    let launch = Launch::under(strategy, "faults").args(["--workers", "1"]);
    launch.descriptors(DESCRIPTORS)
}

fn start(strategy: Strategy) -> Server {
    launch(strategy).start()
}

/// Processor time that the process has used, in ticks.
fn ticks(server: &Server) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.process_id()));
    let stat = stat.expect("a Linux /proc");
    let (_, fields) = stat.rsplit_once(')').expect("the name is in brackets");
    let times = fields.split_whitespace().skip(11).take(2);
    times
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum()
}

/// Fails if the process uses much of a core for a while.
fn is_not_busy(server: &Server) {
    let before = ticks(server);
    std::thread::sleep(Duration::from_secs(1));
    let used = ticks(server) - before;
    assert!(used < TICKS_MAX, "{used} ticks in a second");
}

fn connections(server: &Server, count: usize) -> Vec<TcpStream> {
    let connect = || TcpStream::connect(server.ready.address).expect("the kernel accepts");
    (0..count).map(|_| connect()).collect()
}

/// More clients than descriptors: handlers that need one have it all the same, and the other clients wait.
fn are_left_to_handlers(strategy: Strategy) {
    let server = start(strategy);
    eventually("the log tells that there is less room", || {
        server.stderr().contains("ulimit -n").then_some(())
    });
    let mut known = server.connect();
    known.call(&Call::get("/file")).expect(200);
    let crowd = connections(&server, 100);
    for _ in 0..20 {
        known.call(&Call::get("/file")).expect(200);
    }
    is_not_busy(&server);
    let mut waiting = server.connect();
    waiting.send(Call::get("/file").bytes());
    known.call(&Call::get("/file")).expect(200);
    drop(crowd);
    waiting.read().expect(200);
    assert!(
        !server.stderr().contains("can't accept"),
        "{}",
        server.stderr()
    );
    server.stop();
}

/// Handlers have taken every descriptor; a client on a connection from before is returned.
fn exhausted(server: &Server) -> Connection {
    let mut known = server.connect();
    known.call(&Call::get("/take-descriptors")).expect(200);
    known
}

fn that_are_all_taken_hold_up_new_clients_only(strategy: Strategy) {
    let server = start(strategy);
    let mut known = exhausted(&server);
    let mut waiting = server.connect();
    waiting.send(Call::get("/").bytes());
    eventually("the lack is told", || {
        server.stderr().contains("can't accept").then_some(())
    });
    is_not_busy(&server);
    let told = server.stderr().matches("can't accept").count();
    assert_eq!(told, 1, "{}", server.stderr());
    known.call(&Call::get("/")).expect(200);
    known.call(&Call::get("/give-descriptors")).expect(200);
    assert_eq!(waiting.read().expect(200).text(), "here");
    known.call(&Call::get("/file")).expect(200);
    server.stop();
}

/// Nor does it take its time over each of those who wait to be accepted, while a request is under way.
fn that_are_all_taken_do_not_hold_up_the_end(strategy: Strategy) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let gate = folder.path().join("gate");
    let limited = launch(strategy).args(["--shutdown-timeout", "5"]);
    let server = limited.env("GATE", &gate).start();
    let mut known = server.connect();
    known.send(Call::get("/take-descriptors-and-hold").bytes());
    eventually("the lack is told", || {
        drop(connections(&server, 1));
        server.stderr().contains("can't accept").then_some(())
    });
    let _crowd = connections(&server, 500);
    let mut waiting = server.connect();
    server.signal(Signal::TERM);
    assert!(waiting.is_closed());
    fs::write(&gate, "").expect("a file in the temporary folder");
    known.read().expect(200);
    let ended = server.ended(Duration::from_secs(10));
    assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
}
