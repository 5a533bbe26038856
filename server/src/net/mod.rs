//! Sockets: listening, accepting, one task for each connection, and the threads that do all that.

mod accept;
mod accident;
mod activity;
mod address;
mod automatic;
mod connection;
mod counted;
mod departure;
mod descriptors;
mod framing;
mod http2;
mod inherited;
mod io_thread;
mod listener;
mod opening;
mod parting;
mod proxy_protocol;
mod register;
mod settings;
mod strict;
mod tls;
mod unix;
mod watched;
mod web_socket;

pub use activity::Patience;
pub use address::{BindAddress, NoAddress};
pub use descriptors::connections_max;
pub use framing::Framing;
pub use http2::{Http2Limits, Unsent};
pub use io_thread::{Door, IoThreads, Phase};
pub use listener::{ListenError, Listener, SocketOptions, bind};
pub use settings::ConnectionSettings;
pub use tls::{Tls, TlsError, TlsFiles};
pub use unix::{NoMode, SocketFile, UnixMode};
pub use web_socket::SocketLimits;
