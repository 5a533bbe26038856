//! Reading JSON, compared with what Python's `json` reads.
#![no_main]

use std::cell::OnceCell;

use coachwhip_fuzz::Check;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static CHECK: OnceCell<&'static Check> = const { OnceCell::new() };
}

fuzz_target!(|data: &[u8]| {
    let check = CHECK.with(|check| *check.get_or_init(|| Check::leaked("json")));
    check.call(data);
});
