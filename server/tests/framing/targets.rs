//! Request lines, and whose they are.

use super::cases::{Case, Outcome, bad, case, good};

/// A request with this line and `Host: a`.
fn line(line: &str) -> String {
    format!("{line}\r\nHost: a\r\n\r\n")
}

/// A `GET /` with this `Host`.
fn host(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

/// Section, what, and the bytes.
const BAD_LINES: &[(&str, &str, &str)] = &[
    (
        "2.2",
        "LF alone behind the request line",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
    ),
    ("2.2", "LF alone everywhere", "GET / HTTP/1.1\nHost: a\n\n"),
    (
        "2.2",
        "LF alone before the request line",
        "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "2.2",
        "CR alone behind the request line",
        "GET / HTTP/1.1\rHost: a\r\n\r\n",
    ),
    (
        "2.2",
        "CR alone before the request line",
        "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    ("2.2", "CR CR LF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
    (
        "2.2",
        "white space before the request line",
        " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "2.2",
        "white space before the first field",
        "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    ),
    (
        "2.2",
        "NUL before the request line",
        "\0GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    ("2.3", "HTTP/0.9", "GET /\r\n\r\n"),
    ("2.3", "no version", "GET / \r\nHost: a\r\n\r\n"),
    ("2.3", "version 2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    ("2.3", "version 3.0", "GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
    ("2.3", "version 1.12", "GET / HTTP/1.12\r\nHost: a\r\n\r\n"),
    ("2.3", "version 1.a", "GET / HTTP/1.a\r\nHost: a\r\n\r\n"),
    ("2.3", "version 1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
    ("2.3", "version 1.", "GET / HTTP/1.\r\nHost: a\r\n\r\n"),
    (
        "2.3",
        "version of another protocol",
        "GET / HTCPCP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "2.3",
        "version in lower case",
        "GET / http/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "3",
        "two spaces before the target",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "3",
        "two spaces behind the target",
        "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "3",
        "tab before the target",
        "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "3",
        "tab behind the target",
        "GET /\tHTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "3",
        "space behind the version",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
    ),
    ("3", "no method", "/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    (
        "3",
        "space in the target",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "3.1",
        "method with an at sign",
        "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "3.1",
        "method with a colon",
        "GET: / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "3.1",
        "method with an octet above 127",
        "G\u{c9}T / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "3.1",
        "method with NUL",
        "G\0T / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "2.2",
        "a TLS hello",
        "\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{0}\r\n\r\n",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    [lines(), targets(), absolute(), hosts()]
        .into_iter()
        .flatten()
        .collect()
}

fn lines() -> Vec<Case> {
    let refused = BAD_LINES.iter();
    let mut cases: Vec<Case> = refused
        .map(|(section, what, sent)| bad(section, what, sent))
        .collect();
    cases.extend([
        good("3", "the plain request", &line("GET / HTTP/1.1"), "GET / "),
        good("2.5", "version 1.2", &line("GET / HTTP/1.2"), "GET / "),
        good("2.5", "version 1.9", &line("GET / HTTP/1.9"), "GET / "),
        case(
            ("9.1", "a method in mixed case is another one, too"),
            &line("Report / HTTP/1.1"),
            Outcome::Answered(405, "Method Not Allowed".into()),
        ),
        good(
            "2.2",
            "an empty line before",
            &format!("\r\n{}", line("GET / HTTP/1.1")),
            "GET / ",
        ),
        good(
            "2.2",
            "some empty lines before",
            &format!("\r\n\r\n\r\n{}", line("GET / HTTP/1.1")),
            "GET / ",
        ),
        good(
            "3.1",
            "a method that is not one of the usual",
            &line("REPORT / HTTP/1.1"),
            "REPORT / ",
        ),
        case(
            ("3.1", "a method in lower case is another one"),
            &line("get / HTTP/1.1"),
            Outcome::Answered(405, "Method Not Allowed".into()),
        ),
    ]);
    cases
}

fn targets() -> Vec<Case> {
    vec![
        good("3.2.1", "a path", &line("GET /a/b HTTP/1.1"), "GET /a/b "),
        good(
            "3.2.1",
            "a query",
            &line("GET /a?b=c?d HTTP/1.1"),
            "GET /a ",
        ),
        good(
            "3.2.1",
            "escapes",
            &line("GET /%41%2f HTTP/1.1"),
            "GET /A/ ",
        ),
        good(
            "3.2.1",
            "two slashes",
            &line("GET //a HTTP/1.1"),
            "GET //a ",
        ),
        good(
            "3.2.1",
            "dots are left as they are",
            &line("GET /../a HTTP/1.1"),
            "GET /../a ",
        ),
        bad("3.2", "a fragment", &line("GET /#a HTTP/1.1")),
        bad(
            "3.2",
            "a fragment behind a query",
            &line("GET /?a#b HTTP/1.1"),
        ),
        bad("3.2", "no slash", &line("GET a HTTP/1.1")),
        bad("3.2", "a query alone", &line("GET ?a HTTP/1.1")),
        bad("3.2", "a control character", &line("GET /\u{1} HTTP/1.1")),
        bad("3.2", "DEL", &line("GET /\u{7f} HTTP/1.1")),
        bad("3.2", "NUL", &line("GET /\0 HTTP/1.1")),
        bad("3.2.4", "an asterisk for GET", &line("GET * HTTP/1.1")),
        bad("3.2.3", "an authority for GET", &line("GET a:80 HTTP/1.1")),
        bad("3.2.3", "CONNECT to a path", &line("CONNECT / HTTP/1.1")),
        case(
            ("3.2.4", "OPTIONS for the server as a whole"),
            &line("OPTIONS * HTTP/1.1"),
            Outcome::Answered(204, String::new()),
        ),
        case(
            ("3.2.3", "CONNECT"),
            "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
            Outcome::Refused(501),
        ),
        case(
            ("3.2.1", "an escape that is no UTF-8"),
            &line("GET /%ff HTTP/1.1"),
            Outcome::Answered(400, "Bad Request".into()),
        ),
    ]
}

fn absolute() -> Vec<Case> {
    vec![
        good(
            "3.2.2",
            "the absolute form",
            &line("GET http://a/b HTTP/1.1"),
            "GET /b ",
        ),
        good(
            "3.2.2",
            "the absolute form without a path",
            &line("GET http://a HTTP/1.1"),
            "GET / ",
        ),
        good(
            "3.2.2",
            "the absolute form with a query",
            &line("GET http://a/b?c HTTP/1.1"),
            "GET /b ",
        ),
        good(
            "3.2.2",
            "the absolute form in upper case",
            &line("GET HTTP://A/ HTTP/1.1"),
            "GET / ",
        ),
        good(
            "3.2.2",
            "the absolute form with the usual port",
            &line("GET http://a:80/ HTTP/1.1"),
            "GET / ",
        ),
        bad(
            "3.2.2",
            "the absolute form for another host",
            &line("GET http://b/ HTTP/1.1"),
        ),
        bad(
            "3.2.2",
            "the absolute form for another port",
            &line("GET http://a:81/ HTTP/1.1"),
        ),
        bad(
            "3.2.2",
            "the absolute form with a user",
            &line("GET http://u@a/ HTTP/1.1"),
        ),
        bad(
            "3.2",
            "the absolute form without Host",
            "GET http://a/ HTTP/1.1\r\n\r\n",
        ),
        bad(
            "3.2.2",
            "the absolute form and an empty Host",
            "GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n",
        ),
        bad(
            "3.2.2",
            "the absolute form without a host",
            &line("GET http:/// HTTP/1.1"),
        ),
    ]
}

fn hosts() -> Vec<Case> {
    let mut cases = vec![
        bad("3.2", "no Host", "GET / HTTP/1.1\r\n\r\n"),
        bad(
            "3.2",
            "Host twice",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        ),
        bad(
            "3.2",
            "two hosts",
            "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhost: b\r\n\r\n",
        ),
        case(
            ("3.2", "HTTP/1.0 without Host"),
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            Outcome::Answered(200, "GET / ".into()),
        ),
        bad(
            "3.2",
            "HTTP/1.0 with Host twice",
            "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
        ),
    ];
    for (what, value) in [
        ("an empty Host", ""),
        ("a name", "a.b-c_d"),
        ("a name in upper case", "EXAMPLE"),
        ("a port", "a:8000"),
        ("an empty port", "a:"),
        ("an IPv4 address", "127.0.0.1:80"),
        ("an IPv6 address", "[::1]"),
        ("an IPv6 address with a port", "[::1]:80"),
    ] {
        cases.push(good("7.2", what, &host(value), "GET / "));
    }
    for (what, value) in [
        ("Host with a space", "a b"),
        ("Host with a slash", "a/b"),
        ("Host with a user", "u@a"),
        ("Host with a list", "a, b"),
        ("Host with a comma", "a,b"),
        ("Host with a query", "a?b"),
        ("Host with a fragment", "a#b"),
        ("Host with a name for a port", "a:b"),
        ("Host with two ports", "a:1:2"),
        ("Host with half an address", "[::1"),
        ("Host with an address that is none", "[g]"),
        ("Host with something behind an address", "[::1]a"),
        ("Host with an octet above 127", "\u{e9}"),
        ("Host with quotes", "\"a\""),
        ("Host with a backslash", "a\\b"),
    ] {
        cases.push(bad("3.2", what, &host(value)));
    }
    cases
}
