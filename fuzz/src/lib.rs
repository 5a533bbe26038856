//! What the targets share.
//!
//! [`Check`] runs a check in Python. [`script`] makes actions of an input's bytes, [`reference`] reads the requests in them as
//! RFC 9112 says, [`expected`] says what the server must answer to each, [`answers`] reads what it has answered, [`running`]
//! is the server.

pub mod answers;
pub mod configuration;
mod embedded;
pub mod exchange;
pub mod expected;
pub mod framing;
pub mod reference;
pub mod running;
pub mod script;

pub use embedded::Check;
