//! Where requests begin and end: `net::Framing` against a reader by the letter, whole and cut at any place.
#![no_main]

use coachwhip_fuzz::{framing, script::Script};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| framing::check(&Script::read(data)));
