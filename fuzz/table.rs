//! Writes the requests of `server/tests/framing` as inputs for `framing` and `connection`, a canary behind each: `table FOLDER`.
//!
//! Compiled by `rustc` alone: what cargo builds here is instrumented, and links with libFuzzer only.

use std::path::PathBuf;
use std::{env, fs};

#[path = "../server/tests/framing"]
#[expect(dead_code, reason = "the bytes are all that is wanted")]
mod framing {
    pub(crate) mod bodies;
    pub(crate) mod cases;
    pub(crate) mod fields;
    pub(crate) mod targets;
}

/// As in `script.rs`, for a request that is always answered.
const CANARY: &[u8] = b"\xffg";

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).expect("a folder"));
    fs::create_dir_all(&folder)?;
    for (number, case) in framing::cases::every().iter().enumerate() {
        let input = [case.sent.as_slice(), CANARY].concat();
        fs::write(folder.join(format!("table-{number}")), input)?;
    }
    Ok(())
}
