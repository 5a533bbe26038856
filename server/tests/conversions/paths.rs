//! Path parameters: decoded once, converted where the handler asks for it.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use serde_json::json;

use super::peer::{Peer, hold};
use crate::support::{Call, Strategy};

/// One segment of any characters, not empty.
fn segment() -> impl proptest::prelude::Strategy<Value = String> {
    let char = prop_oneof![
        any::<char>(),
        "[./%+ 2Ff5]".prop_map(|one| one.chars().next().unwrap_or('/'))
    ];
    vec(char, 1..8).prop_map(|chars| chars.into_iter().collect())
}

fn encoded(segment: &str) -> String {
    percent_encode(segment.as_bytes(), NON_ALPHANUMERIC).to_string()
}

pub(crate) fn have_parameters_that_arrive_as_sent(strategy: Strategy) {
    let peer = Peer::start(strategy);
    hold(&(segment(), segment()), |(first, second)| {
        let path = format!("/path/{}/x/{}", encoded(&first), encoded(&second));
        let told = peer.call(&Call::get(&path)).expect(200).json();
        assert_eq!(told, json!([first, second]), "{path}");
    });
}

pub(crate) fn have_tails_that_arrive_as_sent(strategy: Strategy) {
    let peer = Peer::start(strategy);
    hold(&vec(segment(), 1..5), |segments| {
        let path: String = segments
            .iter()
            .map(|one| String::from("/") + &encoded(one))
            .collect();
        let told = peer
            .call(&Call::get(&format!("/tail{path}")))
            .expect(200)
            .json();
        assert_eq!(told, json!(segments.join("/")), "{path}");
    });
}

/// Also what is not well formed: `%` that begins no escape stays, and nothing is decoded twice.
pub(crate) fn are_decoded_once(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let path = prop_oneof![
        "[%24567abf]{1,12}",
        "(%[2-7][0-9a-f]|%25|%2[fF]|%c3%a9|[%a2f]){1,8}",
        "[-a-z0-9%+;=:@!$&'()*,._~]{1,20}",
    ];
    hold(&path, |raw| {
        let answer = peer.call(&Call::get(&format!("/once/{raw}")));
        match percent_decode_str(&raw).decode_utf8() {
            Ok(decoded) => assert_eq!(answer.expect(200).json(), json!(decoded), "{raw}"),
            Err(_) => drop(answer.expect(400)),
        }
    });
}

pub(crate) fn convert_integers_that_are_digits(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let path = prop_oneof!["[-+]?[0-9]{1,40}", "[-+0-9_.e ]{1,6}", "[0-9]{4299,4301}"];
    hold(&path, |text| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
        let converts =
            (1..=4300).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let call = Call::get(&format!("/int/same/{}", encoded(&text)));
        if converts {
            peer.is_ok(&call);
        } else {
            peer.call(&call).expect(404);
        }
    });
}

/// The handler that takes the text tells whether Python's `float()` takes it.
pub(crate) fn convert_floats_that_python_converts(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let path = prop_oneof![
        "[-+]?[0-9]{0,3}\\.?[0-9]{0,3}([eE][-+]?[0-9]{0,3})?",
        "[-+]?([iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])",
        "[-+.0-9eEinfatyNA]{1,8}",
    ];
    let path = path.prop_filter("a segment is not empty", |text| !text.is_empty());
    hold(&path, |text| {
        let call = Call::get(&format!("/float/same/{text}"));
        let converts = peer
            .call(&Call::get(&format!("/float/python/{text}")))
            .expect(200);
        match converts.text().as_str() {
            "true" => peer.is_ok(&call),
            _ => drop(peer.call(&call).expect(404)),
        }
    });
}
