//! Clients of HTTP/2 that make work without end: each is told to calm down, and costs neither memory nor anybody else's answer.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

use std::fs;
use std::thread;

use support::frames::{
    Frame, Raw, answer_on, code, fields, flag, frame, get, goaway, headers, integer, kind, ping,
    post, request, reset, settings,
};
use support::{Launch, Server};

/// What a flood may take, in KiB: some connections' worth of buffers, and what the allocator keeps.
const GROWTH_MAX_KIB: u64 = 48 << 10;

/// What a connection may cost at once, and a frame of some types (`server/src/net/http2/frames.rs`).
const CREDIT: usize = 10_000;
const HIGH_COST: usize = 10;

fn start() -> Server {
    let server = Launch::app("http2").args(["--workers", "1"]).start();
    server.get("/shown").expect(200);
    server
}

/// The most memory that the process has had, in KiB.
fn peak_kib(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.process_id()));
    let status = status.expect("a process");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    kib.expect("a number of KiB").parse().expect("a number")
}

/// What came of a flood: the server's frames, and how many of the client's it took, at least.
struct Flood {
    frames: Vec<Frame>,
    sent: usize,
    /// Whether the server took no more.
    is_cut: bool,
}

/// Sends what `next` makes, over and over, while somebody reads, until the connection is closed or `times` is reached.
fn flood(raw: &mut Raw, times: usize, mut next: impl FnMut(u32) -> Vec<u8>) -> Flood {
    let mut reader = raw.share();
    let reading = thread::spawn(move || reader.rest());
    let (mut sent, mut is_cut) = (0, false);
    while sent < times {
        let number = u32::try_from(sent).expect("few");
        if raw.try_send(next(number)).is_err() {
            is_cut = true;
            break;
        }
        sent += 1;
    }
    let frames = reading.join().expect("no panic");
    Flood {
        frames,
        sent,
        is_cut,
    }
}

/// The client is told to calm down; everybody else is served as before, and the memory is what it was.
fn is_calmed(server: &Server, peak_before: u64, flood: &Flood) {
    // The reset of a connection on which more comes than is read may overtake what the client is told.
    match goaway(&flood.frames) {
        Some(told) => assert_eq!(told, code::ENHANCE_YOUR_CALM),
        None => assert!(flood.is_cut, "{:?}", flood.frames.last()),
    }
    server.get("/shown").expect(200);
    let growth = peak_kib(server).saturating_sub(peak_before);
    assert!(
        growth < GROWTH_MAX_KIB,
        "{growth} KiB more, {} frames",
        flood.sent
    );
}

/// CVE-2023-44487, at a pace at which h2 hands on each request before it is reset.
#[test]
fn streams_that_are_opened_and_reset() {
    let server = start();
    let peak = peak_kib(&server);
    let mut raw = Raw::open(&server);
    let mut number = 1;
    let mut pairs = 0;
    let frames = loop {
        let mut sent = Vec::new();
        for _ in 0..20 {
            sent.extend([get(number, "/shown"), reset(number, code::CANCEL)].concat());
            number += 2;
        }
        sent.extend(ping(*b"seenthem"));
        if raw.try_send(sent).is_err() {
            break raw.rest();
        }
        let frames = raw.until(|frame| frame.kind == kind::PING);
        if goaway(&frames).is_some() {
            break frames;
        }
        pairs += 20;
        assert!(pairs < 100 * CREDIT, "there is an end");
    };
    assert!(pairs + 20 >= CREDIT / HIGH_COST / 2, "{pairs}");
    is_calmed(
        &server,
        peak,
        &Flood {
            frames,
            sent: pairs,
            is_cut: true,
        },
    );
}

/// All at once: before h2 hands on any of them.
#[test]
fn streams_that_are_reset_in_one_piece() {
    let server = start();
    let peak = peak_kib(&server);
    let mut raw = Raw::open(&server);
    let all = |_| {
        let pairs = (0..4000_u32).map(|number| 2 * number + 1);
        let pairs =
            pairs.map(|stream| [get(stream, "/shown"), reset(stream, code::CANCEL)].concat());
        pairs.collect::<Vec<_>>().concat()
    };
    is_calmed(&server, peak, &flood(&mut raw, 1, all));
}

#[test]
fn frames_that_bring_nothing() {
    let server = start();
    let peak = peak_kib(&server);
    let rows = [
        ("PING", ping(*b"floodded"), 1),
        (
            "an answer to no PING",
            frame(kind::PING, flag::ACK, 0, b"floodded"),
            1,
        ),
        ("SETTINGS", settings(&[(4, 65_535)]), HIGH_COST),
        ("PRIORITY", frame(kind::PRIORITY, 0, 1, [0, 0, 0, 0, 15]), 1),
        ("a frame of unknown type", frame(0xfa, 0, 0, []), 1),
    ];
    for (what, one, cost) in rows {
        let mut raw = Raw::open(&server);
        let batch = one.repeat(100);
        let found = flood(&mut raw, 100_000, |_| batch.clone());
        is_calmed(&server, peak, &found);
        let answered = found
            .frames
            .iter()
            .filter(|frame| frame.kind == one[3] && frame.flags == flag::ACK);
        // Whoever is told to calm down has got all that was sent before.
        if what == "PING" && goaway(&found.frames).is_some() {
            let answered = answered.count();
            assert!(answered >= CREDIT / cost - 100, "{what}: {answered}");
        }
        let least = CREDIT / cost / 100;
        assert!(found.sent >= least, "{what}: {} hundred", found.sent);
    }
    let said = server.stderr();
    assert!(
        !said.contains("PING ack"),
        "the log is not the client's to fill: {said}"
    );
}

/// As many as are allowed at once, and the connection goes on.
#[test]
fn as_much_as_is_allowed() {
    let server = start();
    let mut raw = Raw::open(&server);
    // SETTINGS, their answer and the canary's have a cost, too.
    let pings = ping(*b"allowed!").repeat(CREDIT - 2 * HIGH_COST);
    let mut writer = raw.share();
    let writing = thread::spawn(move || {
        writer.send(pings);
        writer.send(get(1, "/shown"));
    });
    let frames = raw.answer(1);
    writing.join().expect("no panic");
    assert_eq!(answer_on(&frames, 1).map(|(status, _)| status), Some(200));
    let answered = frames
        .iter()
        .filter(|frame| frame.kind == kind::PING)
        .count();
    assert_eq!(answered, CREDIT - 2 * HIGH_COST);
}

/// Empty frames of a body, and tiny ones that its handler does not take in.
#[test]
fn bodies_in_crumbs() {
    let server = start();
    let peak = peak_kib(&server);
    for crumb in [&b""[..], b"x"] {
        let mut raw = Raw::open(&server);
        raw.send(post(1, "/held/crumbs"));
        let batch = frame(kind::DATA, flag::NONE, 1, crumb).repeat(100);
        is_calmed(&server, peak, &flood(&mut raw, 100_000, |_| batch.clone()));
    }
}

/// CVE-2024-27316: a header block without end, of empty frames, of full ones, of names that are never ended.
#[test]
fn header_blocks_without_end() {
    let server = start();
    let peak = peak_kib(&server);
    let field = fields(&[("x", &"y".repeat(1000))]);
    for part in [vec![], field.clone(), field.repeat(15)] {
        let mut raw = Raw::open(&server);
        raw.send(frame(
            kind::HEADERS,
            flag::END_STREAM,
            1,
            request("GET", "/shown"),
        ));
        let next = frame(kind::CONTINUATION, flag::NONE, 1, &part);
        is_calmed(&server, peak, &flood(&mut raw, 1_000_000, |_| next.clone()));
    }
    let mut raw = Raw::open(&server);
    let endless = [vec![0], integer(0, 7, 1 << 30)].concat();
    raw.send(frame(kind::HEADERS, flag::END_STREAM, 1, endless));
    let next = frame(kind::CONTINUATION, flag::NONE, 1, vec![b'y'; 16_384]);
    let found = flood(&mut raw, 1_000_000, |_| next.clone());
    let told = goaway(&found.frames);
    let codes = [
        code::ENHANCE_YOUR_CALM,
        code::COMPRESSION_ERROR,
        code::PROTOCOL_ERROR,
    ];
    assert!(told.is_some_and(|code| codes.contains(&code)), "{told:?}");
    assert!(peak_kib(&server).saturating_sub(peak) < GROWTH_MAX_KIB);
}

/// A few kilobytes that stand for 60 megabytes (an HPACK bomb): each byte is a field of the table.
#[test]
fn header_blocks_that_swell() {
    let server = start();
    let peak = peak_kib(&server);
    let value = "y".repeat(4000);
    let kept = [
        b"\x82\x86\x84\x01\x04test\x40\x01x".to_vec(),
        integer(0, 7, value.len()),
        value.into_bytes(),
    ]
    .concat();
    for (references, expected) in [(10, 200), (40, 431)] {
        let mut raw = Raw::open(&server);
        raw.send(headers(
            1,
            flag::END_STREAM,
            [kept.as_slice(), &vec![0xbe; references]].concat(),
        ));
        let frames = raw.answer(1);
        let status = answer_on(&frames, 1).map(|(status, _)| status);
        // There is no route; what matters is that it was looked for.
        assert_eq!(status, Some(if expected == 200 { 404 } else { expected }));
    }
    let mut raw = Raw::open(&server);
    let bomb = [kept.as_slice(), &vec![0xbe; 12_000]].concat();
    is_calmed(
        &server,
        peak,
        &flood(&mut raw, 1, |_| headers(1, flag::END_STREAM, &bomb)),
    );
}

/// Each is reset by the server, which must end some time.
#[test]
fn requests_that_are_malformed() {
    let server = start();
    let peak = peak_kib(&server);
    let mut raw = Raw::open(&server);
    let block = fields(&[(":method", "GET"), (":scheme", "http"), (":path", "")]);
    let malformed = |number: u32| headers(2 * number + 1, flag::END_STREAM, &block);
    let found = flood(&mut raw, 100_000, malformed);
    is_calmed(&server, peak, &found);
    let resets = found
        .frames
        .iter()
        .filter(|frame| frame.kind == kind::RST_STREAM)
        .count();
    // As many as there is credit for, and what was read by then.
    assert!(resets <= 2 * CREDIT / HIGH_COST, "{resets}");
}

/// As many streams as there may be, each with as many fields as it may have and a body that does not come.
#[test]
fn as_many_streams_as_there_may_be() {
    let server = start();
    let peak = peak_kib(&server);
    let mut raw = Raw::open(&server);
    let fill = "y".repeat(900);
    for number in 0..100 {
        let mut list = vec![
            (":method", "POST"),
            (":scheme", "http"),
            (":path", "/held/many"),
            (":authority", "test"),
        ];
        list.extend((0..16).map(|_| ("x", fill.as_str())));
        raw.send(headers(2 * number + 1, flag::NONE, fields(&list)));
    }
    raw.send(ping(*b"seenthem"));
    let frames = raw.until(|frame| frame.kind == kind::PING);
    assert!(frames.iter().all(|frame| frame.kind != kind::RST_STREAM));
    server.get("/shown").expect(200);
    let growth = peak_kib(&server).saturating_sub(peak);
    assert!(growth < GROWTH_MAX_KIB, "{growth} KiB");
}
