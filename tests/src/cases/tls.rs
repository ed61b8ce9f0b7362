//! TLS, HTTP/2 and proxies.

use rustls::ServerConfig;
use securityhub_emulator::Fault;
use securityhub_invitations::Failure;

use super::{
    connections::{assert_shared, call_and_settle},
    failures::{SLACK, STALL},
};
use crate::{
    Adapter, Names, Setup,
    servers::{Authority, Raw, TlsServer, Tunnel, response},
    test_server::{check_received, emulator, one_id},
};

pub(super) const HTTP_1: &[&str] = &["http/1.1"];
pub(super) const BOTH: &[&str] = &["h2", "http/1.1"];

/// The first byte of a handshake.
pub(super) const HANDSHAKE: u8 = 22;

pub(super) fn trusting(authority: &Authority, url: String) -> Setup {
    Setup { roots: vec![authority.root()], ..Setup::to(url) }
}

/// By name and by address, with the server's name in the handshake and many calls in a session.
pub fn trusts_a_private_authority<A: Adapter>() {
    let authority = Authority::new();
    for host in ["localhost", "127.0.0.1"] {
        assert_shared::<A>(|| {
            let server = TlsServer::start(emulator(), authority.server(&["localhost", "127.0.0.1"]), HTTP_1);
            let client = A::new(&trusting(&authority, server.url(host)));
            for _ in 0..5 {
                assert_eq!(call_and_settle(&client).output(1).unprocessed_accounts().len(), 1);
            }
            check_received(server.emulator());
            let sessions = server.log().sessions;
            assert_eq!(sessions[0].server_name.as_deref(), (host == "localhost").then_some("localhost"));
            sessions.len()
        });
    }
}

/// Checks that nothing is sent, with or without TLS, and that there is no retry.
fn is_rejected<A: Adapter>(config: ServerConfig, setup: impl Fn(&TlsServer) -> Setup) {
    let server = TlsServer::start(emulator(), config, BOTH);
    let client = A::new(&setup(&server));
    for calls in 1..3 {
        assert_eq!(client.call(one_id()).failure(1), Failure::NotSent);
        assert_eq!(server.log().first_bytes, vec![HANDSHAKE; calls]);
    }
    assert_eq!(server.emulator().request_count(), 0);
}

/// A trusted certificate for `localhost` is not valid for `127.0.0.1`.
pub fn rejects_certificates_for_other_names<A: Adapter>() {
    let authority = Authority::new();
    is_rejected::<A>(authority.server(&["localhost"]), |server| trusting(&authority, server.url("127.0.0.1")));
    is_rejected::<A>(authority.server(&["127.0.0.1"]), |server| trusting(&authority, server.url("localhost")));
}

/// With custom root certificates and with the default ones.
pub fn rejects_unknown_authorities<A: Adapter>() {
    let (authority, another) = (Authority::new(), Authority::new());
    is_rejected::<A>(another.server(&["localhost"]), |server| trusting(&authority, server.url("localhost")));
    is_rejected::<A>(another.server(&["localhost"]), |server| Setup::to(server.url("localhost")));
}

/// The certificate expired in 2000.
pub fn rejects_expired_certificates<A: Adapter>() {
    let authority = Authority::new();
    let config = authority.server_until(&["localhost"], (2000, 12, 31));
    is_rejected::<A>(config, |server| trusting(&authority, server.url("localhost")));
}

/// An `https` URL of a plain HTTP server. The server receives handshakes, but no request.
pub fn sends_nothing_without_tls<A: Adapter>() {
    let server = Raw::start(|mut peer| {
        peer.send(response("HTTP/1.1 400 Bad Request", "connection: close\r\n", "plain HTTP only"));
        peer.request();
    });
    let url = format!("https://{}", server.addr());
    let report = A::new(&Setup { attempts: 2, ..Setup::to(url) }).call(one_id());
    let failed = report.result.expect_err("the server does not support TLS");
    assert!(matches!(failed.why, crate::Why::Transport(_)), "{:?}", failed.why);
    assert_eq!(server.requests().len(), 0);
}

/// The attempt timeout also limits the TLS handshake.
pub fn silent_tls_server_times_out<A: Adapter>() {
    let server = Raw::start(|mut peer| peer.until_closed());
    let url = format!("https://{}", server.addr());
    let setup = Setup { attempts: 2, attempt_timeout: STALL, ..Setup::to(url) };
    let report = A::new(&setup).call(one_id());
    assert!(matches!(report.failure(2), Failure::TimedOut | Failure::NotSent), "{:?}", report.failure(2));
    assert!(report.elapsed >= STALL * 2, "{:?}", report.elapsed);
    assert!(report.elapsed < STALL * 2 + SLACK, "{:?}", report.elapsed);
}

/// The server offers HTTP/2 and HTTP/1.1 by ALPN, or has no ALPN, or has a name with the default port.
pub fn negotiates_http_1_and_http_2<A: Adapter>() {
    let authority = Authority::new();
    let name = "securityhub.us-east-1.amazonaws.com";
    for alpn in [BOTH, HTTP_1, &[]] {
        let server = TlsServer::start(emulator(), authority.server(&["localhost"]), alpn);
        let client = A::new(&trusting(&authority, server.url("localhost")));
        assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
        check_received(server.emulator());
    }
    let server = TlsServer::start(emulator(), authority.server(&[name]), BOTH);
    let names = Names::AreAllAt(vec![server.addr()]);
    let client = A::new(&Setup { names, ..trusting(&authority, format!("https://{name}:443")) });
    assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
    check_received(server.emulator());
    let received = &server.emulator().received_requests()[0];
    let host = received.headers.get("host").map(|host| host.to_str().expect("ASCII"));
    assert_eq!(host.or_else(|| received.uri.authority().map(http::uri::Authority::as_str)), Some(name));
    assert_eq!(server.log().sessions[0].server_name.as_deref(), Some(name));
}

/// HTTP/2 is negotiated by ALPN. The emulator verifies the signatures over `:authority`.
pub fn calls_share_an_http_2_connection<A: Adapter>() {
    let authority = Authority::new();
    let server = TlsServer::start(emulator(), authority.server(&["localhost"]), BOTH);
    let client = A::new(&trusting(&authority, server.url("localhost")));
    for _ in 0..10 {
        assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
    }
    let sessions = server.log().sessions;
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].alpn.as_deref(), Some("h2"));
    check_received(server.emulator());
}

/// The connection ends before or during the response.
pub fn truncated_http_2_response_is_interrupted<A: Adapter>() {
    let authority = Authority::new();
    for fault in [Fault::none().drop_before_response(), Fault::none().body_cut_short(10)] {
        let server = TlsServer::start(emulator(), authority.server(&["localhost"]), BOTH);
        server.emulator().script_faults(vec![fault; 3]);
        let client = A::new(&trusting(&authority, server.url("localhost")));
        assert_eq!(client.call(one_id()).failure(3), Failure::Interrupted);
        assert_eq!(server.emulator().request_count(), 3);
        assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
        assert!(server.log().sessions.iter().all(|session| session.alpn.as_deref() == Some("h2")));
        check_received(server.emulator());
    }
}

pub(super) fn through(proxy: &Tunnel, setup: Setup) -> Setup {
    Setup { proxy: Some(proxy.url()), ..setup }
}

/// The proxy receives the endpoint's host and port, and nothing of the request.
pub fn many_calls_share_a_proxy_tunnel<A: Adapter>() {
    let authority = Authority::new();
    let name = "securityhub.us-east-1.amazonaws.com";
    assert_shared::<A>(|| {
        let server = TlsServer::start(emulator(), authority.server(&[name]), HTTP_1);
        let proxy = Tunnel::to(server.addr());
        let client = A::new(&through(&proxy, trusting(&authority, format!("https://{name}"))));
        for _ in 0..5 {
            assert_eq!(call_and_settle(&client).output(1).unprocessed_accounts().len(), 1);
        }
        check_received(server.emulator());
        let heads = proxy.heads();
        for head in &heads {
            assert_proxy_head(head, name);
        }
        assert_eq!(server.emulator().received_requests()[0].headers["host"], name);
        heads.len()
    });
}

#[track_caller]
fn assert_proxy_head(head: &str, name: &str) {
    assert_eq!(head.lines().next(), Some(format!("CONNECT {name}:443 HTTP/1.1").as_str()));
    let head = head.to_ascii_lowercase();
    for secret in ["authorization: aws4", "x-amz", "signature"] {
        assert!(!head.contains(secret), "the proxy received a part of the request");
    }
}

/// If the proxy refuses the tunnel, the request was not sent.
pub fn refused_proxy_tunnel_is_not_sent<A: Adapter>() {
    let authority = Authority::new();
    let name = "securityhub.us-east-1.amazonaws.com";
    let server = TlsServer::start(emulator(), authority.server(&[name]), HTTP_1);
    let proxy = Tunnel::refusing();
    let setup = trusting(&authority, format!("https://{name}"));
    let client = A::new(&through(&proxy, Setup { attempts: 2, ..setup }));
    assert_eq!(client.call(one_id()).failure(2), Failure::NotSent);
    assert_eq!(proxy.connections(), 2);
    for head in proxy.heads() {
        assert_proxy_head(&head, name);
    }
    assert_eq!(server.emulator().request_count(), 0);
}
