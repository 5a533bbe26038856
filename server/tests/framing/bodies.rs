//! Where bodies end.

use super::cases::{Case, Outcome, bad, case, good};

/// A `POST /` with these fields, and what follows the head.
fn post(fields: &str, rest: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{rest}")
}

/// A chunked `POST /`.
fn chunked(rest: &str) -> String {
    post("Transfer-Encoding: chunked", rest)
}

/// What, fields, body, and what the handler sees.
const LENGTHS: &[(&str, &str, &str, &str)] = &[
    ("a length", "Content-Length: 3", "abc", "POST / abc"),
    ("a length of nothing", "Content-Length: 0", "", "POST / "),
    ("leading zeros", "Content-Length: 003", "abc", "POST / abc"),
    (
        "white space around a length",
        "Content-Length: \t3 ",
        "abc",
        "POST / abc",
    ),
    (
        "a name in lower case",
        "content-length:3",
        "abc",
        "POST / abc",
    ),
    (
        "a body that looks like a request",
        "Content-Length: 18",
        "GET / HTTP/1.1\r\n\r\n",
        "POST / GET / HTTP/1.1\r\n\r\n",
    ),
    (
        "a body of line ends",
        "Content-Length: 4",
        "\n\n\r\0",
        "POST / \n\n\r\0",
    ),
];

/// What, and fields.
const BAD_LENGTHS: &[(&str, &str)] = &[
    ("a length twice", "Content-Length: 3\r\nContent-Length: 3"),
    ("two lengths", "Content-Length: 3\r\nContent-Length: 4"),
    (
        "two lengths in different case",
        "Content-Length: 3\r\nX: y\r\ncontent-length: 2",
    ),
    ("a list of equal lengths", "Content-Length: 3, 3"),
    ("a list of lengths", "Content-Length: 3, 4"),
    ("a list with nothing", "Content-Length: 3,"),
    ("a sign", "Content-Length: +3"),
    ("a negative length", "Content-Length: -3"),
    ("a hexadecimal length", "Content-Length: 0x3"),
    ("a fraction", "Content-Length: 3.0"),
    ("an exponent", "Content-Length: 3e0"),
    ("an underscore", "Content-Length: 1_0"),
    ("space within a length", "Content-Length: 1 0"),
    ("no length", "Content-Length:"),
    ("letters", "Content-Length: three"),
    ("quotes", "Content-Length: \"3\""),
    (
        "a length above 64 bits",
        "Content-Length: 18446744073709551616",
    ),
    (
        "a length of many digits",
        "Content-Length: 99999999999999999999999999999999999999999999999999999999999999999999999999",
    ),
    ("other digits", "Content-Length: \u{b3}"),
];

/// What, and fields.
const CODINGS: &[(&str, &str)] = &[
    ("chunked", "Transfer-Encoding: chunked"),
    ("chunked in another case", "transfer-encoding:CHUNKED"),
    ("white space around it", "Transfer-Encoding: \tchunked "),
];

/// What, and fields.
const BAD_CODINGS: &[(&str, &str)] = &[
    (
        "a length and chunked",
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
    ),
    (
        "chunked and a length",
        "Transfer-Encoding: chunked\r\nContent-Length: 13",
    ),
    (
        "chunked and a length of nothing",
        "Transfer-Encoding: chunked\r\nContent-Length: 0",
    ),
    ("another coding", "Transfer-Encoding: gzip"),
    (
        "another coding behind chunked",
        "Transfer-Encoding: chunked, gzip",
    ),
    (
        "another coding behind chunked, in two fields",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
    ),
    ("chunked twice", "Transfer-Encoding: chunked, chunked"),
    (
        "chunked in two fields",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ),
    ("identity", "Transfer-Encoding: identity"),
    ("no coding", "Transfer-Encoding:"),
    ("an empty member of a list", "Transfer-Encoding: ,chunked"),
    (
        "a name that only contains it",
        "Transfer-Encoding: xchunked",
    ),
    (
        "a name that only begins with it",
        "Transfer-Encoding: chunkedx",
    ),
    (
        "another coding before chunked, and a length",
        "Transfer-Encoding: gzip, chunked\r\nContent-Length: 3",
    ),
    (
        "two words for a coding",
        "Transfer-Encoding: g zip, chunked",
    ),
    ("chunked with a parameter", "Transfer-Encoding: chunked;a=b"),
    ("chunked in quotes", "Transfer-Encoding: \"chunked\""),
    (
        "chunked behind a vertical tab",
        "Transfer-Encoding: \u{b}chunked",
    ),
    ("chunked behind NUL", "Transfer-Encoding: \0chunked"),
    ("a space before the colon", "Transfer-Encoding : chunked"),
    ("a folded coding", "Transfer-Encoding:\r\n chunked"),
];

/// What, and fields: well formed, and not what the server can read.
const UNKNOWN_CODINGS: &[(&str, &str)] = &[
    (
        "another coding before chunked",
        "Transfer-Encoding: gzip, chunked",
    ),
    (
        "another coding before chunked, in two fields",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
    ),
    (
        "identity before chunked",
        "Transfer-Encoding: identity, chunked",
    ),
    (
        "two others before chunked",
        "Transfer-Encoding: a ,\tb, chunked",
    ),
];

/// Section, what, the chunks, and what the handler sees.
const CHUNKS: &[(&str, &str, &str, &str)] = &[
    ("7.1", "no chunk", "0\r\n\r\n", "POST / "),
    (
        "7.1",
        "several chunks",
        "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        "POST / abc",
    ),
    (
        "7.1",
        "a size in hexadecimal",
        "a\r\n0123456789\r\n0\r\n\r\n",
        "POST / 0123456789",
    ),
    (
        "7.1",
        "a size in upper case",
        "A\r\n0123456789\r\n0\r\n\r\n",
        "POST / 0123456789",
    ),
    (
        "7.1",
        "leading zeros",
        "0003\r\nabc\r\n000\r\n\r\n",
        "POST / abc",
    ),
    (
        "7.1",
        "line ends in a chunk",
        "4\r\n\r\n\n\n\r\n0\r\n\r\n",
        "POST / \r\n\n\n",
    ),
    (
        "7.1.1",
        "an extension",
        "3;a=b\r\nabc\r\n0;c\r\n\r\n",
        "POST / abc",
    ),
    (
        "7.1.1",
        "an extension in quotes",
        "3;a=\"b c\"\r\nabc\r\n0\r\n\r\n",
        "POST / abc",
    ),
    (
        "7.1.1",
        "space before an extension",
        "3 ;a\r\nabc\r\n0\r\n\r\n",
        "POST / abc",
    ),
    (
        "7.1.1",
        "extensions with white space around their marks",
        "3\t;\ta = b ; c\r\nabc\r\n0\r\n\r\n",
        "POST / abc",
    ),
    (
        "7.1.1",
        "quotes and marks within quotes",
        "3;a=\"\\\"b;\\\\=\t\u{e9}\";c=d\r\nabc\r\n0\r\n\r\n",
        "POST / abc",
    ),
    (
        "7.1.2",
        "a trailer",
        "3\r\nabc\r\n0\r\nX: y\r\n\r\n",
        "POST / abc",
    ),
    (
        "7.1.2",
        "some trailers",
        "0\r\nX: y\r\nContent-Length: 5\r\n\r\n",
        "POST / ",
    ),
];

/// What, and the chunks.
const BAD_CHUNKS: &[(&str, &str)] = &[
    ("a size that is none", "x\r\nabc\r\n0\r\n\r\n"),
    ("no size", "\r\nabc\r\n0\r\n\r\n"),
    ("an extension without a size", ";a\r\nabc\r\n0\r\n\r\n"),
    ("a prefix", "0x3\r\nabc\r\n0\r\n\r\n"),
    ("a sign", "+3\r\nabc\r\n0\r\n\r\n"),
    ("a negative size", "-3\r\nabc\r\n0\r\n\r\n"),
    ("space before a size", " 3\r\nabc\r\n0\r\n\r\n"),
    ("space behind a size", "3 \r\nabc\r\n0\r\n\r\n"),
    ("tab behind a size", "3\t\r\nabc\r\n0\r\n\r\n"),
    ("an underscore", "1_0\r\nabc\r\n0\r\n\r\n"),
    ("letters behind a size", "3g\r\nabc\r\n0\r\n\r\n"),
    (
        "a size above 64 bits",
        "10000000000000003\r\nabc\r\n0\r\n\r\n",
    ),
    ("LF alone behind a size", "3\nabc\r\n0\r\n\r\n"),
    ("LF alone in an extension", "3;a\nabc\r\n0\r\n\r\n"),
    ("CR alone in an extension", "3;a\rb\r\nabc\r\n0\r\n\r\n"),
    ("NUL in an extension", "3;a\0\r\nabc\r\n0\r\n\r\n"),
    ("a semicolon alone", "3;\r\nabc\r\n0\r\n\r\n"),
    ("two semicolons", "3;;a\r\nabc\r\n0\r\n\r\n"),
    ("a semicolon at the end", "3;a;\r\nabc\r\n0\r\n\r\n"),
    ("space at the end of extensions", "3;a \r\nabc\r\n0\r\n\r\n"),
    ("an extension without a name", "3;=x\r\nabc\r\n0\r\n\r\n"),
    ("an extension without its value", "3;a=\r\nabc\r\n0\r\n\r\n"),
    ("an extension with two marks", "3;a==b\r\nabc\r\n0\r\n\r\n"),
    ("quotes that do not end", "3;a=\"b\r\nabc\r\n0\r\n\r\n"),
    ("a quote that is escaped", "3;a=\"b\\\"\r\nabc\r\n0\r\n\r\n"),
    ("something behind quotes", "3;a=\"b\"c\r\nabc\r\n0\r\n\r\n"),
    ("quotes in a value", "3;a=b\"c\"\r\nabc\r\n0\r\n\r\n"),
    ("quotes for a name", "3;\"a\"=b\r\nabc\r\n0\r\n\r\n"),
    ("two words for a value", "3;a=b c\r\nabc\r\n0\r\n\r\n"),
    ("two words for a name", "3;a b\r\nabc\r\n0\r\n\r\n"),
    (
        "an octet above 127 in a name",
        "3;\u{e9}\r\nabc\r\n0\r\n\r\n",
    ),
    (
        "a broken extension of the last chunk",
        "3\r\nabc\r\n0;\r\n\r\n",
    ),
    ("CR CR LF behind a size", "3\r\r\nabc\r\n0\r\n\r\n"),
    (
        "a chunk that is longer than its size",
        "3\r\nabcd\r\n0\r\n\r\n",
    ),
    ("LF alone behind a chunk", "3\r\nabc\n0\r\n\r\n"),
    ("nothing behind a chunk", "3\r\nabc0\r\n\r\n"),
    ("LF alone at the end", "3\r\nabc\r\n0\r\n\n"),
    ("a trailer without a colon", "3\r\nabc\r\n0\r\nX y\r\n\r\n"),
    ("LF alone behind a trailer", "3\r\nabc\r\n0\r\nX: y\n\r\n"),
    ("NUL in a trailer", "3\r\nabc\r\n0\r\nX: \0\r\n\r\n"),
];

pub(super) fn cases() -> Vec<Case> {
    [lengths(), codings(), chunks(), others()]
        .into_iter()
        .flatten()
        .collect()
}

fn lengths() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, fields, body, shown) in LENGTHS {
        cases.push(good("6.2", what, &post(fields, body), shown));
    }
    for (what, fields) in BAD_LENGTHS {
        cases.push(bad("6.3", what, &post(fields, "abc")));
    }
    cases.push(case(
        ("6.2", "a length above the limit"),
        &post("Content-Length: 999999999999", ""),
        Outcome::Refused(413),
    ));
    cases
}

fn codings() -> Vec<Case> {
    let body = "3\r\nabc\r\n0\r\n\r\n";
    let mut cases = Vec::new();
    for (what, fields) in CODINGS {
        cases.push(good("7", what, &post(fields, body), "POST / abc"));
    }
    for (what, fields) in BAD_CODINGS {
        cases.push(bad("6.1", what, &post(fields, body)));
    }
    for (what, fields) in UNKNOWN_CODINGS {
        let outcome = Outcome::Refused(501);
        cases.push(case(("6.1", what), &post(fields, body), outcome));
    }
    let old =
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    cases.push(bad("6.1", "chunked in HTTP/1.0", old));
    cases
}

fn chunks() -> Vec<Case> {
    let mut cases = Vec::new();
    for (section, what, rest, shown) in CHUNKS {
        cases.push(good(section, what, &chunked(rest), shown));
    }
    for (what, rest) in BAD_CHUNKS {
        cases.push(bad("7.1", what, &chunked(rest)));
    }
    cases
}

fn others() -> Vec<Case> {
    vec![
        case(
            ("10.1.1", "an expectation that nobody knows"),
            &post("Expect: 200-ok\r\nContent-Length: 3", "abc"),
            Outcome::Refused(417),
        ),
        good(
            "6.3",
            "a GET with a body",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
            "GET / abc",
        ),
        good(
            "6.3",
            "a POST without a length",
            "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / ",
        ),
        good(
            "6.3",
            "a DELETE in chunks",
            "DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            "DELETE / a",
        ),
    ]
}
