//! Every setting, once: name, meaning, unit, default and range.
//!
//! The options, the variables, the keys, the help, `config/default.toml` and the messages are all
//! made from this table. A new setting is one entry here, its name in [`IN_FILE`], and its field in
//! [`Config`](super::Config); `config/tests.rs` fails until the three agree.

mod admin;
mod application;
mod compression;
mod cors;
mod http;
mod interpreters;
mod limits;
mod listeners;
mod logging;
mod tls;

use super::setting::AnySetting;
use super::shape::Seconds;

pub(super) use admin::*;
pub(super) use application::*;
pub(super) use compression::*;
pub(super) use cors::*;
pub(super) use http::*;
pub(super) use interpreters::*;
pub(super) use limits::*;
pub(super) use listeners::*;
pub(super) use logging::*;
pub(super) use tls::*;

/// What can be set everywhere, in the order of the help and the file.
pub(super) static IN_FILE: &[&dyn AnySetting] = &[
    &APP,
    &PYTHONPATH,
    &VENV,
    &STRATEGY,
    &WORKERS,
    &MAX_CONCURRENCY,
    &PIN_CORES,
    &DISPATCH,
    &QUEUE_DEPTH,
    &QUEUE_TIMEOUT,
    &BIND,
    &IO_THREADS,
    &DEBUG,
    &ERROR_FORMAT,
    &TLS_CERT,
    &TLS_KEY,
    &TLS_CLIENT_CA,
    &UNIX_MODE,
    &REUSE_PORT,
    &BACKLOG,
    &TRUSTED_PROXIES,
    &PROXY_PROTOCOL,
    &CORS_ORIGINS,
    &CORS_METHODS,
    &CORS_HEADERS,
    &CORS_EXPOSE_HEADERS,
    &CORS_CREDENTIALS,
    &CORS_MAX_AGE,
    &CORS_PRIVATE_NETWORK,
    &COMPRESSION,
    &COMPRESSION_MIN_BYTES,
    &MAX_BODY_BYTES,
    &MAX_FORM_FIELDS,
    &MAX_FORM_FILES,
    &MAX_HEADER_BYTES,
    &MAX_HEADERS,
    &HEADER_TIMEOUT,
    &BODY_TIMEOUT,
    &MIN_BODY_RATE,
    &KEEP_ALIVE_TIMEOUT,
    &MAX_MESSAGE_BYTES,
    &PING_INTERVAL,
    &DEPARTURE_TIMEOUT,
    &MAX_CONNECTIONS,
    &HTTP2_MAX_STREAMS,
    &HTTP2_MAX_UNSENT_BYTES,
    &DRAIN_STREAMS,
    &SHUTDOWN_TIMEOUT,
    &ADMIN,
    &LOG_LEVEL,
    &LOG_FORMAT,
    &ACCESS_LOG,
    &ACCESS_LOG_FORMAT,
];

/// What can be set everywhere but in the file, where it would come too late.
pub(super) static OUTSIDE_FILE: [&dyn AnySetting; 1] = [&CONFIG];

/// Every setting.
pub(super) fn all() -> impl Iterator<Item = &'static dyn AnySetting> {
    IN_FILE.iter().copied().chain(OUTSIDE_FILE)
}

/// The range of every wait. A day: whoever needs a longer wait wants another design.
const SECONDS: Seconds = Seconds { max: 86_400 };
