//! `main`: threads of the main interpreter share its GIL.

use std::num::NonZeroUsize;

use super::runtime::Main;
use super::seat::Seat;
use super::strategy::Strategy;
use super::{Python, StartError};

/// Each worker is a thread of the main interpreter, and one of them runs Python at a time.
#[derive(Debug)]
pub(super) struct MainInterpreter;

impl Strategy for MainInterpreter {
    fn name(&self) -> &'static str {
        "main"
    }

    fn refusal(&self, python: &Python) -> Option<String> {
        (python.version < (3, 11, 0)).then(|| String::from("it needs Python 3.11 or newer"))
    }

    fn workers(&self, _cores: NonZeroUsize) -> NonZeroUsize {
        // More threads would wait for the same GIL.
        NonZeroUsize::MIN
    }

    fn shares_interpreter(&self) -> bool {
        true
    }

    fn needs_gil(&self) -> bool {
        true
    }

    fn enter(&self, main: Main) -> Result<Seat, StartError> {
        Seat::in_main(main)
    }
}
