//! What h2 gets of header blocks.

use super::*;

const PING: u8 = 6;
const GET: &[u8] = b"\x82\x84\x86\x41\x01a";

fn frame(kind: u8, flags: u8, stream: u32, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, content].concat()
}

/// What h2 gets of these bytes behind the preface, where so many come at once.
fn handed_on(sent: &[u8], at_once: usize) -> Vec<u8> {
    let mut blocks = Blocks::new(8 << 10);
    let sent = [PREFACE, sent].concat();
    let mut all = Vec::new();
    for piece in sent.chunks(at_once) {
        let count = blocks.take(piece).expect("short");
        all.extend_from_slice(&piece[..count]);
        let mut space = [0; 10];
        let mut buffer = ReadBuf::new(&mut space);
        while blocks.give(&mut buffer) {
            all.extend_from_slice(buffer.filled());
            buffer.clear();
        }
    }
    all.split_off(PREFACE.len())
}

#[track_caller]
fn becomes(sent: &[Vec<u8>], expected: &[Vec<u8>]) {
    for at_once in [1, 2, 3, 8, 9, 10, 17, 100, 100_000] {
        let found = handed_on(&sent.concat(), at_once);
        assert!(found == expected.concat(), "{at_once}: {found:x?}");
    }
}

#[test]
fn whole_blocks_are_handed_on_as_they_are() {
    let sent = [
        frame(kind::SETTINGS, 0, 0, &[]),
        frame(kind::HEADERS, END_HEADERS, 1, GET),
        frame(kind::DATA, 0, 1, &[7; 300]),
        frame(
            kind::HEADERS,
            END_HEADERS | END_STREAM | PADDED,
            3,
            &[&[2], GET, &[0, 0]].concat(),
        ),
        frame(
            kind::HEADERS,
            END_HEADERS | END_STREAM,
            1,
            b"\x00\x01x\x01a",
        ),
        frame(PING, 0, 0, &[0; 8]),
    ];
    becomes(&sent, &sent);
    let sent = [PREFACE, sent.concat().as_slice()].concat();
    let first = sent.len() - 17 - 14;
    assert_eq!(
        Blocks::new(8 << 10).take(&sent),
        Ok(first),
        "without a copy, up to the trailers"
    );
}

#[test]
fn blocks_in_frames_are_put_together() {
    let head = [&[1, 0, 0, 0, 3, 15], &GET[..2], &[0]].concat();
    let parts = [
        frame(kind::HEADERS, END_STREAM | PADDED | PRIORITY, 1, &head),
        frame(kind::CONTINUATION, 0, 1, &[]).repeat(20),
        frame(kind::CONTINUATION, 0, 1, &GET[2..3]),
        frame(kind::CONTINUATION, END_HEADERS, 1, &GET[3..]),
        frame(PING, 0, 0, &[0; 8]),
    ];
    let whole = [&[0, 0, 0, 3, 15], GET].concat();
    let whole = frame(
        kind::HEADERS,
        END_STREAM | END_HEADERS | PRIORITY,
        1,
        &whole,
    );
    becomes(&parts, &[whole, parts[4].clone()]);
}

#[test]
fn long_blocks_are_cut_anew() {
    let block = [GET, b"\x00\x01x\x7f\xa8\x45", &[b'y'; 9000]].concat();
    let parts: Vec<_> = block.chunks(500).enumerate().collect();
    let count = parts.len();
    let cut = parts.into_iter().map(|(number, part)| {
        let end = if number + 1 == count { END_HEADERS } else { 0 };
        frame(
            if number == 0 {
                kind::HEADERS
            } else {
                kind::CONTINUATION
            },
            end,
            1,
            part,
        )
    });
    let expected = [
        frame(kind::HEADERS, 0, 1, &block[..4096]),
        frame(kind::CONTINUATION, 0, 1, &block[4096..8192]),
        frame(kind::CONTINUATION, END_HEADERS, 1, &block[8192..]),
    ];
    becomes(&cut.collect::<Vec<_>>(), &expected);
}

#[test]
fn malformed_blocks_are_marked() {
    let request = frame(kind::HEADERS, END_HEADERS, 1, GET);
    let trailers = |block: &[u8]| frame(kind::HEADERS, END_HEADERS | END_STREAM, 1, block);
    let marked = [b"\x84", MALFORMED].concat();
    becomes(
        &[request.clone(), trailers(b"\x84")],
        &[request, trailers(&marked)],
    );
    let fragment = b"\x82\x86\x41\x01a\x44\x02/#";
    let request = |stream, block: &[u8]| frame(kind::HEADERS, END_HEADERS, stream, block);
    let marked = [fragment, MALFORMED].concat();
    let again = [b"\xbe", MALFORMED].concat();
    becomes(
        &[request(1, fragment), request(3, GET)],
        &[request(1, &marked), request(3, GET)],
    );
    becomes(
        &[request(1, fragment), request(3, b"\xbe")],
        &[request(1, &marked), request(3, &again)],
    );
}

#[test]
fn mistakes_are_handed_on() {
    let open = frame(kind::HEADERS, 0, 1, &GET[..2]);
    for other in [
        frame(PING, 0, 0, &[0; 8]),
        frame(kind::CONTINUATION, END_HEADERS, 3, &GET[2..]),
        frame(kind::DATA, 0, 1, b"body"),
    ] {
        let sent = [open.clone(), other];
        becomes(&sent, &sent);
    }
    let alone = [
        frame(kind::HEADERS, PADDED, 1, &[9, 0]),
        frame(kind::CONTINUATION, 0, 1, b"x"),
    ];
    becomes(&alone, &alone);
}

#[test]
fn blocks_have_an_end() {
    let mut blocks = Blocks::new(8 << 10);
    let part = frame(kind::CONTINUATION, 0, 1, &[0; 1000]);
    let first = [
        PREFACE.as_slice(),
        &frame(PING, 0, 0, &[0; 8]),
        &frame(kind::HEADERS, 0, 1, GET),
    ]
    .concat();
    let count = blocks.take(&first).expect("short");
    assert_eq!(count, PREFACE.len() + 17);
    let refused_at = (0..100).find(|_| blocks.take(&part) == Err(Refusal::TooMuch));
    assert_eq!(refused_at, Some(28));
}
