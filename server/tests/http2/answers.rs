//! Answers: whole, streamed, changed by layers.

use std::io::Read as _;

use h2::Reason;
use h2::client::Builder;
use serde_json::json;

use super::requests::start;
use crate::support::http2::Http2;
use crate::support::{Call, Launch, Mode, Server, eventually};

fn told(server: &Server) -> serde_json::Value {
    Http2::open(server).get("/told").expect(200).json()
}

/// Waits until a generator is closed.
fn is_closed(server: &Server, name: &str) {
    eventually("the generator is closed", || {
        let closed = &told(server)["closed"];
        closed
            .as_array()
            .expect("a list")
            .contains(&json!(name))
            .then_some(())
    });
}

pub(crate) fn look_like_those_of_http_1(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    for target in [
        "/bytes/0",
        "/bytes/7",
        "/status/204",
        "/status/304",
        "/status/404",
        "/nowhere",
    ] {
        let (old, new) = (server.get(target), client.get(target));
        assert_eq!(new.version, "HTTP/2.0");
        let status = old.status;
        assert_eq!((new.status, &new.body), (status, &old.body), "{target}");
        let fields = |answer: &crate::support::Answer| {
            let fields = answer.headers.iter().filter(|(name, _)| name != "date");
            let mut fields: Vec<_> = fields.cloned().collect();
            fields.sort();
            fields
        };
        assert_eq!(fields(&new), fields(&old), "{target}");
        assert!(new.header("date").is_some(), "{target}");
        assert_eq!(new.header("server"), Some("coachwhip"));
    }
    client.call(&Call::post("/bytes/1", "")).expect(405);
}

pub(crate) fn have_no_fields_of_the_connection(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    // h2 refuses an answer that has them.
    let answer = client.get("/connection-fields").expect(200);
    assert_eq!(
        (answer.text().as_str(), answer.header("x-own")),
        ("here", Some("kept"))
    );
    for name in [
        "connection",
        "keep-alive",
        "transfer-encoding",
        "upgrade",
        "proxy-connection",
    ] {
        assert_eq!(answer.header(name), None, "{name}");
    }
}

pub(crate) fn are_not_sent_to_head(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    for (target, length) in [
        ("/bytes/7", Some("7")),
        ("/bytes/0", Some("0")),
        ("/bytes/100000", Some("100000")),
    ] {
        let answer = client.call(&Call::new("HEAD", target)).expect(200);
        assert_eq!(
            (answer.header("content-length"), answer.body.len()),
            (length, 0),
            "{target}"
        );
    }
    let answer = client.call(&Call::new("HEAD", "/endless/head")).expect(200);
    assert_eq!(
        (answer.header("content-length"), answer.body.len()),
        (None, 0)
    );
    is_closed(&server, "head");
}

pub(crate) fn may_be_large(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    let both = [
        client.send(&Call::get("/bytes/9000000")),
        client.send(&Call::get("/bytes/9000001")),
    ];
    for (begun, length) in both.into_iter().zip([9_000_000, 9_000_001]) {
        let answer = client.read(begun).expect(200);
        assert_eq!(
            answer.header("content-length"),
            Some(length.to_string().as_str())
        );
        assert_eq!(answer.body.len(), length);
    }
}

pub(crate) fn come_piece_by_piece(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    let begun = client.send(&Call::get("/waiting/pieces"));
    let (answer, mut body) = client.read_head(begun);
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (200, None)
    );
    assert_eq!(
        client.piece(&mut body).expect("more").expect("whole"),
        "a piece"
    );
    // Nobody else waits for the rest.
    assert_eq!(client.get("/bytes/1").expect(200).body.len(), 1);
}

pub(crate) fn break_off_when_a_generator_raises(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    let begun = client.send(&Call::get("/breaks-off"));
    let (answer, mut body) = client.read_head(begun);
    assert_eq!(answer.status, 200);
    assert_eq!(
        client.piece(&mut body).expect("more").expect("whole"),
        "a piece"
    );
    let error = client
        .piece(&mut body)
        .expect("no end")
        .expect_err("it breaks off");
    assert_eq!(error.reason(), Some(Reason::INTERNAL_ERROR));
    client.get("/bytes/1").expect(200);
}

/// A client whose window is full holds back the handler, and nobody else.
pub(crate) fn wait_for_a_client_that_does_not_read(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open_with(&server, Builder::new().initial_window_size(20_000));
    let begun = client.send(&Call::get("/endless/held-back"));
    let (_, mut body) = client.read_head(begun);
    let mut before = 0;
    let waiting = eventually("no more is made", || {
        client.get("/bytes/1").expect(200);
        let count = told(&server)["made"]["held-back"]
            .as_u64()
            .expect("a number");
        (std::mem::replace(&mut before, count) == count).then_some(count)
    });
    assert!(waiting < 50, "{waiting} pieces of 10,000 bytes wait");
    let mut length = 0;
    while length < 2_000_000 {
        length += client.piece(&mut body).expect("more").expect("whole").len();
    }
    assert!(told(&server)["made"]["held-back"].as_u64() >= Some(200));
}

pub(crate) fn are_closed_when_they_are_reset(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    for target in ["endless", "waiting"] {
        let name = format!("reset-{target}");
        let mut begun = client.send(&Call::get(&format!("/{target}/{name}")));
        let head = client.wait(&mut begun.answer).expect("an answer");
        let mut body = head.into_body();
        assert!(
            !client
                .piece(&mut body)
                .expect("more")
                .expect("whole")
                .is_empty()
        );
        begun.rest.send_reset(Reason::CANCEL);
        drop(body);
        client.get("/bytes/1").expect(200);
        is_closed(&server, &name);
    }
    client.get("/bytes/1").expect(200);
}

pub(crate) fn are_closed_when_the_client_leaves(mode: Mode) {
    let server = start(mode);
    let mut client = Http2::open(&server);
    let mut bodies = Vec::new();
    for target in ["endless", "waiting"] {
        let begun = client.send(&Call::get(&format!("/{target}/left-{target}")));
        let (_, mut body) = client.read_head(begun);
        assert!(
            !client
                .piece(&mut body)
                .expect("more")
                .expect("whole")
                .is_empty()
        );
        bodies.push(body);
    }
    drop((client, bodies));
    for target in ["endless", "waiting"] {
        is_closed(&server, &format!("left-{target}"));
    }
    let ended = server.stop();
    assert!(!ended.stderr.contains("handler failed"), "{}", ended.stderr);
}

pub(crate) fn go_through_layers(mode: Mode) {
    let server = Launch::under(mode, "layers")
        .args([
            "--cors-origins",
            "https://here.example",
            "--compression",
            "gzip",
        ])
        .start();
    let mut client = Http2::open(&server);
    let call = Call::get("/answers/text")
        .header("origin", "https://here.example")
        .header("accept-encoding", "gzip");
    let answer = client.call(&call).expect(200);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://here.example")
    );
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.header("content-length"), None);
    let mut text = String::new();
    let read = flate2::read::GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text);
    read.expect("whole");
    assert_eq!(
        Some(text.len().to_string().as_str()),
        answer.header("x-length")
    );
    let plain = client.get("/answers/text").expect(200);
    assert_eq!(plain.text(), text);
    let preflight = Call::new("OPTIONS", "/answers/text")
        .header("origin", "https://here.example")
        .header("access-control-request-method", "GET");
    let answer = client.call(&preflight).expect(200);
    assert!(answer.header("access-control-allow-methods").is_some());
    let many = (0..101).fold(Call::get("/answers/text"), |call, _| call.header("x", "a"));
    client.call(&many).expect(431);
}

pub(crate) fn may_be_files(mode: Mode) {
    let server = crate::support::server::shared(mode);
    let mut client = Http2::open(&server);
    let answer = client.get("/file/digits").expect(200);
    assert_eq!(
        (answer.text().as_str(), answer.header("content-length")),
        ("0123456789", Some("10"))
    );
    let call = Call::get("/file/digits").header("range", "bytes=2-4");
    let answer = client.call(&call).expect(206);
    assert_eq!(
        (answer.text().as_str(), answer.header("content-length")),
        ("234", Some("3"))
    );
    let answer = client.call(&Call::new("HEAD", "/file/digits")).expect(200);
    assert_eq!(
        (answer.body.len(), answer.header("content-length")),
        (0, Some("10"))
    );
}
