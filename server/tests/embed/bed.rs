//! An engine in a process of its own, and a folder that it shares with its handlers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs};

use bytes::Bytes;
use http::Request;
use server::embed::{Engine, EngineError, Pending};
use server::{config, start};

use crate::support::alone::alone;
use crate::support::{Mode, eventually, handlers};

/// Variable that names the folder to the handlers.
const FOLDER: &str = "EMBEDDED_FOLDER";

/// Where the handlers of `embedded.py` leave notes, and look for `release`.
pub(crate) struct Bed {
    folder: PathBuf,
    mode: Mode,
}

/// Runs `live` in a process of its own, given a bed; `promise` is the test's name, `topic::promise`.
pub(crate) fn in_a_bed(promise: &str, mode: Mode, live: impl FnOnce(&Bed)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (strategy, dispatch) = (mode.strategy.name(), mode.dispatch.name());
    let test = format!("{strategy}::{dispatch}::{promise}");
    alone(&test, &[(FOLDER, folder.path())], || {
        let folder = env::var_os(FOLDER).expect("set for this process").into();
        live(&Bed { folder, mode });
    });
}

/// Starts an engine of the module `app` with the server's `options`.
pub(crate) fn start(mode: Mode, app: &str, options: &[&str]) -> Result<Engine, EngineError> {
    let folder = handlers();
    let fixed = [
        "test",
        "--strategy",
        mode.strategy.name(),
        "--dispatch",
        mode.dispatch.name(),
        "--pythonpath",
        folder.to_str().expect("a path in UTF-8"),
        app,
    ];
    let arguments = fixed.into_iter().chain(options.iter().copied());
    let loaded = config::load(arguments.map(Into::into), &BTreeMap::new(), &folder);
    let config = loaded.expect("options of the server").config;
    Engine::start(&start::pool(&config)?)
}

impl Bed {
    /// The engine of `embedded.py`, with the server's `options`.
    pub(crate) fn start(&self, options: &[&str]) -> Engine {
        start(self.mode, "embedded", options).expect("an engine")
    }

    /// As [`Self::start`], with one worker, which is held by a request until [`Self::release`]. Gives that, too.
    pub(crate) fn start_held(&self, options: &[&str]) -> (Engine, Pending) {
        let engine = self.start(&[options, &["--workers", "1"]].concat());
        let held = engine.submit(get("/hold"));
        eventually("the worker is held", || {
            self.notes("held").first().map(drop)
        });
        (engine, held)
    }

    /// Lets each request for `/hold` be answered.
    pub(crate) fn release(&self) {
        fs::write(self.folder.join("release"), "").expect("a file in the folder");
    }

    /// The lines that handlers left in the file `name`.
    pub(crate) fn notes(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// A request without a body.
pub(crate) fn get(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::new()).expect("a path")
}
