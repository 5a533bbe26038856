//! Header fields.

use super::cases::{Case, bad, good};

/// A request for `/header`, which shows `X`, with these bytes among its fields.
fn with(fields: &str) -> String {
    format!("GET /header HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n")
}

/// Section, what, fields, and what `/header` shows.
const GOOD: &[(&str, &str, &str, &str)] = &[
    ("5", "a field", "X: a", "a"),
    ("5", "a name in another case", "x: a", "a"),
    ("5.1", "no space behind the colon", "X:a", "a"),
    ("5.1", "more space around the value", "X: \t a b\t ", "a b"),
    ("5.1", "a tab within the value", "X: a\tb", "a\tb"),
    ("5.1", "an empty value", "X:", ""),
    ("5.1", "a value of white space", "X: \t", ""),
    ("5.5", "an octet above 127", "X: \u{e9}", "\u{e9}"),
    ("5.5", "colons in the value", "X: a:b: c", "a:b: c"),
    (
        "5.6.2",
        "all characters of a token",
        "!#$%&'*+-.^_`|~09azAZ: b\r\nX: a",
        "a",
    ),
    ("5.3", "a field twice", "X: a\r\nX: b", "a"),
    (
        "6.3",
        "names that begin like those of lengths",
        "Content-Lengths: x\r\nTransfer-Encodin: y\r\nX: a",
        "a",
    ),
    (
        "10.1.1",
        "an expectation without a body",
        "Expect: 100-continue\r\nX: a",
        "a",
    ),
    (
        "7.8",
        "an upgrade to what is not offered",
        "Upgrade: foo\r\nConnection: upgrade\r\nX: a",
        "a",
    ),
];

/// Section, what, and fields.
const BAD: &[(&str, &str, &str)] = &[
    ("5.1", "space before the colon", "X : a"),
    ("5.1", "tab before the colon", "X\t: a"),
    ("5.1", "space in the name", "X Y: a"),
    ("5.1", "no colon", "X"),
    ("5.1", "no name", ": a"),
    ("5.1", "a name of white space", " : a"),
    ("5.2", "a folded line", "X: a\r\n b"),
    ("5.2", "a line folded by a tab", "X: a\r\n\tb"),
    ("5.2", "a folded line of white space", "X: a\r\n \r\nY: b"),
    ("5.1", "a control character in the name", "X\u{1}: a"),
    ("5.1", "NUL in the name", "X\0: a"),
    ("5.1", "DEL in the name", "X\u{7f}: a"),
    ("5.1", "an octet above 127 in the name", "X\u{e9}: a"),
    ("5.1", "brackets in the name", "X(): a"),
    ("5.1", "a slash in the name", "X/Y: a"),
    ("5.1", "an at sign in the name", "X@: a"),
    ("5.1", "quotes in the name", "\"X\": a"),
    ("5.5", "NUL in the value", "X: a\0b"),
    ("5.5", "a control character in the value", "X: a\u{1}b"),
    ("5.5", "BEL in the value", "X: \u{7}"),
    ("5.5", "DEL in the value", "X: a\u{7f}"),
    ("5.5", "CR in the value", "X: a\rb"),
    ("5.5", "CR at the end of the value", "X: a\r"),
    ("2.2", "LF alone behind a field", "X: a\nY: b"),
    ("2.2", "LF alone at the end of the head", "X: a\r\n\n"),
    (
        "2.2",
        "LF alone behind a field about lengths",
        "Content-Length: 0\nX: a",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let long = format!("X: a\r\nY: {}", "y".repeat(4000));
    let mut cases = vec![good("5", "a long value", &with(&long), "a")];
    for (section, what, fields, shown) in GOOD {
        cases.push(good(section, what, &with(fields), shown));
    }
    for (section, what, fields) in BAD {
        cases.push(bad(section, what, &with(fields)));
    }
    cases
}
