//! `freethreaded`: threads of the main interpreter of a build without a GIL (PEP 703).

use std::num::NonZeroUsize;

use native_types::capi::Attached;
use native_types::release::ReleaseThreshold;

use super::runtime::Main;
use super::seat::Seat;
use super::strategy::Strategy;
use super::{Python, StartError, warm_up};

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

    fn needs_no_gil(&self) -> bool {
        true
    }

    fn prepare(&self, python: &Python, py: Attached<'_>) -> Result<(), StartError> {
        if python.version < (3, 14, 0) {
            warm_up::make_constants_immortal(py);
        }
        Ok(())
    }

    fn settle(&self, python: &Python, py: Attached<'_>) {
        // From 3.14 on, what threads share is counted for each thread apart.
        if python.version < (3, 14, 0) {
            warm_up::start_a_thread(py);
        }
    }

    fn release(&self) -> ReleaseThreshold {
        // Nobody waits for a GIL, but a collection waits until every thread has detached or come to a safe point, and all
        // others wait with it. To detach gained or cost nothing that could be measured; the copies of 16 MiB take milliseconds.
        ReleaseThreshold::from_bytes(16 << 20)
    }

    fn enter(&self, main: Main) -> Result<Seat, StartError> {
        Seat::in_main(main)
    }
}
