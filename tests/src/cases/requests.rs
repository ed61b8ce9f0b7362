//! Requests on the wire.

use std::net::{Ipv6Addr, SocketAddr};

use securityhub_emulator::{AccessKey, Server};

use crate::{
    Adapter, Names, Setup,
    servers::{Peer, Raw, RawRequest, response},
    test_server::{TestServer, check_received, emulator, ids, invite, one_id},
};

/// Starts a server that responds to every request with an empty list.
pub(super) fn always_ok() -> Raw {
    Raw::start(|mut peer: Peer| while peer.request().is_some() && peer.send(ok("{}")) {})
}

pub(super) fn ok(body: &str) -> String {
    response("HTTP/1.1 200 OK", "", body)
}

/// Returns the names of a request's headers, sorted and in lower case.
pub(super) fn names(request: &RawRequest) -> Vec<String> {
    let mut names: Vec<String> = request.headers().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names
}

/// The request line, headers and body are the signed ones, plus `host`, `content-length` and optionally `user-agent`.
pub fn sends_the_signed_request_only<A: Adapter>() {
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
        // A browser sends its own, or none.
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

/// `127.0.0.1:4566`. The emulator computes the signature over the `Host` that it received.
pub fn sends_the_signed_host_with_port<A: Adapter>() {
    let server = TestServer::new();
    let _ = A::new(&server.setup()).call(one_id()).output(1);
    assert_eq!(hosts(&server), [server.server().local_addr().to_string()]);
}

fn hosts(server: &TestServer) -> Vec<String> {
    let received = server.emulator().received_requests();
    received.iter().map(|received| received.headers["host"].to_str().expect("ASCII").to_owned()).collect()
}

/// `[::1]:4566`.
pub fn sends_the_signed_ipv6_host<A: Adapter>() {
    let server = Server::bind(emulator(), SocketAddr::from((Ipv6Addr::LOCALHOST, 0)));
    let server = server.expect("::1 is available");
    let client = A::new(&Setup::to(server.url()));
    assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
    check_received(server.emulator());
    let port = server.local_addr().port();
    assert_eq!(server.emulator().received_requests()[0].headers["host"], format!("[::1]:{port}"));
}

/// `http://LOCALHOST:4566` is signed and sent as `localhost:4566`.
pub fn sends_the_signed_host_in_lower_case<A: Adapter>() {
    let server = TestServer::new();
    let port = server.server().local_addr().port();
    let client = A::new(&Setup { url: format!("http://LOCALHOST:{port}"), ..server.setup() });
    let _ = client.call(one_id()).output(1);
    assert_eq!(hosts(&server), [format!("localhost:{port}")]);
}

/// `http://host:80` and `http://host` are both signed and sent as `host`.
pub fn omits_default_ports_from_the_host<A: Adapter>() {
    let server = TestServer::new();
    let names = Names::AreAllAt(vec![server.server().local_addr()]);
    for url in ["http://Hub.example", "http://hub.example:80", "http://hub.example.:80/"] {
        let client = A::new(&Setup { url: url.to_owned(), names: names.clone(), ..server.setup() });
        let _ = client.call(one_id()).output(1);
    }
    assert_eq!(hosts(&server), ["hub.example", "hub.example", "hub.example."]);
}

/// The transport neither normalises nor decodes the path. The signature over the normalised path is still correct.
pub fn sends_the_base_path_unchanged<A: Adapter>() {
    let server = TestServer::new();
    for base in ["/base", "/a%2Fb/%7e", "/a//b"] {
        let url = format!("{}{base}", server.server().url());
        let _ = A::new(&Setup { url, ..server.setup() }).call(one_id()).output(1);
    }
    let paths: Vec<String> =
        server.emulator().received_requests().iter().map(|received| received.uri.path().to_owned()).collect();
    assert_eq!(paths, ["/base/invitations/delete", "/a%2Fb/%7e/invitations/delete", "/a//b/invitations/delete"]);
}

/// With temporary credentials, the token is a signed header.
pub fn sends_the_session_token_once<A: Adapter>() {
    let token = "a/session+token==";
    let server = TestServer::new();
    server.emulator().set_access_key(AccessKey::example().with_session_token(token));
    let _ = A::new(&Setup { session_token: Some(token.to_owned()), ..server.setup() }).call(one_id()).output(1);
    assert_eq!(server.emulator().received_requests()[0].headers["x-amz-security-token"], token);
}

/// `securityhub-invitations-ureq/0.1.0 app/payments`. Characters that AWS does not allow in the id are replaced.
pub fn user_agent_names_adapter_and_application<A: Adapter>() {
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
        let version = name.strip_prefix(product).unwrap_or_else(|| panic!("{name} does not begin with {product}"));
        assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{name}");
    }
    assert_eq!(agents[0].1, "");
    assert_eq!(agents[1].1, "app/payments");
    assert_eq!(agents[2].1, "app/pay-ments----x-evil--1");
    assert!(requests.iter().all(|request| !names(request).contains(&"x-evil".to_owned())));
}

/// The adapter sets its guarantees for each request, whatever the settings of the transport's own client.
pub fn hostile_settings_do_not_change_requests<A: Adapter>() {
    let server = always_ok();
    let _ = A::new(&Setup { hostile: true, ..Setup::to(server.url()) }).call(ids(1..3)).output(1);
    let requests = server.requests();
    check_request::<A>(&requests[0], &server.addr().to_string());
    if let Some(product) = A::PRODUCT {
        assert!(requests[0].header("user-agent").starts_with(product), "{}", requests[0].header("user-agent"));
    }
}

/// `send` uses the hub and the credentials of the call, not those of the client.
pub fn send_uses_the_hub_of_the_call<A: Adapter>() {
    let (ours, theirs) = (TestServer::new(), TestServer::new());
    theirs.emulator().set_access_key(AccessKey::new(AccessKey::EXAMPLE_ID, "another-secret"));
    invite(theirs.emulator(), 1..2);
    let hub = Setup { secret: "another-secret".to_owned(), ..theirs.setup() }.hub();
    let report = A::new(&ours.setup()).send(hub.call(one_id()));
    assert!(report.output(1).is_complete());
    assert_eq!((ours.requests(), theirs.requests()), (0, 1));
}
