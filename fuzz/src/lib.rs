//! What the targets share.
//!
//! [`Check`] runs a check in Python. [`script`] makes actions of an input's bytes, [`reference`] reads the requests in them as
//! RFC 9112 says, [`expected`] says what the server must answer to each, [`answers`] reads what it has answered, [`running`]
//! is the server. [`frames`] makes and reads those of HTTP/2.

pub mod answers;
mod client;
pub mod configuration;
mod embedded;
pub mod exchange;
pub mod expected;
pub mod frames;
pub mod framing;
pub mod http2;
pub mod reference;
pub mod running;
pub mod script;

pub use embedded::Check;
