//! Who runs the handlers: interpreters, thread states and the workers that own them.
//!
//! A [`Strategy`] gives a thread its place in an interpreter (a [`Seat`]); the worker on that thread does the rest, the same
//! under each strategy. Nothing outside this folder and the configuration knows a strategy by name.
//!
//! ```text
//! Runtime (main thread)        initialises Python, warms it up, finalises it last
//! Strategy::enter (worker)     main_interpreter: a thread state   isolated: an interpreter   free_threaded: a thread state
//! Worker                       load ─▶ startup hooks ─▶ serve ─▶ shutdown hooks ─▶ Seat::leave, all on one thread
//! ```

mod async_serve;
mod call;
mod command_line;
mod error;
mod event_loop;
mod failure;
mod free_threaded;
mod hints;
mod hooks;
mod isolated;
mod load;
mod main_interpreter;
mod per_call;
mod python;
mod python_log;
mod running;
mod runtime;
mod seat;
mod serve;
mod sockets;
mod strategy;
mod streamed;
mod threads;
pub(crate) mod traceback;
mod warm_up;
mod worker;

pub use command_line::CommandLine;
pub use error::{LoadError, StartError};
pub use per_call::PerCall;
pub use python::Python;
pub use runtime::{Main, Runtime, abandon};
pub use seat::Seat;
pub use strategy::{Choice, STRATEGIES, Strategy, choose, find};
pub use worker::{Application, Event, Guests, Plan, Registered, Sharing, Worker};
