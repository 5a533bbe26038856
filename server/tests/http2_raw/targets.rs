//! Whom and what a request asks for: pseudo-header fields (section 8.3).

use super::cases::{Case, Outcome, case, good};
use super::messages::{AUTHORITY, METHOD, PATH, SCHEME, bad, ends, whole, with};
use crate::support::frames::{code, flag, frame, headers, kind};

pub(super) fn cases() -> Vec<Case> {
    [pseudo(), hosts(), fragments()]
        .into_iter()
        .flatten()
        .collect()
}

/// `#` ends what h2 reads of a path; HTTP/1.1 refuses it with 400.
fn fragments() -> Vec<Case> {
    let refused = || Outcome::Answered(400, "Bad Request".into());
    let fragment = |what, sent: &[Vec<u8>]| case("8.3.1", what, sent, refused());
    let path = |path| whole(&[METHOD, SCHEME, (":path", path), AUTHORITY]);
    // As most clients write it: in Huffman coding, and into the table; and then from there.
    let indexed = |stream, path: &[u8]| {
        let block = [b"\x82\x86", path, b"\x41\x04test"].concat();
        headers(stream, flag::END_STREAM, block)
    };
    let coded = b"\x44\x83\x63\xfe\xa5";
    let cut = path("/a#f");
    let (first, second) = cut.split_at(20);
    vec![
        fragment("a path with a fragment", &[path("/a#f")]),
        fragment("a path with an empty fragment", &[path("/a#")]),
        fragment("a path with a fragment behind a query", &[path("/a?b#f")]),
        fragment("a path that is a fragment", &[path("/#/a")]),
        fragment(
            "a path with a fragment in Huffman coding",
            &[indexed(1, coded)],
        ),
        fragment(
            "a path with a fragment before a body",
            &[
                headers(
                    1,
                    flag::NONE,
                    [b"\x82\x86".as_slice(), coded, b"\x41\x04test"].concat(),
                ),
                frame(kind::DATA, flag::END_STREAM, 1, []),
            ],
        ),
        fragment(
            "a path with a fragment in two frames",
            &[
                frame(kind::HEADERS, flag::END_STREAM, 1, &first[9..]),
                frame(kind::CONTINUATION, flag::END_HEADERS, 1, second),
            ],
        ),
        good(
            "8.3.1",
            "a field with a fragment",
            &[with(&[("referer", "http://test/a#f")])],
            "GET /a ",
        ),
        good(
            "8.3.1",
            "a path with an encoded fragment",
            &[path("/a%23f")],
            "GET /a#f ",
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "rows of a table")]
fn pseudo() -> Vec<Case> {
    vec![
        ends(
            "8.3",
            "an unknown pseudo-header",
            whole(&[METHOD, SCHEME, PATH, AUTHORITY, (":test", "a")]),
        ),
        bad(
            "8.3",
            "a pseudo-header of answers",
            whole(&[METHOD, SCHEME, PATH, AUTHORITY, (":status", "200")]),
        ),
        bad(
            "8.3",
            "a pseudo-header behind a field",
            whole(&[METHOD, SCHEME, PATH, ("x", "a"), AUTHORITY]),
        ),
        bad("8.3.1", "no method", whole(&[SCHEME, PATH, AUTHORITY])),
        bad("8.3.1", "no scheme", whole(&[METHOD, PATH, AUTHORITY])),
        bad("8.3.1", "no path", whole(&[METHOD, SCHEME, AUTHORITY])),
        bad(
            "8.3.1",
            "an empty path",
            whole(&[METHOD, SCHEME, (":path", ""), AUTHORITY]),
        ),
        bad(
            "8.3.1",
            "two methods",
            whole(&[METHOD, METHOD, SCHEME, PATH, AUTHORITY]),
        ),
        bad(
            "8.3.1",
            "two schemes",
            whole(&[METHOD, SCHEME, SCHEME, PATH, AUTHORITY]),
        ),
        bad(
            "8.3.1",
            "two paths",
            whole(&[METHOD, SCHEME, PATH, PATH, AUTHORITY]),
        ),
        bad(
            "8.3.1",
            "two authorities",
            whole(&[METHOD, SCHEME, PATH, AUTHORITY, AUTHORITY]),
        ),
        ends(
            "8.3.1",
            "a method that is no token",
            whole(&[(":method", "G T"), SCHEME, PATH, AUTHORITY]),
        ),
        ends(
            "8.3.1",
            "an empty method",
            whole(&[(":method", ""), SCHEME, PATH, AUTHORITY]),
        ),
        bad(
            "8.3.1",
            "a scheme that is none",
            whole(&[METHOD, (":scheme", "1:"), PATH, AUTHORITY]),
        ),
        bad(
            "8.3.1",
            "a path with a space",
            whole(&[METHOD, SCHEME, (":path", "/a b"), AUTHORITY]),
        ),
        bad(
            "8.3.1",
            "a path with a line feed",
            whole(&[METHOD, SCHEME, (":path", "/a\nb"), AUTHORITY]),
        ),
        bad(
            "8.3.1",
            "an authority with a space",
            whole(&[METHOD, SCHEME, PATH, (":authority", "a b")]),
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "rows of a table")]
fn hosts() -> Vec<Case> {
    let refused = || Outcome::Answered(400, "Bad Request".into());
    let named = |authority| whole(&[METHOD, SCHEME, PATH, (":authority", authority)]);
    vec![
        good(
            "8.3.1",
            "Host in place of the authority",
            &[whole(&[METHOD, SCHEME, PATH, ("host", "test")])],
            "GET /a ",
        ),
        good(
            "8.3.1",
            "Host beside the same authority",
            &[with(&[("host", "TEST:80")])],
            "GET /a ",
        ),
        good(
            "8.3.1",
            "the order of pseudo-headers",
            &[whole(&[AUTHORITY, PATH, SCHEME, METHOD])],
            "GET /a ",
        ),
        good(
            "8.3.1",
            "an authority with a port",
            &[named("test:8000")],
            "GET /a ",
        ),
        good(
            "8.3.1",
            "an authority that is an address",
            &[named("[::1]:8000")],
            "GET /a ",
        ),
        case(
            "8.3.1",
            "neither Host nor authority",
            &[whole(&[METHOD, SCHEME, PATH])],
            refused(),
        ),
        case(
            "8.3.1",
            "Host that contradicts the authority",
            &[with(&[("host", "other")])],
            refused(),
        ),
        case(
            "8.3.1",
            "two Hosts",
            &[with(&[("host", "test"), ("host", "test")])],
            refused(),
        ),
        case(
            "8.3.1",
            "an authority with a user",
            &[named("me@test")],
            refused(),
        ),
        case(
            "8.3.1",
            "a Host that is none",
            &[whole(&[METHOD, SCHEME, PATH, ("host", "a/b")])],
            refused(),
        ),
        case(
            "8.3.1",
            "a path that is none",
            &[whole(&[METHOD, SCHEME, (":path", "a"), AUTHORITY])],
            Outcome::Reset(&[code::PROTOCOL_ERROR]),
        ),
        case(
            "8.3.1",
            "a path of all of the server",
            &[whole(&[METHOD, SCHEME, (":path", "*"), AUTHORITY])],
            refused(),
        ),
    ]
}
