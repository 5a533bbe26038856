//! Bytes on a connection to a running server: the answers against those that a reader by the letter expects.
#![no_main]

use coachwhip_fuzz::{exchange, running, script::Script};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| exchange::check(&Script::read(data), running::connect()));
