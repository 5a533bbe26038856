//! The beginning of a connection, and what concerns all of it.

use super::cases::{Case, Outcome, Step, case, steps};
use crate::CANARY;
use crate::support::frames::{
    Frame, PREFACE, code, flag, frame, get, kind, ping, post, reset, settings, window_update,
};

const PROTOCOL: Outcome = Outcome::Closed(&[code::PROTOCOL_ERROR]);
const SIZE: Outcome = Outcome::Closed(&[code::FRAME_SIZE_ERROR]);

/// h2 calls some frames of a wrong size a breach of the protocol; section 5.4 lets it.
const ANY_SIZE: Outcome = Outcome::Closed(&[code::FRAME_SIZE_ERROR, code::PROTOCOL_ERROR]);
const FLOW: Outcome = Outcome::Closed(&[code::FLOW_CONTROL_ERROR]);

fn reply(kind: u8, flags: u8, content: &[u8]) -> Outcome {
    Outcome::Replied(Frame {
        kind,
        flags,
        stream: 0,
        content: content.to_vec(),
    })
}

pub(super) fn cases() -> Vec<Case> {
    [starting(), settings_cases(), pings(), goaways(), windows()]
        .into_iter()
        .flatten()
        .collect()
}

fn starting() -> Vec<Case> {
    let open = |more: &[Vec<u8>]| [&[PREFACE.to_vec()], more].concat().concat();
    let sent = |bytes: Vec<u8>| vec![Step::Send(bytes)];
    let whole = open(&[settings(&[(1, 0)]), get(1, "/a")]);
    vec![
        steps(
            "3.4",
            "the server begins with SETTINGS",
            vec![
                Step::Send(open(&[settings(&[(1, 0)])])),
                Step::Frame(kind::SETTINGS),
            ],
            Outcome::GoesOn,
        )
        .first(),
        steps(
            "3.4",
            "a request right behind the preface",
            sent(whole),
            Outcome::Answered(200, "GET /a ".into()),
        )
        .first(),
        steps(
            "3.4",
            "no SETTINGS behind the preface",
            sent(open(&[get(1, "/a")])),
            PROTOCOL,
        )
        .first(),
        steps(
            "3.4",
            "PING in place of the first SETTINGS",
            sent(open(&[ping(*b"12345678")])),
            PROTOCOL,
        )
        .first(),
        steps(
            "3.4",
            "another byte in the preface",
            sent(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r".to_vec()),
            Outcome::Cut,
        )
        .first()
        .left_open(),
        steps(
            "3.4",
            "a preface of another version",
            sent(b"PRI * HTTP/3.0\r\n\r\nSM\r\n\r\n".to_vec()),
            Outcome::Cut,
        )
        .first()
        .left_open(),
        steps(
            "3.4",
            "SETTINGS without a preface",
            sent(settings(&[])),
            Outcome::Cut,
        )
        .first()
        .left_open(),
        steps(
            "3.4",
            "the preface twice",
            sent(open(&[PREFACE.to_vec(), settings(&[])])),
            Outcome::Closed(&[code::PROTOCOL_ERROR, code::FRAME_SIZE_ERROR]),
        )
        .first(),
    ]
}

#[expect(clippy::too_many_lines, reason = "rows of a table")]
fn settings_cases() -> Vec<Case> {
    let ack = || reply(kind::SETTINGS, flag::ACK, &[]);
    vec![
        case("6.5", "SETTINGS", &[settings(&[(3, 100)])], ack()),
        case("6.5", "SETTINGS without values", &[settings(&[])], ack()),
        case(
            "6.5.2",
            "an unknown setting",
            &[settings(&[(0xff, 1)])],
            ack(),
        ),
        case("6.5.2", "ENABLE_PUSH 0", &[settings(&[(2, 0)])], ack()),
        case("6.5.2", "ENABLE_PUSH 2", &[settings(&[(2, 2)])], PROTOCOL),
        case(
            "6.5.2",
            "INITIAL_WINDOW_SIZE 2^31 - 1",
            &[settings(&[(4, 0x7fff_ffff)])],
            ack(),
        ),
        case(
            "6.5.2",
            "INITIAL_WINDOW_SIZE 2^31",
            &[settings(&[(4, 0x8000_0000)])],
            Outcome::Closed(&[code::FLOW_CONTROL_ERROR, code::PROTOCOL_ERROR]),
        ),
        case(
            "6.5.2",
            "MAX_FRAME_SIZE 2^14",
            &[settings(&[(5, 16_384)])],
            ack(),
        ),
        case(
            "6.5.2",
            "MAX_FRAME_SIZE 2^14 - 1",
            &[settings(&[(5, 16_383)])],
            PROTOCOL,
        ),
        case(
            "6.5.2",
            "MAX_FRAME_SIZE 2^24 - 1",
            &[settings(&[(5, 0xff_ffff)])],
            ack(),
        ),
        case(
            "6.5.2",
            "MAX_FRAME_SIZE 2^24",
            &[settings(&[(5, 0x100_0000)])],
            PROTOCOL,
        ),
        case(
            "6.5.3",
            "a setting twice: the last counts",
            &[settings(&[(4, 0), (4, 100)]), get(1, "/a")],
            Outcome::Answered(200, "GET /a ".into()),
        ),
        case(
            "6.5",
            "an ACK that has values",
            &[frame(kind::SETTINGS, flag::ACK, 0, [0, 4, 0, 0, 0, 1])],
            ANY_SIZE,
        ),
        case(
            "6.5",
            "an ACK of nothing",
            &[frame(kind::SETTINGS, flag::ACK, 0, [])],
            PROTOCOL,
        ),
        case(
            "6.5",
            "SETTINGS on a stream",
            &[frame(kind::SETTINGS, flag::NONE, 1, [])],
            PROTOCOL,
        ),
        case(
            "6.5",
            "SETTINGS of 5 bytes",
            &[frame(kind::SETTINGS, flag::NONE, 0, [0, 4, 0, 0, 0])],
            ANY_SIZE,
        ),
    ]
}

fn pings() -> Vec<Case> {
    let pong = || reply(kind::PING, flag::ACK, b"12345678");
    vec![
        case("6.7", "PING", &[ping(*b"12345678")], pong()),
        case(
            "6.7",
            "PING with unknown flags",
            &[frame(kind::PING, 0xfe, 0, b"12345678")],
            pong(),
        ),
        case(
            "6.7",
            "a PING that answers nothing",
            &[frame(kind::PING, flag::ACK, 0, b"12345678")],
            Outcome::GoesOn,
        ),
        case(
            "6.7",
            "PING on a stream",
            &[frame(kind::PING, flag::NONE, 1, b"12345678")],
            PROTOCOL,
        ),
        case(
            "6.7",
            "PING of 7 bytes",
            &[frame(kind::PING, flag::NONE, 0, b"1234567")],
            ANY_SIZE,
        ),
        case(
            "6.7",
            "PING of 9 bytes",
            &[frame(kind::PING, flag::NONE, 0, b"123456789")],
            ANY_SIZE,
        ),
    ]
}

fn goaways() -> Vec<Case> {
    let goaway = |stream, code: u8| {
        frame(
            kind::GOAWAY,
            flag::NONE,
            stream,
            [0, 0, 0, 0, 0, 0, 0, code],
        )
    };
    vec![
        case(
            "6.8",
            "GOAWAY: no more requests come",
            &[goaway(0, 0)],
            Outcome::Cut,
        )
        .left_open(),
        steps(
            "6.8",
            "GOAWAY: what is under way is answered",
            vec![Step::Send([get(CANARY, "/canary"), goaway(0, 0)].concat())],
            Outcome::GoesOn,
        )
        .left_open(),
        case(
            "7",
            "GOAWAY with an unknown code",
            &[get(CANARY, "/canary"), goaway(0, 0xff)],
            Outcome::GoesOn,
        )
        .left_open(),
        case("6.8", "GOAWAY on a stream", &[goaway(1, 0)], PROTOCOL),
        case(
            "6.8",
            "GOAWAY of 7 bytes",
            &[frame(kind::GOAWAY, flag::NONE, 0, [0; 7])],
            ANY_SIZE,
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "rows of a table")]
fn windows() -> Vec<Case> {
    let small = |window| settings(&[(4, window)]);
    let body = "GET /a ";
    vec![
        case(
            "6.9",
            "WINDOW_UPDATE of the connection",
            &[window_update(0, 1), get(1, "/a")],
            Outcome::Answered(200, body.into()),
        ),
        case(
            "6.9",
            "WINDOW_UPDATE of a stream",
            &[get(1, "/a"), window_update(1, 1)],
            Outcome::Answered(200, body.into()),
        ),
        case(
            "6.9",
            "WINDOW_UPDATE by 0",
            &[window_update(0, 0)],
            PROTOCOL,
        ),
        case(
            "6.9",
            "WINDOW_UPDATE of a stream by 0",
            &[post(1, "/a"), window_update(1, 0)],
            PROTOCOL,
        ),
        case(
            "6.9",
            "WINDOW_UPDATE of 3 bytes",
            &[frame(kind::WINDOW_UPDATE, flag::NONE, 0, [0, 0, 1])],
            ANY_SIZE,
        ),
        case(
            "6.9.1",
            "the connection's window past 2^31 - 1",
            &[window_update(0, 0x7fff_ffff), window_update(0, 0x7fff_ffff)],
            FLOW,
        ),
        case(
            "6.9.1",
            "a stream's window past 2^31 - 1",
            &[
                post(1, "/a"),
                window_update(1, 0x7fff_ffff),
                window_update(1, 0x7fff_ffff),
            ],
            Outcome::Reset(&[code::FLOW_CONTROL_ERROR]),
        ),
        steps(
            "6.9.1",
            "a window of 1 takes one byte at a time",
            vec![
                Step::Send([small(1), get(1, "/a")].concat()),
                Step::Frame(kind::DATA),
                Step::Send(window_update(1, 6)),
                Step::Answer(1),
                Step::Send(small(65_535)),
            ],
            Outcome::Answered(200, body.into()),
        ),
        steps(
            "6.9.2",
            "a window that grows with INITIAL_WINDOW_SIZE",
            vec![
                Step::Send([small(0), get(1, "/a")].concat()),
                Step::Frame(kind::HEADERS),
                Step::Send(small(65_535)),
                Step::Answer(1),
            ],
            Outcome::Answered(200, body.into()),
        ),
        steps(
            "6.9.2",
            "a window that becomes negative",
            vec![
                Step::Send([small(3), get(1, "/a")].concat()),
                Step::Frame(kind::DATA),
                // 3 are sent, so this leaves -1; 5 more are 4.
                Step::Send([small(2), window_update(1, 5)].concat()),
                Step::Answer(1),
                Step::Send(small(65_535)),
            ],
            Outcome::Answered(200, body.into()),
        ),
        case(
            "6.9.2",
            "INITIAL_WINDOW_SIZE that takes a stream past 2^31 - 1",
            &[
                post(1, "/a"),
                window_update(1, 0x7fff_0000),
                small(0x7fff_ffff),
            ],
            FLOW,
        ),
        case(
            "6.4",
            "RST_STREAM on stream 0",
            &[reset(0, code::CANCEL)],
            PROTOCOL,
        ),
        case(
            "4.2",
            "SETTINGS that are too long",
            &[frame(kind::SETTINGS, flag::NONE, 0, vec![0; 16_386])],
            SIZE,
        ),
    ]
}
