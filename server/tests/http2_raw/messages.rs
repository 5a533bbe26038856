//! Requests: their fields, bodies and trailers (section 8).

use super::cases::{Case, Outcome, case, good};
use crate::support::frames::{code, fields, flag, frame, get, headers, kind, post, request};

/// A malformed request is an error of its stream (section 8.1.1).
const MALFORMED: Outcome = Outcome::Reset(&[code::PROTOCOL_ERROR]);

const ENDS: Outcome = Outcome::Closed(&[code::PROTOCOL_ERROR]);

pub(super) fn cases() -> Vec<Case> {
    [bodies(), named(), trailers(), methods()]
        .into_iter()
        .flatten()
        .collect()
}

pub(super) const METHOD: (&str, &str) = (":method", "GET");
pub(super) const SCHEME: (&str, &str) = (":scheme", "http");
pub(super) const PATH: (&str, &str) = (":path", "/a");
pub(super) const AUTHORITY: (&str, &str) = (":authority", "test");

pub(super) fn whole(list: &[(&str, &str)]) -> Vec<u8> {
    headers(1, flag::END_STREAM, fields(list))
}

/// A request with further fields.
pub(super) fn with(more: &[(&str, &str)]) -> Vec<u8> {
    whole(&[&[METHOD, SCHEME, PATH, AUTHORITY], more].concat())
}

pub(super) fn bad(section: &'static str, what: &'static str, sent: Vec<u8>) -> Case {
    case(section, what, &[sent], MALFORMED)
}

/// As [`bad`], where h2 ends the connection, as it may (section 5.4): it does not decode such fields.
pub(super) fn ends(section: &'static str, what: &'static str, sent: Vec<u8>) -> Case {
    case(section, what, &[sent], ENDS)
}

#[expect(clippy::too_many_lines, reason = "rows of a table")]
fn bodies() -> Vec<Case> {
    let announced = |length| {
        let list = [
            (":method", "POST"),
            SCHEME,
            PATH,
            AUTHORITY,
            ("content-length", length),
        ];
        headers(1, flag::NONE, fields(&list))
    };
    let data = |flags, content: &[u8]| frame(kind::DATA, flags, 1, content);
    let end = flag::END_STREAM;
    let status = |status: u16, body: &str| Outcome::Answered(status, body.into());
    vec![
        good(
            "8.1.1",
            "a body of the announced length",
            &[announced("4"), data(0, b"bo"), data(end, b"dy")],
            "POST /a body",
        ),
        good(
            "8.1.1",
            "an announced body of no bytes",
            &[announced("0"), data(end, b"")],
            "POST /a ",
        ),
        case(
            "8.1.1",
            "a body longer than announced",
            &[announced("3"), data(end, b"body")],
            MALFORMED,
        ),
        case(
            "8.1.1",
            "a body longer than announced in two frames",
            &[announced("3"), data(0, b"bo"), data(end, b"dy")],
            MALFORMED,
        ),
        case(
            "8.1.1",
            "a body shorter than announced",
            &[announced("5"), data(end, b"body")],
            MALFORMED,
        ),
        case(
            "8.1.1",
            "a body that is announced and does not come",
            &[with(&[("content-length", "4")])],
            MALFORMED,
        ),
        case(
            "8.1.1",
            "a length that is no number",
            &[announced("4x"), data(end, b"body")],
            MALFORMED,
        ),
        case(
            "8.1.1",
            "a length with a sign",
            &[announced("+4"), data(end, b"body")],
            MALFORMED,
        ),
        case(
            "8.1.1",
            "a length beyond all numbers",
            &[announced("99999999999999999999"), data(end, b"body")],
            MALFORMED,
        ),
        case(
            "8.1.1",
            "two lengths",
            &[
                headers(
                    1,
                    0,
                    fields(&[
                        (":method", "POST"),
                        SCHEME,
                        PATH,
                        AUTHORITY,
                        ("content-length", "4"),
                        ("content-length", "5"),
                    ]),
                ),
                data(end, b"body"),
            ],
            MALFORMED,
        ),
        case(
            "8.1.1",
            "the same length twice",
            &[
                headers(
                    1,
                    0,
                    fields(&[
                        (":method", "POST"),
                        SCHEME,
                        PATH,
                        AUTHORITY,
                        ("content-length", "4"),
                        ("content-length", "4"),
                    ]),
                ),
                data(end, b"body"),
            ],
            status(400, "Bad Request"),
        ),
    ]
}

fn named() -> Vec<Case> {
    vec![
        good(
            "8.2.2",
            "TE with trailers",
            &[with(&[("te", "trailers")])],
            "GET /a ",
        ),
        bad(
            "8.2.2",
            "TE with another coding",
            with(&[("te", "trailers, deflate")]),
        ),
        bad("8.2.2", "Connection", with(&[("connection", "keep-alive")])),
        bad("8.2.2", "Keep-Alive", with(&[("keep-alive", "timeout=5")])),
        bad(
            "8.2.2",
            "Proxy-Connection",
            with(&[("proxy-connection", "keep-alive")]),
        ),
        bad(
            "8.2.2",
            "Transfer-Encoding",
            with(&[("transfer-encoding", "chunked")]),
        ),
        bad("8.2.2", "Upgrade", with(&[("upgrade", "h2c")])),
        ends(
            "8.2.1",
            "a name with a capital letter",
            with(&[("X-Test", "a")]),
        ),
        ends("8.2.1", "an empty name", with(&[("", "a")])),
        ends("8.2.1", "a name with a space", with(&[("x test", "a")])),
        ends("8.2.1", "a name with a colon", with(&[("x:test", "a")])),
        ends(
            "8.2.1",
            "a name with a byte beyond ASCII",
            with(&[("x\u{e9}", "a")]),
        ),
        ends(
            "8.2.1",
            "a value with a carriage return",
            with(&[("x", "a\rb")]),
        ),
        ends("8.2.1", "a value with a line feed", with(&[("x", "a\nb")])),
        ends("8.2.1", "a value with NUL", with(&[("x", "a\0b")])),
        good(
            "8.2.1",
            "a value with bytes beyond ASCII",
            &[with(&[("x", "\u{e9}")])],
            "GET /a ",
        ),
        good("8.2.1", "an empty value", &[with(&[("x", "")])], "GET /a "),
        good(
            "8.2.1",
            "a value with a space in it",
            &[with(&[("x", "a b\tc")])],
            "GET /a ",
        ),
        refused("a value that begins with a space", "x", " a"),
        refused("a value that begins with a tab", "x", "\ta"),
        refused("a value that ends with a space", "x", "a "),
        refused("a value that ends with a tab", "x", "a\t"),
        refused("a value of a space", "x", " "),
        refused("a cookie that ends with a space", "cookie", "a=1 "),
        refused("a Host that ends with a space", "host", "test "),
    ]
}

/// A value that is malformed, and read alike by HTTP/1.1 without its white space.
fn refused(what: &'static str, name: &str, value: &str) -> Case {
    let cookies = [("cookie", "b=2"), (name, value), ("cookie", "c=3")];
    case("8.2.1", what, &[with(&cookies)], bad_request())
}

fn bad_request() -> Outcome {
    Outcome::Answered(400, "Bad Request".into())
}

#[expect(clippy::too_many_lines, reason = "rows of a table")]
fn trailers() -> Vec<Case> {
    let end = flag::END_STREAM;
    let data = frame(kind::DATA, flag::NONE, 1, b"body");
    let trailer = |flags, list: &[(&str, &str)]| headers(1, flags, fields(list));
    vec![
        good(
            "8.1",
            "trailers",
            &[post(1, "/a"), data.clone(), trailer(end, &[("x", "a")])],
            "POST /a body",
        ),
        good(
            "8.1",
            "trailers without a body",
            &[post(1, "/a"), trailer(end, &[("x", "a")])],
            "POST /a ",
        ),
        case(
            "8.1",
            "trailers that do not end the stream",
            &[
                post(1, "/a"),
                data.clone(),
                trailer(flag::NONE, &[("x", "a")]),
            ],
            Outcome::Reset(&[code::PROTOCOL_ERROR]),
        ),
        good(
            "8.1",
            "trailers of no fields",
            &[post(1, "/a"), data.clone(), trailer(end, &[])],
            "POST /a body",
        ),
        good(
            "8.1",
            "trailers in two frames",
            &[
                post(1, "/a"),
                data.clone(),
                frame(kind::HEADERS, end, 1, &fields(&[("x", "a")])[..3]),
                frame(
                    kind::CONTINUATION,
                    flag::END_HEADERS,
                    1,
                    &fields(&[("x", "a")])[3..],
                ),
            ],
            "POST /a body",
        ),
        broken("a pseudo-header in trailers", trailer(end, &[METHOD])),
        broken(
            "a pseudo-header before a field of trailers",
            trailer(end, &[METHOD, ("x", "a")]),
        ),
        broken("a path in trailers", trailer(end, &[PATH])),
        broken(
            "an indexed pseudo-header in trailers",
            headers(1, end, [0x84]),
        ),
        broken(
            "a pseudo-header in padded trailers",
            headers(1, end | flag::PADDED, [1, 0x84, 0]),
        ),
        broken(
            "a pseudo-header in prioritised trailers",
            headers(1, end | flag::PRIORITY, [0, 0, 0, 0, 15, 0x84]),
        ),
        broken(
            "a value of trailers that ends with a space",
            trailer(end, &[("x", "a ")]),
        ),
        broken(
            "a value of trailers that begins with a tab",
            trailer(end, &[("x", "\ta")]),
        ),
        case(
            "8.1",
            "a pseudo-header behind a field of trailers",
            &[
                post(1, "/a"),
                data.clone(),
                trailer(end, &[("x", "a"), METHOD]),
            ],
            MALFORMED,
        ),
        case(
            "8.1",
            "a capital letter in trailers",
            &[post(1, "/a"), data, trailer(end, &[("X", "a")])],
            ENDS,
        ),
    ]
}

/// Trailers that are malformed, behind a body.
fn broken(what: &'static str, trailers: Vec<u8>) -> Case {
    let data = frame(kind::DATA, flag::NONE, 1, b"body");
    case("8.1", what, &[post(1, "/a"), data, trailers], bad_request())
}

fn methods() -> Vec<Case> {
    let connect = |list: &[(&str, &str)]| whole(&[&[(":method", "CONNECT")], list].concat());
    vec![
        good("8.3.1", "GET", &[get(1, "/a")], "GET /a "),
        case(
            "8.3.1",
            "HEAD",
            &[headers(1, flag::END_STREAM, request("HEAD", "/a"))],
            Outcome::Answered(200, String::new()),
        ),
        good(
            "8.3.1",
            "an unusual method",
            &[headers(1, flag::END_STREAM, request("REPORT", "/a"))],
            "REPORT /a ",
        ),
        case(
            "8.3.1",
            "OPTIONS of all of the server",
            &[headers(1, flag::END_STREAM, request("OPTIONS", "*"))],
            Outcome::Answered(204, String::new()),
        ),
        case(
            "8.5",
            "CONNECT",
            &[connect(&[(":authority", "test:443")])],
            Outcome::Answered(501, "Not Implemented".into()),
        ),
        case(
            "8.5",
            "CONNECT with a path",
            &[connect(&[SCHEME, PATH, (":authority", "test:443")])],
            MALFORMED,
        ),
        case(
            "8.5",
            "CONNECT of nothing",
            &[connect(&[])],
            Outcome::Answered(400, "Bad Request".into()),
        ),
        case(
            "8.5",
            "an extended CONNECT, which is not offered (RFC 8441)",
            &[connect(&[
                (":protocol", "websocket"),
                SCHEME,
                PATH,
                AUTHORITY,
            ])],
            MALFORMED,
        ),
    ]
}
