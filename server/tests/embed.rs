//! The pool as a library: requests that this process submits itself, without a socket.
//!
//! A process can start Python once, so each test is run in a process of its own.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

/// The promises, one file a topic. Each is a function of the mode to test under.
mod embed {
    pub(crate) mod answers;
    pub(crate) mod bed;
    pub(crate) mod ending;
    pub(crate) mod limits;
}

/// The program that shows how it is done, as a part of this one: so it is never an older one that is tested.
#[path = "../examples/embedded_pool.rs"]
#[expect(dead_code, reason = "its `main` reads the arguments of this program")]
mod embedded_pool;

use embed::{answers, ending, limits};

support::mode::under_every! { mode;
    answers: [
        come_to_many_threads_at_once,
        come_to_any_executor,
        are_given_at_once_where_no_handler_is_asked,
        tell_of_a_handler_that_raised,
        come_to_the_example,
    ],
    limits: [
        refuse_what_the_queue_has_no_room_for,
        refuse_what_waits_for_too_long,
        withdraw_what_is_dropped,
    ],
    ending: [
        answers_what_was_submitted_and_refuses_the_rest,
        comes_while_others_submit,
        of_an_engine_is_final,
        follows_a_start_that_failed,
    ],
}
