//! The admin listener: metrics that move as they should, health through the server's life, status, the page.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

/// What an operator sees, and the promises about it, each a function of the mode to test under.
mod admin {
    pub(crate) mod apart;
    pub(crate) mod client;
    pub(crate) mod counts;
    pub(crate) mod gates;
    pub(crate) mod layout;
    pub(crate) mod life;
    pub(crate) mod page;
    pub(crate) mod refusals;
    pub(crate) mod scrape;
    pub(crate) mod times;
}

use admin::{apart, counts, life, refusals, times};

support::mode::under_every! { mode;
    counts: [
        requests_are_counted_by_class,
        bytes_are_counted_exactly,
        connections_are_counted_while_they_are_open,
        handlers_of_sockets_are_counted,
        what_was_made_is_told,
    ],
    times: [
        a_slow_handler_is_in_its_bucket,
        a_request_that_waits_is_in_its_bucket,
        a_coroutine_runs_until_its_answer,
        waiting_for_the_gil_is_timed,
    ],
    refusals: [
        a_full_queue_is_counted,
        a_wait_that_is_too_long_is_counted,
        each_client_at_fault_is_counted,
    ],
    life: [
        readiness_follows_the_server,
        everything_answers_while_every_worker_is_stuck,
    ],
    apart: [
        neither_listener_has_the_other_ones_paths,
    ],
}
