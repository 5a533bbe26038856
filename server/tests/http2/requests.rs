//! What handlers see, and what becomes of requests whose client changes its mind.

use std::process::Command;

use bytes::Bytes;
use serde_json::json;

use crate::support::frames::{
    Raw, answer_on, code, fields, flag, frame, get, headers, kind, post, reset,
};
use crate::support::http2::Http2;
use crate::support::{Call, Launch, Mode, PATIENCE, Server, eventually};

pub(super) fn start(mode: Mode) -> Server {
    Launch::under(mode, "http2")
        .args(["--workers", "1"])
        .start()
}

pub(crate) fn look_like_those_of_http_1(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    let call = Call::post("/shown/a%20b?q=1", "body").header("x-own", "1");
    let seen = client.call(&call).expect(200).json();
    let expected = json!({
        "method": "POST", "path": "/shown/a b", "query": "1", "body": "body", "version": "2",
        "scheme": "http", "host": "test", "cookies": {},
        "fields": [["x-own", "1"], ["host", "test"]],
    });
    assert_eq!(seen, expected);
    let call = Call::get("/shown")
        .header("cookie", "a=1")
        .header("cookie", "b=2; c=3")
        .header("host", "test");
    let seen = client.call(&call).expect(200).json();
    assert_eq!(seen["cookies"], json!({"a": "1", "b": "2", "c": "3"}));
    let fields = json!([["cookie", "a=1; b=2; c=3"], ["host", "test"]]);
    assert_eq!(seen["fields"], fields);
    assert_eq!(seen["host"], "test");
}

pub(crate) fn share_a_connection(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    let begun: Vec<_> = (0..80)
        .map(|number| client.send(&Call::post("/shown", number.to_string())))
        .collect();
    // The last ones first, which come as soon as the others.
    for (number, begun) in begun.into_iter().enumerate().rev() {
        let seen = client.read(begun).expect(200).json();
        assert_eq!(seen["body"], number.to_string());
    }
    let slow = client.send(&Call::get("/sleep-async/500/slow"));
    assert_eq!(client.get("/told").expect(200).json()["ran"], json!([]));
    assert_eq!(client.read(slow).expect(200).text(), "slow");
}

pub(crate) fn have_bodies(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    for length in [0, 1, 16_383, 16_384, 16_385, 300_000, 2_000_000] {
        let body: String = ('a'..='z').cycle().take(length).collect();
        let seen = client.call(&Call::post("/shown", &body)).expect(200).json();
        assert!(seen["body"] == body, "{length}");
    }
}

pub(crate) fn are_withdrawn_when_they_are_reset(mode: Mode) {
    let server = start(mode);
    let mut raw = Raw::open(&server);
    raw.send(get(1, "/sleep/1000/first"));
    // Three wait for the one worker, of which the second is given up, and then a client that asked for two leaves.
    raw.send(
        [
            get(3, "/sleep/1/kept"),
            get(5, "/sleep/1/reset"),
            get(7, "/sleep/1/kept"),
        ]
        .concat(),
    );
    raw.send(reset(5, code::CANCEL));
    let mut gone = Raw::open(&server);
    gone.send([get(1, "/sleep/1/gone"), get(3, "/sleep/1/gone")].concat());
    let _ = gone.until(|frame| frame.kind == kind::SETTINGS && frame.flags == flag::ACK);
    drop(gone);
    let frames = raw.answer(7);
    assert_eq!(answer_on(&frames, 7), Some((200, "kept".into())));
    let ran = Http2::open(&server).get("/told").expect(200).json()["ran"].clone();
    assert_eq!(ran, json!(["first", "kept", "kept"]));
    assert_eq!(answer_on(&frames, 5), None);
}

pub(crate) fn have_bodies_that_are_read_as_they_come(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    let mut begun = client.begin(&Call::new("POST", "/echo"), false);
    let mut send = |client: &Http2, piece: &'static str, is_last| {
        begun
            .rest
            .send_data(Bytes::from_static(piece.as_bytes()), is_last)
            .expect("taken");
        client.wait(tokio::task::yield_now());
    };
    send(&client, "first", false);
    let (answer, mut body) = {
        let answer = client.wait(&mut begun.answer).expect("an answer");
        let (head, body) = answer.into_parts();
        (head.status, body)
    };
    assert_eq!(answer, 200);
    for piece in ["first", "second", "third"] {
        if piece != "first" {
            begun
                .rest
                .send_data(Bytes::from_static(piece.as_bytes()), piece == "third")
                .expect("taken");
        }
        assert_eq!(
            client.piece(&mut body).expect("more").expect("whole"),
            piece
        );
    }
    assert!(client.piece(&mut body).is_none());
}

/// A handler that takes in nothing holds back the client that sends, and nobody else.
pub(crate) fn hold_back_their_clients(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    let mut begun = client.begin(&Call::new("POST", "/held/upload"), false);
    let length = 8 << 20;
    begun
        .rest
        .send_data(vec![0; length].into(), true)
        .expect("taken");
    let told = || Http2::open(&server).get("/told").expect(200).json();
    eventually("the handler has a piece", || {
        client.get("/shown").expect(200);
        (told()["made"]["upload"] == 1).then_some(())
    });
    // What is left waits at the client: the server gives back no more of the windows.
    let mut room = usize::MAX;
    eventually("the client is held back", || {
        client.get("/shown").expect(200);
        let before = std::mem::replace(&mut room, begun.rest.capacity());
        (before == room).then_some(())
    });
    assert_eq!(told()["made"]["upload"], 1);
    assert_eq!(client.get("/let-go/upload").expect(200).text(), "let go");
    assert_eq!(client.read(begun).expect(200).text(), "all");
    let pieces = told()["made"]["upload"].as_u64().expect("a number");
    assert!(pieces >= (length as u64) >> 14, "{pieces}");
}

pub(crate) fn need_not_be_read(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    // More than the windows of the connection, which are given back all the same.
    for _ in 0..6 {
        let answer = client.call(&Call::post("/unread", vec![0; 400_000]));
        assert_eq!(answer.expect(200).text(), "did not look");
    }
    let answer = client.call(&Call::post("/shown", "x".repeat(400_000)));
    assert_eq!(
        answer.expect(200).json()["body"].as_str().map(str::len),
        Some(400_000)
    );
}

/// RFC 9113 section 8.1: the answer is whole, and then the client is told to stop, without blame.
pub(crate) fn are_reset_without_error_when_nobody_reads_them(mode: Mode) {
    let server = start(mode);
    let mut raw = Raw::open(&server);
    let targets = [
        ("/nowhere", 404),
        ("/unread", 200),
        ("/denied", 401),
        ("/bytes/1", 405),
    ];
    for turn in 0..10_u32 {
        for (number, (target, status)) in (0..).zip(targets) {
            let stream = 1 + 2 * (turn * 4 + number);
            raw.send(post(stream, target));
            // What was on its way when the stream was reset is the client's right.
            let data = frame(kind::DATA, flag::NONE, stream, [b'x'; 10_000]);
            raw.send(data);
            let frames = raw.until(|frame| {
                (frame.kind, frame.stream) == (kind::RST_STREAM, stream)
                    || frame.kind == kind::GOAWAY
            });
            let answer = answer_on(&frames, stream);
            let answered = answer.map(|(status, _)| status);
            assert_eq!(answered, Some(status), "{target}");
            let own: Vec<_> = frames.iter().filter(|one| one.stream == stream).collect();
            let [.., last, reset] = own.as_slice() else {
                panic!("{target}: {own:?}");
            };
            assert!(last.ends_stream(), "{target}: {last:?}");
            assert_eq!(
                (reset.kind, reset.number(0)),
                (kind::RST_STREAM, code::NO_ERROR)
            );
            raw.send(frame(kind::DATA, flag::END_STREAM, stream, [b'x'; 10_000]));
        }
    }
    raw.send(get(1001, "/bytes/1"));
    let frames = raw.answer(1001);
    let answered = answer_on(&frames, 1001).map(|(status, _)| status);
    assert_eq!(answered, Some(200));
}

pub(crate) fn cannot_become_sockets(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    let answer = client.get("/socket").expect(426);
    assert_eq!(
        (answer.header("upgrade"), answer.header("connection")),
        (None, None)
    );
    let mut raw = Raw::open(&server);
    let connect = fields(&[(":method", "CONNECT"), (":authority", "test:80")]);
    raw.send(headers(1, flag::END_STREAM, connect));
    let frames = raw.answer(1);
    assert_eq!(answer_on(&frames, 1), Some((501, "Not Implemented".into())));
}

/// `Upgrade: h2c` is no more (RFC 9113 section 3.1).
pub(crate) fn ask_for_no_upgrade(mode: Mode) {
    let server = start(mode);
    let mut connection = server.connect();
    for _ in 0..2 {
        let call = Call::get("/shown")
            .header("Connection", "Upgrade, HTTP2-Settings")
            .header("Upgrade", "h2c")
            .header("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA");
        let answer = connection.call(&call).expect(200);
        assert_eq!(answer.version, "HTTP/1.1");
        assert_eq!(answer.json()["version"], "1.1");
    }
}

/// A client that is not ours, where it is there and knows HTTP/2.
#[expect(
    clippy::print_stdout,
    reason = "tells a reader of the test run that nothing was tested"
)]
pub(crate) fn are_sent_by_curl(mode: Mode) {
    let version = Command::new("curl").arg("--version").output();
    let knows = version.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains("HTTP2"));
    if !knows {
        println!("no curl with HTTP/2");
        return;
    }
    let server = start(mode);
    let limit = PATIENCE.as_secs().to_string();
    // One connection for each: curl 7.88 takes up none a second time that it opened by prior knowledge.
    let run = |arguments: &[&str], target: &str| {
        let run = Command::new("curl")
            .args([
                "-sS",
                "--fail",
                "--http2-prior-knowledge",
                "--max-time",
                &limit,
            ])
            .args(arguments)
            .arg(format!("http://{}{target}", server.ready.address))
            .output()
            .expect("curl runs");
        let told = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{arguments:?} {target}: {told}");
        String::from_utf8(run.stdout).expect("text")
    };
    let seen = run(&["--data", "body"], "/shown?q=1");
    assert!(
        seen.contains("\"version\":\"2\"") && seen.contains("\"body\":\"body\""),
        "{seen}"
    );
    let length = run(
        &["-o", "/dev/null", "-w", "%{size_download} %{http_version}"],
        "/bytes/3000000",
    );
    assert_eq!(length, "3000000 2");
    let head = run(&["--head"], "/bytes/7").to_lowercase();
    assert!(
        head.starts_with("http/2 200") && head.contains("content-length: 7"),
        "{head}"
    );
}
