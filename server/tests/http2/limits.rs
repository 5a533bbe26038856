//! The limits on requests, each crossed by one.

use bytes::Bytes;
use h2::Reason;

use crate::support::frames::{
    Frame, Raw, answer_on, code, fields, flag, get, headers, kind, post, reset_of,
};
use crate::support::http2::Http2;
use crate::support::{Call, Launch, Mode, Server};

fn start(mode: Mode, limits: &[&str]) -> Server {
    Launch::under(mode, "http2")
        .args(["--workers", "1"])
        .args(limits)
        .start()
}

pub(crate) fn hold_for_bodies(mode: Mode) {
    let server = start(mode, &["--max-body-bytes", "100000"]);
    let mut client = Http2::open(&server);
    for target in ["/shown", "/echo"] {
        let longest = "x".repeat(100_000);
        client.call(&Call::post(target, &longest)).expect(200);
        let announced = Call::new("POST", target).header("content-length", "100001");
        let begun = client.begin(&announced, false);
        client.read(begun).expect(413);
    }
    let mut begun = client.begin(&Call::new("POST", "/shown"), false);
    begun
        .rest
        .send_data(Bytes::from(vec![b'x'; 100_001]), false)
        .expect("taken");
    client.read(begun).expect(413);
    client.get("/shown").expect(200);
}

/// The length of a list is that of RFC 9113 section 6.5.2: 32 bytes for each field beside name and value.
pub(crate) fn hold_for_fields(mode: Mode) {
    let server = start(mode, &["--max-header-bytes", "8192", "--max-headers", "20"]);
    let list = |more: &[(&str, &str)]| {
        let all = [
            &[
                (":method", "GET"),
                (":scheme", "http"),
                (":path", "/shown"),
                (":authority", "test"),
            ],
            more,
        ]
        .concat();
        let length: usize = all
            .iter()
            .map(|(name, value)| name.len() + value.len() + 32)
            .sum();
        (length, headers(1, flag::END_STREAM, fields(&all)))
    };
    let (without, _) = list(&[("x", "")]);
    for (length, status) in [(8192, 200), (8193, 431), (20_000, 431)] {
        let value = "x".repeat(length - without);
        let (found, sent) = list(&[("x", &value)]);
        assert_eq!(found, length);
        let mut raw = Raw::open(&server);
        // Longer ones come in several frames.
        raw.send(cut(sent));
        let frames = raw.answer(1);
        assert_eq!(
            answer_on(&frames, 1).map(|(status, _)| status),
            Some(status),
            "{length}"
        );
        raw.send(get(3, "/shown"));
        assert!(
            raw.answer(3).last().is_some_and(Frame::ends_stream),
            "{length}"
        );
    }
    let mut client = Http2::open(&server);
    for (count, status) in [(20, 200), (21, 431)] {
        let call = (0..count).fold(Call::get("/shown"), |call, _| call.header("x", "a"));
        client.call(&call).expect(status);
        let crumbs = (0..count).fold(Call::get("/shown"), |call, _| call.header("cookie", "a=1"));
        client.call(&crumbs).expect(200);
    }
}

/// The same header block, in frames that are not too long.
fn cut(frame: Vec<u8>) -> Vec<u8> {
    use crate::support::frames::frame as framed;
    let content = &frame[9..];
    if content.len() <= 16_384 {
        return frame;
    }
    let (first, rest) = content.split_at(16_384);
    let first = framed(kind::HEADERS, flag::END_STREAM, 1, first);
    [
        first,
        framed(kind::CONTINUATION, flag::END_HEADERS, 1, rest),
    ]
    .concat()
}

pub(crate) fn hold_for_streams(mode: Mode) {
    let server = start(mode, &["--http2-max-streams", "3"]);
    let mut raw = Raw::open(&server);
    raw.send([1, 3, 5, 7].map(|stream| post(stream, "/shown")).concat());
    let frames = raw.until(|frame| frame.kind == kind::RST_STREAM);
    assert_eq!(reset_of(&frames, 7), Some(code::REFUSED_STREAM));
    let announced = frames
        .iter()
        .find(|frame| frame.kind == kind::SETTINGS && frame.flags == 0);
    let values = &announced.expect("SETTINGS").content;
    assert!(
        values.chunks(6).any(|value| value == [0, 3, 0, 0, 0, 3]),
        "{values:?}"
    );
    // One that has ended makes room.
    raw.send(crate::support::frames::frame(
        kind::DATA,
        flag::END_STREAM,
        1,
        b"body",
    ));
    let frames = raw.answer(1);
    assert_eq!(answer_on(&frames, 1).map(|(status, _)| status), Some(200));
    raw.send(get(9, "/shown"));
    let frames = raw.answer(9);
    assert_eq!(answer_on(&frames, 9).map(|(status, _)| status), Some(200));
}

pub(crate) fn hold_for_the_queue(mode: Mode) {
    let server = start(mode, &["--queue-depth", "1"]);
    let mut client = Http2::open(&server);
    let first = client.send(&Call::get("/sleep/1500/first"));
    // It runs when nothing waits; a request that is withdrawn leaves its place.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let others: Vec<_> = (0..4)
        .map(|_| client.send(&Call::get("/sleep/1/other")))
        .collect();
    let mut statuses: Vec<_> = others
        .into_iter()
        .map(|begun| client.read(begun).status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 503, 503, 503]);
    client.read(first).expect(200);
    let mut begun = client.send(&Call::get("/waiting/reset"));
    client.wait(&mut begun.answer).expect("an answer");
    begun.rest.send_reset(Reason::CANCEL);
    client.get("/shown").expect(200);
}
