//! `Request.parse`, and everything that a request shows of what it holds: headers, query, cookies, body, form.
#![no_main]

use std::cell::OnceCell;

use coachwhip_fuzz::Check;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static CHECK: OnceCell<&'static Check> = const { OnceCell::new() };
}

fuzz_target!(|data: &[u8]| {
    let check = CHECK.with(|check| *check.get_or_init(|| Check::leaked("headers")));
    check.call(data);
});
