//! The limits on requests, each crossed by one.

use bytes::Bytes;
use h2::Reason;

use crate::support::frames::{
    Frame, Raw, answer_on, code, fields, flag, get, goaway, headers, kind, ping, post, reset_of,
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

/// A request beyond the limit is reset once, with its body on its way or not.
pub(crate) fn refuse_each_request_once(mode: Mode) {
    let server = start(mode, &["--http2-max-streams", "1"]);
    let mut raw = Raw::open(&server);
    let whole = |stream, path| {
        [
            post(stream, path),
            crumb(stream, flag::NONE),
            crumb(stream, flag::END_STREAM),
        ]
        .concat()
    };
    raw.send([post(1, "/shown"), whole(3, "/shown"), whole(5, "/shown")].concat());
    raw.send(ping(*b"seenthem"));
    let mut frames = raw.until(|frame| frame.kind == kind::PING);
    // What comes after the reset is for nobody, too.
    raw.send(
        [
            crumb(3, flag::NONE),
            crumb(5, flag::END_STREAM),
            crumb(1, flag::END_STREAM),
        ]
        .concat(),
    );
    frames.extend(raw.answer(1));
    raw.send(get(7, "/shown"));
    frames.extend(raw.answer(7));
    let resets = frames.iter().filter(|frame| frame.kind == kind::RST_STREAM);
    let resets: Vec<_> = resets
        .map(|frame| (frame.stream, frame.number(0)))
        .collect();
    assert_eq!(
        resets,
        [(3, code::REFUSED_STREAM), (5, code::REFUSED_STREAM)]
    );
    for stream in [1, 7] {
        assert_eq!(
            answer_on(&frames, stream).map(|(status, _)| status),
            Some(200)
        );
    }
}

/// A piece of a body.
fn crumb(stream: u32, flags: u8) -> Vec<u8> {
    crate::support::frames::frame(kind::DATA, flags, stream, b"body")
}

/// A client may send as much as it likes until it knows how many requests are allowed.
pub(crate) fn let_bursts_pass(mode: Mode) {
    let server = start(mode, &["--queue-depth", "1000"]);
    let mut raw = Raw::open(&server);
    let streams = (0..1500).map(|number| 2 * number + 1);
    let request = |stream| [post(stream, "/shown"), crumb(stream, flag::END_STREAM)].concat();
    let burst: Vec<u8> = streams.clone().flat_map(request).collect();
    let mut writer = raw.share();
    let writing = std::thread::spawn(move || writer.send(burst));
    let mut left = 1500;
    let frames = raw.until(|frame| {
        left -= u32::from(frame.ends_stream() || frame.kind == kind::RST_STREAM);
        left == 0
    });
    writing.join().expect("no panic");
    assert_eq!(goaway(&frames), None);
    let mut answered = 0;
    for stream in streams {
        let of_stream = frames.iter().filter(|frame| frame.stream == stream);
        let resets: Vec<_> = of_stream
            .filter(|frame| frame.kind == kind::RST_STREAM)
            .map(|frame| frame.number(0))
            .collect();
        match answer_on(&frames, stream) {
            Some((status, _)) => assert_eq!((status, resets), (200, vec![])),
            None => assert_eq!(resets, [code::REFUSED_STREAM], "{stream}"),
        }
        answered += u32::from(
            frames
                .iter()
                .any(|frame| frame.stream == stream && frame.ends_stream()),
        );
    }
    assert!(answered >= 100, "{answered}");
    raw.send(get(5001, "/shown"));
    assert_eq!(
        answer_on(&raw.answer(5001), 5001).map(|(status, _)| status),
        Some(200)
    );
}

/// How long a block may be whose list is too long, beyond which the connection is closed: as `docs/operations.md` says.
pub(crate) fn hold_for_blocks(mode: Mode) {
    // In hundredths.
    for (limit, factor) in [(8 << 10, 340), (64 << 10, 174), (1 << 20, 125)] {
        let server = start(
            mode,
            &[
                "--max-header-bytes",
                &limit.to_string(),
                "--max-headers",
                "1000",
            ],
        );
        for (factor, is_kept) in [(110, true), (factor, true), (factor * 105 / 100, false)] {
            let length = limit * factor / 100;
            let list = [
                (":method", "GET"),
                (":scheme", "http"),
                (":path", "/shown"),
                (":authority", "test"),
            ];
            let value = "x".repeat(997);
            let filled = [
                fields(&list),
                fields(&[("x", &value)]).repeat(length / 1000),
            ]
            .concat();
            let mut raw = Raw::open(&server);
            let _ = raw.try_send(in_frames(&filled, 1000));
            let _ = raw.try_send(get(3, "/shown"));
            let frames = raw.until(|frame| frame.stream == 3 && frame.ends_stream());
            let status = answer_on(&frames, 1).map(|(status, _)| status);
            if is_kept {
                assert_eq!(
                    (status, goaway(&frames)),
                    (Some(431), None),
                    "{limit} times {factor}"
                );
            } else {
                assert_eq!(status, None, "{limit} times {factor}");
                // The reset of the connection may overtake it.
                assert!(goaway(&frames).is_none_or(|told| told == code::ENHANCE_YOUR_CALM));
            }
        }
    }
}

/// A header block in frames of so many bytes.
fn in_frames(block: &[u8], length: usize) -> Vec<u8> {
    use crate::support::frames::frame as framed;
    let count = block.len().div_ceil(length);
    let part = |(number, part): (usize, &[u8])| {
        let last = if number + 1 == count {
            flag::END_HEADERS
        } else {
            flag::NONE
        };
        match number {
            0 => framed(kind::HEADERS, flag::END_STREAM | last, 1, part),
            _ => framed(kind::CONTINUATION, last, 1, part),
        }
    };
    block.chunks(length).enumerate().flat_map(part).collect()
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
