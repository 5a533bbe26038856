//! The outside view of the server: the real binary, real sockets, a time limit on everything.
//!
//! Each test file uses its own part of this: [`launch`] starts the command and reads its ready line,
//! [`server`] is a running one, [`client`] speaks HTTP/1.1 to it and [`socket`] WebSocket, [`http2`] and [`frames`] HTTP/2, [`strategy`] knows which strategies
//! the embedded Python allows, [`mode`] tests a promise under each of them and each dispatch, [`alone`]
//! in a process of its own, [`tools`] are those of Python, [`tls`] has certificates and their clients.

pub(crate) mod alone;
pub(crate) mod client;
pub(crate) mod frames;
pub(crate) mod http2;
pub(crate) mod launch;
pub(crate) mod mode;
pub(crate) mod server;
pub(crate) mod socket;
pub(crate) mod strategy;
pub(crate) mod tls;
pub(crate) mod tools;

pub(crate) use client::{Answer, Call, Connection};
pub(crate) use launch::{Ended, Launch};
pub(crate) use mode::Mode;
pub(crate) use server::Server;
pub(crate) use strategy::Strategy;

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Longest wait for anything that should happen at once; long enough for a debug build on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let server = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    server
        .parent()
        .expect("the server crate lies below the root")
        .to_path_buf()
}

/// The folder of the handler modules that the tests serve.
pub(crate) fn handlers() -> PathBuf {
    root().join("server/tests/handlers")
}

/// Asks again and again until `answer` has one, for [`PATIENCE`] at most.
pub(crate) fn eventually<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = answer() {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "waited {PATIENCE:?} in vain: {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
