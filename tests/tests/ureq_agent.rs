//! The suite over ureq, with an agent of the caller.

#[path = "ureq/adapter.rs"]
mod adapter;

use securityhub_invitations_tests::{Setup, adapter_suite};
use securityhub_invitations_ureq::{Client, Failure, ListInvitations};
use ureq::{Agent, Proxy};

adapter_suite!(
    adapter::Ureq<true>,
    lacks {
        Http2: "ureq speaks HTTP/1.1",
        Cancel: "a call blocks its thread until it is over",
        Fallback: "the agent divides the time among the addresses",
        FreshConnections: "the agent keeps them",
        ConnectionSteps: "the agent opens connections",
    }
);

/// Without the feature `socks-proxy`, ureq would panic. With it, as in a build with all features, nothing listens.
#[test]
fn never_panics_on_socks_proxies() {
    for scheme in ["socks4", "socks4a", "socks5"] {
        let proxy = Proxy::new(&format!("{scheme}://user:secret@127.0.0.1:9")).expect("a proxy");
        let agent: Agent = Agent::config_builder().proxy(Some(proxy)).build().into();
        let client = Client::with_agent(Setup::to("https://127.0.0.1:9").hub(), agent);
        let error = client.list_invitations(ListInvitations::new()).expect_err("nothing listens");
        assert_eq!(error.failure(), Some(Failure::NotSent));
        let message = error.to_string();
        assert!(message.contains(&format!("https://127.0.0.1:9 through proxy {scheme}://127.0.0.1:9: ")), "{message}");
        assert!(!message.contains("secret"), "{message}");
        let is_rejected =
            message.contains(&format!("unsupported scheme {scheme} (expected http, or the feature socks-proxy)"));
        assert_eq!(error.attempts(), if is_rejected { 1 } else { 3 }, "{message}");
    }
}
