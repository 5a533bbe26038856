//! `Cookie` fields; each line of an input is one.
#![no_main]

use std::collections::HashSet;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use native_types::cookies::parse;

fuzz_target!(|data: &[u8]| {
    let lines = data.split(|&byte| byte == b'\n').take(1000);
    let fields: HeaderMap = lines
        .filter_map(|line| Some((COOKIE, HeaderValue::from_bytes(line).ok()?)))
        .collect();
    let pairs = parse(&fields);
    let names: HashSet<_> = pairs.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), pairs.len(), "each name once");
    for (name, value) in &pairs {
        assert!(!name.is_empty() && !name.contains(['=', ';']) && !value.contains(';'));
    }
});
