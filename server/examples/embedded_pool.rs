//! A Rust program that runs Python handlers on a pool of interpreters, without HTTP and without a socket.
//!
//! Run at the repository's root, it asks the handlers of `pyhandlers/demo.py`; it takes the server's options:
//! `cargo run --release -p server --example embedded_pool -- --strategy main --workers 1`.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};
use std::{env, thread};

use bytes::Bytes;
use http::{Request, StatusCode};
use server::embed::{Engine, Pending, Submitter};
use server::{config, start};

/// How many threads submit at once.
const THREADS: u32 = 4;

/// How many requests each of them has under way; together fewer than the default of `--queue-depth`.
const REQUESTS: u32 = 50;

/// An error that may come from another thread.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let Err(failure) = run(env::args_os()) else {
        return ExitCode::SUCCESS;
    };
    let _ = writeln!(io::stderr().lock(), "embedded_pool: {failure}");
    ExitCode::FAILURE
}

/// The program, started with `arguments`, the first of which is its name.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(), Failure> {
    let (environment, folder) = (env::vars_os().collect(), env::current_dir()?);
    let config = config::load(arguments, &environment, &folder)?.config;
    let engine = Engine::start(&start::pool(&config)?)?;
    say(&format!("strategy {}", engine.strategy()))?;

    let response = engine.submit(get("/users/7")?).wait()?;
    let body = response.body.whole().ok_or("a streamed body")?;
    let body = String::from_utf8_lossy(body);
    say(&format!("{}: {body}", response.status))?;

    let submitter = engine.submitter();
    let took = from_many_threads(&submitter)?;
    let count = THREADS * REQUESTS;
    say(&format!(
        "{count} requests from {THREADS} threads: {took:.1?}, {:.1?} each",
        took / count
    ))?;

    engine.close();
    let late = submitter.submit(get("/")?).wait();
    say(&format!("after the end: {}", late.err().ok_or("answered")?))
}

/// Submits from several threads at once; each waits when it has submitted all of its requests. How long that took.
fn from_many_threads(submitter: &Submitter) -> Result<Duration, Failure> {
    let began = Instant::now();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| submit_and_wait(submitter)))
            .collect();
        let mut joined = threads.into_iter().map(ScopedJoinHandle::join);
        joined.try_for_each(|joined| joined.map_err(|_| "a thread panicked")?)
    })?;
    Ok(began.elapsed())
}

fn submit_and_wait(submitter: &Submitter) -> Result<(), Failure> {
    let submit = |_| Ok(submitter.submit(get("/cpu")?));
    let answers: Vec<Pending> = (0..REQUESTS).map(submit).collect::<Result<_, Failure>>()?;
    for answer in answers {
        let response = answer.wait()?;
        if response.status != StatusCode::OK {
            return Err(format!("answered {}", response.status).into());
        }
    }
    Ok(())
}

fn get(path: &str) -> Result<Request<Bytes>, Failure> {
    Ok(Request::get(path).body(Bytes::new())?)
}

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}
