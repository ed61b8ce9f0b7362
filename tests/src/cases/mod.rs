//! The cases. Each is a function over an adapter that panics if a guarantee is broken.

mod connections;
mod effects;
mod environment;
mod failures;
mod networks;
mod observing;
mod operations;
mod requests;
mod responses;
mod tls;
mod waiting;

pub use connections::*;
pub use effects::*;
pub use environment::*;
pub use failures::*;
pub use networks::*;
pub use observing::*;
pub use operations::*;
pub use requests::*;
pub use responses::*;
pub use tls::*;
pub use waiting::*;

use crate::harness::Case;

/// Calls a macro with the list of cases. Each has a name, and optionally the [`Capability`](crate::Capability) that it needs.
#[macro_export]
macro_rules! for_each_case {
    ($tests:ident) => {
        $tests! {
            // Requests.
            sends_the_signed_request_only;
            sends_the_signed_host_with_port;
            sends_the_signed_ipv6_host;
            sends_the_signed_host_in_lower_case;
            omits_default_ports_from_the_host OwnResolver;
            sends_the_base_path_unchanged;
            sends_the_session_token_once;
            user_agent_names_adapter_and_application;
            hostile_settings_do_not_change_requests;
            send_uses_the_hub_of_the_call;

            // Responses.
            deletes_one_invitation;
            deletes_fifty_invitations;
            deletes_ten_thousand_invitations;
            reads_ten_thousand_unprocessed_accounts;
            lists_unprocessed_accounts;
            accepts_every_form_of_an_empty_list;
            reads_chunked_and_sized_bodies_alike;
            reads_slow_responses_completely;
            skips_interim_responses;
            reports_every_modelled_error;
            keeps_error_bodies_of_every_status;
            keeps_an_excerpt_of_html_errors;
            rejects_html_with_status_200;
            never_follows_redirects;
            reads_bodies_at_the_limit;
            rejects_bodies_over_the_limit;
            stops_reading_endless_bodies;
            stops_reading_endless_headers;
            hostile_settings_do_not_change_responses;

            // Operations.
            lists_invitations_page_by_page;
            lists_members_page_by_page;
            declines_invitations;
            gets_the_administrator_account;
            disassociates_from_the_administrator_account;
            sends_only_the_bodies_of_inputs;
            signs_page_tokens_with_special_characters;
            exchanges_once_without_the_loop;

            // Truth about effects.
            marks_accounts_after_a_gateway_timeout_as_uncertain;
            counts_lost_attempts_in_later_failures;
            never_takes_other_responses_for_success;
            reads_never_take_effect;

            // Failures of the transport.
            refused_connection_is_not_sent;
            unknown_name_is_not_sent OwnResolver;
            break_before_response_is_interrupted;
            break_during_response_is_interrupted;
            truncated_body_is_never_success;
            non_http_response_is_interrupted;
            retries_every_transport_failure;
            sends_each_attempt_once;
            slow_headers_time_out;
            slow_body_times_out;
            trickling_response_times_out;

            // Connections.
            hundred_calls_share_a_connection;
            reuses_connections_after_errors;
            server_errors_end_their_connection FreshConnections;
            does_not_reuse_closing_connections;
            http_1_0_response_ends_its_connection;
            does_not_use_connections_closed_while_idle;
            connection_lost_in_use_costs_an_attempt;
            ignores_bytes_after_a_response;
            serves_many_threads;

            // Real networks.
            tries_the_next_address Fallback;
            tries_the_other_family Fallback;
            tries_fifty_addresses Fallback;
            silent_addresses_are_not_sent ConnectionSteps;
            attempt_timeout_while_connecting_is_not_sent ConnectionSteps;
            hanging_resolver_is_not_sent ConnectionSteps;
            name_without_addresses_is_not_sent ConnectionSteps;
            plaintext_server_is_not_sent ConnectionSteps;
            unusable_proxies_are_not_sent ConnectionSteps;
            calls_through_tinyproxy Proxy;
            proxy_receives_decoded_credentials Proxy;
            plain_http_through_a_proxy_uses_port_80 Proxy;
            rejects_unusable_proxy_variables ConnectionSteps;
            recovers_from_a_silent_peer;
            recovers_from_a_silent_http_2_peer Http2;
            pings_find_a_silent_http_2_peer Http2;
            server_errors_end_their_http_2_connection Http2;
            refused_http_2_streams_are_not_sent Http2;
            abandoned_http_2_streams_are_interrupted Http2;

            // Waits, deadlines and cancellation.
            waits_as_long_as_throttling_requests;
            retries_retryable_responses;
            corrects_a_wrong_clock;
            accepts_the_longest_timeout;
            deadline_forbids_a_wait;
            deadline_ends_an_attempt;
            deadline_ends_a_hanging_connect;
            forbidden_retries_do_not_drain_the_quota;
            zero_deadline_sends_nothing;
            cancelled_call_closes_its_connection Cancel;
            call_cancelled_while_waiting_sends_nothing_more Cancel;

            // TLS and proxies.
            trusts_a_private_authority OwnRoots;
            rejects_certificates_for_other_names OwnRoots;
            rejects_unknown_authorities OwnRoots;
            rejects_expired_certificates OwnRoots;
            sends_nothing_without_tls;
            silent_tls_server_times_out;
            negotiates_http_1_and_http_2 OwnRoots;
            calls_share_an_http_2_connection Http2;
            truncated_http_2_response_is_interrupted Http2;
            many_calls_share_a_proxy_tunnel Proxy;
            refused_proxy_tunnel_is_not_sent Proxy;
            default_client_uses_the_environment_proxy Environment;

            // The environment.
            creates_clients_from_the_environment Environment;

            // Observers, tracing and secrets.
            observer_sees_every_attempt;
            shows_no_secrets;
            traces_calls_and_attempts Tracing;
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

    /// The source of the cases.
    const SOURCES: [&str; 11] = [
        include_str!("connections.rs"),
        include_str!("effects.rs"),
        include_str!("environment.rs"),
        include_str!("failures.rs"),
        include_str!("networks.rs"),
        include_str!("observing.rs"),
        include_str!("operations.rs"),
        include_str!("requests.rs"),
        include_str!("responses.rs"),
        include_str!("tls.rs"),
        include_str!("waiting.rs"),
    ];

    #[test]
    fn lists_every_case() {
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
