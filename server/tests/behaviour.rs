//! What the server promises to clients and handlers: one list, tested under every strategy that the embedded Python allows and every dispatch.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

/// The promises, one file a topic. Each is a function of the mode to test under.
mod behaviour {
    pub(crate) mod async_handlers;
    pub(crate) mod bodies;
    pub(crate) mod contexts;
    pub(crate) mod dispatching;
    pub(crate) mod events;
    pub(crate) mod files;
    pub(crate) mod forms;
    pub(crate) mod handler_errors;
    pub(crate) mod handshakes;
    pub(crate) mod hooks;
    pub(crate) mod keep_alive;
    pub(crate) mod middleware;
    pub(crate) mod placing;
    pub(crate) mod queueing;
    pub(crate) mod refusals;
    pub(crate) mod requests;
    pub(crate) mod responses;
    pub(crate) mod routing;
    pub(crate) mod socket_frames;
    pub(crate) mod streamed_answers;
    pub(crate) mod streamed_bodies;
    pub(crate) mod switching;
    pub(crate) mod websockets;
    pub(crate) mod whereabouts;
    pub(crate) mod worded;
}

use behaviour::{
    async_handlers, bodies, contexts, dispatching, events, files, forms, handler_errors,
    handshakes, hooks, keep_alive, middleware, placing, queueing, refusals, requests, responses,
    routing, socket_frames, streamed_answers, streamed_bodies, switching, websockets, whereabouts,
    worded,
};

support::mode::under_every! { mode;
    routing: [
        answers_each_method_with_its_handler,
        takes_several_methods_in_one_route,
        tells_methods_apart_by_case,
        registers_each_of_stacked_decorators,
        returns_the_decorated_function_unchanged,
        passes_path_parameters_by_name,
        converts_by_annotation,
        converts_by_postponed_annotation,
        answers_404_to_a_value_that_does_not_convert,
        answers_500_where_a_converter_fails,
        converts_within_the_middleware,
        takes_the_tail,
        prefers_the_literal_segment,
        calls_a_handler_without_argument,
        calls_a_handler_that_takes_the_request_only,
        answers_404_to_an_unknown_path,
        answers_405_with_allow,
        answers_head_through_get,
        answers_options_with_allow,
        decodes_percent_encoding,
        answers_without_an_interpreter,
    ],
    requests: [
        has_each_attribute,
        has_attributes_of_the_promised_types,
        makes_each_attribute_once,
        is_immutable,
        shows_the_body_without_a_copy,
        decodes_text_by_charset,
        reads_json,
        answers_400_to_bad_json_naming_line_and_column,
        reads_query,
        reads_headers,
        reads_cookies,
        has_headers_that_are_a_mapping,
        parses_a_raw_buffer,
        stays_valid_when_kept,
        is_read_by_several_threads_at_once,
    ],
    forms: [
        are_mappings_of_the_first_value,
        are_read_urlencoded,
        are_read_multipart,
        are_read_as_clients_write_them,
        lend_files_without_a_copy,
        may_be_long,
        keep_files_valid,
        are_refused_by_name,
        are_limited,
    ],
    responses: [
        write_dataclasses_dates_and_uuids,
        refuse_keywords_that_are_no_strings,
        follow_the_returned_value,
        keep_every_digit_of_an_integer,
        have_no_body_for_none,
        answer_500_to_nonsense_and_log_its_type,
        have_date_server_and_length,
        take_headers_in_order,
        set_cookies,
        refuse_control_characters,
        refuse_status_outside_200_to_599,
        refuse_values_that_are_no_json,
        carry_an_http_error,
    ],
    files: [
        are_named_by_any_path,
        follow_conditions_and_ranges,
        keep_what_the_handler_says,
        are_whole_with_another_status_or_method,
        that_are_not_there_are_404_and_one_record,
        are_refused_where_they_are_made,
        are_sent_in_pieces_when_large,
    ],
    handler_errors: [
        answer_500_without_the_cause,
        log_one_record_with_the_traceback,
        log_one_record_as_text,
        show_the_traceback_with_debug,
        are_one_500_each_in_sync_handlers,
        are_one_500_each_in_async_handlers,
    ],
    async_handlers: [
        let_a_task_exit_while_others_run,
        echo,
        take_path_parameters,
        answer_without_awaiting,
        sleep_at_the_same_time,
        let_sync_handlers_run_between,
        keep_background_tasks,
        answer_http_errors,
        share_one_loop_a_worker,
        use_asyncio,
        have_a_context_each,
    ],
    handshakes: [
        answer_the_handshake,
        refuse_what_is_no_handshake,
        share_a_path_with_a_page,
        convert_path_parameters,
        let_the_handler_accept,
        let_the_handler_refuse,
    ],
    switching: [
        is_byte_for_byte,
        is_byte_for_byte_on_unix_sockets,
        is_left_to_http_where_nothing_changes,
    ],
    websockets: [
        echo,
        join_fragments,
        close_when_the_handler_ends,
        tell_how_the_client_left,
        refuse_what_breaks_the_protocol,
        have_the_limit_that_is_set,
        name_mistakes,
        lose_nothing_when_given_up,
        send_and_receive_at_once,
        send_in_order,
        close_when_the_loop_fails,
        hold_back_the_handler,
        hold_back_the_client,
        talk_to_each_other,
        let_requests_through,
        ping_their_clients,
    ],
    socket_frames: [
        end_at_the_first_bad_byte_of_text,
        carry_long_text,
        may_close_with_1014,
        are_closed_with_1014_by_handlers,
    ],
    hooks: [
        run_once_in_each_interpreter_in_order,
        run_once_for_each_worker,
        name_mistakes_with_the_state_of_workers,
        stop_the_start_when_they_raise,
        leave_no_connection_to_several_loops,
    ],
    contexts: [
        are_seen_by_no_other_request,
        are_shared_by_all_of_one_request,
        hold_what_start_up_has_set,
        stay_with_who_keeps_them,
        go_with_exceptions_tasks_and_depth,
    ],
    middleware: [
        are_called_in_their_order,
        may_answer_before_the_handler,
        may_replace_the_answer,
        answer_for_errors,
        keep_status_and_headers_of_the_error,
        leave_one_record_of_what_nothing_took,
        answer_for_requests_without_a_route,
        leave_refusals_native_without_a_function_for_them,
        see_answers_that_are_streamed,
        come_before_handshakes,
        refuse_handshakes,
    ],
    whereabouts: [
        are_told_to_handlers,
        keep_module_state_as_the_strategy_says,
        are_described_by_the_stub,
        have_threads_with_names,
    ],
    keep_alive: [
        serves_many_requests_on_one_connection,
        ends_when_the_client_asks,
        speaks_http_1_0,
        answers_pipelined_requests_in_order,
        reads_a_request_byte_by_byte,
        survives_garbage,
    ],
    bodies: [
        are_read_by_length,
        are_read_in_chunks,
        are_asked_for_with_100_continue,
        are_refused_when_announced_too_long,
        are_refused_when_met_too_long,
        may_have_the_longest_length,
    ],
    dispatching: [
        lets_others_run_while_a_fast_route_sleeps,
        lets_others_run_while_a_fast_route_computes,
        answers_by_itself_while_the_worker_sleeps,
        accepts_while_every_worker_is_busy,
        mixes_sync_and_async_handlers,
        gives_each_request_its_own_answer,
        answers_pipelined_requests_in_order,
        keeps_handlers_on_the_thread_of_their_hooks,
    ],
    placing: [
        spreads_sockets_opened_in_turn,
        spreads_sockets_opened_at_once,
        spreads_streams,
        learns_which_routes_stream,
        fills_up_the_worker_that_was_left,
        passes_on_what_waits_for_a_busy_worker,
        prefers_workers_without_sockets_for_requests,
    ],
    queueing: [
        refuses_at_once_when_full,
        refuses_what_waited_too_long,
        drops_the_request_of_a_client_that_left,
        drops_the_request_of_a_client_that_half_closed,
        drops_it_after_thousands_that_were_fast,
    ],
    streamed_answers: [
        come_in_chunks,
        end_with_the_connection_on_http_1_0,
        have_the_length_that_is_announced,
        are_left_as_they_are,
        are_an_error_before_the_first_piece,
        break_off_when_a_generator_raises,
        wait_for_a_client_that_does_not_read,
        let_others_run,
        are_closed_when_the_client_leaves,
        are_closed_once,
        are_not_sent_to_head,
        can_be_sent_once,
        count_as_requests_that_run,
        may_be_large,
    ],
    streamed_bodies: [
        come_in_pieces,
        are_read_while_they_come,
        can_be_sent_back_as_they_come,
        let_io_go_on_while_a_handler_waits,
        are_not_to_be_had_whole,
        are_one_piece_on_ordinary_routes,
        have_limits,
        tell_when_the_client_leaves,
        tell_when_the_client_is_slow,
        may_be_left_unread,
        are_asked_for_when_they_are_read,
        keep_apart,
    ],
    refusals: [
        reach_clients_that_send_all_first,
        reach_clients_whatever_is_wrong,
        reach_clients_when_full,
        reach_slow_clients,
        say_so_to_clients_that_ask_first,
        wait_for_no_client_without_end,
        end_with_the_server,
    ],
    events: [
        are_written_as_clients_read_them,
        refuse_what_is_no_event,
        come_at_once,
        outlive_the_keep_alive_timeout,
        end_when_the_client_leaves,
        have_the_content_type_of_an_event_stream,
    ],
    worded: [
        are_answered_by_one_function,
        close_the_connection_where_a_body_is_left,
        may_be_files_or_fail,
        keep_the_headers_of_a_missing_file,
        are_problems_where_asked_for,
    ],
}

// What depends on how bytes come and go, and on how the client's end is seen. `COACHWHIP_TEST_TLS=1` tests all of the
// above over TLS.
support::mode::under_every! { mode over tls;
    requests: [has_each_attribute],
    keep_alive: [
        ends_when_the_client_asks,
        answers_pipelined_requests_in_order,
        reads_a_request_byte_by_byte,
    ],
    bodies: [
        are_asked_for_with_100_continue,
        are_refused_when_announced_too_long,
        are_refused_when_met_too_long,
        may_have_the_longest_length,
    ],
    files: [are_sent_in_pieces_when_large],
    queueing: [drops_the_request_of_a_client_that_left],
    streamed_answers: [
        end_with_the_connection_on_http_1_0,
        break_off_when_a_generator_raises,
        wait_for_a_client_that_does_not_read,
        are_closed_when_the_client_leaves,
        may_be_large,
    ],
    streamed_bodies: [
        can_be_sent_back_as_they_come,
        tell_when_the_client_leaves,
        may_be_left_unread,
    ],
    switching: [is_byte_for_byte, is_left_to_http_where_nothing_changes],
    refusals: [
        reach_clients_that_send_all_first,
        reach_clients_whatever_is_wrong,
        wait_for_no_client_without_end,
        end_with_the_server,
    ],
    websockets: [
        echo,
        tell_how_the_client_left,
        lose_nothing_when_given_up,
        hold_back_the_handler,
        hold_back_the_client,
        ping_their_clients,
    ],
    socket_frames: [end_at_the_first_bad_byte_of_text, are_closed_with_1014_by_handlers],
}
