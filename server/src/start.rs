//! From the checked configuration to what a server is started with.

use std::num::NonZeroUsize;
use std::path::{self, Path, PathBuf};
use std::sync::Arc;

use native_types::form;

use crate::access_log::{self, Destination, Keeper, OpenError};
use crate::config::{self, Config, Count, Strategy};
use crate::dispatch::Dispatch;
use crate::files::Mount;
use crate::http::{Allowed, Layers, TrustedProxies};
use crate::interpreter::{Application, Choice, Python, StartError, choose};
use crate::net::{
    ConnectionSettings, Http2Limits, Patience, SocketLimits, Tls, TlsError, Unsent, bind,
};
use crate::supervision::{PoolSettings, Renewal, ServeError, Settings, Workload};

/// The strategy that the configuration asks for.
///
/// # Errors
///
/// [`StartError::Impossible`] for one that the embedded Python does not allow.
pub fn choice(config: &Config) -> Result<Choice, StartError> {
    let name = match config.strategy {
        Strategy::Auto => None,
        named @ (Strategy::Main | Strategy::Subinterp | Strategy::FreeThreaded) => {
            Some(named.to_string())
        }
    };
    choose(name.as_deref(), &Python::embedded())
}

/// The Python whose packages are used: the virtual environment's, else the one that this binary was built with.
///
/// Warns of an environment that another version of Python has made: none of its packages will be found.
pub fn executable(config: &Config) -> Option<PathBuf> {
    let python = Python::embedded();
    let Some(venv) = &config.venv else {
        return python.executable.exists().then_some(python.executable);
    };
    let packages = venv.join("lib").join(python.folder()).join("site-packages");
    if !packages.is_dir() {
        tracing::warn!(
            venv = %venv.display(),
            missing = %packages.display(),
            "the virtual environment was made with another Python than the embedded {python}, so its packages are not \
             found: make one with {}",
            python.executable.display()
        );
    }
    Some(venv.join("bin/python"))
}

/// What the workers run.
fn workload(config: &Config) -> Workload {
    Workload {
        application: Application {
            module: config.app.module.clone(),
            attribute: config.app.attribute.clone(),
            pythonpath: config.pythonpath.clone(),
            has_mounts: !config.static_mounts.is_empty(),
        },
        workers: exact(config.workers),
        cores: cores(),
        concurrency_max: config.max_concurrency.get(),
        departure_timeout: config.departure_timeout,
        form_limits: form::Limits {
            fields: config.max_form_fields.get(),
            files: config.max_form_files.get(),
        },
        error_format: config.error_format,
        shows_tracebacks: config.debug,
        pins_cores: config.pin_cores,
        serves: true,
    }
}

/// What Python and the workers are started with.
///
/// # Errors
///
/// [`StartError::Impossible`] for a strategy that the embedded Python does not allow.
pub fn pool(config: &Config) -> Result<PoolSettings, StartError> {
    Ok(PoolSettings {
        choice: choice(config)?,
        workload: workload(config),
        executable: executable(config),
        dispatch: dispatch(config.dispatch),
        io_threads: exact(config.io_threads),
        queue_depth: config.queue_depth.get(),
        queue_timeout: config.queue_timeout,
        connections_max: config.max_connections.get(),
    })
}

/// What the server is started with. Listens on each address already, so that one that can't be had is said first.
///
/// # Errors
///
/// [`ServeError`] for a strategy that is not possible, for a certificate that can't be used, an access log that
/// can't be written, and an address that can't be listened on.
pub fn settings(config: &Config) -> Result<Settings, ServeError> {
    let pool = pool(config)?;
    let mut renewals = Vec::new();
    let tls = tls(config, &mut renewals)?;
    let access_log = access_log(config, &mut renewals)?;
    let bind = |address| bind(address, config.socket_options);
    let listeners = config.bind.iter().map(bind).collect::<Result<_, _>>()?;
    Ok(Settings {
        pool,
        listeners,
        admin: config.admin.as_ref().map(bind).transpose()?,
        mounts: mounts(config),
        body_bytes_max: config.max_body_bytes,
        body_timeout: config.body_timeout,
        body_rate_min: config.min_body_rate,
        error_format: config.error_format,
        connections: connections(config, tls),
        layers: layers(config, access_log.as_ref()),
        trusted_proxies: TrustedProxies::new(config.trusted_proxies.clone()),
        renewals,
        access_log,
        drain_streams: config.drain_streams,
        shutdown_timeout: config.shutdown_timeout,
    })
}

/// What connections are served by.
fn connections(config: &Config, tls: Option<Tls>) -> ConnectionSettings {
    let streams_max = config.http2_max_streams.get();
    ConnectionSettings {
        proxy_protocol: config.proxy_protocol,
        tls,
        header_bytes_max: config.max_header_bytes,
        headers_max: config.max_headers.get(),
        patience: Patience {
            header: config.header_timeout,
            keep_alive: config.keep_alive_timeout,
            reading: config.body_timeout,
            reading_rate_min: config.min_body_rate as u64,
        },
        http2_limits: Http2Limits {
            streams_max: streams_max.try_into().unwrap_or(u32::MAX),
            unsent: Unsent::new(config.http2_max_unsent_bytes),
        },
        socket_limits: SocketLimits {
            message_bytes_max: config.max_message_bytes,
            ping_interval: config.ping_interval,
        },
    }
}

/// TLS, if it is configured, and its renewal.
fn tls(config: &Config, renewals: &mut Vec<Renewal>) -> Result<Option<Tls>, TlsError> {
    if config.tls.certificates.is_empty() {
        return Ok(None);
    }
    let (tls, renew) = Tls::load(config.tls.clone())?;
    renewals.push(Renewal {
        what: "the certificates and keys of TLS",
        renew: Box::new(move || renew().map_err(|error| error.to_string())),
    });
    Ok(Some(tls))
}

fn mounts(config: &Config) -> Vec<Arc<Mount>> {
    let mounts = config.static_mounts.iter().map(|configured| Mount {
        path: configured.mount.clone(),
        directory: configured.dir.clone(),
        cache_control: configured.cache_control.clone(),
        place: configured.origin.to_string(),
    });
    mounts.map(Arc::new).collect()
}

/// What is to be done to answers.
fn layers(config: &Config, access_log: Option<&Keeper>) -> Option<Layers> {
    let has_origins = match &config.cors.origins {
        Allowed::Any => true,
        Allowed::These(origins) => !origins.is_empty(),
    };
    let compresses = !config.compression.algorithms.is_empty();
    Layers::new(
        has_origins.then(|| config.cors.clone()),
        compresses.then(|| config.compression.clone()),
        access_log.map(|keeper| Arc::clone(keeper.log())),
    )
}

/// The access log that the configuration asks for; a file is opened anew on SIGHUP.
fn access_log(config: &Config, renewals: &mut Vec<Renewal>) -> Result<Option<Keeper>, OpenError> {
    let Some(path) = &config.access_log else {
        return Ok(None);
    };
    let destination = if path == Path::new("-") {
        Destination::StandardError
    } else {
        // The application may change the working directory, and the file is opened anew by this name. Only an empty name
        // has no absolute one.
        Destination::File(path::absolute(path).unwrap_or_else(|_| path.clone()))
    };
    let keeper = access_log::start(destination, config.access_log_format)?;
    if let Some(reopen) = keeper.reopening() {
        renewals.push(Renewal {
            what: "the access log",
            renew: Box::new(reopen),
        });
    }
    Ok(Some(keeper))
}

fn dispatch(configured: config::Dispatch) -> Dispatch {
    match configured {
        config::Dispatch::Auto => Dispatch::Auto,
        config::Dispatch::Queue => Dispatch::Queue,
        config::Dispatch::Inline => Dispatch::Inline,
    }
}

fn exact(count: Count) -> Option<NonZeroUsize> {
    match count {
        Count::Auto => None,
        Count::Exactly(count) => Some(count),
    }
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
