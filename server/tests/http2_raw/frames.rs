//! Single frames: what each may look like, and where it may stand.

use super::cases::{Case, Outcome, Step, case, good, steps};
use crate::support::frames::{code, flag, frame, get, headers, kind, post, request, reset};

const PROTOCOL: Outcome = Outcome::Closed(&[code::PROTOCOL_ERROR]);
const SIZE: Outcome = Outcome::Closed(&[code::FRAME_SIZE_ERROR]);
const ANY_SIZE: Outcome = Outcome::Closed(&[code::FRAME_SIZE_ERROR, code::PROTOCOL_ERROR]);

/// Stream errors that may end the connection as well (section 5.4.2).
const ITSELF: Outcome = Outcome::Reset(&[code::PROTOCOL_ERROR]);

pub(super) fn cases() -> Vec<Case> {
    [any(), data(), priorities(), resets()]
        .into_iter()
        .flatten()
        .collect()
}

fn whole() -> Vec<u8> {
    request("GET", "/a")
}

fn any() -> Vec<Case> {
    let unknown = |stream| frame(0xfa, 0xff, stream, b"whatever");
    let reserved = |mut bytes: Vec<u8>| {
        bytes[5] |= 0x80;
        bytes
    };
    vec![
        good(
            "4.1",
            "a frame of unknown type",
            &[unknown(0), get(1, "/a")],
            "GET /a ",
        ),
        good(
            "5.5",
            "a frame of unknown type on a stream",
            &[unknown(7), get(1, "/a")],
            "GET /a ",
        ),
        good(
            "4.1",
            "unknown flags",
            &[headers(1, flag::END_STREAM | 0xd0, whole())],
            "GET /a ",
        ),
        good(
            "4.1",
            "the reserved bit",
            &[reserved(get(1, "/a"))],
            "GET /a ",
        ),
        case(
            "4.2",
            "a frame of 2^14 bytes of unknown type",
            &[frame(0xfa, 0, 0, vec![0; 16_384])],
            Outcome::GoesOn,
        ),
        case(
            "4.2",
            "a frame of 2^14 + 1 bytes of unknown type",
            &[frame(0xfa, 0, 0, vec![0; 16_385])],
            SIZE,
        ),
        case(
            "8.4",
            "PUSH_PROMISE from a client",
            &[
                post(1, "/a"),
                frame(
                    kind::PUSH_PROMISE,
                    flag::END_HEADERS,
                    1,
                    [vec![0, 0, 0, 2], whole()].concat(),
                ),
            ],
            PROTOCOL,
        ),
        case(
            "6.6",
            "PUSH_PROMISE on stream 0",
            &[frame(
                kind::PUSH_PROMISE,
                flag::END_HEADERS,
                0,
                [vec![0, 0, 0, 2], whole()].concat(),
            )],
            PROTOCOL,
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "rows of a table")]
fn data() -> Vec<Case> {
    let data = |flags, content: &[u8]| frame(kind::DATA, flags, 1, content);
    let end = flag::END_STREAM;
    let long = "x".repeat(16_384);
    vec![
        good(
            "6.1",
            "DATA",
            &[post(1, "/a"), data(end, b"body")],
            "POST /a body",
        ),
        good(
            "6.1",
            "DATA in several frames",
            &[
                post(1, "/a"),
                data(0, b"bo"),
                data(0, b""),
                data(0, b"d"),
                data(end, b"y"),
            ],
            "POST /a body",
        ),
        good(
            "6.1",
            "DATA whose last frame is empty",
            &[post(1, "/a"), data(0, b"body"), data(end, b"")],
            "POST /a body",
        ),
        good(
            "6.1",
            "DATA with padding",
            &[post(1, "/a"), data(end | flag::PADDED, b"\x03body\0\0\0")],
            "POST /a body",
        ),
        good(
            "6.1",
            "DATA that is padding alone",
            &[
                post(1, "/a"),
                data(flag::PADDED, b"\x03\0\0\0"),
                data(end, b"body"),
            ],
            "POST /a body",
        ),
        good(
            "6.1",
            "DATA with padding of no bytes",
            &[post(1, "/a"), data(end | flag::PADDED, b"\x00body")],
            "POST /a body",
        ),
        good(
            "4.2",
            "DATA of 2^14 bytes",
            &[post(1, "/a"), data(end, long.as_bytes())],
            &format!("POST /a {long}"),
        ),
        case(
            "4.2",
            "DATA of 2^14 + 1 bytes",
            &[post(1, "/a"), data(end, &[0; 16_385])],
            SIZE,
        ),
        case(
            "6.1",
            "DATA on stream 0",
            &[frame(kind::DATA, end, 0, b"body")],
            PROTOCOL,
        ),
        case(
            "6.1",
            "padding as long as DATA",
            &[post(1, "/a"), data(end | flag::PADDED, b"\x04\0\0\0")],
            PROTOCOL,
        ),
        case(
            "6.1",
            "padding longer than DATA",
            &[post(1, "/a"), data(end | flag::PADDED, b"\xffbody")],
            PROTOCOL,
        ),
        case(
            "6.1",
            "DATA without its length of padding",
            &[post(1, "/a"), data(end | flag::PADDED, b"")],
            ANY_SIZE,
        ),
    ]
}

fn priorities() -> Vec<Case> {
    let priority = |stream, content: &[u8]| frame(kind::PRIORITY, 0, stream, content);
    let body = || Outcome::Answered(200, "GET /a ".into());
    vec![
        case(
            "6.3",
            "PRIORITY of an idle stream",
            &[priority(1, &[0, 0, 0, 0, 0]), get(1, "/a")],
            body(),
        ),
        case(
            "6.3",
            "PRIORITY of weight 256",
            &[priority(1, &[0, 0, 0, 0, 255]), get(1, "/a")],
            body(),
        ),
        case(
            "6.3",
            "PRIORITY that depends on another stream",
            &[priority(5, &[0, 0, 0, 3, 15]), get(1, "/a")],
            body(),
        ),
        case(
            "6.3",
            "PRIORITY that depends exclusively",
            &[priority(5, &[0x80, 0, 0, 3, 15]), get(1, "/a")],
            body(),
        ),
        case(
            "5.1",
            "PRIORITY of a stream that is half closed",
            &[get(1, "/a"), priority(1, &[0, 0, 0, 0, 15])],
            body(),
        ),
        steps(
            "5.1",
            "PRIORITY of a closed stream",
            vec![
                Step::Send(get(1, "/a")),
                Step::Answer(1),
                Step::Send(priority(1, &[0, 0, 0, 0, 15])),
            ],
            body(),
        ),
        case(
            "6.3",
            "PRIORITY on stream 0",
            &[priority(0, &[0, 0, 0, 3, 15])],
            PROTOCOL,
        ),
        case(
            "6.3",
            "PRIORITY of 4 bytes",
            &[priority(1, &[0, 0, 0, 3])],
            Outcome::Closed(&[code::FRAME_SIZE_ERROR, code::PROTOCOL_ERROR]),
        ),
        case(
            "5.3.1",
            "PRIORITY of a stream that depends on itself",
            &[post(1, "/a"), priority(1, &[0, 0, 0, 1, 15])],
            ITSELF,
        ),
    ]
}

fn resets() -> Vec<Case> {
    vec![
        case(
            "6.4",
            "RST_STREAM",
            &[post(1, "/a"), reset(1, code::CANCEL)],
            Outcome::GoesOn,
        ),
        case(
            "7",
            "RST_STREAM with an unknown code",
            &[post(1, "/a"), reset(1, 0xff)],
            Outcome::GoesOn,
        ),
        case(
            "5.1",
            "RST_STREAM of a stream that is half closed",
            &[get(1, "/a"), reset(1, code::CANCEL)],
            Outcome::GoesOn,
        ),
        case(
            "6.4",
            "RST_STREAM of an idle stream",
            &[reset(1, code::CANCEL)],
            PROTOCOL,
        ),
        case(
            "6.4",
            "RST_STREAM of 3 bytes",
            &[post(1, "/a"), frame(kind::RST_STREAM, 0, 1, [0, 0, 0])],
            ANY_SIZE,
        ),
        case(
            "6.4",
            "RST_STREAM of 5 bytes",
            &[post(1, "/a"), frame(kind::RST_STREAM, 0, 1, [0; 5])],
            ANY_SIZE,
        ),
        case(
            "5.1",
            "RST_STREAM twice",
            &[
                post(1, "/a"),
                reset(1, code::CANCEL),
                reset(1, code::CANCEL),
            ],
            Outcome::GoesOn,
        ),
    ]
}
