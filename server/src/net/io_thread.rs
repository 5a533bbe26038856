//! The threads that do I/O and HTTP: each has a reactor of its own, which a worker may drive in its place.
//!
//! A connection stays in the reactor that accepted it. Python never runs here, and these threads never attach to an
//! interpreter.

use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};

use super::accept::accept;
use super::listener::Listener;
use super::register::Register;
use super::settings::ConnectionSettings;
use crate::dispatch::Exchange;
use crate::http::Site;

/// What the connections are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Serve.
    Serving,
    /// Accept no more, answer what comes, close after each answer.
    Draining,
    /// Close what is idle, finish what is under way.
    Closing,
}

/// What every I/O thread needs.
#[derive(Clone, Debug)]
pub struct Door {
    /// The routing table and limits.
    pub site: Arc<Site>,
    /// The way to the workers.
    pub exchange: Arc<Exchange>,
    /// The longest wait for a worker.
    pub queue_timeout: Duration,
    /// What connections are served by.
    pub settings: ConnectionSettings,
    /// One permit for each connection that may be open.
    pub connections: Arc<Semaphore>,
}

/// Waits until the phase is `wanted` or a later one.
pub(super) async fn reached(mut phase: watch::Receiver<Phase>, wanted: Phase) {
    // An error means that the sender is gone, and with it the server.
    let _ = phase.wait_for(|phase| *phase >= wanted).await;
}

/// The running I/O threads.
#[derive(Debug)]
pub struct IoThreads {
    threads: Vec<JoinHandle<()>>,
    phase: watch::Sender<Phase>,
    site: Arc<Site>,
}

impl IoThreads {
    /// Starts a thread for each reactor; they accept from `listeners`.
    ///
    /// # Errors
    ///
    /// When a thread or a descriptor can't be had.
    pub fn start(listeners: &[Listener], door: &Door) -> io::Result<Self> {
        let count = door.exchange.io_threads();
        let (phase, watched) = watch::channel(Phase::Serving);
        let (ready, started) = std::sync::mpsc::channel();
        let mut threads = Vec::with_capacity(usize::from(count));
        for number in 0..count {
            let shared = listeners
                .iter()
                .map(Listener::share)
                .collect::<io::Result<Vec<_>>>()?;
            let (door, watched, ready) = (door.clone(), watched.clone(), ready.clone());
            let run = move || run(number, shared, &door, watched, ready);
            threads.push(Builder::new().name(format!("io-{number}")).spawn(run)?);
        }
        for _ in 0..count {
            started.recv().map_err(io::Error::other)??;
        }
        Ok(Self {
            threads,
            phase,
            site: Arc::clone(&door.site),
        })
    }

    /// Moves all connections to `phase`.
    pub fn enter(&self, phase: Phase) {
        if phase != Phase::Serving {
            self.site.drain();
        }
        self.phase.send_replace(phase);
    }

    /// Whether every thread has ended.
    pub fn is_finished(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Waits for the threads: until each connection is closed, after [`Phase::Closing`].
    ///
    /// # Errors
    ///
    /// When a thread has panicked.
    pub fn join(self) -> io::Result<()> {
        let joined = self.threads.into_iter().map(JoinHandle::join);
        joined
            .collect::<Result<(), _>>()
            .map_err(|_| io::Error::other("an I/O thread panicked"))
    }
}

/// How a thread says that it accepts connections, or why it can't.
type Ready = std::sync::mpsc::Sender<io::Result<()>>;

fn run(
    number: u16,
    listeners: Vec<Listener>,
    door: &Door,
    phase: watch::Receiver<Phase>,
    ready: Ready,
) {
    let exchange = Arc::clone(&door.exchange);
    // A site of its own: the connections count their references to it, which threads would contend for.
    let door = Door {
        site: Arc::new(door.site.share(exchange.io_meter(number))),
        ..door.clone()
    };
    let queue_timeout = door.queue_timeout;
    exchange.run_reactor(number, queue_timeout, async move {
        if let Err(error) = serve(listeners, &door, &phase, &ready).await {
            let _ = ready.send(Err(error));
        }
    });
}

async fn serve(
    listeners: Vec<Listener>,
    door: &Door,
    phase: &watch::Receiver<Phase>,
    ready: &Ready,
) -> io::Result<()> {
    // Each connection holds a sender; when the last one is dropped, all are closed.
    let (alive, mut all_closed) = mpsc::channel::<()>(1);
    let register = Arc::new(Register::new(door.site.meter.clone()));
    tokio::spawn(Arc::clone(&register).watch(door.settings.patience, phase.clone()));
    let mut accepting = Vec::new();
    for listener in listeners {
        let task = accept(
            listener,
            door.clone(),
            phase.clone(),
            (Arc::clone(&register), alive.clone()),
        )?;
        accepting.push(tokio::spawn(task));
    }
    drop(alive);
    // Nobody listens any more when another thread could not start.
    let _ = ready.send(Ok(()));
    for task in accepting {
        let _ = task.await;
    }
    while all_closed.recv().await.is_some() {}
    Ok(())
}
