//! A pool whose start fails half-way: what was started has ended, and Python can be finalised.

use std::fs;
use std::num::NonZeroUsize;
use std::time::Duration;

use native_types::form;
use native_types::problem::ErrorFormat;
use server::interpreter::{Application, Choice, LoadError, StartError};
use server::supervision::{Pool, PoolError, Workload};

use super::life::{Life, alone, exchange};
use crate::support::Strategy;

const WORKERS: usize = 6;

/// Counts the interpreters that import it, and notes the hooks that run.
const HEAD: &str = r#"
import datetime, json, re
from coachwhip import get, interpreter_id, on_shutdown, on_startup, strategy


def note(what):
    with open(f"{HERE}/notes", "a") as file:
        file.write(what + "\n")
    with open(f"{HERE}/notes") as file:
        return file.read().split().count(what)


imported = note("imported")
# One interpreter is all that a strategy with a common one has.
last = imported == (4 if strategy() == "subinterp" else 1)


@on_shutdown
def down():
    note("down")


@get("/")
def root(request):
    return "root"
"#;

pub(crate) fn end_what_was_started(strategy: Strategy) {
    alone("failures::end_what_was_started", strategy, |life| {
        let tail = "if last: raise LookupError('not today')\n";
        let error = fails(life, &life.module("importing", &(HEAD.to_owned() + tail)));
        let LoadError::Import { traceback, .. } = &error else {
            panic!("{error}");
        };
        assert!(traceback.contains("LookupError: not today"), "{traceback}");
    });
}

pub(crate) fn end_what_was_started_before_a_bad_hook(strategy: Strategy) {
    alone(
        "failures::end_what_was_started_before_a_bad_hook",
        strategy,
        |life| {
            let tail = "@on_startup\ndef up():\n    if last: raise LookupError('not today')\n";
            let error = fails(life, &life.module("hooking", &(HEAD.to_owned() + tail)));
            let LoadError::Hook(traceback) = &error else {
                panic!("{error}");
            };
            assert!(traceback.contains("LookupError: not today"), "{traceback}");
        },
    );
}

/// Only interpreters that import the module each for itself can come to different tables.
pub(crate) fn end_what_was_started_before_a_different_table(strategy: Strategy) {
    alone(
        "failures::end_what_was_started_before_a_different_table",
        strategy,
        |life| {
            if life.strategy.shares_interpreter() {
                return;
            }
            let tail = "if last: get('/last')(root)\n";
            let error = fails(life, &life.module("differing", &(HEAD.to_owned() + tail)));
            assert!(matches!(error, LoadError::TableDiffers), "{error}");
        },
    );
}

pub(crate) fn end_what_was_started_before_other_functions_around_the_handlers(strategy: Strategy) {
    alone(
        "failures::end_what_was_started_before_other_functions_around_the_handlers",
        strategy,
        |life| {
            if life.strategy.shares_interpreter() {
                return;
            }
            let tail =
                "import coachwhip\nif last: coachwhip.before_request(lambda request: None)\n";
            let error = fails(life, &life.module("differing", &(HEAD.to_owned() + tail)));
            assert!(matches!(error, LoadError::TableDiffers), "{error}");
        },
    );
}

/// Starts a pool of `application`, which must fail in the last interpreter that imports it; says why.
fn fails(life: &Life, application: &Application) -> LoadError {
    let expected = if life.strategy.shares_interpreter() {
        1
    } else {
        4
    };
    let started = start(life, application);
    let (worker, interpreter, error) = match started {
        Ok(pool) => {
            pool.close();
            pool.join();
            panic!("the pool has started");
        }
        Err(PoolError::Start(StartError::Load {
            worker,
            interpreter,
            error,
        })) => (worker, interpreter, error),
        Err(other) => panic!("{other}"),
    };
    assert_eq!(worker + 1, expected, "the worker that failed");
    assert_eq!(interpreter == 0, life.strategy.shares_interpreter());
    let notes = fs::read_to_string(life.folder().join("notes")).expect("the module wrote it");
    let count = |what| notes.lines().filter(|note| *note == what).count();
    assert_eq!(
        count("imported"),
        expected,
        "nothing is started after a failure"
    );
    // The one whose table differs was ready by itself, so it ends as the others do.
    let ready = expected - usize::from(!matches!(error, LoadError::TableDiffers));
    assert_eq!(count("down"), ready, "each worker that was ready winds up");
    starts_again(life);
    error
}

/// After the failure, another application starts and ends in the same process; a common interpreter still has the
/// failing one's hooks.
fn starts_again(life: &Life) {
    if life.strategy.shares_interpreter() {
        return;
    }
    let good = life.module(
        "good",
        "from coachwhip import get\nget('/good')(lambda: 'good')\n",
    );
    let pool = start(life, &good).unwrap_or_else(|error| panic!("{error}"));
    pool.close();
    pool.join();
}

fn start(life: &Life, application: &Application) -> Result<Pool, PoolError> {
    let workers = NonZeroUsize::new(WORKERS).expect("some");
    let workload = Workload {
        application: application.clone(),
        workers: Some(workers),
        cores: workers,
        concurrency_max: 10,
        departure_timeout: Duration::from_secs(10),
        form_limits: form::Limits::DEFAULT,
        error_format: ErrorFormat::Text,
        shows_tracebacks: false,
        pins_cores: false,
        serves: true,
    };
    let choice = Choice {
        strategy: life.strategy,
        reason: "as tested",
        is_automatic: false,
    };
    Pool::start(choice, &workload, &life.runtime, |_| Ok(exchange(WORKERS)))
}
