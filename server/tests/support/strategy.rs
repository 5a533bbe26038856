//! Which strategies the embedded Python allows.

use std::sync::OnceLock;

use serde_json::Value;

use super::{Ended, Launch};

/// Who runs the handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    Main,
    Subinterp,
    Freethreaded,
}

impl Strategy {
    /// As `--strategy` takes it and `coachwhip.strategy()` tells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Subinterp => "subinterp",
            Self::Freethreaded => "freethreaded",
        }
    }

    /// Whether each worker has an interpreter, and so the handler module's globals, for itself.
    pub(crate) fn isolates(self) -> bool {
        self == Self::Subinterp
    }

    /// How many interpreters import the handler module.
    pub(crate) fn interpreters(self, workers: usize) -> usize {
        if self.isolates() { workers } else { 1 }
    }

    /// Whether the embedded Python allows it.
    pub(crate) fn is_possible(self) -> bool {
        let possible = &info()["strategies"][self.name()]["possible"];
        possible
            .as_bool()
            .unwrap_or_else(|| panic!("no strategies.{}.possible in {}", self.name(), info()))
    }

    /// What a Python must have for it, in a word that the refusal has to contain.
    fn needs(self) -> &'static str {
        match self {
            Self::Main => "3.11",
            Self::Subinterp => "3.12",
            Self::Freethreaded => "free-threaded",
        }
    }
}

/// What `coachwhip info --json` tells.
pub(crate) fn info() -> &'static Value {
    static INFO: OnceLock<Value> = OnceLock::new();
    INFO.get_or_init(|| {
        let Ended {
            code,
            stdout,
            stderr,
        } = Launch::bare().args(["info", "--json"]).run();
        assert_eq!(code, Some(0), "coachwhip info --json; stderr:\n{stderr}");
        serde_json::from_str(&stdout)
            .unwrap_or_else(|error| panic!("info --json: {error} in {stdout}"))
    })
}

/// The embedded Python's version, as in `3.13.0`.
pub(crate) fn python_version() -> &'static str {
    info()["python"]["version"]
        .as_str()
        .expect("info --json has python.version")
}

/// Tests the refusal of a strategy that the embedded Python does not allow.
#[expect(
    clippy::print_stdout,
    reason = "tells a reader of the test run why nothing was served"
)]
pub(super) fn refuses(strategy: Strategy) {
    static REFUSALS: [OnceLock<Ended>; 3] = [const { OnceLock::new() }; 3];
    let name = strategy.name();
    println!(
        "{name} is not possible with the embedded Python {}: its refusal is tested instead",
        python_version()
    );
    let ended =
        REFUSALS[strategy as usize].get_or_init(|| Launch::under(strategy, "behaviour").run());
    let Ended {
        code,
        stdout,
        stderr,
    } = ended;
    assert_eq!(
        *code,
        Some(2),
        "--strategy {name} exits 2 where it is impossible; stderr:\n{stderr}"
    );
    assert_eq!(
        stdout, "",
        "a server that does not start prints no ready line"
    );
    for part in [name, python_version(), strategy.needs()] {
        assert!(
            stderr.contains(part),
            "the refusal of {name} names {part}; stderr:\n{stderr}"
        );
    }
}
