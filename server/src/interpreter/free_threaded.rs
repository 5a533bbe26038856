//! `freethreaded`: threads of the main interpreter of a build without a GIL (PEP 703).

use std::num::NonZeroUsize;

use super::runtime::Main;
use super::seat::Seat;
use super::strategy::Strategy;
use super::{Python, StartError};

/// Each worker is a thread of the main interpreter, and all run Python at once.
#[derive(Debug)]
pub(super) struct FreeThreaded;

impl Strategy for FreeThreaded {
    fn name(&self) -> &'static str {
        "freethreaded"
    }

    fn refusal(&self, python: &Python) -> Option<String> {
        let is_possible = python.is_free_threaded && python.version >= (3, 13, 0);
        (!is_possible)
            .then(|| String::from("it needs a free-threaded build of Python, 3.13t or newer"))
    }

    fn workers(&self, cores: NonZeroUsize) -> NonZeroUsize {
        cores
    }

    fn shares_interpreter(&self) -> bool {
        true
    }

    fn enter(&self, main: Main) -> Result<Seat, StartError> {
        Seat::in_main(main)
    }
}
