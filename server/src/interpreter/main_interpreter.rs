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
        // Measured by the bench `attach`. Beside another that copies (group `release`), a request with 16 MiB takes half of
        // the time when it lets go; up to 256 KiB it takes longer. But beside a thread that computes (`release beside
        // python`), who lets go waits for the GIL's switch interval, twice 5 ms: others must have had to wait for
        // milliseconds for that to be worth it, which the copies of 16 MiB take.
        ReleaseThreshold::from_bytes(16 << 20)
    }

    fn enter(&self, main: Main) -> Result<Seat, StartError> {
        Seat::in_main(main)
    }
}
