//! What has no end of its own when the server ends, or its client has left: handlers are told, streams closed, handlers of
//! WebSockets cancelled, and hooks run.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use support::socket::{SocketClient, handshake};
use support::{Call, Connection, Ended, Launch, Mode, Server, eventually};
use tempfile::TempDir;

support::mode::under_every! { mode;
    draining: [
        tells_handlers,
        lets_sockets_say_goodbye,
        closes_streams_that_wait,
        closes_streams_of_events,
        breaks_off_other_streams,
        lets_downloads_go_on,
        cuts_off_downloads_without_end,
        cancels_handlers_of_sockets,
        is_given_up_for_what_sticks,
        runs_no_hooks_after_a_second_signal,
    ],
    departures: [cancel_handlers_of_sockets, leave_those_that_know],
}

support::mode::under_every! { mode over tls;
    draining: [tells_handlers, closes_streams_of_events, cancels_handlers_of_sockets],
    departures: [cancel_handlers_of_sockets],
}

/// The promises about the server's end.
mod draining {
    pub(crate) use super::{
        breaks_off_other_streams, cancels_handlers_of_sockets, closes_streams_of_events,
        closes_streams_that_wait, cuts_off_downloads_without_end, is_given_up_for_what_sticks,
        lets_downloads_go_on, lets_sockets_say_goodbye, runs_no_hooks_after_a_second_signal,
        tells_handlers,
    };
}

/// The promises about clients that leave.
mod departures {
    pub(crate) use super::{cancel_handlers_of_sockets, leave_those_that_know};
}

/// A server and what its handlers note.
struct Bed {
    server: Server,
    notes: PathBuf,
    _folder: TempDir,
}

impl Bed {
    fn new(mode: Mode, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let notes = folder.path().join("notes");
        let launch = Launch::under(mode, "draining").args(["--workers", "2"]);
        let server = launch.args(options).env("NOTES", &notes).start();
        Self {
            server,
            notes,
            _folder: folder,
        }
    }

    fn notes(&self) -> String {
        std::fs::read_to_string(&self.notes).unwrap_or_default()
    }

    /// Waits until a handler has noted that.
    fn noted(&self, what: &str) {
        let is_noted = || self.notes().lines().any(|line| line == what).then_some(());
        eventually(&format!("a note of {what}"), is_noted);
    }

    fn open(&self, path: &str) -> SocketClient {
        let mut client = SocketClient::open(&self.server, path);
        assert_eq!(client.receive_text(), "ready");
        client
    }

    /// The connection of a client that has read the first piece of a stream.
    fn stream(&self, path: &str) -> Connection {
        let mut connection = self.server.connect();
        connection.send(Call::get(path).bytes());
        connection.read_head().expect(200);
        assert!(!connection.chunk().is_empty());
        connection
    }

    /// Waits for the end, in order: with status 0, the hooks of each interpreter and its exit functions.
    fn ends_in_order(&self, mode: Mode, within: Duration) -> Ended {
        let ended = self.server.ended(within);
        assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
        let notes = self.notes();
        for last in ["on_shutdown", "atexit"] {
            let count = notes.lines().filter(|line| *line == last).count();
            assert_eq!(count, mode.strategy.interpreters(2), "{last} in:\n{notes}");
        }
        assert_eq!(ended.stderr.matches("handler failed").count(), 0);
        ended
    }
}

/// What the one record of what was cut off names.
fn cut_off(ended: &Ended) -> &str {
    let mut records = ended.stderr.lines().filter(|line| line.contains("cut off"));
    let record = records.next().expect("a record");
    assert_eq!(records.count(), 0, "one record:\n{}", ended.stderr);
    let (_, named) = record.split_once("handlers=").expect("the routes");
    named.trim_matches('"')
}

/// What waits for the end ends by itself, long before anything would be cut off.
fn tells_handlers(mode: Mode) {
    let bed = Bed::new(mode, &["--drain-streams", "30", "--shutdown-timeout", "60"]);
    assert_eq!(bed.server.get("/draining").text(), "false");
    bed.server.get("/thread").expect(200);
    bed.noted("thread False");
    let mut streams = ["/events/say-goodbye", "/events/awaited"].map(|path| bed.stream(path));
    let slow = ["/slow/1200", "/slow-async/1200"].map(|path| {
        let mut connection = bed.server.connect();
        connection.send(Call::get(path).bytes());
        connection
    });
    thread::sleep(Duration::from_millis(200));
    bed.server.signal(Signal::TERM);
    for mut connection in slow {
        let told = connection.read().expect(200).text();
        assert!(told.starts_with("[false,true"), "{told}");
    }
    for stream in &mut streams {
        assert_eq!(stream.chunk(), b"data: goodbye\n\n");
        assert_eq!(stream.chunk(), b"");
    }
    let ended = bed.ends_in_order(mode, Duration::from_secs(20));
    assert!(!ended.stderr.contains("cut off"), "{}", ended.stderr);
    assert!(bed.notes().lines().any(|line| line == "thread"));
}

/// While idle connections linger.
fn lets_sockets_say_goodbye(mode: Mode) {
    let bed = Bed::new(mode, &["--drain-streams", "30", "--shutdown-timeout", "60"]);
    let mut client = bed.open("/socket/says-goodbye");
    bed.server.signal(Signal::TERM);
    assert_eq!(client.receive_text(), "goodbye");
    assert_eq!(client.closed().0, 4000);
    bed.ends_in_order(mode, Duration::from_secs(20));
}

fn closes_streams_that_wait(mode: Mode) {
    let bed = Bed::new(
        mode,
        &["--drain-streams", "0.6", "--shutdown-timeout", "60"],
    );
    let mut streams = ["/events/wait", "/events/wait", "/waits"].map(|path| bed.stream(path));
    let began = Instant::now();
    bed.server.signal(Signal::TERM);
    assert_eq!(streams[0].chunk(), b"", "a stream of events has an end");
    assert!(began.elapsed() > Duration::from_millis(500), "not before");
    let ended = bed.ends_in_order(mode, Duration::from_secs(20));
    assert_eq!(cut_off(&ended), "GET /events/wait (2), GET /waits (1)");
    let notes = bed.notes();
    for (name, count) in [("events wait", 2), ("waits", 1)] {
        let ends = notes.lines().filter(|line| *line == name);
        assert_eq!(ends.count(), count, "its finally has run:\n{notes}");
    }
}

/// Although they never wait for long.
fn closes_streams_of_events(mode: Mode) {
    let bed = Bed::new(
        mode,
        &["--drain-streams", "0.5", "--shutdown-timeout", "60"],
    );
    let mut stream = bed.stream("/events/tick");
    bed.server.signal(Signal::TERM);
    while !stream.chunk().is_empty() {}
    let ended = bed.ends_in_order(mode, Duration::from_secs(20));
    assert_eq!(cut_off(&ended), "GET /events/tick (1)");
    assert!(bed.notes().contains("events tick"));
}

/// A client must be able to tell that a body is not whole.
fn breaks_off_other_streams(mode: Mode) {
    let bed = Bed::new(
        mode,
        &["--drain-streams", "0.3", "--shutdown-timeout", "60"],
    );
    let mut stream = bed.stream("/waits");
    bed.server.signal(Signal::TERM);
    assert!(stream.try_chunk().is_err(), "no last chunk");
    bed.ends_in_order(mode, Duration::from_secs(20));
}

/// A body that is made, and taken in, goes on until the shutdown's time is nearly over.
fn lets_downloads_go_on(mode: Mode) {
    let bed = Bed::new(
        mode,
        &["--drain-streams", "0.3", "--shutdown-timeout", "60"],
    );
    let mut stream = bed.stream("/pieces/150");
    bed.server.signal(Signal::TERM);
    let began = Instant::now();
    for _ in 1..150 {
        thread::sleep(Duration::from_millis(10));
        assert_eq!(stream.chunk().len(), 65536);
    }
    assert_eq!(stream.chunk(), b"");
    assert!(began.elapsed() > Duration::from_secs(1));
    let ended = bed.ends_in_order(mode, Duration::from_secs(20));
    assert!(!ended.stderr.contains("cut off"), "{}", ended.stderr);
}

fn cuts_off_downloads_without_end(mode: Mode) {
    // Cut off three seconds before: a busy machine needs them for Python's end.
    let bed = Bed::new(mode, &["--drain-streams", "0.3", "--shutdown-timeout", "9"]);
    let mut stream = bed.stream("/pieces/0");
    bed.server.signal(Signal::TERM);
    while stream.try_chunk().is_ok() {}
    let ended = bed.ends_in_order(mode, Duration::from_secs(20));
    assert_eq!(cut_off(&ended), "GET /pieces/{count} (1)");
    assert!(bed.notes().contains("pieces"));
}

fn cancels_handlers_of_sockets(mode: Mode) {
    let bed = Bed::new(
        mode,
        &["--drain-streams", "0.6", "--shutdown-timeout", "60"],
    );
    let mut handshake_only = bed.server.connect();
    handshake_only.send(handshake("/socket/handshake").bytes());
    let clients = [bed.open("/socket/waits"), bed.open("/socket/waits")];
    bed.server.signal(Signal::TERM);
    for client in clients {
        assert_eq!(client.closed(), (1001, String::new()));
    }
    handshake_only.read().expect(503);
    let ended = bed.ends_in_order(mode, Duration::from_secs(20));
    let routes = "WEBSOCKET /socket/handshake (1), WEBSOCKET /socket/waits (2)";
    assert_eq!(cut_off(&ended), routes);
    assert_eq!(bed.notes().matches("socket waits").count(), 2);
}

/// A handler that takes no order to end sticks.
fn is_given_up_for_what_sticks(mode: Mode) {
    let bed = Bed::new(mode, &["--drain-streams", "0.3", "--shutdown-timeout", "2"]);
    let client = bed.open("/socket/stubborn");
    bed.server.signal(Signal::TERM);
    assert_eq!(client.closed().0, 1001);
    let ended = bed.server.ended(Duration::from_secs(10));
    assert_eq!(ended.code, Some(1), "stderr:\n{}", ended.stderr);
    assert!(ended.stderr.contains("--shutdown-timeout"));
}

fn runs_no_hooks_after_a_second_signal(mode: Mode) {
    let bed = Bed::new(mode, &["--drain-streams", "30", "--shutdown-timeout", "60"]);
    let _client = bed.open("/socket/waits");
    let _stream = bed.stream("/events/wait");
    bed.server.signal(Signal::TERM);
    thread::sleep(Duration::from_millis(500));
    bed.server.signal(Signal::TERM);
    let ended = bed.server.ended(Duration::from_secs(10));
    assert_eq!(ended.code, Some(1), "stderr:\n{}", ended.stderr);
    assert_eq!(bed.notes(), "", "no hook has run");
}

/// Those that neither receive nor send, within the bound.
fn cancel_handlers_of_sockets(mode: Mode) {
    let bed = Bed::new(mode, &["--departure-timeout", "0.4"]);
    let kept = bed.open("/socket/waits");
    for number in 1..=3 {
        drop(bed.open("/socket/waits"));
        eventually("its handler is cancelled", || {
            (bed.notes().matches("socket waits").count() == number).then_some(())
        });
    }
    let mut handshake_only = bed.server.connect();
    handshake_only.send(handshake("/socket/handshake").bytes());
    thread::sleep(Duration::from_millis(200));
    drop(handshake_only);
    bed.noted("socket handshake");
    let told = "cancelled handlers of WebSockets";
    eventually(told, || bed.server.stderr().contains(told).then_some(()));
    thread::sleep(Duration::from_millis(600));
    assert_eq!(bed.notes().matches("socket waits").count(), 3, "one stays");
    assert!(!bed.server.stderr().contains("handler failed"));
    drop(kept);
}

/// What a handler does once it knows that its client has left is its own to bound.
fn leave_those_that_know(mode: Mode) {
    let bed = Bed::new(mode, &["--departure-timeout", "0.2"]);
    drop(bed.open("/socket/tidies-up"));
    bed.noted("socket tidied up");
    assert!(!bed.server.stderr().contains("cancelled handlers"));
}
