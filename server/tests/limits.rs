//! What crosses a limit by one is refused, and what just meets it is not.
//!
//! Limits of time are in `slow_clients.rs`, those of queues among the behaviour.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

/// The promises, one file a topic. Each is a function of the mode to test under.
mod limits {
    pub(crate) mod bodies;
    pub(crate) mod connections;
    pub(crate) mod heads;
}

use limits::{bodies, connections, heads};

support::mode::under_every! { mode;
    heads: [
        may_be_as_long_as_the_limit,
        may_have_targets_as_long_as_the_limit,
        may_have_as_many_fields_as_the_limit,
        are_refused_before_their_end,
        are_refused_in_one_form,
        are_refused_where_they_are_refused_only,
    ],
    bodies: [
        may_be_as_long_as_the_limit,
        may_come_in_chunks_of_one_byte,
        have_lines_and_trailers_within_limits,
        may_be_left_unread,
    ],
    connections: [
        are_served_up_to_the_limit,
        take_a_flood_of_requests_in_order,
    ],
}
