//! A server of `handlers/conversions.py`, one kept connection to it, and many inputs.

use std::cell::RefCell;
use std::fmt::Debug;

use proptest::test_runner::{Config, TestRunner};

use crate::support::{Answer, Call, Connection, Launch, Server, Strategy};

/// How many inputs a property is tested with.
const CASES: u32 = 64;

/// A server and a connection that stays open.
pub(crate) struct Peer {
    connection: RefCell<Connection>,
    _server: Server,
}

impl Peer {
    /// A server of `handlers/conversions.py` under `strategy`, one worker, tracebacks in its answers.
    pub(crate) fn start(strategy: Strategy) -> Self {
        Self::of(strategy, "conversions")
    }

    /// As [`Self::start`], of another module of handlers.
    pub(crate) fn of(strategy: Strategy, app: &str) -> Self {
        let server = Launch::under(strategy, app)
            .args(["--workers", "1", "--debug", "--max-body-bytes", "64 MiB"])
            .start();
        Self {
            connection: RefCell::new(server.connect()),
            _server: server,
        }
    }

    /// The answer to `call`.
    pub(crate) fn call(&self, call: &Call) -> Answer {
        self.connection.borrow_mut().call(call)
    }

    /// The answer to bytes as they are.
    pub(crate) fn send(&self, bytes: &[u8]) -> Answer {
        let mut connection = self.connection.borrow_mut();
        connection.send(bytes);
        connection.read()
    }

    /// The handler of `call` checks in Python and answers "ok".
    #[track_caller]
    pub(crate) fn is_ok(&self, call: &Call) {
        assert_eq!(self.call(call).expect(200).text(), "ok");
    }
}

/// Tests `property` with random `inputs`; the smallest that fails is told.
pub(crate) fn hold<S: proptest::prelude::Strategy>(inputs: &S, property: impl Fn(S::Value))
where
    S::Value: Debug,
{
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 500,
        ..Config::default()
    };
    let tested = TestRunner::new(config).run(inputs, |input| {
        property(input);
        Ok(())
    });
    if let Err(failure) = tested {
        panic!("{failure}");
    }
}
