//! `/metrics`: what the meters hold, as families of Prometheus, made when they are asked for.
//!
//! docs/operations.md has a table of them, which a test compares with what is served.

use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};

use super::answer::View;
use super::board::Running;
use super::float;
use super::process::{self, Process, ThreadTime};
use super::status::{name_of, seconds};
use crate::metrics::{
    self, CLASS_NAMES, IoMeter, Life, Meters, Reason, WorkerMeter, bound_seconds,
};

/// Everything there is to tell now; a family about which there is nothing yet is left out.
pub(super) fn families(view: &View) -> Vec<MetricFamily> {
    let known = view.board.known();
    let mut list = List::default();
    list.about_the_server(view, known.running.as_ref());
    if let Some(running) = &known.running {
        let threads = process::threads();
        list.about_requests(&running.meters);
        list.about_workers(view, &running.meters, &threads);
        list.about_io(&running.meters, &threads);
        list.about_refusals(&running.meters);
    }
    list.about_the_process(&Process::read());
    list.0
}

#[derive(Default)]
struct List(Vec<MetricFamily>);

/// One value with its labels.
type Sample = (Vec<LabelPair>, f64);

fn label(name: &str, value: &(impl ToString + ?Sized)) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_string());
    pair
}

impl List {
    fn add(&mut self, kind: MetricType, (name, help): (&str, &str), metrics: Vec<Metric>) {
        if metrics.is_empty() {
            return;
        }
        let mut family = MetricFamily::default();
        family.set_name(format!("coachwhip_{name}"));
        family.set_help(help.to_owned());
        family.set_field_type(kind);
        family.set_metric(metrics);
        self.0.push(family);
    }

    fn counter(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample>) {
        let metrics = samples.into_iter().map(|(labels, value)| {
            let mut counter = Counter::default();
            counter.set_value(value);
            let mut metric = Metric::from_label(labels);
            metric.set_counter(counter);
            metric
        });
        self.add(MetricType::COUNTER, (name, help), metrics.collect());
    }

    fn gauge(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample>) {
        let metrics = samples.into_iter().map(|(labels, value)| {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            let mut metric = Metric::from_label(labels);
            metric.set_gauge(gauge);
            metric
        });
        self.add(MetricType::GAUGE, (name, help), metrics.collect());
    }

    fn histogram(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<LabelPair>, metrics::Seen)>,
    ) {
        let metrics = samples.into_iter().map(|(labels, seen)| {
            let buckets = seen.cumulative.iter().enumerate();
            let buckets = buckets.map(|(number, count)| {
                let mut bucket = Bucket::default();
                bucket.set_upper_bound(bound_seconds(number));
                bucket.set_cumulative_count(*count);
                bucket
            });
            let mut histogram = Histogram::default();
            histogram.set_bucket(buckets.collect());
            histogram.set_sample_count(seen.count);
            histogram.set_sample_sum(seen.seconds);
            let mut metric = Metric::from_label(labels);
            metric.set_histogram(histogram);
            metric
        });
        self.add(MetricType::HISTOGRAM, (name, help), metrics.collect());
    }

    fn about_the_server(&mut self, view: &View, running: Option<&Running>) {
        let facts = &view.board.facts;
        let strategy = running.map_or("", |running| running.strategy);
        let build = vec![
            label("version", env!("CARGO_PKG_VERSION")),
            label("python", &facts.python),
            label("strategy", strategy),
            label("dispatch", name_of(facts.dispatch)),
        ];
        self.gauge(
            "build_info",
            "1; the labels say what runs. The strategy is empty until it is known.",
            [(build, 1.0)],
        );
        let is_ready = view.board.known().readiness().is_ok();
        self.gauge(
            "ready",
            "Whether /readyz says 200.",
            [(Vec::new(), f64::from(u8::from(is_ready)))],
        );
        let waiting = running.map(|running| (Vec::new(), float(running.waiting() as u64)));
        self.gauge("queue_depth", "Requests that wait for a worker.", waiting);
        self.gauge(
            "queue_depth_max",
            "Requests that may wait for a worker: --queue-depth.",
            [(Vec::new(), float(facts.queue_depth as u64))],
        );
        self.gauge(
            "connections_max",
            "Connections that may be open: --max-connections.",
            [(Vec::new(), float(facts.connections_max as u64))],
        );
        let log = facts.access_log.as_ref();
        let dropped = log.map_or(0, |log| log.dropped_total());
        self.counter(
            "access_log_dropped_total",
            "Records of the access log that were lost.",
            [(Vec::new(), float(dropped))],
        );
    }

    fn about_requests(&mut self, meters: &Meters) {
        self.counter(
            "requests_total",
            "Requests answered by handlers, by the class of the status.",
            of_workers(meters).flat_map(|(labels, worker)| by_class(&labels, worker.requests())),
        );
        self.gauge(
            "requests_under_way",
            "Requests that a worker has taken and not answered.",
            of_workers(meters).map(|(labels, worker)| (labels, float(worker.under_way()))),
        );
        self.gauge(
            "websocket_handlers",
            "Handlers of WebSockets that run.",
            of_workers(meters).map(|(labels, worker)| (labels, float(worker.sockets_open.get()))),
        );
        self.counter(
            "websocket_handlers_abandoned_total",
            "Handlers of WebSockets that were cancelled because their clients had left.",
            of_workers(meters).map(|(labels, worker)| {
                let abandoned = worker.sockets_abandoned.get();
                (labels, float(abandoned))
            }),
        );
        self.histogram(
            "queue_wait_seconds",
            "Time from the dispatch of a request until its handler was called.",
            of_workers(meters).map(|(labels, worker)| (labels, worker.queue_wait.seen())),
        );
        self.histogram(
            "handler_run_seconds",
            "Time from the call of a handler until its answer, or the head of a streamed one.",
            of_workers(meters).map(|(labels, worker)| (labels, worker.run_time.seen())),
        );
        self.histogram(
            "gil_wait_seconds",
            "Time that a worker took to attach to its interpreter after a wait for work.",
            of_workers(meters).map(|(labels, worker)| (labels, worker.gil_wait.seen())),
        );
    }

    fn about_workers(&mut self, view: &View, meters: &Meters, threads: &[ThreadTime]) {
        let lives: Vec<_> = meters.workers().iter().map(|it| it.life()).collect();
        let states = ["starting", "serving", "ended"].map(|state| {
            let is_so = |life: &&Life| {
                let name = match life {
                    Life::Starting => "starting",
                    Life::Serving { .. } => "serving",
                    Life::Ended { .. } => "ended",
                };
                name == state
            };
            let count = lives.iter().filter(is_so).count();
            (vec![label("state", state)], float(count as u64))
        });
        self.gauge("workers", "Workers, by what they are at.", states);
        self.counter(
            "interpreters_created_total",
            "Interpreters that have loaded the application.",
            [(Vec::new(), float(meters.created()))],
        );
        self.counter(
            "workers_lost_total",
            "Workers that have ended before their time.",
            [(Vec::new(), float(meters.lost()))],
        );
        let now = meters.now();
        self.counter(
            "worker_busy_seconds_total",
            "Time that a worker was in calls of handlers, the one that runs included.",
            of_workers(meters).map(|(labels, worker)| (labels, seconds(worker.busy(now)))),
        );
        let ratios = view.ratios.now(meters);
        let with_ratio = labels_of_workers(meters).zip(ratios);
        self.gauge(
            "worker_busy_ratio",
            "The part of the last ten seconds that a worker was in calls of handlers.",
            with_ratio.filter_map(|(labels, ratio)| Some((labels?, ratio))),
        );
        let times = labels_of_workers(meters).enumerate();
        self.counter(
            "worker_cpu_seconds_total",
            "Processor time of a worker's thread, and of those that have its name.",
            times.filter_map(|(number, labels)| {
                Some((labels?, time_of(&format!("worker-{number}"), threads)))
            }),
        );
    }

    fn about_io(&mut self, meters: &Meters, threads: &[ThreadTime]) {
        self.counter(
            "responses_total",
            "Answers sent, those of the server itself too, by the class of the status.",
            of_io_threads(meters).flat_map(|(labels, io)| by_class(&labels, io.responses())),
        );
        self.counter(
            "received_bytes_total",
            "Bytes received on public sockets.",
            of_io_threads(meters).map(|(labels, io)| (labels, float(io.bytes_in.get()))),
        );
        self.counter(
            "sent_bytes_total",
            "Bytes sent on public sockets.",
            of_io_threads(meters).map(|(labels, io)| (labels, float(io.bytes_out.get()))),
        );
        self.gauge(
            "connections_open",
            "Public connections that are open.",
            of_io_threads(meters).map(|(labels, io)| (labels, float(io.open()))),
        );
        self.counter(
            "connections_accepted_total",
            "Public connections that were accepted.",
            of_io_threads(meters).map(|(labels, io)| (labels, float(io.accepted.get()))),
        );
        self.counter(
            "accept_errors_total",
            "Times that no connection could be accepted, for want of descriptors or memory.",
            of_io_threads(meters).map(|(labels, io)| (labels, float(io.accept_errors.get()))),
        );
        let numbers = 0..meters.io_threads().len();
        self.counter(
            "io_thread_cpu_seconds_total",
            "Processor time of an I/O thread. Workers that do I/O have it in theirs.",
            numbers.map(|number| {
                let time = time_of(&format!("io-{number}"), threads);
                (vec![label("io_thread", &number)], time)
            }),
        );
    }

    fn about_refusals(&mut self, meters: &Meters) {
        let samples = Reason::ALL.map(|reason| {
            let of_each = meters.io_threads().iter().map(|io| io.refused(reason));
            (vec![label("reason", reason.name())], float(of_each.sum()))
        });
        self.counter(
            "refused_total",
            "Requests that the server refused and clients that it gave up, by the reason.",
            samples,
        );
    }

    fn about_the_process(&mut self, process: &Process) {
        let alone = |value: Option<f64>| value.map(|value| (Vec::new(), value));
        self.gauge(
            "process_start_time_seconds",
            "When the process was started, in seconds since the epoch.",
            alone(process.start_time),
        );
        self.counter(
            "process_cpu_seconds_total",
            "Processor time of the process.",
            alone(process.cpu_seconds),
        );
        self.gauge(
            "process_resident_memory_bytes",
            "Memory in use, shared pages included.",
            alone(process.resident_bytes.map(float)),
        );
        self.gauge(
            "process_proportional_memory_bytes",
            "Memory in use, of shared pages a proportional part.",
            alone(process::proportional_bytes()),
        );
        self.gauge(
            "process_open_fds",
            "Descriptors that are open.",
            alone(process.open_fds),
        );
        self.gauge(
            "process_max_fds",
            "Descriptors that may be open.",
            alone(process.max_fds),
        );
        self.gauge(
            "process_threads",
            "Threads of the process.",
            alone(process.threads),
        );
    }
}

/// The labels of each worker; `None` before it has an interpreter.
fn labels_of_workers(meters: &Meters) -> impl Iterator<Item = Option<Vec<LabelPair>>> {
    let workers = meters.workers().iter().enumerate();
    workers.map(|(number, worker)| {
        let interpreter = worker.life().interpreter()?;
        Some(vec![
            label("interpreter", &interpreter),
            label("worker", &number),
        ])
    })
}

/// Each worker that has an interpreter, with its labels.
fn of_workers(meters: &Meters) -> impl Iterator<Item = (Vec<LabelPair>, &WorkerMeter)> {
    let workers = labels_of_workers(meters).zip(meters.workers());
    workers.filter_map(|(labels, worker)| Some((labels?, &***worker)))
}

/// Each I/O thread with its label.
fn of_io_threads(meters: &Meters) -> impl Iterator<Item = (Vec<LabelPair>, &IoMeter)> {
    let threads = meters.io_threads().iter().enumerate();
    threads.map(|(number, io)| (vec![label("io_thread", &number)], &***io))
}

/// A count for each class of status, under `labels`.
fn by_class(labels: &[LabelPair], counts: [u64; CLASS_NAMES.len()]) -> Vec<Sample> {
    let counts = CLASS_NAMES.into_iter().zip(counts);
    let samples = counts.map(|(class, count)| {
        let labels = labels.iter().cloned().chain([label("status", class)]);
        (labels.collect(), float(count))
    });
    samples.collect()
}

fn time_of(name: &str, threads: &[ThreadTime]) -> f64 {
    let named = threads.iter().filter(|thread| thread.name == name);
    named.map(|thread| thread.seconds).sum()
}
