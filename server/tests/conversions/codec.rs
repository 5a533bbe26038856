//! `coachwhip.json`, the codec for handlers; `handlers/codec.py` has Python's side.

use std::cell::Cell;

use proptest::prelude::*;

use super::peer::{Peer, hold};
use crate::support::{Call, Strategy};

/// Texts and their verdicts, see the head of the file.
const CASES: &str = include_str!("json_cases.txt");

/// A leak of one object for each of 4,000 rounds would be 4,000 blocks.
const BLOCKS_SLACK: i64 = 2_000;

pub(crate) fn is_a_module_to_import(strategy: Strategy) {
    Peer::of(strategy, "codec").is_ok(&Call::get("/imports"));
}

pub(crate) fn takes_and_refuses_the_public_cases(strategy: Strategy) {
    let (codec, requests) = (Peer::of(strategy, "codec"), Peer::start(strategy));
    let mut count = 0;
    for line in CASES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (verdict, case) = line.split_once(' ').expect("a verdict and a name");
        let (name, text) = case.split_once(' ').unwrap_or((case, ""));
        let text = unescaped(text);
        let read = codec
            .call(&Call::post("/verdict", &text[..]))
            .expect(200)
            .text();
        let echoed = requests.call(&Call::post("/json/echo", &text[..]));
        match verdict {
            "y" => {
                assert!(read.starts_with("value "), "{name}: {read}");
                assert_eq!(echoed.status, 200, "{name}");
            }
            "n" => {
                assert!(
                    read.starts_with("ValueError: not valid JSON: "),
                    "{name}: {read}"
                );
                assert!(read.contains(" at line "), "{name}: {read}");
                let told = echoed.expect(400).text();
                assert!(told.contains(" at line "), "{name}: {told}");
            }
            other => panic!("{name} has no verdict, but {other}"),
        }
        count += 1;
    }
    assert!(count > 300, "only {count} cases were found");
}

/// The bytes of a text with `\n`, `\r`, `\t`, `\\` and `\xHH` in place of those.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'\\' {
            bytes.push(*byte);
            continue;
        }
        let [kind, after @ ..] = rest else {
            panic!("a backslash ends {text}");
        };
        rest = after;
        bytes.push(match kind {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'\\' => b'\\',
            b'x' => {
                let (digits, after) = rest.split_at(2);
                rest = after;
                let digits = str::from_utf8(digits).expect("ASCII");
                u8::from_str_radix(digits, 16).unwrap_or_else(|_| panic!("\\x{digits} in {text}"))
            }
            other => panic!("\\{} in {text}", char::from(*other)),
        });
    }
    bytes
}

pub(crate) fn reads_and_writes_what_python_does(strategy: Strategy) {
    let peer = Peer::of(strategy, "codec");
    hold(&any::<u32>(), |seed| {
        peer.is_ok(&Call::get(&format!("/agree/{seed}")));
    });
}

pub(crate) fn takes_and_refuses_what_python_does(strategy: Strategy) {
    let peer = Peer::of(strategy, "codec");
    let kinds = ["read", "refused", "stricter"];
    let sums = kinds.map(|_| Cell::new(0));
    hold(&any::<u32>(), |seed| {
        let call = Call::get(&format!("/spoilt/{seed}"));
        let counts = peer.call(&call).expect(200).json();
        for (sum, kind) in sums.iter().zip(kinds) {
            sum.set(sum.get() + counts[kind].as_u64().expect("a count"));
        }
    });
    // There were texts of each kind.
    assert!(sums.iter().all(|sum| sum.get() > 10), "{sums:?}");
}

pub(crate) fn writes_the_types_of_the_standard_library(strategy: Strategy) {
    Peer::of(strategy, "codec").is_ok(&Call::get("/types"));
}

pub(crate) fn raises_what_the_documentation_says(strategy: Strategy) {
    Peer::of(strategy, "codec").is_ok(&Call::get("/refused"));
}

pub(crate) fn tells_where_a_document_is_wrong(strategy: Strategy) {
    Peer::of(strategy, "codec").is_ok(&Call::get("/positions"));
}

pub(crate) fn is_safe_while_threads_change_what_it_writes(strategy: Strategy) {
    Peer::of(strategy, "codec").is_ok(&Call::get("/changed/by-threads"));
}

pub(crate) fn serves_threads_at_once(strategy: Strategy) {
    Peer::of(strategy, "codec").is_ok(&Call::get("/read/by-threads"));
}

pub(crate) fn leaves_no_memory_behind(strategy: Strategy) {
    let peer = Peer::of(strategy, "codec");
    let left: i64 = peer
        .call(&Call::get("/memory/4000"))
        .expect(200)
        .text()
        .parse()
        .expect("a number");
    assert!(left < BLOCKS_SLACK, "{left} blocks");
}
