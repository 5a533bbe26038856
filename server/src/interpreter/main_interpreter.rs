//! `main`: threads of the main interpreter share its GIL.

use std::num::NonZeroUsize;

use native_types::release::ReleaseThreshold;

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

    fn release(&self) -> ReleaseThreshold {
        // Measured with two workers, bench `attach`, group `release`: detached copies give 1.3 times the requests with
        // bodies of 1 MiB and 1.8 times with 4 MiB, and fewer up to 256 KiB, where the GIL's changing hands takes longer than
        // the copies. The price is that a request then waits for its turn beside threads that compute.
        ReleaseThreshold::from_bytes(1 << 20)
    }

    fn enter(&self, main: Main) -> Result<Seat, StartError> {
        Seat::in_main(main)
    }
}
