//! Answers that their clients do not take in: how much of them is held, and who waits for that.

use std::time::Duration;

use super::requests::start;
use crate::support::frames::{Raw, answer_on, get, settings, window_update};
use crate::support::http2::Http2;
use crate::support::{Call, Launch, Mode, Server, eventually};

/// How many requests a client sends at once, and how long each answer is.
const REQUESTS: u32 = 60;
const ANSWER_BYTES: u32 = 1 << 20;

/// How many of these answers a connection may hold (`server/src/net/http2/unsent.rs`), and as many again where a slow machine
/// takes too long for the first ones.
const HELD_MAX: u64 = 2 * 16;

/// A client that asks for much, and takes in nothing.
fn ask_for_much(server: &Server, path: &str, name: &str) -> Raw {
    let mut raw = Raw::open_with(server, &[(4, 0)]);
    let target = format!("{path}/{ANSWER_BYTES}/{name}");
    let requests = (0..REQUESTS).map(|number| get(2 * number + 1, &target));
    raw.send(requests.collect::<Vec<_>>().concat());
    raw
}

/// How many handlers were called by that name, when no more are.
fn called(server: &Server, name: &str) -> u64 {
    let told = || server.get("/told").expect(200).json()["made"][name].as_u64();
    let mut before = None;
    eventually("no more are called", || {
        std::thread::sleep(Duration::from_millis(250));
        let now = told();
        let is_known = now.is_some() && now == before;
        before = now;
        now.filter(|_| is_known)
    })
}

/// The most memory that the process has had, in MiB.
fn peak_mib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process_id()));
    let status = status.expect("a process");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    kib.expect("a number of KiB")
        .parse::<u64>()
        .expect("a number")
        >> 10
}

pub(crate) fn are_made_for_those_who_take_them_in(mode: Mode) {
    for path in ["/counted", "/counted-async"] {
        let server = start(mode);
        let peak = peak_mib(&server);
        let names = ["first", "second", "third"];
        let [mut raw, _second, _third] = names.map(|name| ask_for_much(&server, path, name));
        for name in names {
            let called = called(&server, name);
            assert!((8..=HELD_MAX).contains(&called), "{path}: {called}");
        }
        let growth = peak_mib(&server) - peak;
        assert!(growth < 3 * HELD_MAX + 30, "{path}: {growth} MiB");
        // The rest is made as there is room for it.
        let window = REQUESTS * ANSWER_BYTES;
        raw.send([settings(&[(4, ANSWER_BYTES)]), window_update(0, window)].concat());
        let last = 2 * REQUESTS - 1;
        let mut left = REQUESTS;
        let frames = raw.until(|frame| {
            left -= u32::from(frame.ends_stream());
            left == 0
        });
        for stream in [1, last] {
            let (status, body) = answer_on(&frames, stream).expect("an answer");
            assert_eq!((status, body.len()), (200, ANSWER_BYTES as usize));
        }
        assert_eq!(called(&server, "first"), u64::from(REQUESTS));
    }
}

/// Others have their answers whatever these clients leave untaken, and so have they: one at least.
pub(crate) fn of_others_hold_up_nobody(mode: Mode) {
    let server = Launch::under(mode, "http2")
        .args(["--workers", "1", "--http2-max-unsent-bytes", "1MiB"])
        .start();
    let names = ["first", "second", "third"];
    let _raws = names.map(|name| ask_for_much(&server, "/counted", name));
    for name in names {
        let called = called(&server, name);
        assert!((1..=HELD_MAX / 2).contains(&called), "{called}");
    }
    let mut client = Http2::open(&server);
    client.get("/bytes/3000000").expect(200);
    let small: Vec<_> = (0..50)
        .map(|_| client.send(&Call::get("/bytes/10000")))
        .collect();
    for begun in small {
        assert_eq!(client.read(begun).expect(200).body.len(), 10_000);
    }
}

/// On HTTP/1 one is made after another, when the one before it is on its way.
pub(crate) fn are_few_on_http_1(mode: Mode) {
    let server = start(mode);
    let mut connection = server.connect();
    let call = Call::get("/counted/8000000/pipelined").bytes();
    connection.send(call.repeat(20));
    let called = called(&server, "pipelined");
    assert!((1..=2).contains(&called), "{called}");
}
