//! Sends requests through the server on one thread, to be run under callgrind: `request_path NUMBER`.
//!
//! What two numbers of requests differ by in instructions is what so many requests cost: `benches/instructions.py`.

use benches::request_path::send;
use clap::Parser;
use mimalloc::MiMalloc;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The command line.
#[derive(Debug, Parser)]
struct Args {
    /// How many requests, one after the other.
    requests: usize,
}

fn main() {
    send(Args::parse().requests);
}
