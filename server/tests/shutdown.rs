//! The orderly end: SIGTERM and SIGINT lose no request, a second signal or the time limit ends at once.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use support::socket::SocketClient;
use support::{Call, Connection, Launch, Mode, Server};

support::mode::under_every! { mode;
    shutdown: [
        sigterm_ends_an_idle_server,
        sigint_ends_an_idle_server,
        loses_no_request_under_load,
        answers_a_slow_request_and_closes,
        closes_idle_connections_and_refuses_new_ones,
        second_signal_exits_1_at_once,
        time_limit_exits_1,
        can_be_repeated,
        sighup_ends_nothing,
        does_not_wait_for_threads_without_end,
        waits_for_a_stream_that_ends,
        closes_sockets_and_waits_for_their_handlers,
        cuts_off_handlers_of_sockets_that_stay,
    ],
}

support::mode::under_every! { mode over tls;
    shutdown: [
        answers_a_slow_request_and_closes,
        loses_no_request_under_load,
        closes_idle_connections_and_refuses_new_ones,
        waits_for_a_stream_that_ends,
        closes_sockets_and_waits_for_their_handlers,
    ],
}

/// The promises, each a function of the mode to test under.
mod shutdown {
    pub(crate) use super::{
        answers_a_slow_request_and_closes, can_be_repeated,
        closes_idle_connections_and_refuses_new_ones, closes_sockets_and_waits_for_their_handlers,
        cuts_off_handlers_of_sockets_that_stay, does_not_wait_for_threads_without_end,
        loses_no_request_under_load, second_signal_exits_1_at_once, sighup_ends_nothing,
        sigint_ends_an_idle_server, sigterm_ends_an_idle_server, time_limit_exits_1,
        waits_for_a_stream_that_ends,
    };
}

fn app(mode: Mode) -> Launch {
    Launch::under(mode, "shutting_down").args(["--workers", "2"])
}

fn ends_idle(mode: Mode, signal: Signal) {
    let server = app(mode).start();
    server.get("/count").expect(200);
    let start = Instant::now();
    server.signal(signal);
    let ended = server.ended(Duration::from_secs(5));
    assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(
        ended.stdout, "",
        "the ready line is all that stdout ever holds"
    );
}

fn sigterm_ends_an_idle_server(mode: Mode) {
    ends_idle(mode, Signal::TERM);
}

fn sigint_ends_an_idle_server(mode: Mode) {
    ends_idle(mode, Signal::INT);
}

fn sighup_ends_nothing(mode: Mode) {
    let server = app(mode).start();
    server.signal(Signal::HUP);
    let told = || server.stderr().contains("SIGHUP: ").then_some(());
    support::eventually("the log tells of SIGHUP", told);
    server.get("/count").expect(200);
    server.stop();
}

/// Calls `target` on one connection after the other until the server is gone; returns how many were answered.
fn load(server: &Server, target: &str) -> usize {
    let call = Call::get(target).bytes();
    let mut answered = 0;
    while let Ok(mut connection) = Connection::try_open(server) {
        loop {
            let answer = match connection
                .try_send(&call)
                .and_then(|()| connection.try_read())
            {
                Ok(Some(answer)) => answer,
                Ok(None) => break,
                Err(error) => {
                    let reset = matches!(error.raw_os_error(), Some(32 | 104));
                    assert!(reset, "an answer that began must end: {error}");
                    break;
                }
            };
            assert_eq!((answer.status, answer.text().as_str()), (200, "counted"));
            answered += 1;
            if answer
                .header("connection")
                .is_some_and(|value| value == "close")
            {
                break;
            }
        }
    }
    answered
}

/// What the interpreters counted: each writes its sum when its shutdown hook runs.
fn counted(file: &Path) -> (usize, usize) {
    let text = std::fs::read_to_string(file).expect("the shutdown hooks wrote their file");
    let sums: Vec<usize> = text
        .lines()
        .map(|line| line.parse().expect("a sum"))
        .collect();
    (sums.len(), sums.iter().sum())
}

/// Each call that a handler counted was answered, and the other way round, with each signal.
fn loses_no_request_under_load(mode: Mode) {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("calls");
        let server = app(mode).env("CALLS_FILE", &file).start();
        let (answered, ended) = thread::scope(|scope| {
            let targets = ["/count", "/count-async"].repeat(4);
            let clients: Vec<_> = targets
                .into_iter()
                .map(|target| scope.spawn(|| load(&server, target)))
                .collect();
            thread::sleep(Duration::from_millis(700));
            server.signal(signal);
            let ended = server.ended(Duration::from_secs(10));
            let answered: Vec<usize> = clients
                .into_iter()
                .map(|client| client.join().expect("a client"))
                .collect();
            (answered, ended)
        });
        assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
        assert!(
            answered.iter().all(|&count| count > 0),
            "every client was served: {answered:?}"
        );
        let (interpreters, calls) = counted(&file);
        assert_eq!(
            interpreters,
            mode.strategy.interpreters(2),
            "shutdown hooks that ran"
        );
        assert_eq!(
            calls,
            answered.iter().sum::<usize>(),
            "calls that ran, and answers that came"
        );
    }
}

fn answers_a_slow_request_and_closes(mode: Mode) {
    let server = app(mode).start();
    let mut slow: Vec<_> = ["/slow/1000", "/slow-async/1000"]
        .into_iter()
        .map(|target| {
            let mut connection = server.connect();
            connection.send(Call::get(target).bytes());
            connection
        })
        .collect();
    thread::sleep(Duration::from_millis(300));
    server.signal(Signal::TERM);
    for connection in &mut slow {
        let answer = connection.read().expect(200);
        assert_eq!(answer.text(), "slept");
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(connection.is_closed());
    }
    assert_eq!(server.ended(Duration::from_secs(5)).code, Some(0));
}

fn closes_idle_connections_and_refuses_new_ones(mode: Mode) {
    let server = app(mode).start();
    let mut slow = server.connect();
    slow.send(Call::get("/slow/1500").bytes());
    let mut idle = server.connect();
    idle.call(&Call::get("/count")).expect(200);
    let mut silent = server.connect();
    thread::sleep(Duration::from_millis(300));
    server.signal(Signal::TERM);
    thread::sleep(Duration::from_millis(400));
    assert!(
        Connection::try_open(&server).is_err(),
        "a draining server does not accept"
    );
    assert!(idle.is_closed() && silent.is_closed());
    slow.read().expect(200);
    assert_eq!(server.ended(Duration::from_secs(5)).code, Some(0));
}

/// A server that two handlers keep busy for longer than anyone waits, already told to stop.
fn stuck(launch: Launch) -> (Server, [Connection; 2]) {
    let server = launch.start();
    let busy = ["/slow/30000", "/slow-async/30000"].map(|target| {
        let mut connection = server.connect();
        connection.send(Call::get(target).bytes());
        connection
    });
    thread::sleep(Duration::from_millis(300));
    server.signal(Signal::TERM);
    (server, busy)
}

fn exits_1_saying_what_was_cut_off(server: &Server) {
    let ended = server.ended(Duration::from_secs(5));
    assert_eq!(ended.code, Some(1), "stderr:\n{}", ended.stderr);
    assert!(
        ended.stderr.contains("request"),
        "the message says what was cut off:\n{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("Fatal Python error"),
        "stderr:\n{}",
        ended.stderr
    );
}

fn second_signal_exits_1_at_once(mode: Mode) {
    for second in [Signal::TERM, Signal::INT] {
        let (server, _busy) = stuck(app(mode));
        thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        server.signal(second);
        exits_1_saying_what_was_cut_off(&server);
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "at once, not after {:?}",
            start.elapsed()
        );
    }
}

fn time_limit_exits_1(mode: Mode) {
    let (server, _busy) = stuck(app(mode).args(["--shutdown-timeout", "1"]));
    let start = Instant::now();
    exits_1_saying_what_was_cut_off(&server);
    assert!(
        start.elapsed() > Duration::from_millis(700),
        "it waited {:?}",
        start.elapsed()
    );
}

/// Interpreters made, used and ended on many threads, again and again.
fn can_be_repeated(mode: Mode) {
    for _ in 0..5 {
        let server = Launch::under(mode, "behaviour")
            .args(["--workers", "4"])
            .start();
        for path in [
            "/where",
            "/async/to-thread",
            "/fail/recursion/repeated",
            "/value/dict",
        ] {
            server.get(path);
        }
        let ended = server.stop();
        assert!(
            !ended.stderr.contains("Fatal Python error"),
            "stderr:\n{}",
            ended.stderr
        );
    }
}

/// A thread of the application keeps Python from ending, in whichever interpreter it runs.
fn does_not_wait_for_threads_without_end(mode: Mode) {
    for has_second_signal in [true, false] {
        let limit = if has_second_signal { "20" } else { "1" };
        let server = app(mode).args(["--shutdown-timeout", limit]).start();
        server.get("/leaves-a-thread").expect(200);
        let began = Instant::now();
        server.signal(Signal::TERM);
        if has_second_signal {
            thread::sleep(Duration::from_secs(1));
            server.signal(Signal::TERM);
        }
        let ended = server.ended(Duration::from_secs(15));
        assert_eq!(ended.code, Some(1), "stderr:\n{}", ended.stderr);
        assert!(ended.stderr.contains("busy"), "stderr:\n{}", ended.stderr);
        assert!(
            began.elapsed() < Duration::from_secs(6),
            "{:?}",
            began.elapsed()
        );
    }
}

/// The connection of a client that has read the first chunk of a stream; the server is told to end.
fn streaming(server: &Server, target: &str) -> Connection {
    let mut connection = server.connect();
    connection.send(Call::get(target).bytes());
    connection.read_head().expect(200);
    assert_eq!(connection.chunk().len(), 65536);
    server.signal(Signal::TERM);
    connection
}

/// More than what the sockets hold, so that the generator still has to make it when the end begins.
fn waits_for_a_stream_that_ends(mode: Mode) {
    let server = app(mode).start();
    let mut connection = streaming(&server, "/stream/800");
    for _ in 1..800 {
        assert_eq!(connection.chunk().len(), 65536);
    }
    assert_eq!(connection.chunk(), b"");
    let ended = server.ended(Duration::from_secs(20));
    assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
}

/// Each client gets 1001, and each handler is told, and has the time that it takes to end.
fn closes_sockets_and_waits_for_their_handlers(mode: Mode) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("codes");
    let server = app(mode).env("CALLS_FILE", &file).start();
    let mut clients: Vec<_> = (0..6)
        .map(|_| SocketClient::open(&server, "/socket"))
        .collect();
    for client in &mut clients {
        assert_eq!(client.receive_text(), "ready");
    }
    server.signal(Signal::TERM);
    for client in clients {
        assert_eq!(client.closed(), (1001, String::new()));
    }
    let ended = server.ended(Duration::from_secs(5));
    assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
    let text = std::fs::read_to_string(file).expect("the handlers wrote their file");
    let codes = text.lines().filter(|line| *line == "1001");
    assert_eq!(codes.count(), 6, "{text}");
}

/// Nor does a client that takes no part in closing hold up the end.
fn cuts_off_handlers_of_sockets_that_stay(mode: Mode) {
    for has_second_signal in [true, false] {
        let server = app(mode).args(["--shutdown-timeout", "4"]).start();
        let mut silent = SocketClient::open(&server, "/stubborn-socket");
        assert_eq!(silent.receive_text(), "ready");
        server.signal(Signal::TERM);
        let client = SocketClient::receive(&mut silent);
        assert!(client.is_close(), "{client}");
        if has_second_signal {
            server.signal(Signal::TERM);
        }
        let ended = server.ended(Duration::from_secs(10));
        let status = i32::from(has_second_signal);
        assert_eq!(ended.code, Some(status), "stderr:\n{}", ended.stderr);
    }
}
