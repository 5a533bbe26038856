//! coachwhip: an HTTP server that runs Python handlers on a pool of interpreters inside one process.

pub mod config;
pub mod logging;
