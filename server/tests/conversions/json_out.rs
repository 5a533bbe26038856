//! JSON that the server writes.

use proptest::prelude::*;
use proptest::strategy::Strategy as _;

use super::documents;
use super::peer::{Peer, hold};
use crate::support::{Call, Strategy};

/// Python reads a document, the server writes it, Python finds the same in both.
pub(crate) fn is_what_python_writes(strategy: Strategy) {
    let peer = Peer::start(strategy);
    hold(&documents::text(), |text| {
        let written = peer.call(&Call::post("/json/written", &text)).expect(200);
        // A reader that knows nothing of Python takes it too.
        let _ = written.json();
        let both = [text.as_bytes(), b"\0", &written.body].concat();
        peer.is_ok(&Call::post("/json/same", both));
    });
}

/// Numbers that handlers return, through a path parameter and a response.
pub(crate) fn has_numbers_that_read_back(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let finite = any::<f64>().prop_filter("JSON has finite numbers", |number| number.is_finite());
    hold(&finite, |number| {
        let answer = peer
            .call(&Call::get(&format!("/float/{number:e}")))
            .expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let back: f64 = answer.text().parse().expect("a number");
        assert_eq!(back.to_bits(), number.to_bits(), "{number:?}");
    });
    hold(&any::<i128>(), |number| {
        let answer = peer.call(&Call::get(&format!("/int/{number}"))).expect(200);
        assert_eq!(answer.text(), number.to_string());
    });
}

pub(crate) fn answers_500_to_numbers_that_json_lacks(strategy: Strategy) {
    let peer = Peer::start(strategy);
    for number in ["nan", "-nan", "inf", "-inf", "Infinity", "1e999"] {
        for path in ["float", "float/list", "float/dict"] {
            let answer = peer
                .call(&Call::get(&format!("/{path}/{number}")))
                .expect(500);
            let told = answer.text();
            assert!(told.contains("ValueError"), "{path}/{number}: {told}");
        }
    }
    assert_eq!(
        peer.call(&Call::get("/float/1.5")).expect(200).text(),
        "1.5"
    );
}

pub(crate) fn answers_500_to_deep_nesting(strategy: Strategy) {
    let peer = Peer::start(strategy);
    for (kind, open, close) in [
        ("list", "[", "]"),
        ("tuple", "[", "]"),
        ("dict", "{\"a\":", "}"),
    ] {
        let deep = |depth: usize| peer.call(&Call::get(&format!("/deep/{kind}/{depth}")));
        let expected = format!("[{}1{}]", open.repeat(900), close.repeat(900));
        assert_eq!(deep(900).expect(200).text(), expected);
        for depth in [1_010, 2_000, 100_000] {
            let told = deep(depth).expect(500).text();
            assert!(told.contains("RecursionError"), "{kind}, {depth}: {told}");
        }
        let endless = peer
            .call(&Call::get(&format!("/endless/{kind}")))
            .expect(500);
        assert!(
            endless.text().contains("RecursionError"),
            "{}",
            endless.text()
        );
    }
    assert_eq!(
        peer.call(&Call::get("/float/1.5")).expect(200).text(),
        "1.5"
    );
}

/// A dict whose writing runs Python code, which changes a dict that is being written.
pub(crate) fn is_of_dicts_that_change_meanwhile(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let told = peer.call(&Call::get("/changing/size")).expect(500).text();
    let expected = "RuntimeError: dictionary changed size during iteration";
    assert!(told.contains(expected), "{told}");
    let written = peer.call(&Call::get("/changing/values")).expect(200).text();
    assert_eq!(written, r#"{"first":{"own":"kept"},"second":["new"]}"#);
}
