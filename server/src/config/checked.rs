//! The configuration as the server uses it: complete, checked, in plain types; and its way back to TOML.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use native_types::problem::ErrorFormat;

use super::app::App;
use super::choices::{Dispatch, LogFormat, LogLevel, Strategy};
use super::document;
use super::error::Error;
use super::layers::Layers;
use super::mounts::{self, StaticMount};
use super::settings as s;
use super::shape::Count;
use crate::access_log;
use crate::http::{Allowed, CompressionRules, CorsRules, TrustedProxy};
use crate::net::{BindAddress, SocketOptions, TlsFiles};

/// Every setting with its effective value, all within their ranges.
///
/// Meaning, unit, range and default of each stand in `config/default.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What to serve.
    pub app: App,
    /// Where modules are looked for first: directories that existed at start-up, absolute.
    pub pythonpath: Vec<PathBuf>,
    /// The virtual environment, absolute, with a `bin/python`; `None` uses the packages of the embedded Python.
    pub venv: Option<PathBuf>,
    /// Who runs the handlers.
    pub strategy: Strategy,
    /// Interpreters or threads that run Python.
    pub workers: Count,
    /// Async requests in flight per worker; more wait in the queue.
    pub max_concurrency: NonZeroUsize,
    /// Whether each worker is pinned to a core.
    pub pin_cores: bool,
    /// Where they run: on the thread that read the request, or through the queue.
    pub dispatch: Dispatch,
    /// Requests that may wait for an interpreter; one more is answered 503.
    pub queue_depth: NonZeroUsize,
    /// Longest wait in the queue; beyond it 503.
    pub queue_timeout: Duration,
    /// Where to listen; at least one place.
    pub bind: Vec<BindAddress>,
    /// Threads that do I/O and HTTP; under [`Dispatch::Inline`] as many as workers, unless told otherwise.
    pub io_threads: Count,
    /// Whether responses show tracebacks.
    pub debug: bool,
    /// In what form clients are told of errors.
    pub error_format: ErrorFormat,
    /// The files of TLS; without certificates it is not spoken.
    pub tls: TlsFiles,
    /// How listening sockets are made.
    pub socket_options: SocketOptions,
    /// The peers that are believed about their clients.
    pub trusted_proxies: Allowed<TrustedProxy>,
    /// Whether each connection begins with a header of the PROXY protocol; only with [`Self::trusted_proxies`].
    pub proxy_protocol: bool,
    /// Which pages of other origins may read answers; without origins nothing is done about that.
    pub cors: CorsRules,
    /// How answers may be compressed; without algorithms they are not.
    pub compression: CompressionRules,
    /// Largest request body, in bytes; beyond it 413.
    pub max_body_bytes: usize,
    /// Most fields of a form, files apart; beyond it 413.
    pub max_form_fields: NonZeroUsize,
    /// Most files of a form; beyond it 413.
    pub max_form_files: NonZeroUsize,
    /// Largest request head, in bytes; beyond it 431, or 414 for the target.
    pub max_header_bytes: usize,
    /// Most headers of a request; beyond it 431.
    pub max_headers: NonZeroUsize,
    /// Longest time for a request's head to arrive; beyond it 408 or close.
    pub header_timeout: Duration,
    /// Longest time for a request's body to arrive; beyond it 408 or close.
    pub body_timeout: Duration,
    /// Least rate of a body, in bytes a second, and of an answer that is taken in.
    pub min_body_rate: usize,
    /// Longest time that an idle connection is kept.
    pub keep_alive_timeout: Duration,
    /// Largest message of a WebSocket, in bytes; beyond it close code 1009.
    pub max_message_bytes: usize,
    /// How long a WebSocket's client may be silent before it is pinged, and then until it is given up.
    pub ping_interval: Duration,
    /// How long a handler of a WebSocket may go on without it when the client has left.
    pub departure_timeout: Duration,
    /// Most open connections; others are accepted when one closes.
    pub max_connections: NonZeroUsize,
    /// Most requests under way on one HTTP/2 connection; others are refused.
    pub http2_max_streams: NonZeroUsize,
    /// Most of finished answers that HTTP/2 clients have not taken in, together, in bytes; beyond it their requests wait.
    pub http2_max_unsent_bytes: usize,
    /// How long what has no end of its own may go on at shutdown.
    pub drain_streams: Duration,
    /// Longest drain at shutdown; then the rest is cut off, exit status 1.
    pub shutdown_timeout: Duration,
    /// Where metrics, health and the status page are served, if anywhere.
    pub admin: Option<BindAddress>,
    /// The least severe records that are logged.
    pub log_level: LogLevel,
    /// How they are written.
    pub log_format: LogFormat,
    /// Where a line for each request goes; `-` is standard error.
    pub access_log: Option<PathBuf>,
    /// How these lines are written.
    pub access_log_format: access_log::Format,
    /// The directories whose files are served; each has a mount of its own.
    pub static_mounts: Vec<StaticMount>,
}

impl Config {
    pub(super) fn check(
        layers: &Layers<'_>,
        static_mounts: Vec<StaticMount>,
    ) -> Result<Self, Error> {
        Ok(Self {
            app: layers.value(&s::APP)?,
            pythonpath: layers.directories(&s::PYTHONPATH)?,
            venv: layers.directory_with(&s::VENV, "bin/python")?,
            strategy: layers.value(&s::STRATEGY)?,
            workers: layers.value(&s::WORKERS)?,
            max_concurrency: layers.value(&s::MAX_CONCURRENCY)?,
            pin_cores: layers.value(&s::PIN_CORES)?,
            dispatch: layers.value(&s::DISPATCH)?,
            queue_depth: layers.value(&s::QUEUE_DEPTH)?,
            queue_timeout: layers.value(&s::QUEUE_TIMEOUT)?,
            bind: layers.value(&s::BIND)?,
            io_threads: layers.value(&s::IO_THREADS)?,
            debug: layers.value(&s::DEBUG)?,
            error_format: layers.value(&s::ERROR_FORMAT)?,
            tls: tls(layers)?,
            socket_options: SocketOptions {
                unix_mode: layers.value(&s::UNIX_MODE)?,
                reuse_port: layers.value(&s::REUSE_PORT)?,
                backlog: layers.value(&s::BACKLOG)?,
            },
            trusted_proxies: layers.value(&s::TRUSTED_PROXIES)?,
            proxy_protocol: layers.proxy_protocol()?,
            cors: cors(layers)?,
            compression: CompressionRules {
                algorithms: layers.value(&s::COMPRESSION)?,
                bytes_min: layers.value(&s::COMPRESSION_MIN_BYTES)?,
            },
            max_body_bytes: layers.value(&s::MAX_BODY_BYTES)?,
            max_form_fields: layers.value(&s::MAX_FORM_FIELDS)?,
            max_form_files: layers.value(&s::MAX_FORM_FILES)?,
            max_header_bytes: layers.value(&s::MAX_HEADER_BYTES)?,
            max_headers: layers.value(&s::MAX_HEADERS)?,
            header_timeout: layers.value(&s::HEADER_TIMEOUT)?,
            body_timeout: layers.value(&s::BODY_TIMEOUT)?,
            min_body_rate: layers.value(&s::MIN_BODY_RATE)?,
            keep_alive_timeout: layers.value(&s::KEEP_ALIVE_TIMEOUT)?,
            max_message_bytes: layers.value(&s::MAX_MESSAGE_BYTES)?,
            ping_interval: layers.value(&s::PING_INTERVAL)?,
            departure_timeout: layers.value(&s::DEPARTURE_TIMEOUT)?,
            max_connections: layers.value(&s::MAX_CONNECTIONS)?,
            http2_max_streams: layers.value(&s::HTTP2_MAX_STREAMS)?,
            http2_max_unsent_bytes: layers.value(&s::HTTP2_MAX_UNSENT_BYTES)?,
            drain_streams: layers.value(&s::DRAIN_STREAMS)?,
            shutdown_timeout: layers.value(&s::SHUTDOWN_TIMEOUT)?,
            admin: layers.value(&s::ADMIN)?,
            log_level: layers.value(&s::LOG_LEVEL)?,
            log_format: layers.value(&s::LOG_FORMAT)?,
            access_log: layers.value(&s::ACCESS_LOG)?,
            access_log_format: layers.value(&s::ACCESS_LOG_FORMAT)?,
            static_mounts,
        })
    }

    /// The configuration as a TOML file with comments; read back with `--config` it gives this configuration.
    pub fn to_toml(&self) -> String {
        let entries = [
            s::APP.entry(&self.app),
            s::PYTHONPATH.entry(&self.pythonpath),
            s::VENV.entry(&self.venv),
            s::STRATEGY.entry(&self.strategy),
            s::WORKERS.entry(&self.workers),
            s::MAX_CONCURRENCY.entry(&self.max_concurrency),
            s::PIN_CORES.entry(&self.pin_cores),
            s::DISPATCH.entry(&self.dispatch),
            s::QUEUE_DEPTH.entry(&self.queue_depth),
            s::QUEUE_TIMEOUT.entry(&self.queue_timeout),
            s::BIND.entry(&self.bind),
            s::IO_THREADS.entry(&self.io_threads),
            s::DEBUG.entry(&self.debug),
            s::ERROR_FORMAT.entry(&self.error_format),
            s::TLS_CERT.entry(&self.tls.certificates),
            s::TLS_KEY.entry(&self.tls.keys),
            s::TLS_CLIENT_CA.entry(&self.tls.client_ca),
            s::UNIX_MODE.entry(&self.socket_options.unix_mode),
            s::REUSE_PORT.entry(&self.socket_options.reuse_port),
            s::BACKLOG.entry(&self.socket_options.backlog),
            s::TRUSTED_PROXIES.entry(&self.trusted_proxies),
            s::PROXY_PROTOCOL.entry(&self.proxy_protocol),
            s::CORS_ORIGINS.entry(&self.cors.origins),
            s::CORS_METHODS.entry(&self.cors.methods),
            s::CORS_HEADERS.entry(&self.cors.headers),
            s::CORS_EXPOSE_HEADERS.entry(&self.cors.exposed),
            s::CORS_CREDENTIALS.entry(&self.cors.credentials),
            s::CORS_MAX_AGE.entry(&self.cors.max_age),
            s::CORS_PRIVATE_NETWORK.entry(&self.cors.private_network),
            s::COMPRESSION.entry(&self.compression.algorithms),
            s::COMPRESSION_MIN_BYTES.entry(&self.compression.bytes_min),
            s::MAX_BODY_BYTES.entry(&self.max_body_bytes),
            s::MAX_FORM_FIELDS.entry(&self.max_form_fields),
            s::MAX_FORM_FILES.entry(&self.max_form_files),
            s::MAX_HEADER_BYTES.entry(&self.max_header_bytes),
            s::MAX_HEADERS.entry(&self.max_headers),
            s::HEADER_TIMEOUT.entry(&self.header_timeout),
            s::BODY_TIMEOUT.entry(&self.body_timeout),
            s::MIN_BODY_RATE.entry(&self.min_body_rate),
            s::KEEP_ALIVE_TIMEOUT.entry(&self.keep_alive_timeout),
            s::MAX_MESSAGE_BYTES.entry(&self.max_message_bytes),
            s::PING_INTERVAL.entry(&self.ping_interval),
            s::DEPARTURE_TIMEOUT.entry(&self.departure_timeout),
            s::MAX_CONNECTIONS.entry(&self.max_connections),
            s::HTTP2_MAX_STREAMS.entry(&self.http2_max_streams),
            s::HTTP2_MAX_UNSENT_BYTES.entry(&self.http2_max_unsent_bytes),
            s::DRAIN_STREAMS.entry(&self.drain_streams),
            s::SHUTDOWN_TIMEOUT.entry(&self.shutdown_timeout),
            s::ADMIN.entry(&self.admin),
            s::LOG_LEVEL.entry(&self.log_level),
            s::LOG_FORMAT.entry(&self.log_format),
            s::ACCESS_LOG.entry(&self.access_log),
            s::ACCESS_LOG_FORMAT.entry(&self.access_log_format),
        ];
        document::effective(entries, &mounts::write(&self.static_mounts))
    }
}

/// The files of TLS: a key for each certificate, and authorities for clients only where there are certificates.
fn tls(layers: &Layers<'_>) -> Result<TlsFiles, Error> {
    let files = TlsFiles {
        certificates: layers.value(&s::TLS_CERT)?,
        keys: layers.value(&s::TLS_KEY)?,
        client_ca: layers.value(&s::TLS_CLIENT_CA)?,
    };
    let (certificates, keys) = (files.certificates.len(), files.keys.len());
    if keys < certificates {
        let expected = format!("as many files in tls_key, which has {keys}");
        return Err(layers.refusal(&s::TLS_CERT, expected));
    }
    if certificates < keys {
        let expected = format!("as many files in tls_cert, which has {certificates}");
        return Err(layers.refusal(&s::TLS_KEY, expected));
    }
    if certificates == 0 && files.client_ca.is_some() {
        let expected = "none without tls_cert and tls_key".to_owned();
        return Err(layers.refusal(&s::TLS_CLIENT_CA, expected));
    }
    Ok(files)
}

/// The rules of CORS, without `*` where credentials are allowed: browsers refuse the two together (the Fetch standard,
/// section 3.2.5).
fn cors(layers: &Layers<'_>) -> Result<CorsRules, Error> {
    let rules = CorsRules {
        origins: layers.value(&s::CORS_ORIGINS)?,
        methods: layers.value(&s::CORS_METHODS)?,
        headers: layers.value(&s::CORS_HEADERS)?,
        exposed: layers.value(&s::CORS_EXPOSE_HEADERS)?,
        credentials: layers.value(&s::CORS_CREDENTIALS)?,
        max_age: layers.value(&s::CORS_MAX_AGE)?,
        private_network: layers.value(&s::CORS_PRIVATE_NETWORK)?,
    };
    if rules.credentials {
        layers.refuse_any(&s::CORS_ORIGINS)?;
        layers.refuse_any(&s::CORS_METHODS)?;
        layers.refuse_any(&s::CORS_HEADERS)?;
        layers.refuse_any(&s::CORS_EXPOSE_HEADERS)?;
    }
    Ok(rules)
}
