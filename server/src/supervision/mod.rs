//! The life of the server: started in order, ended in order.
//!
//! The start: listen, initialise Python, start the workers one after another, build the router, start the I/O threads, say
//! that all of that is done. The end:
//! 1. A first signal: nothing more is accepted; each answer closes its connection ([`Phase::Draining`]).
//! 2. Idle connections are closed, what is under way is answered ([`Phase::Closing`]); the I/O threads end.
//! 3. The exchange is closed: workers finish, run the shutdown hooks and end their interpreters.
//! 4. Python is finalised. Exit status 0.
//!
//! SIGHUP ends nothing: what may have changed is read anew.
//!
//! A second signal, or the time limit, ends the process at once with exit status 1, saying what was cut off.
//!
//! [`Phase::Draining`]: crate::net::Phase::Draining
//! [`Phase::Closing`]: crate::net::Phase::Closing

mod interpreters;
mod pool;
mod renewal;
mod server;
mod shutdown;
mod signals;

pub use interpreters::{Interpreters, PoolSettings};
pub use pool::{Pool, PoolError, Workload};
pub use renewal::Renewal;
pub use server::{ServeError, Settings, serve};
