//! `/status`: the server as one JSON object. docs/operations.md describes it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::View;
use super::board::{Known, Phase, Running};
use super::process::resident_bytes;
use crate::dispatch::Dispatch;
use crate::metrics::{CLASS_NAMES, Doing, Life, Reason, WorkerMeter};

/// The whole object.
#[derive(Debug, Serialize)]
pub(super) struct Status<'a> {
    version: &'static str,
    python: &'a str,
    app: &'a str,
    strategy: Option<&'static str>,
    dispatch: &'static str,
    phase: &'static str,
    is_ready: bool,
    uptime_seconds: f64,
    listeners: Vec<String>,
    workers: Vec<AtWork>,
    queue: Queue,
    connections: Connections,
    responses: BTreeMap<&'static str, u64>,
    refused: BTreeMap<&'static str, u64>,
    bytes: Bytes,
    memory_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct AtWork {
    worker: usize,
    interpreter: Option<i64>,
    doing: &'static str,
    since_seconds: f64,
    route: Option<String>,
    requests: BTreeMap<&'static str, u64>,
    under_way: u64,
    websockets: u64,
    websockets_abandoned: u64,
    busy_seconds: f64,
    busy_ratio: f64,
}

#[derive(Debug, Serialize)]
struct Queue {
    waiting: usize,
    depth: usize,
}

#[derive(Debug, Default, Serialize)]
struct Connections {
    open: u64,
    accepted: u64,
    max: usize,
}

#[derive(Debug, Default, Serialize)]
struct Bytes {
    received: u64,
    sent: u64,
}

/// The dispatch by its name.
pub(super) fn name_of(dispatch: Dispatch) -> &'static str {
    match dispatch {
        Dispatch::Auto => "auto",
        Dispatch::Queue => "queue",
        Dispatch::Inline => "inline",
    }
}

impl<'a> Status<'a> {
    /// What `view` shows now.
    pub(super) fn of(view: &'a View) -> Self {
        let (facts, known) = (&view.board.facts, view.board.known());
        let mut status = Self {
            version: env!("CARGO_PKG_VERSION"),
            python: &facts.python,
            app: &facts.app,
            strategy: None,
            dispatch: name_of(facts.dispatch),
            phase: match known.phase {
                Phase::Starting => "starting",
                Phase::Serving => "serving",
                Phase::Draining => "draining",
            },
            is_ready: known.readiness().is_ok(),
            uptime_seconds: view.board.began.elapsed().as_secs_f64(),
            listeners: known.listeners.clone(),
            workers: Vec::new(),
            queue: Queue {
                waiting: 0,
                depth: facts.queue_depth,
            },
            connections: Connections {
                max: facts.connections_max,
                ..Connections::default()
            },
            responses: BTreeMap::new(),
            refused: BTreeMap::new(),
            bytes: Bytes::default(),
            memory_bytes: resident_bytes(),
        };
        if let Some(running) = &known.running {
            status.add(view, &known, running);
        }
        status
    }

    fn add(&mut self, view: &View, known: &Known, running: &Running) {
        let meters = &running.meters;
        self.strategy = Some(running.strategy);
        self.queue.waiting = running.waiting();
        let ratios = view.ratios.now(meters);
        let now = meters.now();
        let workers = meters.workers().iter().zip(ratios).enumerate();
        self.workers = workers
            .map(|(number, (meter, busy_ratio))| AtWork {
                worker: number,
                busy_ratio,
                ..AtWork::of(meter, known, now)
            })
            .collect();
        for io_thread in meters.io_threads() {
            self.connections.open += io_thread.open();
            self.connections.accepted += io_thread.accepted.get();
            self.bytes.received += io_thread.bytes_in.get();
            self.bytes.sent += io_thread.bytes_out.get();
            for (class, count) in CLASS_NAMES.into_iter().zip(io_thread.responses()) {
                *self.responses.entry(class).or_default() += count;
            }
            for reason in Reason::ALL {
                *self.refused.entry(reason.name()).or_default() += io_thread.refused(reason);
            }
        }
    }
}

impl AtWork {
    fn of(meter: &WorkerMeter, known: &Known, now: u64) -> Self {
        let (doing, since) = meter.doing();
        let mut route = None;
        let name = match (meter.life(), doing) {
            (Life::Starting, _) => "starting",
            (Life::Ended { .. }, _) => "ended",
            (_, Doing::Idle) => "idle",
            (_, Doing::Waiting) => "waiting",
            (_, Doing::Running { route: number }) => {
                let number = usize::try_from(number).unwrap_or(usize::MAX);
                route = known.routes.get(number).cloned();
                "running"
            }
        };
        Self {
            worker: 0,
            interpreter: meter.life().interpreter(),
            doing: name,
            since_seconds: seconds(now.saturating_sub(since)),
            route,
            requests: CLASS_NAMES.into_iter().zip(meter.requests()).collect(),
            under_way: meter.under_way(),
            websockets: meter.sockets_open.get(),
            websockets_abandoned: meter.sockets_abandoned.get(),
            busy_seconds: seconds(meter.busy(now)),
            busy_ratio: 0.0,
        }
    }
}

/// Nanoseconds in seconds.
pub(super) fn seconds(nanoseconds: u64) -> f64 {
    std::time::Duration::from_nanos(nanoseconds).as_secs_f64()
}
