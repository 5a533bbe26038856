//! Random JSON documents: as text in every spelling that RFC 8259 allows, and as values.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

/// The text of a document.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(vec![
            "null", "true", "false", "[]", "{}", "\"\"", "[ ]", "{\n}"
        ])
        .prop_map(str::to_owned),
        integer(),
        float(),
        string(),
    ];
    let nested = leaf.prop_recursive(5, 40, 6, |inner| {
        let items = vec((space(), inner.clone(), space()), 0..6);
        let list = items.prop_map(|items| {
            let items = items
                .into_iter()
                .map(|(left, item, right)| left.to_owned() + &item + right);
            format!("[{}]", items.collect::<Vec<_>>().join(","))
        });
        let members = vec((string(), space(), space(), inner), 0..6);
        let dict = members.prop_map(|members| {
            let members = members.into_iter().map(|(key, left, right, value)| {
                format!("{right}{key}{left}:{right}{value}{left}")
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        });
        prop_oneof![list, dict]
    });
    (space(), nested, space()).prop_map(|(left, text, right)| left.to_owned() + &text + right)
}

fn space() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "", " ", "\n", "\t", "\r\n  "])
}

/// An integer, also beyond 64 bits.
pub(crate) fn integer() -> impl Strategy<Value = String> {
    let edges = [
        "0",
        "-0",
        "-1",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "340282366920938463463374607431768211456",
    ];
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        select(edges.to_vec()).prop_map(str::to_owned),
        "-?[1-9][0-9]{0,80}",
        "-?[1-9][0-9]{200,300}",
    ]
}

/// A number with a fraction or an exponent, finite as a 64-bit float.
fn float() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<f64>()
            .prop_filter("JSON has finite numbers", |number| number.is_finite())
            .prop_map(|number| format!("{number:?}")),
        "-?(0|[1-9][0-9]{0,25})\\.[0-9]{1,25}([eE][+-]?[0-9]{1,2})?",
        "-?(0|[1-9][0-9]{0,5})[eE][+-]?[0-9]{1,2}",
        "-?[1-9]\\.[0-9]{1,20}[eE]-3[0-9]{2}",
    ]
}

/// A string with its quotes: characters as they are, or escaped in one of the ways there are.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(|char| match char {
            '\0'..='\u{1f}' | '"' | '\\' => format!("\\u{:04X}", u32::from(char)),
            char => char.to_string(),
        }),
        2 => "[a-z ]{1,8}",
        1 => select(vec![
            "\\n", "\\t", "\\r", "\\b", "\\f", "\\/", "\\\\", "\\\"", "\\u0000", "\\u00e9", "\\u20AC",
            "\\ud83d\\ude00", "\\uDBFF\\uDFFF", "\u{7f}", "\u{2028}", "\u{feff}", "\u{ffff}",
        ]).prop_map(str::to_owned),
    ];
    vec(piece, 0..8).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// A document that `serde_json` holds exactly: integers of 64 bits, and floats that any reader gets right.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let name = || vec(any::<char>(), 0..8).prop_map(|chars| chars.into_iter().collect::<String>());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        name().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let members = vec((name(), inner.clone()), 0..6);
        prop_oneof![
            vec(inner, 0..6).prop_map(Value::from),
            members.prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
