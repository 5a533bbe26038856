//! One more interpreter, thread or process: how long it takes until it can run Python, and what memory it takes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{self, Command, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use native_types::capi::call::import;
use server::interpreter::{Main, Python, Runtime, Strategy, find};

use crate::embedded::main_strategy;

/// What "with imports" means: what an application of some size has imported before its own code.
const IMPORTS: [&std::ffi::CStr; 3] = [c"json", c"asyncio", c"logging"];

/// How much stack a thread has: as a worker's.
const STACK_BYTES: usize = 8 << 20;

/// What there may be one more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An interpreter with a GIL of its own, on a thread of its own, as `subinterp` has for each worker.
    Interpreter,
    /// A thread of the main interpreter, as `main` and `freethreaded` have for each worker.
    Thread,
    /// The Python of this build, started anew.
    Process,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Interpreter, Self::Thread, Self::Process];

    /// The name, as records have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interpreter => "interpreter",
            Self::Thread => "thread",
            Self::Process => "process",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether this build has it.
    pub fn is_possible(self) -> bool {
        let python = Python::embedded();
        match self {
            Self::Interpreter => isolated().refusal(&python).is_none(),
            Self::Thread => true,
            Self::Process => python.executable.exists(),
        }
    }

    fn strategy(self) -> &'static dyn Strategy {
        match self {
            Self::Interpreter => isolated(),
            Self::Thread | Self::Process => main_strategy(),
        }
    }
}

fn isolated() -> &'static dyn Strategy {
    find("subinterp").expect("a strategy of that name")
}

/// What starts one more after the other. Made once in a process.
#[derive(Debug)]
pub struct Starter {
    kind: Kind,
    imports: bool,
    runtime: Runtime,
}

impl Starter {
    /// Starts Python for `kind`; each one that it starts imports `json`, `asyncio` and `logging` if `imports` says so.
    ///
    /// # Panics
    ///
    /// When Python can't be started.
    pub fn new(kind: Kind, imports: bool) -> Self {
        let python = Python::embedded();
        let executable = Some(&*python.executable).filter(|path| path.exists());
        let runtime = Runtime::start(executable, kind.strategy(), &python);
        Self {
            kind,
            imports,
            runtime: runtime.expect("Python starts"),
        }
    }

    /// Starts one more, and waits until it can run Python. It ends when it is dropped.
    ///
    /// # Panics
    ///
    /// When it can't be started.
    pub fn start(&self) -> OneMore {
        let began = Instant::now();
        let (life, importing) = match self.kind {
            Kind::Interpreter | Kind::Thread => self.start_thread(),
            Kind::Process => self.start_process(),
        };
        OneMore {
            took: began.elapsed(),
            importing,
            life: Some(life),
        }
    }

    fn start_thread(&self) -> (Life, Duration) {
        let (say, said) = mpsc::channel();
        let (keep, kept) = mpsc::channel();
        let (strategy, main, imports) = (self.kind.strategy(), self.runtime.main(), self.imports);
        let thread = thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(move || live(strategy, main, imports, (say, kept)));
        let thread = thread.expect("a thread");
        let importing = said.recv().expect("it starts");
        (Life::Thread { keep, thread }, importing)
    }

    fn start_process(&self) -> (Life, Duration) {
        let names = IMPORTS.map(|name| name.to_str().expect("ASCII"));
        let import = if self.imports {
            format!("import {}", names.join(", "))
        } else {
            String::new()
        };
        let source = format!(
            "import time\nbegan = time.perf_counter_ns()\n{import}\n\
             print(time.perf_counter_ns() - began, flush=True)\nimport sys\nsys.stdin.read()"
        );
        let mut command = Command::new(Python::embedded().executable);
        command.args(["-I", "-c", &source]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Python starts");
        let output = process.stdout.take().expect("a pipe, as was asked for");
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line);
        read.expect("it starts");
        let importing = Duration::from_nanos(line.trim().parse().expect("nanoseconds"));
        (Life::Process(process), importing)
    }

    /// The memory of what was started, with this process where it runs inside, in KiB: the proportional set size.
    ///
    /// # Panics
    ///
    /// Where there is no Linux `/proc`.
    pub fn pss_kib(&self, started: &[OneMore]) -> i64 {
        match self.kind {
            Kind::Interpreter | Kind::Thread => own_pss_kib(),
            Kind::Process => started
                .iter()
                .filter_map(OneMore::process)
                .map(pss_kib)
                .sum(),
        }
    }

    /// Ends Python, after all that was started.
    pub fn end(self) {
        self.runtime.finalize();
    }
}

/// The life of an interpreter or a thread: says how long the imports took, then waits until it is no longer kept.
fn live(
    strategy: &dyn Strategy,
    main: Main,
    imports: bool,
    (say, kept): (mpsc::Sender<Duration>, mpsc::Receiver<()>),
) {
    let seat = strategy.enter(main).expect("memory for one more");
    seat.with(|py| {
        let began = Instant::now();
        for module in IMPORTS.into_iter().filter(|_| imports) {
            let imported = import(module, py).map(drop);
            imported.unwrap_or_else(|_| panic!("{module:?} can't be imported"));
        }
        let _ = say.send(began.elapsed());
        // Nothing is ever sent: it ends with an error when the sender is dropped.
        py.detached(move || kept.recv().is_err());
    });
    seat.leave();
}

/// The proportional set size of this process, in KiB.
///
/// # Panics
///
/// Where there is no Linux `/proc`.
pub fn own_pss_kib() -> i64 {
    pss_kib(process::id())
}

fn pss_kib(process: u32) -> i64 {
    let path = format!("/proc/{process}/smaps_rollup");
    let rollup = fs::read_to_string(path).expect("a Linux /proc");
    let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let pss = pss.and_then(|rest| rest.split_whitespace().next());
    pss.expect("a Pss line").parse().expect("a number of KiB")
}

/// One more interpreter, thread or process, for as long as it is held.
#[derive(Debug)]
pub struct OneMore {
    /// The time until it could run Python, its imports included.
    pub took: Duration,
    /// The time of the imports alone, as measured inside.
    pub importing: Duration,
    life: Option<Life>,
}

#[derive(Debug)]
enum Life {
    Thread {
        keep: mpsc::Sender<()>,
        thread: JoinHandle<()>,
    },
    Process(process::Child),
}

impl OneMore {
    fn process(&self) -> Option<u32> {
        match &self.life {
            Some(Life::Process(process)) => Some(process.id()),
            Some(Life::Thread { .. }) | None => None,
        }
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        let is_orderly = match self.life.take() {
            Some(Life::Thread { keep, thread }) => {
                drop(keep);
                thread.join().is_ok()
            }
            // Waiting closes its standard input first, which is its end.
            Some(Life::Process(mut process)) => process.wait().is_ok_and(|status| status.success()),
            None => true,
        };
        assert!(
            is_orderly || thread::panicking(),
            "one did not end in order"
        );
    }
}
