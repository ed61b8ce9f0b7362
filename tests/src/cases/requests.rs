//! What is sent.

use std::net::{Ipv6Addr, SocketAddr};

use securityhub_emulator::{AccessKey, Server};

use crate::{
    Adapter, Names, Setup,
    bench::{Bench, check_received, emulator, ids, invite, one_id},
    servers::{Peer, Raw, RawRequest, answer},
};

/// Answers every request with the empty list.
pub(super) fn always_ok() -> Raw {
    Raw::start(|mut peer: Peer| while peer.request().is_some() && peer.send(ok("{}")) {})
}

pub(super) fn ok(body: &str) -> String {
    answer("HTTP/1.1 200 OK", "", body)
}

/// The names of a request's headers, sorted, in lower case.
fn names(request: &RawRequest) -> Vec<String> {
    let mut names: Vec<String> = request.headers().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names
}

/// Request line, headers and body are those that were signed, with `host`, `content-length` and at most a `user-agent`.
pub fn a_request_is_the_signed_one_and_nothing_else<A: Adapter>() {
    let server = always_ok();
    let _ = A::new(&Setup::to(server.url())).call(ids(1..3)).output(1);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    check_request::<A>(&requests[0], &server.addr().to_string());
}

fn check_request<A: Adapter>(request: &RawRequest, host: &str) {
    assert_eq!(request.line(), "POST /invitations/delete HTTP/1.1");
    let mut names = names(request);
    let mut expected = vec!["authorization", "content-length", "content-type", "host", "user-agent", "x-amz-date"];
    if A::PRODUCT.is_none() {
        // A browser's own, or none.
        names.retain(|name| name != "user-agent");
        expected.retain(|name| *name != "user-agent");
    }
    assert_eq!(names, expected);
    assert_eq!(request.header("host"), host);
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("content-length"), request.body.len().to_string());
    assert_eq!(request.body, br#"{"AccountIds":["000000000001","000000000002"]}"#);
    let authorization = request.header("authorization");
    assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date,"), "{authorization}");
}

/// `127.0.0.1:4566`: the emulator computes the signature over the `Host` that it got, and the test looks at it.
pub fn the_host_on_the_wire_is_the_one_signed_with_its_port<A: Adapter>() {
    let bench = Bench::new();
    let _ = A::new(&bench.setup()).call(one_id()).output(1);
    assert_eq!(hosts(&bench), [bench.server().addr().to_string()]);
}

fn hosts(bench: &Bench) -> Vec<String> {
    let received = bench.emulator().received();
    received.iter().map(|received| received.headers["host"].to_str().expect("ASCII").to_owned()).collect()
}

/// `[::1]:4566`.
pub fn the_host_on_the_wire_is_the_one_signed_for_an_ipv6_address<A: Adapter>() {
    let server = Server::start_on(emulator(), SocketAddr::from((Ipv6Addr::LOCALHOST, 0)));
    let server = server.expect("this machine has ::1");
    let client = A::new(&Setup::to(server.url()));
    assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
    check_received(server.emulator());
    let port = server.addr().port();
    assert_eq!(server.emulator().received()[0].headers["host"], format!("[::1]:{port}"));
}

/// `http://LOCALHOST:4566` is signed and sent as `localhost:4566`.
pub fn the_host_on_the_wire_is_the_one_signed_for_upper_case<A: Adapter>() {
    let bench = Bench::new();
    let port = bench.server().addr().port();
    let client = A::new(&Setup { url: format!("http://LOCALHOST:{port}"), ..bench.setup() });
    let _ = client.call(one_id()).output(1);
    assert_eq!(hosts(&bench), [format!("localhost:{port}")]);
}

/// A default port is dropped, given or not: `http://host:80` and `http://host` are both signed and sent as `host`.
pub fn the_host_on_the_wire_is_the_one_signed_for_default_ports<A: Adapter>() {
    let bench = Bench::new();
    let names = Names::AreAllAt(bench.server().addr());
    for url in ["http://Hub.example", "http://hub.example:80", "http://hub.example.:80/"] {
        let client = A::new(&Setup { url: url.to_owned(), names, ..bench.setup() });
        let _ = client.call(one_id()).output(1);
    }
    assert_eq!(hosts(&bench), ["hub.example", "hub.example", "hub.example."]);
}

/// The transport neither normalises nor decodes the path; the signature over the normalised one is right all the same.
pub fn a_base_path_travels_as_it_was_given<A: Adapter>() {
    let bench = Bench::new();
    for base in ["/base", "/a%2Fb/%7e", "/a/./b/../c", "/a//b"] {
        let url = format!("{}{base}", bench.server().url());
        let _ = A::new(&Setup { url, ..bench.setup() }).call(one_id()).output(1);
    }
    let paths: Vec<String> =
        bench.emulator().received().iter().map(|received| received.uri.path().to_owned()).collect();
    assert_eq!(
        paths,
        [
            "/base/invitations/delete",
            "/a%2Fb/%7e/invitations/delete",
            "/a/./b/../c/invitations/delete",
            "/a//b/invitations/delete"
        ]
    );
}

/// With temporary credentials, the token is a signed header.
pub fn a_session_token_is_sent_once<A: Adapter>() {
    let token = "a/session+token==";
    let bench = Bench::new();
    bench.emulator().set_access_key(AccessKey::example().with_session_token(token));
    let _ = A::new(&Setup { session_token: Some(token.to_owned()), ..bench.setup() }).call(one_id()).output(1);
    assert_eq!(bench.emulator().received()[0].headers["x-amz-security-token"], token);
}

/// `securityhub-invitations-ureq/0.1.0 app/payments`, with the characters of the id that AWS does not allow replaced.
pub fn the_user_agent_names_the_adapter_and_the_application<A: Adapter>() {
    let server = always_ok();
    let app_ids = [None, Some("payments"), Some("pay ments/\u{e9}\r\nx-evil: 1")];
    for app_id in app_ids {
        let setup = Setup { app_id: app_id.map(ToOwned::to_owned), ..Setup::to(server.url()) };
        let _ = A::new(&setup).call(one_id()).output(1);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), app_ids.len());
    let Some(product) = A::PRODUCT else { return };
    let agents: Vec<(&str, &str)> = requests
        .iter()
        .map(|request| request.header("user-agent"))
        .map(|agent| agent.split_once(' ').unwrap_or((agent, "")))
        .collect();
    for (name, _) in &agents {
        let version = name.strip_prefix(product).unwrap_or_else(|| panic!("{name} is not {product}"));
        assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{name}");
    }
    assert_eq!(agents[0].1, "");
    assert_eq!(agents[1].1, "app/payments");
    assert_eq!(agents[2].1, "app/pay-ments----x-evil--1");
    assert!(requests.iter().all(|request| !names(request).contains(&"x-evil".to_owned())));
}

/// The adapter sets what it promises for each request: the transport's own client may be set up for anything.
pub fn a_client_set_up_otherwise_sends_the_same_request<A: Adapter>() {
    let server = always_ok();
    let _ = A::new(&Setup { hostile: true, ..Setup::to(server.url()) }).call(ids(1..3)).output(1);
    let requests = server.requests();
    check_request::<A>(&requests[0], &server.addr().to_string());
    if let Some(product) = A::PRODUCT {
        assert!(requests[0].header("user-agent").starts_with(product), "{}", requests[0].header("user-agent"));
    }
}

/// `send` drives a call with the hub and the credentials that it was made with, not with the client's.
pub fn a_call_made_elsewhere_goes_its_own_way<A: Adapter>() {
    let (ours, theirs) = (Bench::new(), Bench::new());
    theirs.emulator().set_access_key(AccessKey::new(AccessKey::EXAMPLE_ID, "another-secret"));
    invite(theirs.emulator(), 1..2);
    let hub = Setup { secret: "another-secret".to_owned(), ..theirs.setup() }.hub();
    let report = A::new(&ours.setup()).send(hub.delete_invitations(one_id()));
    assert!(report.output(1).is_complete());
    assert_eq!((ours.requests(), theirs.requests()), (0, 1));
}
