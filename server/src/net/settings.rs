//! What connections are served by, alike on every listener.

use super::activity::Patience;
use super::http2::Http2Limits;
use super::tls::Tls;
use super::web_socket::SocketLimits;

/// What connections are served by. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ConnectionSettings {
    /// Whether each connection begins with a header of the PROXY protocol.
    pub proxy_protocol: bool,
    /// TLS, if it is spoken.
    pub tls: Option<Tls>,
    /// The longest request head, in bytes.
    pub header_bytes_max: usize,
    /// The most header fields of a request.
    pub headers_max: usize,
    /// How long clients may take.
    pub patience: Patience,
    /// What HTTP/2 connections may ask for.
    pub http2_limits: Http2Limits,
    /// What WebSockets may do.
    pub socket_limits: SocketLimits,
}
