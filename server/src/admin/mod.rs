//! The admin listener: `/metrics`, `/healthz`, `/readyz`, `/status` and a page that shows the interpreters at work.
//!
//! It has a thread and a runtime of its own, so it answers while every worker and I/O thread is busy, while the application
//! is imported, and while the server ends: until the process does. It shares no socket with the public listeners, and counts
//! nothing by itself; what it tells is read from the [`Meters`](crate::metrics::Meters) and from `/proc` when it is asked.

mod answer;
mod board;
mod families;
mod listener;
mod process;
mod ratio;
mod status;

pub use board::{Board, Facts};
pub use listener::Admin;

/// A count as JSON and Prometheus have numbers.
#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53: for nanoseconds a hundred days, for bytes 8 PiB"
)]
fn float(count: u64) -> f64 {
    count as f64
}
