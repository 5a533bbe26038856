//! Requests cut everywhere: what hyper would see of them.

use proptest::prelude::*;
use proptest::{collection, sample};

use super::*;

/// Longer than any head here.
const HEAD_BYTES_MAX: usize = 1000;

/// What hyper would see of bytes that come in pieces of so many.
fn seen(sent: &[u8], piece: usize) -> Vec<u8> {
    let mut framing = Framing::new(HEAD_BYTES_MAX);
    let mut seen = sent.to_vec();
    for bytes in seen.chunks_mut(piece) {
        follow(&mut framing, bytes);
    }
    seen
}

/// Has a piece checked as when each request is answered, and HTTP goes on.
fn follow(framing: &mut Framing, mut bytes: &mut [u8]) {
    while !bytes.is_empty() {
        let passed = framing.check(bytes);
        assert!(passed > 0, "no way on");
        bytes = &mut bytes[passed..];
    }
}

/// Where the first byte is that was marked, however the bytes are cut; `None` if none is.
fn refused_at(sent: &[u8]) -> Option<usize> {
    let whole = seen(sent, sent.len());
    for piece in 1..sent.len() {
        assert_eq!(seen(sent, piece), whole, "in pieces of {piece}");
    }
    let mut pairs = whole.iter().zip(sent);
    pairs.position(|(seen, sent)| seen != sent)
}

#[test]
fn what_is_well_formed_is_left_as_it_is() {
    for sent in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length:  3\t\r\n\r\n\n\n\nGET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\n\n\n\r\nA;b=\"c\"\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET /",
        "POST / HTTP/1.1\r\nTransfer-Encoding:chunked\r\n\r\n1 ;a\r\n\n\r\n000\r\n\r\n",
        "!$%&'*+-.^_`|~09azAZ /~\u{ff} HTTP/1.0\r\n!#$%&'*+-.^_`|~09azAZ: \t b\u{ff}~!\t\r\nX:\r\n\r\n",
        "GET / HTTP/1.1\r\nUpgrade: a\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Lengthy: a\r\nTransfer-Encodings: b\r\nT: c\r\nC: d\r\n\r\n",
    ] {
        assert_eq!(refused_at(sent.as_bytes()), None, "{sent:?}");
    }
    let long = format!(
        "GET /{0} HTTP/1.1\r\nX: {0}\r\nC{0}: x\r\n\r\n",
        "y".repeat(200)
    );
    assert_eq!(refused_at(long.as_bytes()), None);
}

/// What is well formed, and what is not any more.
const WRONG: &[(&str, &str)] = &[
    ("GET / HTTP/1.1", "\nHost: a\r\n\r\n"),
    ("", "\nGET / HTTP/1.1\r\n\r\n"),
    ("GET / HTTP/1.1\r\nHost: a", "\n\r\n"),
    ("GET / HTTP/1.1\r\nHost: a\r\n", "\n"),
    ("GET /", "#a HTTP/1.1\r\n\r\n"),
    (
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r",
        "\n\r\nabc",
    ),
    ("POST / HTTP/1.1\r\nContent-Length: 3, 3\r", "\n\r\nabc"),
    ("POST / HTTP/1.1\r\nContent-Length: +3\r", "\n\r\nabc"),
    ("POST / HTTP/1.1\r\nContent-Length:\r", "\n\r\nabc"),
    (
        "POST / HTTP/1.1\r\nContent-Length: 18446744073709551616\r",
        "\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r",
        "\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r",
        "\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r",
        "\n\r\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r",
        "\n\r\n0\r\n\r\n",
    ),
    ("POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r", "\n"),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r",
        "\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r",
        "\n\r\n0\r\n\r\n",
    ),
    ("POST / HTTP/1.1\r\nTransfer-Encoding:\r", "\n\r\n"),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3 \r",
        "\nabc\r\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\n",
        "abc\r\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a\n",
        "abc\r\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r",
        "\nabc\r\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r",
        "\nabc\r\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r",
        "\nabc\r\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a\rb\r",
        "\nabc\r\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
        "\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r",
        "\n0\r\n\r\n",
    ),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y",
        "\n\r\n",
    ),
];

#[test]
fn what_is_not_is_marked_where_it_shows() {
    for (before, wrong) in WRONG {
        for prefix in ["", "GET /before HTTP/1.1\r\nHost: a\r\n\r\n"] {
            let sent = format!("{prefix}{before}{wrong}");
            let expected = prefix.len() + before.len();
            assert_eq!(refused_at(sent.as_bytes()), Some(expected), "{sent:?}");
        }
    }
}

/// The beginnings of heads: what no head goes on with, in a later piece than the first.
const WRONG_LATER: &[(&str, &[u8])] = &[
    ("", b" \t@:\0\x7f\n\xc3"),
    ("\r", b"\rG "),
    ("\r\n", b" :"),
    ("GET", b"\t@:\r\n\0/\xc3"),
    ("GET ", b" \r\0\x7f"),
    ("GET /", b"\t\r\n\0#\x7f"),
    ("GET / ", b" /Gh\r"),
    ("GET / HTTP/", b"029."),
    ("GET / HTTP/1", b"1 ,"),
    ("GET / HTTP/1.", b"a \r"),
    ("GET / HTTP/1.1", b"01 \n"),
    ("GET / HTTP/1.3", b"01 \n"),
    ("GET / HTTP/1.1\r", b"\r G"),
    ("GET / HTTP/1.1\r\n", b" \t:\n\0@"),
    ("GET / HTTP/1.1\r\n\r", b"\r G"),
    ("GET / HTTP/1.1\r\nX", b" \t\r\n(\xe9"),
    ("GET / HTTP/1.1\r\nX:", b"\0\x01\x7f\n"),
    ("GET / HTTP/1.1\r\nX: y", b"\0\x01\x7f\n"),
    ("GET / HTTP/1.1\r\nX: y\r", b"\r y"),
    ("GET / HTTP/1.1\r\nX: y\r\n", b" \t:"),
];

/// hyper looks at a head again at its end alone, for which a client that is wrong might be waited for without an answer.
#[test]
fn what_is_wrong_with_a_head_in_pieces_is_marked_at_once() {
    for (begin, wrong) in WRONG_LATER {
        for wrong in *wrong {
            for piece in 1..=begin.len() {
                let mut framing = Framing::new(HEAD_BYTES_MAX);
                let mut seen = begin.as_bytes().to_vec();
                for bytes in seen.chunks_mut(piece) {
                    follow(&mut framing, bytes);
                }
                let what = format!("{begin:?} and {}", wrong.escape_ascii());
                assert_eq!(framing.refused(), None, "{what}");
                follow(&mut framing, &mut [*wrong]);
                let refused = framing.refused();
                assert_eq!(refused, Some(StatusCode::BAD_REQUEST), "{what}");
            }
        }
    }
}

/// A newer version of HTTP/1 is read as the newest that there is, which hyper knows.
#[test]
fn newer_minor_versions_are_the_newest_that_is_known() {
    for minor in 2..=9 {
        let head =
            |minor: u8| format!("\r\nGET /1.{minor} HTTP/1.{minor}\r\nX: HTTP/1.{minor}\r\n\r\n");
        let sent = head(minor).repeat(2);
        let expected = sent.replace(&format!(" HTTP/1.{minor}\r\nX"), " HTTP/1.1\r\nX");
        for piece in 1..=sent.len() {
            let seen = seen(sent.as_bytes(), piece);
            assert_eq!(seen, expected.as_bytes(), "in pieces of {piece}");
        }
    }
    for other in ["GET /HTTP/1.2", "GET / XHTTP/1.2", "2", "GET / HTTP/1.12"] {
        let sent = format!("{other}\r\n");
        let whole = seen(sent.as_bytes(), sent.len());
        assert_eq!(whole, sent.as_bytes(), "for hyper to refuse");
    }
}

#[test]
fn codings_are_refused_by_what_is_wrong_with_them() {
    for (codings, status) in [
        ("gzip, chunked", 501),
        ("a\r\nTransfer-Encoding:b ,\tchunked", 501),
        ("identity, CHUNKED", 501),
        ("gzip", 400),
        ("chunked, gzip", 400),
        ("chunked, chunked", 400),
        ("gzip,, chunked", 400),
        ("g zip, chunked", 400),
        ("gzip;q=1, chunked", 400),
        ("gzip, chunked\r\nContent-Length: 3", 400),
    ] {
        let mut framing = Framing::new(HEAD_BYTES_MAX);
        let head = format!("POST / HTTP/1.1\r\nTransfer-Encoding: {codings}\r\n\r\n");
        follow(&mut framing, &mut head.clone().into_bytes());
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(framing.refused(), Some(status), "{codings}");
    }
}

/// Heads behind which nobody knows what comes.
const ASKING: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    "GET / HTTP/1.1\r\nupgrade:h2c\r\nContent-Length: 0\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n\n#GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n",
];

/// Heads behind which HTTP goes on, whatever is answered: what has a body can't be switched.
const NOT_ASKING: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nUpgrades: x\r\nX: upgrade: x\r\n\r\n",
    "POST / HTTP/1.1\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\nx",
    "POST / HTTP/1.1\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
];

proptest! {
    /// Whatever follows is left as it is, and kept until somebody knows whose it is.
    #[test]
    fn what_follows_a_head_that_asks_for_another_protocol_is_left_alone(
        head in sample::select(ASKING),
        rest in collection::vec(any::<u8>(), 0..300),
        cut in any::<sample::Index>(),
    ) {
        let sent = [head.as_bytes(), &rest].concat();
        let cut = cut.index(sent.len());
        let mut framing = Framing::new(HEAD_BYTES_MAX);
        let mut seen = sent.clone();
        let (first, second) = seen.split_at_mut(cut);
        let mut passed = framing.check(first);
        // Behind a head that came whole, nothing is asked for before it is answered.
        if passed == cut && cut < head.len() {
            passed += framing.check(second);
        }
        prop_assert_eq!(passed, head.len());
        prop_assert_eq!(framing.refused(), None);
        prop_assert_eq!(seen, sent);
    }

    /// What follows any other is looked at, however it is cut.
    #[test]
    fn what_follows_another_head_is_looked_at(
        head in sample::select(NOT_ASKING),
        piece in 1_usize..200,
    ) {
        let sent = format!("{head}GET /#");
        let refused = seen(sent.as_bytes(), piece);
        prop_assert_eq!(refused.last(), Some(&REFUSED));
        prop_assert_eq!(&refused[..sent.len() - 1], &sent.as_bytes()[..sent.len() - 1]);
    }
}

#[test]
fn what_follows_an_answer_that_changes_nothing_is_looked_at() {
    for head in ASKING {
        let mut framing = Framing::new(HEAD_BYTES_MAX);
        let mut sent = format!("{head}GET /#").into_bytes();
        assert_eq!(framing.check(&mut sent), head.len());
        let rest = &mut sent[head.len()..];
        assert_eq!(framing.check(rest), rest.len());
        assert_eq!(rest, b"GET /\0");
    }
}

/// Lines about lengths, whose middle is repeated until they are too long to be kept when they come in pieces.
const LONG: &[(&str, &str, &str)] = &[
    ("Content-Length: ", "0", "3\r\n\r\nabc"),
    ("Content-Length:", " ", "3\r\n\r\nabc"),
    (
        "Transfer-Encoding:",
        "\t",
        "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ),
    (
        "Transfer-Encoding: chunked\r\n\r\n3;",
        "a",
        "\r\nabc\r\n0\r\n\r\n",
    ),
    (
        "Transfer-Encoding: chunked\r\n\r\n3",
        " ",
        ";a\r\nabc\r\n0\r\n\r\n",
    ),
    (
        "Transfer-Encoding: chunked\r\n\r\n0;a=\"",
        ";",
        "\"\r\n\r\n",
    ),
];

/// A recipient that took such a line whole, and refused it in pieces, would be led by whoever cuts them.
#[test]
fn a_long_line_about_lengths_means_the_same_however_it_is_cut() {
    for (before, repeated, behind) in LONG {
        let sent = |count| {
            format!(
                "POST / HTTP/1.1\r\n{before}{}{behind}",
                repeated.repeat(count)
            )
        };
        assert_eq!(refused_at(sent(150).as_bytes()), None, "{before:?}");
        let verdicts = (200..300).map(|count| refused_at(sent(count).as_bytes()).is_some());
        let verdicts: Vec<bool> = verdicts.collect();
        assert!(verdicts.is_sorted(), "{before:?}");
        assert_eq!((verdicts[0], verdicts[99]), (false, true), "{before:?}");
    }
    let control = format!(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;{}\0\r\nabc\r\n0\r\n\r\n",
        "a".repeat(150)
    );
    assert!(refused_at(control.as_bytes()).is_some());
}

/// A request, the limit that its first lines just meet, and the answer where that is one less.
const FULL: &[(&str, usize, u16)] = &[
    ("GET /long/target HTTP/1.1\r\n", 16, 414),
    ("GET /long/target HTTP/1.1\r\n", 5, 414),
    ("GET /long/target HTTP/1.1\r\n", 4, 414),
    ("GET /long/target HTTP/1.1\r\n", 3, 431),
    ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", 4, 431),
    ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", 3, 431),
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 26, 431),
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 16, 431),
    (
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;a=bcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrs\r\n",
        48,
        400,
    ),
];

#[test]
fn lines_may_be_as_long_as_the_limit() {
    for (sent, limit, status) in FULL {
        for piece in 1..=sent.len() {
            let mut framing = Framing::new(*limit);
            let mut seen = sent.as_bytes().to_vec();
            seen.chunks_mut(piece)
                .for_each(|bytes| follow(&mut framing, bytes));
            let status = StatusCode::from_u16(*status).unwrap();
            assert_eq!(framing.refused(), Some(status), "{sent:?} {limit}");
            let refused = seen.iter().position(|byte| *byte == REFUSED);
            let begins = sent.find("\r\n\r\n2;").map_or(0, |at| at + 4);
            assert_eq!(refused, Some(begins + limit), "{sent:?} in {piece}");
            assert!(seen[begins + limit..].iter().all(|byte| *byte == REFUSED));
        }
    }
}

#[test]
fn head_lasts_from_its_first_byte_to_its_last() {
    let sent = "GET / HTTP/1.1\r\n\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcG";
    let expected: String = sent
        .split_inclusive("\r\n\r\n")
        .map(|head| "h".repeat(head.len() - 1) + ".")
        .collect();
    // The body, and the beginning of another head.
    let expected = expected[..sent.len() - 4].to_owned() + "...h";
    let mut framing = Framing::new(HEAD_BYTES_MAX);
    let mut found = String::new();
    for byte in sent.bytes() {
        follow(&mut framing, &mut [byte]);
        found.push(if framing.is_within_head() { 'h' } else { '.' });
    }
    assert_eq!(found, expected);
}

#[test]
fn each_head_and_each_chunk_is_counted_anew() {
    let sent = "GET / HTTP/1.1\r\n\r\n".to_owned()
        + "POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\n"
        + &"x".repeat(50)
        + "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        + &"1\r\nx\r\n".repeat(50)
        + "0\r\nX: y\r\n\r\n"
        + "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    for piece in 1..sent.len() {
        // As many bytes as the longest head has.
        let mut framing = Framing::new(47);
        let mut seen = sent.clone().into_bytes();
        seen.chunks_mut(piece)
            .for_each(|bytes| follow(&mut framing, bytes));
        assert_eq!(seen, sent.as_bytes(), "in pieces of {piece}");
        let mut framing = Framing::new(46);
        seen.chunks_mut(piece)
            .for_each(|bytes| follow(&mut framing, bytes));
        assert!(framing.refused().is_some());
    }
}
