//! The cases. Each is a function that takes an adapter and panics if a promise is broken.

mod connections;
mod failures;
mod observing;
mod requests;
mod responses;
mod tls;
mod waiting;

pub use connections::*;
pub use failures::*;
pub use observing::*;
pub use requests::*;
pub use responses::*;
pub use tls::*;
pub use waiting::*;

use crate::harness::Case;

/// Calls a macro with the list: a name for each case, and the [`Capability`](crate::Capability) that it needs, if any.
#[macro_export]
macro_rules! for_each_case {
    ($tests:ident) => {
        $tests! {
            // What is sent.
            a_request_is_the_signed_one_and_nothing_else;
            the_host_on_the_wire_is_the_one_signed_with_its_port;
            the_host_on_the_wire_is_the_one_signed_for_an_ipv6_address;
            the_host_on_the_wire_is_the_one_signed_for_upper_case;
            the_host_on_the_wire_is_the_one_signed_for_default_ports OwnResolver;
            a_base_path_travels_as_it_was_given;
            a_session_token_is_sent_once;
            the_user_agent_names_the_adapter_and_the_application;
            a_client_set_up_otherwise_sends_the_same_request;
            a_call_made_elsewhere_goes_its_own_way;

            // What is answered.
            one_invitation_is_deleted;
            fifty_invitations_are_deleted;
            ten_thousand_invitations_are_deleted;
            ten_thousand_unprocessed_accounts_are_read;
            partial_failure_lists_the_accounts;
            an_empty_list_and_an_empty_body_are_success;
            chunked_answers_and_answers_of_known_length_read_the_same;
            an_answer_that_trickles_is_read_whole;
            interim_answers_are_passed_over;
            every_modelled_error_arrives_whole;
            error_bodies_are_kept_on_every_status;
            what_is_no_json_is_kept_as_an_excerpt;
            a_success_that_is_no_json_is_an_error;
            redirects_are_answers_and_lead_nowhere;
            a_body_at_the_cap_is_read;
            a_body_over_the_cap_is_refused_and_not_asked_for_again;
            a_body_without_end_is_not_read_to_its_end;
            a_head_without_end_is_not_read_to_its_end;
            a_client_set_up_otherwise_reads_the_same_answers;

            // What goes wrong on the way.
            a_refused_connection_is_not_sent;
            an_unknown_name_is_not_sent OwnResolver;
            a_connection_that_breaks_before_the_answer_is_interrupted;
            a_connection_that_breaks_during_the_answer_is_interrupted;
            a_body_cut_short_is_never_success;
            what_is_not_http_is_interrupted;
            every_failure_of_the_transport_is_tried_again;
            an_attempt_reaches_the_server_once;
            slow_headers_time_out;
            a_slow_body_times_out;
            an_answer_that_trickles_for_too_long_times_out;

            // Connections.
            a_hundred_calls_share_a_connection;
            error_answers_leave_the_connection_usable;
            a_connection_that_is_to_be_closed_is_not_used_again;
            an_answer_of_http_1_0_ends_its_connection;
            a_connection_closed_while_idle_is_not_used;
            a_connection_that_dies_in_use_costs_an_attempt;
            bytes_after_an_answer_are_not_the_next_answer;
            a_client_serves_many_threads;

            // Waiting and stopping.
            the_wait_that_throttling_asks_for_is_waited;
            an_answer_that_asks_for_another_attempt_gets_one;
            a_clock_that_is_off_is_corrected;
            a_timeout_may_be_as_long_as_there_is;
            a_deadline_cuts_a_wait_short;
            a_deadline_cuts_an_attempt_short;
            a_deadline_of_nothing_sends_nothing;
            a_cancelled_call_leaves_no_request_running Cancel;
            a_call_cancelled_while_waiting_sends_nothing_more Cancel;

            // TLS and proxies.
            a_private_authority_is_trusted_when_it_is_said_so OwnRoots;
            a_certificate_for_another_name_is_refused OwnRoots;
            a_certificate_of_an_unknown_authority_is_refused OwnRoots;
            a_certificate_out_of_date_is_refused OwnRoots;
            a_server_without_tls_hears_nothing;
            a_server_that_is_silent_about_tls_times_out;
            a_server_of_both_versions_is_understood OwnRoots;
            calls_share_an_http_2_connection Http2;
            an_http_2_answer_cut_short_is_interrupted Http2;
            a_proxy_makes_one_tunnel_for_many_calls Proxy;
            a_proxy_that_refuses_hears_nothing_of_the_request Proxy;
            the_default_client_takes_its_proxy_from_the_environment Environment;

            // What is shown.
            every_attempt_is_observed_with_its_wait;
            nothing_shown_is_secret;
            a_call_is_a_span_and_an_attempt_an_event Tracing;
        }
    };
}

macro_rules! list {
    ($($name:ident $($needs:ident)?;)*) => {
        /// All cases.
        pub const LIST: &[Case] =
            &[$(Case { name: stringify!($name), needs: &[$(crate::Capability::$needs)?] }),*];
    };
}

for_each_case!(list);

#[cfg(test)]
mod tests {
    use super::LIST;

    /// The functions of this folder's files.
    const SOURCES: [&str; 7] = [
        include_str!("connections.rs"),
        include_str!("failures.rs"),
        include_str!("observing.rs"),
        include_str!("requests.rs"),
        include_str!("responses.rs"),
        include_str!("tls.rs"),
        include_str!("waiting.rs"),
    ];

    #[test]
    fn every_case_that_is_written_is_in_the_list() {
        let mut written: Vec<&str> = SOURCES
            .iter()
            .flat_map(|source| source.lines())
            .filter_map(|line| line.strip_prefix("pub fn ")?.split('<').next())
            .collect();
        let mut listed: Vec<&str> = LIST.iter().map(|case| case.name).collect();
        written.sort_unstable();
        listed.sort_unstable();
        assert_eq!(written, listed);
    }
}
