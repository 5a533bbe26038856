//! HTTP/2: what holds of HTTP/1.1 holds of many requests on one connection, too.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

/// The promises, each a function of the mode to test under.
mod http2 {
    pub(crate) mod answers;
    pub(crate) mod ending;
    pub(crate) mod limits;
    pub(crate) mod requests;
    pub(crate) mod slow_clients;
    pub(crate) mod unsent;
}

use http2::{answers, ending, limits, requests, slow_clients, unsent};

support::mode::under_every! { mode;
    requests: [
        look_like_those_of_http_1,
        share_a_connection,
        have_bodies,
        are_withdrawn_when_they_are_reset,
        have_bodies_that_are_read_as_they_come,
        hold_back_their_clients,
        need_not_be_read,
        are_reset_without_error_when_nobody_reads_them,
        cannot_become_sockets,
        ask_for_no_upgrade,
        are_sent_by_curl,
    ],
    answers: [
        look_like_those_of_http_1,
        have_no_fields_of_the_connection,
        are_not_sent_to_head,
        may_be_large,
        come_piece_by_piece,
        break_off_when_a_generator_raises,
        wait_for_a_client_that_does_not_read,
        are_closed_when_they_are_reset,
        are_closed_when_the_client_leaves,
        go_through_layers,
        may_be_files,
    ],
    limits: [
        hold_for_bodies,
        hold_for_fields,
        hold_for_streams,
        refuse_each_request_once,
        let_bursts_pass,
        hold_for_blocks,
        hold_for_the_queue,
    ],
    slow_clients: [
        are_given_up_in_the_preface,
        are_given_up_in_the_middle_of_a_frame,
        are_given_up_in_the_middle_of_a_header_block,
        are_told_when_nothing_comes,
        are_given_up_when_they_do_not_let_go,
        are_kept_while_a_handler_runs,
        are_answered_when_a_body_does_not_come,
        are_given_up_when_they_take_in_nothing,
    ],
    unsent: [
        are_made_for_those_who_take_them_in,
        of_others_hold_up_nobody,
        are_few_on_http_1,
    ],
    ending: [
        answers_what_is_under_way,
        tells_idle_clients,
        does_not_wait_for_clients_that_stay,
    ],
}
