//! Clients that vanish: before a byte, in the middle of one thing or another, or between requests; by FIN and by RST.
//!
//! How much of it disturbs others is measured by `loadtests/faults.py`.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::cell::RefCell;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;

use rustix::net::sockopt::set_socket_linger;
use serde_json::json;

use support::{Call, Connection, Launch, Mode, PATIENCE, Server, eventually};

support::mode::under_every! { mode;
    vanishing: [
        leaves_nothing_behind,
        gives_back_the_place_in_the_queue,
        does_not_end_a_handler_that_runs,
        closes_the_generator_of_an_answer,
        half_closing_leaves_nothing_behind,
    ],
}

/// The promises, each a function of the mode to test under.
mod vanishing {
    pub(crate) use super::{
        closes_the_generator_of_an_answer, does_not_end_a_handler_that_runs,
        gives_back_the_place_in_the_queue, half_closing_leaves_nothing_behind,
        leaves_nothing_behind,
    };
}

/// Clients at each stage. A leak of anything would show as that many.
const CLIENTS: usize = 25;
/// Objects that come and go by themselves; less than one for each client of one stage.
const OBJECTS_SLACK: i64 = 20;

/// A server with one I/O thread and one worker, which `open` releases from the handler of `/hold`.
struct Gated {
    server: Server,
    gate: PathBuf,
    _folder: tempfile::TempDir,
}

impl Gated {
    fn start(mode: Mode, limits: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let gate = folder.path().join("gate");
        let server = Launch::under(mode, "faults")
            .args(["--workers", "1", "--io-threads", "1"])
            .args(limits)
            .env("GATE", &gate)
            .start();
        Self {
            server,
            gate,
            _folder: folder,
        }
    }

    /// A client whose handler runs, and will until the gate is opened.
    fn hold(&self) -> Client {
        let mut client = Client::connect(&self.server);
        client.send(b"GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
        let held = self.gate.with_extension("held");
        eventually("the handler runs", || fs::remove_file(&held).ok());
        client
    }

    fn open(&self) {
        fs::write(&self.gate, "").expect("a file in the temporary folder");
    }

    /// Returns when the I/O thread has seen to what was sent before: it answers paths without a route by itself, and
    /// takes what comes in turn.
    fn see_to_what_came(&self) {
        for _ in 0..2 {
            self.server.get("/no/route").expect(404);
        }
    }

    fn ran(&self) -> serde_json::Value {
        self.server.get("/ran").expect(200).json()
    }
}

/// How a client goes.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Closes in order.
    Fin,
    /// Resets the connection.
    Rst,
}

const WAYS: [Way; 2] = [Way::Fin, Way::Rst];

/// A connection that shows nothing of what comes but how much.
struct Client(TcpStream);

impl Client {
    fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.ready.address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stream.set_nodelay(true).expect("a socket");
        Self(stream)
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the server reads");
    }

    /// Reads the beginning of the answer, whatever comes of it at once.
    fn read_some(&mut self) {
        let mut piece = [0; 64];
        let count = self.0.read(&mut piece).expect("an answer");
        assert!(piece[..count].starts_with(b"HTTP/1.1 "), "{piece:?}");
    }

    fn vanish(self, way: Way) {
        if let Way::Rst = way {
            let at_once = Some(std::time::Duration::ZERO);
            set_socket_linger(&self.0, at_once).expect("a socket");
        }
    }
}

/// How far a client gets before it vanishes.
struct Stage {
    name: &'static str,
    sent: String,
    /// Whether it waits for the beginning of an answer.
    reads: bool,
}

fn stages() -> Vec<Stage> {
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
    let post = |path: &str| format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n");
    let chunked = "POST /pieces HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n5\r\nha";
    let socket = "GET /socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let rows = [
        ("before a byte", String::new(), false),
        ("in the request line", "GET /".to_owned(), false),
        (
            "in the head",
            "GET / HTTP/1.1\r\nHost: h\r\nX-".to_owned(),
            false,
        ),
        ("after the head", post("/body"), false),
        ("in the body", post("/body") + "half", false),
        ("in a streamed body", post("/pieces") + "half", false),
        (
            "in a streamed body, async",
            post("/pieces-async") + "half",
            false,
        ),
        ("in a chunk", chunked.to_owned(), false),
        ("before the answer", get("/"), false),
        ("while the answer streams", get("/stream"), true),
        (
            "while the answer streams, async",
            get("/stream-async"),
            true,
        ),
        ("between requests", get("/"), true),
        ("in the next head", get("/") + "GET / HT", true),
        ("in a WebSocket", socket.to_owned(), true),
    ];
    let stages = rows.map(|(name, sent, reads)| Stage { name, sent, reads });
    stages.into()
}

/// What is there while only one client is connected, who asks.
#[derive(Debug)]
struct Left {
    objects: i64,
    descriptors: usize,
}

fn left(server: &Server, asker: &mut Connection) -> Left {
    let folder = format!("/proc/{}/fd", server.process_id());
    let objects = asker.call(&Call::get("/alive")).expect(200).json();
    Left {
        objects: objects.as_i64().expect("a number"),
        descriptors: fs::read_dir(&folder).expect("a Linux /proc").count(),
    }
}

/// Clients of each stage go; then the same descriptors are open as before, and no more objects live.
fn leaves_nothing(server: &Server, stages: &[Stage], leave: impl Fn(Client)) {
    let mut asker = server.connect();
    // The asyncio loop, which is made when it is first needed, has descriptors of its own.
    asker
        .call(&Call::post("/pieces-async", "whole"))
        .expect(200);
    let idle = left(server, &mut asker);
    let is_idle = |now: &Left| now.descriptors <= idle.descriptors;
    for stage in stages {
        let clients = |count| {
            for _ in 0..count {
                let mut client = Client::connect(server);
                client.send(stage.sent.as_bytes());
                if stage.reads {
                    client.read_some();
                }
                leave(client);
            }
        };
        clients(5);
        let before = eventually("the first ones leave no descriptor", || {
            Some(left(server, &mut asker)).filter(is_idle)
        });
        clients(CLIENTS);
        let is_as_before =
            |now: &Left| is_idle(now) && now.objects - before.objects < OBJECTS_SLACK;
        eventually(stage.name, || {
            Some(left(server, &mut asker)).filter(is_as_before)
        });
    }
}

fn leaves_nothing_behind(mode: Mode) {
    let server = Launch::under(mode, "faults")
        .args(["--workers", "1"])
        .start();
    for way in WAYS {
        leaves_nothing(&server, &stages(), |client| client.vanish(way));
    }
    server.stop();
}

/// A client that closes its sending side counts as one that left, though it stays connected. One that reads nothing of an
/// answer is given up for that.
fn half_closing_leaves_nothing_behind(mode: Mode) {
    let (streaming, others): (Vec<_>, Vec<_>) = stages()
        .into_iter()
        .partition(|stage| stage.name.contains("answer streams"));
    for (stages, limits) in [(others, &[][..]), (streaming, &["--body-timeout", "1"])] {
        let server = Launch::under(mode, "faults")
            .args(["--workers", "1"])
            .args(limits)
            .start();
        let stay = RefCell::new(Vec::new());
        leaves_nothing(&server, &stages, |client| {
            client
                .0
                .shutdown(Shutdown::Write)
                .expect("a connected socket");
            stay.borrow_mut().push(client);
        });
        server.stop();
    }
}

/// More clients leave than may wait, one after the other; then there is still a place, and none of them has run.
fn gives_back_the_place_in_the_queue(mode: Mode) {
    let gated = Gated::start(mode, &["--queue-depth", "2"]);
    let holder = gated.hold();
    for number in 0..12 {
        let mut waiting = Client::connect(&gated.server);
        waiting.send(format!("GET /mark/{number} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
        gated.see_to_what_came();
        waiting.vanish(WAYS[number % 2]);
        gated.see_to_what_came();
    }
    let mut stays = gated.server.connect();
    stays.send(Call::get("/mark/stays").bytes());
    gated.see_to_what_came();
    gated.open();
    assert_eq!(stays.read().expect(200).text(), "stays");
    holder.vanish(Way::Fin);
    assert_eq!(gated.ran(), json!(["held", "released", "stays"]));
}

fn does_not_end_a_handler_that_runs(mode: Mode) {
    let gated = Gated::start(mode, &[]);
    for way in WAYS {
        gated.hold().vanish(way);
        gated.see_to_what_came();
        gated.open();
        gated.server.get("/").expect(200);
    }
    let twice = json!(["held", "released", "held", "released"]);
    assert_eq!(gated.ran(), twice);
}

fn closes_the_generator_of_an_answer(mode: Mode) {
    let gated = Gated::start(mode, &[]);
    let mut closed = Vec::new();
    for way in WAYS {
        for path in ["/stream", "/stream-async"] {
            let mut client = Client::connect(&gated.server);
            client.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
            client.read_some();
            client.vanish(way);
            closed.push("closed");
            eventually("the generator is closed", || {
                (gated.ran() == json!(closed)).then_some(())
            });
        }
    }
}
