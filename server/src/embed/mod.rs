//! The pool as a library: a Rust program submits requests to Python handlers, without HTTP or a socket.
//!
//! ```text
//! Submitter::submit ─▶ router ─▶ inlet (bounded) ─▶ desk::submit ─▶ workers
//!        Pending ◀────────────── oneshot channel ◀── Reply ◀─────────┘
//!      any thread                              io-N                 worker-N
//! ```
//!
//! An [`Engine`] is to such a program what the server is to a socket: the same workers, queue, strategies and
//! settings. What takes the place of connections is an inlet for each I/O thread ([`inlet`]); a caller that drops its
//! [`Pending`] is a client that leaves.
//!
//! # Examples
//!
//! ```no_run
//! use std::{collections::BTreeMap, path::Path};
//! use bytes::Bytes;
//! use server::embed::Engine;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // As on the command line: `coachwhip --workers 2 --pythonpath handlers app`.
//! let arguments = ["program", "--workers", "2", "--pythonpath", "handlers", "app"].map(Into::into);
//! let config = server::config::load(arguments, &BTreeMap::new(), Path::new("/srv"))?.config;
//! let engine = Engine::start(&server::start::pool(&config)?)?;
//! let pending = engine.submit(http::Request::get("/users/7").body(Bytes::new())?);
//! let response = pending.wait()?; // or `pending.await`
//! println!("{} {:?}", response.status, response.body);
//! engine.close();
//! # Ok(())
//! # }
//! ```

mod engine;
mod inlet;
mod pending;

pub use crate::dispatch::Refusal;
pub use engine::{Engine, EngineError, Submitter};
pub use native_types::message::ResponseMessage;
pub use pending::Pending;
