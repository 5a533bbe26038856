//! One life of Python: a process in which it is initialised, used through the library and finalised.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use native_types::form;
use native_types::problem::ErrorFormat;
use native_types::routes::RouteInfo;
use server::dispatch::{Dispatch, Exchange, Limits};
use server::interpreter::{
    self, Application, Event, Guests, Plan, Python, Runtime, Sharing, Worker,
};

use crate::support::alone::LONGEST;
use crate::support::{Strategy, alone, eventually};

/// Runs `run` in a process of its own, which must end in order; `promise` is the test's name, `topic::promise`.
pub(crate) fn alone(promise: &str, strategy: Strategy, run: fn(&Life)) {
    alone::alone(&format!("{}::{promise}", strategy.name()), &[], || {
        let life = Life::begin(strategy);
        run(&life);
        life.end();
    });
}

/// An initialised Python, and a folder for its handler modules.
pub(crate) struct Life {
    pub(crate) strategy: &'static dyn interpreter::Strategy,
    pub(crate) runtime: Runtime,
    folder: tempfile::TempDir,
    threads_before: usize,
}

impl Life {
    fn begin(strategy: Strategy) -> Self {
        let threads_before = threads();
        let python = Python::embedded();
        let strategy = interpreter::find(strategy.name()).expect("a strategy of this server");
        let executable = Some(python.executable.as_path()).filter(|path| path.exists());
        Self {
            strategy,
            runtime: Runtime::start(executable, strategy, &python).expect("Python starts"),
            folder: tempfile::tempdir().expect("a temporary folder"),
            threads_before,
        }
    }

    fn end(self) {
        // The kernel lists a thread a moment longer than it takes to join it.
        eventually("the end of every thread that was started", || {
            (threads() == self.threads_before).then_some(())
        });
        self.runtime.finalize();
    }

    /// The life's own folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The handler module `name`, written to the life's folder. `HERE` is that folder, for what it notes.
    pub(crate) fn module(&self, name: &str, text: &str) -> Application {
        let head = format!("HERE = {:?}\n", self.folder().display().to_string());
        let file = self.folder().join(format!("{name}.py"));
        fs::write(file, head + text).expect("the temporary folder can be written");
        Application {
            module: name.to_owned(),
            attribute: None,
            pythonpath: vec![PathBuf::from(self.folder())],
            has_mounts: false,
        }
    }

    /// Starts `count` workers of `application` at once, that end when the exchange is closed.
    pub(crate) fn start(
        &self,
        application: &Application,
        count: usize,
    ) -> (Arc<Exchange>, Vec<Started>) {
        let exchange = exchange(count);
        let (guest, guests) = mpsc::channel();
        let mut host = Some(Guests::new(guests));
        let started = (0..count).map(|worker| {
            let sharing = match host.take() {
                Some(guests) => Sharing::Host(guests),
                None if self.strategy.shares_interpreter() => Sharing::Guest(guest.clone()),
                None => Sharing::Host(Guests::new(mpsc::channel().1)),
            };
            let plan = Plan {
                worker,
                strategy: self.strategy,
                application: application.clone(),
                exchange: Arc::clone(&exchange),
                concurrency_max: 10,
                departure_timeout: Duration::from_secs(10),
                form_limits: form::Limits::DEFAULT,
                error_format: ErrorFormat::Text,
                shows_tracebacks: false,
                core: None,
                serves: true,
                tolerates_gil: false,
                sharing,
            };
            let (events, said) = mpsc::channel();
            let worker = Worker::start(plan, self.runtime.main(), events);
            Started {
                worker: worker.expect("a thread"),
                said,
            }
        });
        let started = started.collect();
        (exchange, started)
    }
}

/// An exchange for so many workers.
pub(crate) fn exchange(workers: usize) -> Arc<Exchange> {
    let limits = Limits {
        dispatch: Dispatch::Auto,
        workers,
        io_threads: 1,
        queue_depth: 10,
        concurrency: 10,
        connections: 10,
        batch: Limits::BATCH,
    };
    Exchange::new(limits).expect("descriptors for the workers")
}

/// A worker that was started.
pub(crate) struct Started {
    worker: Worker,
    said: Receiver<Event>,
}

impl Started {
    /// Waits until it has loaded its application: its interpreter, and the routes.
    pub(crate) fn ready(&self) -> (i64, Vec<Arc<RouteInfo>>) {
        match self.said.recv_timeout(LONGEST) {
            Ok(Event::Ready {
                interpreter,
                registered,
                ..
            }) => (interpreter, registered.table),
            Ok(Event::Failed(error)) => panic!("{error}"),
            Err(error) => panic!("a worker said nothing: {error}"),
        }
    }

    /// Waits for its end.
    pub(crate) fn join(self) {
        self.worker.join();
    }
}

/// How many threads this process has.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("a Linux /proc");
    tasks.count()
}
