//! HEADERS and CONTINUATION: header blocks in one frame or several (sections 4.3, 6.2 and 6.10).

use super::cases::{Case, Outcome, case, good};
use crate::support::frames::{
    code, flag, frame, get, headers, kind, post, request, reset, settings,
};

const PROTOCOL: Outcome = Outcome::Closed(&[code::PROTOCOL_ERROR]);
const SIZE: Outcome = Outcome::Closed(&[code::FRAME_SIZE_ERROR]);
const ANY_SIZE: Outcome = Outcome::Closed(&[code::FRAME_SIZE_ERROR, code::PROTOCOL_ERROR]);
const ITSELF: Outcome = Outcome::Reset(&[code::PROTOCOL_ERROR]);

pub(super) fn cases() -> Vec<Case> {
    [heads(), continued()].into_iter().flatten().collect()
}

fn whole() -> Vec<u8> {
    request("GET", "/a")
}

fn heads() -> Vec<Case> {
    let padded = [vec![2], whole(), vec![0, 0]].concat();
    let prioritised = [vec![0, 0, 0, 0, 15], whole()].concat();
    let both = [vec![2, 0x80, 0, 0, 3, 15], whole(), vec![0, 0]].concat();
    let end = flag::END_STREAM;
    vec![
        good("6.2", "HEADERS", &[get(1, "/a")], "GET /a "),
        good(
            "6.2",
            "HEADERS with padding",
            &[headers(1, end | flag::PADDED, padded)],
            "GET /a ",
        ),
        good(
            "6.2",
            "HEADERS with a priority",
            &[headers(1, end | flag::PRIORITY, prioritised)],
            "GET /a ",
        ),
        good(
            "6.2",
            "HEADERS with padding and priority",
            &[headers(1, end | flag::PADDED | flag::PRIORITY, both)],
            "GET /a ",
        ),
        case("6.2", "HEADERS on stream 0", &[get(0, "/a")], PROTOCOL),
        case(
            "6.2",
            "padding longer than HEADERS",
            &[headers(
                1,
                end | flag::PADDED,
                [vec![255], whole()].concat(),
            )],
            PROTOCOL,
        ),
        case(
            "6.2",
            "HEADERS without their length of padding",
            &[headers(1, end | flag::PADDED, [])],
            ANY_SIZE,
        ),
        case(
            "6.2",
            "HEADERS too short for their priority",
            &[headers(1, end | flag::PRIORITY, [0, 0, 0])],
            ANY_SIZE,
        ),
        case(
            "4.2",
            "HEADERS of 2^14 + 1 bytes",
            &[headers(1, end, vec![0; 16_385])],
            SIZE,
        ),
        case(
            "5.3.1",
            "HEADERS of a stream that depends on itself",
            &[headers(
                1,
                end | flag::PRIORITY,
                [vec![0, 0, 0, 1, 15], whole()].concat(),
            )],
            ITSELF,
        ),
    ]
}

/// A header block in HEADERS, so many frames of a byte, and one with the rest.
fn cut(count: usize) -> Vec<Vec<u8>> {
    let block = whole();
    let first = frame(kind::HEADERS, flag::END_STREAM, 1, &block[..1]);
    [vec![first], cut_rest(&block[1..], count)].concat()
}

fn cut_rest(block: &[u8], count: usize) -> Vec<Vec<u8>> {
    let (single, rest) = block.split_at(count.min(block.len() - 1));
    let single = single
        .iter()
        .map(|byte| frame(kind::CONTINUATION, flag::NONE, 1, [*byte]));
    let last = frame(kind::CONTINUATION, flag::END_HEADERS, 1, rest);
    single.chain([last]).collect()
}

/// The first frame of a header block, with padding and a priority.
fn headers_open(part: &[u8]) -> Vec<u8> {
    let flags = flag::END_STREAM | flag::PADDED | flag::PRIORITY;
    let content = [&[2, 0x80, 0, 0, 3, 15], part, &[0, 0]].concat();
    frame(kind::HEADERS, flags, 1, content)
}

#[expect(clippy::too_many_lines, reason = "rows of a table")]
fn continued() -> Vec<Case> {
    let open = |flags| frame(kind::HEADERS, flags, 1, &whole()[..9]);
    let more = |flags, stream, part: &[u8]| frame(kind::CONTINUATION, flags, stream, part);
    let (end, last) = (flag::END_STREAM, flag::END_HEADERS);
    let rest = whole()[9..].to_vec();
    vec![
        good(
            "6.10",
            "a header block in two frames",
            &[open(end), more(last, 1, &rest)],
            "GET /a ",
        ),
        good(
            "6.10",
            "a header block in several frames",
            &[
                open(end),
                more(0, 1, &rest[..3]),
                more(0, 1, &[]),
                more(last, 1, &rest[3..]),
            ],
            "GET /a ",
        ),
        good(
            "6.10",
            "a header block whose first frame is empty",
            &[frame(kind::HEADERS, end, 1, []), more(last, 1, &whole())],
            "GET /a ",
        ),
        good(
            "6.10",
            "a header block before a body",
            &[
                frame(kind::HEADERS, 0, 1, request("POST", "/a")),
                more(last, 1, &[]),
                frame(kind::DATA, end, 1, b"body"),
            ],
            "POST /a body",
        ),
        good("6.10", "a header block in nine frames", &cut(7), "GET /a "),
        good(
            "6.10",
            "a header block in as many frames as it has bytes",
            &cut(usize::MAX),
            "GET /a ",
        ),
        good(
            "6.10",
            "a padded header block with a priority in nine frames",
            &[
                vec![headers_open(&whole()[..1])],
                cut_rest(&whole()[1..], 7),
            ]
            .concat(),
            "GET /a ",
        ),
        case(
            "6.10",
            "CONTINUATION of another stream",
            &[open(end), more(last, 3, &rest)],
            PROTOCOL,
        ),
        case(
            "6.10",
            "CONTINUATION on stream 0",
            &[open(end), more(last, 0, &rest)],
            PROTOCOL,
        ),
        case(
            "6.10",
            "CONTINUATION behind a whole header block",
            &[get(1, "/a"), more(last, 1, &rest)],
            PROTOCOL,
        ),
        case(
            "6.10",
            "CONTINUATION behind the last CONTINUATION",
            &[open(end), more(last, 1, &rest), more(last, 1, &[])],
            PROTOCOL,
        ),
        case(
            "6.10",
            "CONTINUATION behind DATA",
            &[
                post(1, "/a"),
                frame(kind::DATA, 0, 1, b"body"),
                more(last, 1, &rest),
            ],
            PROTOCOL,
        ),
        case(
            "6.10",
            "DATA in a header block",
            &[open(end), frame(kind::DATA, end, 1, b"body")],
            PROTOCOL,
        ),
        case(
            "6.2",
            "HEADERS of another stream in a header block",
            &[open(end), get(3, "/b")],
            PROTOCOL,
        ),
        case(
            "6.2",
            "HEADERS of the same stream in a header block",
            &[open(end), get(1, "/b")],
            PROTOCOL,
        ),
        case(
            "4.3",
            "PRIORITY in a header block",
            &[open(end), frame(kind::PRIORITY, 0, 1, [0, 0, 0, 0, 15])],
            PROTOCOL,
        ),
        case(
            "6.10",
            "RST_STREAM in a header block",
            &[open(end), reset(1, code::CANCEL)],
            PROTOCOL,
        ),
        case(
            "6.10",
            "SETTINGS in a header block",
            &[open(end), settings(&[])],
            PROTOCOL,
        ),
        case(
            "5.5",
            "a frame of unknown type in a header block",
            &[open(end), frame(0xfa, 0, 1, b"x"), more(last, 1, &rest)],
            PROTOCOL,
        ),
    ]
}
