//! `request.json()`.

use super::documents;
use super::peer::{Peer, hold};
use crate::support::{Call, Strategy};

pub(crate) fn is_what_python_reads(strategy: Strategy) {
    let peer = Peer::start(strategy);
    hold(&documents::text(), |text| {
        peer.is_ok(&Call::post("/json/read", text));
    });
}

pub(crate) fn comes_back_equal(strategy: Strategy) {
    let peer = Peer::start(strategy);
    hold(&documents::value(), |sent| {
        for text in [format!("{sent}"), format!("{sent:#}")] {
            let answer = peer.call(&Call::post("/json/echo", text)).expect(200);
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(answer.json(), sent);
        }
    });
}

pub(crate) fn keeps_every_digit_of_an_integer(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let echoed = |digits: &str| {
        peer.call(&Call::post("/json/echo", digits))
            .expect(200)
            .text()
    };
    hold(&documents::integer(), |digits| {
        let expected = if digits == "-0" { "0" } else { &digits };
        assert_eq!(echoed(&digits), expected);
    });
    // As many digits as Python converts (CVE-2020-10735), and more.
    let longest = "7".repeat(4300);
    assert_eq!(echoed(&longest), longest);
    let longer = "7".repeat(4301);
    let answer = peer.call(&Call::post("/json/echo", longer)).expect(400);
    assert!(
        answer.text().contains("line 1 column "),
        "{}",
        answer.text()
    );
}

pub(crate) fn answers_400_to_deep_nesting(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let nests: [fn(usize) -> (String, String); 3] = [
        |depth| ("[".repeat(depth), "]".repeat(depth)),
        |depth| ("{\"a\":".repeat(depth), "}".repeat(depth)),
        |depth| ("[{\"a\":".repeat(depth / 2), "}]".repeat(depth / 2)),
    ];
    for nest in nests {
        let (open, close) = nest(900);
        let text = format!("{open}1{close}");
        let answer = peer.call(&Call::post("/json/echo", &text)).expect(200);
        assert_eq!(answer.text(), text);
        for depth in [1_010, 2_000, 500_000] {
            let (open, close) = nest(depth);
            for text in [format!("{open}1{close}"), open] {
                let answer = peer.call(&Call::post("/json/echo", text)).expect(400);
                let told = answer.text();
                assert!(told.contains("line 1 column "), "{depth}: {told}");
            }
        }
    }
}

/// Each of two million items is read as fast as the first: were it not so, this would take longer than anything may.
pub(crate) fn takes_time_by_its_length(strategy: Strategy) {
    let peer = Peer::start(strategy);
    for item in ["1", "\"\"", "[]"] {
        let document = format!("[{}{item}]", format!("{item},").repeat(1_999_999));
        let answer = peer.call(&Call::post("/json/length", document)).expect(200);
        assert_eq!(answer.text(), "2000000", "{item}");
    }
}
