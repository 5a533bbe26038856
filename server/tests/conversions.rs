//! What goes in comes out: JSON, queries, headers, paths and bodies, compared with Python's own conversions.
//!
//! Random inputs over one kept connection to the real binary; `handlers/conversions.py` has Python's side.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

/// The promises, one file a topic. Each is a function of the strategy to test under.
mod conversions {
    pub(crate) mod bodies;
    pub(crate) mod codec;
    pub(crate) mod documents;
    pub(crate) mod fields;
    pub(crate) mod json_in;
    pub(crate) mod json_out;
    pub(crate) mod not_json;
    pub(crate) mod paths;
    pub(crate) mod peer;
}

use conversions::{bodies, codec, fields, json_in, json_out, not_json, paths};

support::mode::under_every! { strategy;
    json_in: [
        is_what_python_reads,
        comes_back_equal,
        keeps_every_digit_of_an_integer,
        answers_400_to_deep_nesting,
        takes_time_by_its_length,
    ],
    codec: [
        is_a_module_to_import,
        takes_and_refuses_the_public_cases,
        reads_and_writes_what_python_does,
        takes_and_refuses_what_python_does,
        writes_the_types_of_the_standard_library,
        raises_what_the_documentation_says,
        tells_where_a_document_is_wrong,
        is_safe_while_threads_change_what_it_writes,
        serves_threads_at_once,
        leaves_no_memory_behind,
    ],
    not_json: [is_refused_with_line_and_column],
    json_out: [
        is_what_python_writes,
        has_numbers_that_read_back,
        answers_500_to_numbers_that_json_lacks,
        answers_500_to_deep_nesting,
        is_of_dicts_that_change_meanwhile,
    ],
    fields: [
        of_a_query_arrive_as_sent,
        of_any_query_are_what_python_reads,
        of_the_head_arrive_as_sent,
        of_the_head_go_out_as_set,
    ],
    paths: [
        have_parameters_that_arrive_as_sent,
        have_tails_that_arrive_as_sent,
        are_decoded_once,
        convert_integers_that_are_digits,
        convert_floats_that_python_converts,
    ],
    bodies: [
        of_any_bytes_arrive_as_sent,
        of_any_bytes_arrive_in_chunks,
        of_any_length_go_out_as_returned,
        let_others_run_while_long_ones_are_copied,
        that_others_change_go_out_as_they_are,
    ],
}
