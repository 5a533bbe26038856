//! The states of streams, and their numbers (section 5.1).

use super::cases::{Case, Outcome, Step, case, steps};
use crate::support::frames::{
    Frame, code, flag, frame, get, headers, kind, post, request, reset, window_update,
};

const PROTOCOL: Outcome = Outcome::Closed(&[code::PROTOCOL_ERROR]);

pub(super) fn cases() -> Vec<Case> {
    [idle(), half_closed(), closed(), numbers()]
        .into_iter()
        .flatten()
        .collect()
}

fn data(stream: u32) -> Vec<u8> {
    frame(kind::DATA, flag::END_STREAM, stream, b"body")
}

fn idle() -> Vec<Case> {
    vec![
        case("5.1", "DATA on an idle stream", &[data(1)], PROTOCOL),
        case(
            "5.1",
            "WINDOW_UPDATE of an idle stream",
            &[window_update(1, 100)],
            PROTOCOL,
        ),
        case(
            "5.1",
            "CONTINUATION on an idle stream",
            &[frame(
                kind::CONTINUATION,
                flag::END_HEADERS,
                1,
                request("GET", "/a"),
            )],
            PROTOCOL,
        ),
    ]
}

/// The client has ended stream 1, the server may not have.
fn half_closed() -> Vec<Case> {
    let closed = || Outcome::Closed(&[code::STREAM_CLOSED, code::PROTOCOL_ERROR]);
    vec![
        case(
            "5.1",
            "DATA on a stream that is half closed",
            &[get(1, "/a"), data(1)],
            closed(),
        ),
        case(
            "5.1",
            "HEADERS on a stream that is half closed",
            &[get(1, "/a"), get(1, "/a")],
            closed(),
        ),
        case(
            "5.1",
            "CONTINUATION on a stream that is half closed",
            &[
                get(1, "/a"),
                frame(kind::CONTINUATION, flag::END_HEADERS, 1, []),
            ],
            closed(),
        ),
        case(
            "5.1",
            "WINDOW_UPDATE of a stream that is half closed",
            &[get(1, "/a"), window_update(1, 100)],
            Outcome::Answered(200, "GET /a ".into()),
        ),
    ]
}

fn closed() -> Vec<Case> {
    let answered = |what, sent: Vec<u8>, outcome| {
        let all = vec![Step::Send(get(1, "/a")), Step::Answer(1), Step::Send(sent)];
        steps("5.1", what, all, outcome)
    };
    let any = || Outcome::Closed(&[code::STREAM_CLOSED, code::PROTOCOL_ERROR]);
    let is_closed = || Outcome::Reset(&[code::STREAM_CLOSED]);
    vec![
        answered("DATA on a closed stream", data(1), is_closed()),
        answered("HEADERS on a closed stream", get(1, "/a"), any()),
        answered(
            "CONTINUATION on a closed stream",
            frame(kind::CONTINUATION, flag::END_HEADERS, 1, []),
            any(),
        ),
        answered(
            "WINDOW_UPDATE of a closed stream",
            window_update(1, 100),
            Outcome::GoesOn,
        ),
        answered(
            "RST_STREAM of a closed stream",
            reset(1, code::CANCEL),
            Outcome::GoesOn,
        ),
        case(
            "5.1",
            "DATA on a stream that the client has reset",
            &[post(1, "/a"), reset(1, code::CANCEL), data(1)],
            is_closed(),
        ),
        case(
            "5.1",
            "HEADERS on a stream that the client has reset",
            &[post(1, "/a"), reset(1, code::CANCEL), get(1, "/a")],
            any(),
        ),
        case(
            "5.1",
            "CONTINUATION on a stream that the client has reset",
            &[
                post(1, "/a"),
                reset(1, code::CANCEL),
                frame(kind::CONTINUATION, flag::END_HEADERS, 1, []),
            ],
            any(),
        ),
        case(
            "5.1",
            "WINDOW_UPDATE of a stream that the client has reset",
            &[post(1, "/a"), reset(1, code::CANCEL), window_update(1, 1)],
            Outcome::GoesOn,
        ),
    ]
}

fn numbers() -> Vec<Case> {
    let end = flag::END_STREAM;
    vec![
        case(
            "5.1.1",
            "a request on a stream of an even number",
            &[get(2, "/a")],
            PROTOCOL,
        ),
        case(
            "5.1.1",
            "a request on a stream of a lower number",
            &[get(5, "/a"), get(3, "/b")],
            PROTOCOL,
        ),
        case(
            "5.1.1",
            "a stream that was passed over",
            &[get(5, "/a"), data(3)],
            Outcome::Replied(Frame {
                kind: kind::RST_STREAM,
                flags: flag::NONE,
                stream: 3,
                content: code::STREAM_CLOSED.to_be_bytes().to_vec(),
            }),
        ),
        case(
            "5.1.1",
            "the highest number there is",
            &[get(0x7fff_ffff, "/a")],
            Outcome::Cut,
        ),
        case(
            "5.1.1",
            "two requests at once",
            &[headers(1, end, request("GET", "/a")), get(3, "/b")],
            Outcome::Answered(200, "GET /a ".into()),
        ),
    ]
}
