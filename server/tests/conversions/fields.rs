//! The pairs of a query, and the header fields of both directions.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use serde_json::{Value, json};

use super::peer::{Peer, hold};
use crate::support::{Call, Strategy};

/// Names and values of any characters.
fn pairs() -> impl proptest::prelude::Strategy<Value = Vec<(String, String)>> {
    let text = || {
        let char = prop_oneof![
            any::<char>(),
            "[ab =&+%]".prop_map(|one| one.chars().next().unwrap_or('+'))
        ];
        vec(char, 0..6).prop_map(|chars| chars.into_iter().collect::<String>())
    };
    vec((text(), text()), 0..8)
}

/// As `application/x-www-form-urlencoded`: a space is `+`, all but letters and digits is escaped.
fn encoded(text: &str) -> String {
    percent_encode(text.as_bytes(), NON_ALPHANUMERIC)
        .to_string()
        .replace("%20", "+")
}

pub(crate) fn of_a_query_arrive_as_sent(strategy: Strategy) {
    let peer = Peer::start(strategy);
    hold(&pairs(), |pairs| {
        let query = pairs
            .iter()
            .map(|(name, value)| encoded(name) + "=" + &encoded(value));
        let query = query.collect::<Vec<_>>().join("&");
        let told = peer
            .call(&Call::get(&format!("/query?{query}")))
            .expect(200)
            .json();
        assert_eq!(told, json!(pairs), "{query}");
    });
}

/// Also what is not well formed: the handler compares with `urllib.parse`.
pub(crate) fn of_any_query_are_what_python_reads(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let query = prop_oneof![
        "[a-c%&=+;]{0,30}",
        "(%[0-9a-fA-F]{2}|[ab&=]){0,20}",
        "[-a-z0-9A-F%&=+;/?:@!$'()*,._~]{0,60}",
    ];
    hold(&query, |query| {
        peer.call(&Call::get(&format!("/query?{query}")))
            .expect(200);
    });
}

/// Header fields with values of ISO-8859-1, as HTTP allows them between white space.
fn fields() -> impl proptest::prelude::Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = prop_oneof!["x-[a-c]", "X-[-A-Za-z0-9!#$%&'*+.^_`|~]{1,20}"];
    let inner = prop_oneof![b' '..=b'~', 0xa1..=0xff_u8, Just(b'\t')];
    let end = || prop_oneof![b'!'..=b'~', 0xa1..=0xff_u8];
    let value = prop_oneof![
        Just(Vec::new()),
        vec(end(), 1..3),
        (end(), vec(inner, 0..30), end())
            .prop_map(|(first, inner, last)| { [vec![first], inner, vec![last]].concat() }),
    ];
    vec((name, value), 0..20)
}

fn with(fields: &[(String, Vec<u8>)], target: &str) -> Call {
    let call = Call::get(target);
    fields
        .iter()
        .fold(call, |call, (name, value)| call.header(name, value))
}

/// The values of each name, in order.
fn by_name(fields: &[(String, Vec<u8>)]) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in fields {
        let value = value.iter().copied().map(char::from).collect();
        found
            .entry(name.to_ascii_lowercase())
            .or_default()
            .push(value);
    }
    found
}

pub(crate) fn of_the_head_arrive_as_sent(strategy: Strategy) {
    let peer = Peer::start(strategy);
    hold(&fields(), |fields| {
        let told: Value = peer.call(&with(&fields, "/headers")).expect(200).json();
        assert_eq!(told, json!(by_name(&fields)));
    });
}

pub(crate) fn of_the_head_go_out_as_set(strategy: Strategy) {
    let peer = Peer::start(strategy);
    hold(&fields(), |fields| {
        let answer = peer.call(&with(&fields, "/headers/back")).expect(200);
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in answer
            .headers
            .iter()
            .filter(|(name, _)| name.starts_with("x-"))
        {
            found.entry(name.clone()).or_default().push(value.clone());
        }
        assert_eq!(found, by_name(&fields));
    });
}
