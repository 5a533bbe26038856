//! The Python-visible types of coachwhip, and the plain messages behind them.
//!
//! ```text
//! RequestMessage ──▶ Request ──▶ handler ──▶ what it returned ──▶ ResponseMessage
//!     plain Rust      native_types::request      native_types::answer     plain Rust
//! ```
//!
//! Modules, in the order in which a request meets them.

pub mod draining;
pub mod message;
pub mod pipe;
pub mod socket;
pub mod waiting;

pub mod capi;
pub mod state;

pub mod handler;
pub mod hooks;
mod module;
mod path;
pub mod routes;
pub mod signature;

mod body;
mod body_stream;
mod charset;
pub mod cookies;
pub mod form;
mod header_names;
mod headers;
mod mapping;
mod multi_map;
mod parameters;
pub mod parse;
pub mod pool;
pub mod query;
pub mod release;
pub mod request;

pub mod answer;
pub mod application;
pub mod contexts;
mod converters;
mod cookie;
mod errors;
mod header_list;
mod json;
pub mod middleware;
mod response;
mod response_headers;
pub mod websocket;

mod events;
mod stream_writer;
pub mod streaming;

pub mod place;
pub mod problem;
mod worker_state;

pub mod boundary;
