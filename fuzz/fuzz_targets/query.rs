//! Queries, as far as a request's target may hold them.
#![no_main]

use http::Uri;
use libfuzzer_sys::fuzz_target;
use native_types::query::parse;

fuzz_target!(|data: &[u8]| {
    let Ok(uri) = Uri::try_from([b"/?", data].concat()) else {
        return;
    };
    let raw = uri.query().unwrap_or_default();
    let pairs = parse(raw);
    assert!(pairs.len() <= raw.split('&').count());
    let mut written = form_urlencoded::Serializer::new(String::new());
    written.extend_pairs(&pairs);
    assert_eq!(
        parse(&written.finish()),
        pairs,
        "what is written anew is read as it was"
    );
});
