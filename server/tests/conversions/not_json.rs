//! Texts that are no JSON (RFC 8259).

use super::peer::Peer;
use crate::support::{Call, Strategy};

/// What many readers take, and what clients get wrong.
const ROWS: &[(&str, &[u8])] = &[
    ("nothing", b""),
    ("white space only", b" \r\n\t"),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("UTF-16", b"\xff\xfe[\0]\0"),
    ("a NUL at the end", b"1\0"),
    ("a form feed as white space", b"\x0c1"),
    ("a no-break space as white space", b"\xc2\xa01"),
    ("two values", b"1 2"),
    ("two objects", b"{}{}"),
    ("a semicolon at the end", b"1;"),
    ("a comment of a line", b"1 // one"),
    ("a comment in a list", b"[1 /* one */]"),
    ("a comment after #", b"# one\n1"),
    ("an open list", b"["),
    ("an open list with an item", b"[1"),
    ("an open list after a comma", b"[1,"),
    ("an open object", b"{"),
    ("an open object after a name", b"{\"a\""),
    ("an open object after a colon", b"{\"a\":"),
    ("an open object after a value", b"{\"a\": 1"),
    ("a closing bracket", b"]"),
    ("a closing brace", b"}"),
    ("one bracket too many", b"[1]]"),
    ("brackets that do not match", b"[}"),
    ("braces that do not match", b"{\"a\": 1]"),
    ("a comma after the last item", b"[1,]"),
    ("a comma before the first item", b"[,1]"),
    ("two commas", b"[1,,2]"),
    ("a comma only", b"{,}"),
    ("no comma between items", b"[1 2]"),
    ("a comma after the last member", b"{\"a\": 1,}"),
    ("no comma between members", b"{\"a\": 1 \"b\": 2}"),
    ("no colon", b"{\"a\" 1}"),
    ("two colons", b"{\"a\":: 1}"),
    ("no value", b"{\"a\":}"),
    ("a name only", b"{\"a\"}"),
    ("a name without quotes", b"{a: 1}"),
    ("a number as name", b"{1: 2}"),
    ("null as name", b"{null: 2}"),
    ("a name in single quotes", b"{'a': 1}"),
    ("a string in single quotes", b"'a'"),
    ("a leading zero", b"01"),
    ("a leading zero after a minus", b"-01"),
    ("two zeros", b"00"),
    ("a plus", b"+1"),
    ("a minus only", b"-"),
    ("two minuses", b"--1"),
    ("no digit before the point", b".5"),
    ("no digit before the point, negative", b"-.5"),
    ("no digit after the point", b"5."),
    ("no digit between point and exponent", b"1.e1"),
    ("no digit in the exponent", b"1e"),
    ("no digit after the exponent's sign", b"1e+"),
    ("a fraction in the exponent", b"1e1.5"),
    ("a hexadecimal number", b"0x10"),
    ("an underscore in a number", b"1_000"),
    ("NaN", b"NaN"),
    ("NaN in a list", b"[-NaN]"),
    ("an infinity", b"Infinity"),
    ("a negative infinity", b"[-Infinity]"),
    ("half a word", b"nul"),
    ("a word and a half", b"truefalse"),
    ("Python's words", b"[True, None]"),
    ("a word in capitals", b"NULL"),
    ("an open string", b"\"a"),
    ("an open string after an escape", b"\"\\\""),
    ("a tab in a string", b"\"\t\""),
    ("a line feed in a string", b"\"a\nb\""),
    ("a NUL in a string", b"[\"\0\"]"),
    ("an escape that there is not", b"\"\\x41\""),
    ("an escape with too few digits", b"\"\\u12\""),
    ("an escape with other digits", b"\"\\u12g4\""),
    ("bytes that are not UTF-8", b"\"\xff\""),
    ("an overlong form", b"{\"\xc0\xaf\": 1}"),
];

/// Characters that only come in pairs, one without the other: no text that UTF-8 could hold.
const SURROGATES: [&[u8]; 5] = [
    b"\"\\ud800\"",
    b"\"\\udc00\"",
    b"\"\\ud83d\\u0041\"",
    b"{\"\\ude00\\ud83d\": 1}",
    b"\"\xed\xa0\x80\"",
];

pub(crate) fn is_refused_with_line_and_column(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let surrogates = SURROGATES.map(|text| ("half a surrogate pair", text));
    for (what, text) in ROWS.iter().copied().chain(surrogates) {
        refused(&peer, what, text, "line ");
        let inside = [b"{\n\"list\": [1,\n".as_slice(), text, b"\n]}"].concat();
        let told = refused(&peer, what, &inside, " column ");
        let line = ["line 3 ", "line 4 ", "line 5 "]
            .into_iter()
            .find(|line| told.contains(line));
        assert!(line.is_some(), "{what}, from line 3 on: {told}");
    }
    // The connection and the worker go on.
    let answer = peer.call(&Call::post("/json/echo", "[1]")).expect(200);
    assert_eq!(answer.text(), "[1]");
}

/// What the refusal of `text` says, `part` among it.
fn refused(peer: &Peer, what: &str, text: &[u8], part: &str) -> String {
    let answer = peer.call(&Call::post("/json/echo", text));
    let (told, text) = (answer.text(), String::from_utf8_lossy(text));
    assert_eq!(answer.status, 400, "{what}: {text:?} gives {told}");
    assert!(told.contains(part), "{what}: {text:?} gives {told}");
    told
}
