//! Workers by themselves, without a socket: many at once, one after another, and starts that fail.
//!
//! Python can be initialised once in a process, so each test is run in a process of its own ([`life`]).

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

/// The promises, one file a topic. Each is a function of the strategy to test under.
mod interpreters {
    pub(crate) mod cycles;
    pub(crate) mod failures;
    pub(crate) mod life;
    pub(crate) mod together;
}

use interpreters::{cycles, failures, together};

support::mode::under_every! { strategy;
    together: [twelve_workers_live_at_once],
    cycles: [workers_come_and_go],
    failures: [
        end_what_was_started,
        end_what_was_started_before_a_bad_hook,
        end_what_was_started_before_a_different_table,
        end_what_was_started_before_other_functions_around_the_handlers,
    ],
}
