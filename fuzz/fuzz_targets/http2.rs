//! HTTP/2 frames on a connection to a running server; `src/frames.rs` says how an input holds them.
#![no_main]

use coachwhip_fuzz::{frames::Frames, http2, running};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| http2::check(&Frames::read(data), running::connect()));
