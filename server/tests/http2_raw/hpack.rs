//! Header blocks (RFC 7541).

use super::cases::{Case, Outcome, Step, case, good, steps};
use crate::CANARY;
use crate::support::frames::{code, fields, flag, headers, integer};

/// A block that can't be decoded (RFC 9113 section 4.3). h2 calls it a breach of the protocol.
const UNDECODED: Outcome = Outcome::Closed(&[code::COMPRESSION_ERROR, code::PROTOCOL_ERROR]);

pub(super) fn cases() -> Vec<Case> {
    [fields_that_decode(), tables(), broken()]
        .into_iter()
        .flatten()
        .collect()
}

/// `GET`, `http`, `test`: by the static table and by name.
const START: &[u8] = b"\x82\x86\x01\x04test";

/// `/a`, by name.
const PATH: &[u8] = b"\x04\x02/a";

/// `/header`, whose answer is the field `x`, by name.
const SHOWING: &[u8] = b"\x04\x07/header";

fn get(parts: &[&[u8]]) -> Vec<u8> {
    headers(1, flag::END_STREAM, parts.concat())
}

fn fields_that_decode() -> Vec<Case> {
    let shows = |what, field: &[u8]| {
        good(
            "RFC 7541 6",
            what,
            &[get(&[START, SHOWING, field])],
            "value",
        )
    };
    vec![
        good(
            "RFC 7541 6.1",
            "an indexed field",
            &[get(&[START, PATH])],
            "GET /a ",
        ),
        shows("a field that enters the table", b"\x40\x01x\x05value"),
        shows("a field that enters no table", b"\x00\x01x\x05value"),
        shows("a field that must not enter any", b"\x10\x01x\x05value"),
        shows(
            "a field in Huffman coding",
            b"\x00\x81\xf3\x84\xee\x3a\x2d\x2f",
        ),
        good(
            "RFC 7541 6.2.1",
            "an indexed name of a field that enters the table",
            &[get(&[START, b"\x44\x02/a"])],
            "GET /a ",
        ),
        good(
            "RFC 7541 6.2.3",
            "an indexed name of a field that must not enter any",
            &[get(&[START, b"\x14\x02/a"])],
            "GET /a ",
        ),
        good(
            "RFC 7541 5.1",
            "a length in more bytes than it needs",
            &[get(&[
                START,
                SHOWING,
                b"\x00\x01x\x05value",
                b"\x00\x01y\x7f\x80\x80\x00",
                &[b'y'; 127],
            ])],
            "value",
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "rows of a table")]
fn tables() -> Vec<Case> {
    let resized = |size| integer(0x20, 5, size);
    let kept = [START, SHOWING, b"\x40\x01x\x05value"].concat();
    let again = |block: &[u8]| headers(3, flag::END_STREAM, block);
    vec![
        good(
            "RFC 7541 6.3",
            "a smaller table",
            &[get(&[&resized(0), START, PATH])],
            "GET /a ",
        ),
        good(
            "RFC 7541 6.3",
            "a table of the full size",
            &[get(&[&resized(4096), START, PATH])],
            "GET /a ",
        ),
        good(
            "RFC 7541 4.2",
            "two sizes of the table",
            &[get(&[&resized(0), &resized(4096), START, PATH])],
            "GET /a ",
        ),
        case(
            "RFC 7541 6.3",
            "a table larger than allowed",
            &[get(&[&resized(4097), START, PATH])],
            UNDECODED,
        ),
        case(
            "RFC 7541 4.2",
            "a new size behind the fields",
            &[get(&[START, PATH, &resized(0)])],
            UNDECODED,
        ),
        steps(
            "RFC 7541 2.2",
            "a field of the table of an earlier request",
            vec![
                Step::Send(headers(1, flag::END_STREAM, kept.clone())),
                Step::Send(again(&[START, SHOWING, b"\xbe"].concat())),
            ],
            Outcome::Answered(200, "value".into()),
        ),
        case(
            "RFC 7541 4.4",
            "a field that was in a table that was emptied",
            &[
                headers(1, flag::END_STREAM, &kept),
                again(&[&resized(0), START, b"\xbe"].concat()),
            ],
            UNDECODED,
        ),
        good(
            "RFC 7541 4.4",
            "a field longer than the table empties it",
            &[get(&[
                START,
                SHOWING,
                b"\x40\x01x\x05value",
                b"\x40\x01y",
                &integer(0, 7, 5000),
                &[b'y'; 5000],
            ])],
            "value",
        ),
        case(
            "RFC 9113 4.3",
            "a table that a malformed request has changed is kept",
            &[
                get(&[START, b"\x44\x07/canary", &fields(&[("connection", "b")])]),
                headers(CANARY, flag::END_STREAM, [START, b"\xbe"].concat()),
            ],
            Outcome::Reset(&[code::PROTOCOL_ERROR]),
        )
        .left_open(),
    ]
}

fn broken() -> Vec<Case> {
    let undecoded =
        |section, what, bytes: &[u8]| case(section, what, &[get(&[START, PATH, bytes])], UNDECODED);
    vec![
        undecoded("RFC 7541 2.3.3", "an index beyond the tables", b"\xff\x00"),
        undecoded(
            "RFC 7541 2.3.3",
            "a name's index beyond the tables",
            b"\x7f\x80\x01\x05value",
        ),
        undecoded("RFC 7541 6.1", "index 0", b"\x80"),
        undecoded(
            "RFC 7541 5.2",
            "padding of a Huffman code longer than 7 bits",
            b"\x00\x81\xf3\x85\xee\x3a\x2d\x2f\xff",
        ),
        undecoded(
            "RFC 7541 5.2",
            "padding of a Huffman code of zeros",
            b"\x00\x81\xf3\x81\x18",
        ),
        undecoded(
            "RFC 7541 5.2",
            "the end of a Huffman code in a string",
            b"\x00\x01x\x84\xff\xff\xff\xff",
        ),
        undecoded(
            "RFC 7541 5.2",
            "a string longer than its block",
            b"\x00\x01x\x7f\x00val",
        ),
        undecoded(
            "RFC 7541 5.1",
            "an integer of too many bytes",
            b"\x00\x01x\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ),
        undecoded("RFC 9113 4.3", "half a field", b"\x00"),
    ]
}
