//! The `coachwhip` command.

fn main() {}
