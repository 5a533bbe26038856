//! The server, from its start to its end.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use native_types::problem::ErrorFormat;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::interpreters::{Interpreters, PoolSettings};
use super::pool::{Pool, PoolError, Workload};
use super::renewal::{Renewal, renew_all};
use super::shutdown::{self, Times};
use super::signals::{Asked, Signals};
use crate::access_log;
use crate::admin::{Admin, Board, Facts};
use crate::files::Mount;
use crate::http::{Layers, Site, TrustedProxies};
use crate::interpreter::{Python, StartError};
use crate::net::{
    ConnectionSettings, Door, IoThreads, ListenError, Listener, TlsError, connections_max,
};
use crate::router::{Clash, MountClash, Router};

/// What a server is started with.
#[derive(Debug)]
pub struct Settings {
    /// Who runs the handlers, and what may wait for them.
    pub pool: PoolSettings,
    /// The listening sockets.
    pub listeners: Vec<Listener>,
    /// The socket of the admin listener, if there is to be one.
    pub admin: Option<Listener>,
    /// The directories whose files are served.
    pub mounts: Vec<Arc<Mount>>,
    /// The longest body, in bytes.
    pub body_bytes_max: usize,
    /// How long the reading of a body may take.
    pub body_timeout: Duration,
    /// How many bytes of a body come at least, in a second.
    pub body_rate_min: usize,
    /// In what form clients are told of errors.
    pub error_format: ErrorFormat,
    /// What connections are served by.
    pub connections: ConnectionSettings,
    /// What is done to answers by configuration, if anything is.
    pub layers: Option<Layers>,
    /// The proxies that are believed, if any are.
    pub trusted_proxies: Option<TrustedProxies>,
    /// What is read anew on SIGHUP.
    pub renewals: Vec<Renewal>,
    /// Keeps the access log being written, if there is one.
    pub access_log: Option<access_log::Keeper>,
    /// How long what has no end of its own may go on while the server ends.
    pub drain_streams: Duration,
    /// The longest drain.
    pub shutdown_timeout: Duration,
}

/// Why the server can't start, or did not end as it should.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An interpreter or the application can't be started.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// Two routes answer the same requests.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// A mount answers the same requests as a route. The operator's to mend, as he may change the mount: exit status 2.
    #[error(
        "{place}: mount = \"{mount}\" is not allowed; expected one that does not clash with a route, as this does with \
         {path} of {handler}"
    )]
    MountClash {
        /// Where the configuration names the mount.
        place: String,
        /// The mount's path.
        mount: String,
        /// The route's path.
        path: String,
        /// The route's handler.
        handler: String,
    },
    /// An address can't be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A certificate or key can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The access log can't be written.
    #[error(transparent)]
    AccessLog(#[from] access_log::OpenError),
    /// The machine has no thread or descriptor left, or standard output is closed.
    #[error("{0}")]
    Machine(#[from] io::Error),
    /// A worker ended although nobody asked for that: a bug, or the machine's fault.
    #[error("a worker ended before its time; the log says why")]
    WorkerLost,
    /// The end was not orderly; says what was cut off.
    #[error("{0}")]
    CutOff(String),
}

impl From<StartError> for ServeError {
    fn from(error: StartError) -> Self {
        Self::Pool(error.into())
    }
}

impl ServeError {
    /// The exit status of the process.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Pool(PoolError::Start(error)) => error.exit_status(),
            Self::MountClash { .. } => 2,
            Self::Pool(PoolError::Machine(_))
            | Self::Clash(_)
            | Self::Listen(_)
            | Self::Tls(_)
            | Self::AccessLog(_)
            | Self::Machine(_)
            | Self::WorkerLost
            | Self::CutOff(_) => 1,
        }
    }

    /// Whether Python may still be running code, so that the process must end without finalising anything.
    pub fn leaves_python_running(&self) -> bool {
        matches!(self, Self::CutOff(_))
    }
}

/// Serves until a signal ends it.
///
/// # Errors
///
/// [`ServeError`] says what the server is about to end for.
pub fn serve(mut settings: Settings) -> Result<(), ServeError> {
    let admin = settings.admin.take();
    // First of all: it answers while the interpreters start.
    let admin = admin.map(|listener| Admin::start(listener, facts(&settings)));
    let admin = admin.transpose()?;
    let board = admin.as_ref().map(|admin| &*admin.board);
    let interpreters = Interpreters::start_watched(&settings.pool, board)?;
    let pool = &interpreters.pool;
    let served =
        router(&settings.mounts, pool).and_then(|router| run(settings, router, pool, board));
    let is_cut_off = served
        .as_ref()
        .is_err_and(ServeError::leaves_python_running);
    if !is_cut_off {
        interpreters.end();
    }
    served
}

/// What the admin listener tells from the beginning.
fn facts(settings: &Settings) -> Facts {
    let pool = &settings.pool;
    Facts {
        app: pool.workload.application.module.clone(),
        python: Python::embedded().number(),
        dispatch: pool.dispatch,
        queue_depth: pool.queue_depth,
        connections_max: pool.connections_max,
        access_log: settings
            .access_log
            .as_ref()
            .map(|keeper| Arc::clone(keeper.log())),
    }
}

/// Says on the board that requests are served.
fn announce(board: &Board, urls: Vec<String>, pool: &Pool) {
    let routes = pool.registered.table.iter().map(|route| {
        let methods: Vec<_> = route.methods.iter().map(Method::as_str).collect();
        format!("{} {}", methods.join(","), route.path)
    });
    board.serving(urls, routes.collect());
}

fn router(mounts: &[Arc<Mount>], pool: &Pool) -> Result<Router, ServeError> {
    let paths: Vec<_> = mounts.iter().map(|mount| mount.path.as_str()).collect();
    let registered = &pool.registered;
    let router = Router::new(&registered.table)?.with_worded(registered.worded());
    let router = router.with_mounts(&paths);
    router.map_err(|clash| {
        let MountClash {
            mount,
            path,
            handler,
        } = clash;
        ServeError::MountClash {
            place: mounts[mount].place.clone(),
            mount: mounts[mount].path.clone(),
            path,
            handler,
        }
    })
}

/// Runs the I/O threads until the end.
fn run(
    settings: Settings,
    router: Router,
    pool: &Pool,
    board: Option<&Board>,
) -> Result<(), ServeError> {
    let supervisor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Not before: until the server is ready there is nothing to end in order, and a signal ends the process at once, a
    // handler module that hangs while it is imported with it.
    let mut signals = supervisor.block_on(async { Signals::listen() })?;
    let mut site = Site::new(
        Arc::new(router),
        settings.body_bytes_max,
        settings.body_timeout,
    )
    .with_mounts(settings.mounts);
    site.layers = settings.layers;
    site.trusted_proxies = settings.trusted_proxies.map(Arc::new);
    let to_come = settings.listeners.len() * usize::from(pool.exchange().io_threads());
    let connections = connections_max(settings.pool.connections_max, to_come);
    site.body_rate_min = settings.body_rate_min;
    site.error_format = settings.error_format;
    let door = Door {
        site: Arc::new(site),
        exchange: Arc::clone(pool.exchange()),
        queue_timeout: settings.pool.queue_timeout,
        settings: settings.connections,
        connections: Arc::new(Semaphore::new(connections)),
    };
    let has_tls = door.settings.tls.is_some();
    warn_without_routes(&door.site, pool, &settings.pool.workload);
    let io_threads = IoThreads::start(&settings.listeners, &door)?;
    let urls = settings.listeners.iter().map(|one| one.url(has_tls));
    let urls: Vec<_> = urls.collect();
    if let Some(board) = board {
        announce(board, urls.clone(), pool);
    }
    say_ready(&urls, &settings.pool.workload, pool)?;
    let access_log = watched(settings.access_log, &supervisor);
    let listeners = settings.listeners;
    let ended: Result<_, ServeError> = supervisor.block_on(async {
        let lost = tokio::select! {
            name = end_asked(&mut signals, &settings.renewals) => {
                tracing::info!(signal = name, "ending: no more connections are accepted");
                false
            }
            () = pool.exchange().worker_lost() => {
                tracing::error!("a worker has ended before its time: ending, to be started anew");
                true
            }
        };
        board.into_iter().for_each(Board::draining);
        // The I/O threads close their handles; with this one the address is free.
        drop(listeners);
        let times = Times::begin(settings.drain_streams, settings.shutdown_timeout);
        let deadline = times.deadline;
        let cut_off = shutdown::run(&io_threads, pool, &mut signals, times).await;
        cut_off.map_err(|cut_off| ServeError::CutOff(cut_off.to_string()))?;
        Ok((lost, deadline))
    });
    let (lost, deadline) = ended?;
    io_threads.join()?;
    // Every request is logged by now.
    drop(access_log);
    shutdown::watch_the_rest(supervisor, signals, deadline);
    if lost {
        return Err(ServeError::WorkerLost);
    }
    tracing::info!("ended: every request was answered");
    Ok(())
}

/// The same, of whose losses the log is told now and then for as long as the supervisor runs.
fn watched(
    access_log: Option<access_log::Keeper>,
    supervisor: &Runtime,
) -> Option<access_log::Keeper> {
    if let Some(keeper) = &access_log {
        supervisor.spawn(Arc::clone(keeper.log()).watch());
    }
    access_log
}

/// Waits for a signal that asks for the end, its name; sees to those that ask for something else.
async fn end_asked(signals: &mut Signals, renewals: &[Renewal]) -> &'static str {
    loop {
        match signals.next().await {
            Asked::End(name) => return name,
            Asked::Renew => renew_all(renewals),
        }
    }
}

/// Warns of an application that answers nothing.
fn warn_without_routes(site: &Site, pool: &Pool, workload: &Workload) {
    if pool.registered.table.is_empty() && site.mounts.is_empty() {
        tracing::warn!(
            app = workload.application.module,
            "the application has no routes: every request is answered with 404"
        );
    }
}

/// Prints a ready line for each listener.
fn say_ready(urls: &[String], workload: &Workload, pool: &Pool) -> io::Result<()> {
    let (strategy, app) = (pool.strategy.name(), &workload.application.module);
    let workers = workload.worker_count(pool.strategy);
    let python = Python::embedded().number();
    for url in urls {
        say(&format!(
            "listening on {url} strategy={strategy} workers={workers} python={python} app={app}"
        ))?;
    }
    Ok(())
}

/// Prints a ready line, at once.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
