//! coachwhip: an HTTP server that runs Python handlers on a pool of interpreters inside one process.
//!
//! Modules, in the order in which a start-up and then a request meet them.

pub mod config;
pub mod logging;

pub mod metrics;

pub mod access_log;

pub mod net;

pub mod http;

pub mod files;

pub mod router;

pub mod dispatch;

pub mod interpreter;

pub mod admin;

pub mod supervision;

pub mod embed;

pub mod testing;

pub mod commands;

pub mod start;
