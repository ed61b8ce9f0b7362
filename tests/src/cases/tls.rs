//! TLS, HTTP/2 and proxies.

use std::{env, net::SocketAddr, process::Command};

use rustls::ServerConfig;
use securityhub_emulator::Fault;
use securityhub_invitations::Failure;

use super::{
    connections::{assert_shared, call_and_settle},
    failures::{SLACK, STALL},
};
use crate::{
    Adapter, Names, Setup,
    bench::{check_received, emulator, one_id},
    servers::{Authority, Raw, TlsServer, Tunnel, answer},
};

const HTTP_1: &[&str] = &["http/1.1"];
const BOTH: &[&str] = &["h2", "http/1.1"];

/// What a handshake begins with.
const HANDSHAKE: u8 = 22;

fn trusting(authority: &Authority, url: String) -> Setup {
    Setup { roots: vec![authority.root()], ..Setup::to(url) }
}

/// By name and by address, with the server's name in the handshake and many calls on a session.
pub fn a_private_authority_is_trusted_when_it_is_said_so<A: Adapter>() {
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

/// Not sent, not tried again, and above all not tried without TLS.
fn is_refused<A: Adapter>(config: ServerConfig, setup: impl Fn(&TlsServer) -> Setup) {
    let server = TlsServer::start(emulator(), config, BOTH);
    let client = A::new(&setup(&server));
    for calls in 1..3 {
        assert_eq!(client.call(one_id()).failure(1), Failure::NotSent);
        assert_eq!(server.log().first_bytes, vec![HANDSHAKE; calls]);
    }
    assert_eq!(server.emulator().requests(), 0);
}

/// A certificate of a trusted authority for `localhost` is none for `127.0.0.1`.
pub fn a_certificate_for_another_name_is_refused<A: Adapter>() {
    let authority = Authority::new();
    is_refused::<A>(authority.server(&["localhost"]), |server| trusting(&authority, server.url("127.0.0.1")));
    is_refused::<A>(authority.server(&["127.0.0.1"]), |server| trusting(&authority, server.url("localhost")));
}

/// Another authority's certificate, for those who trust one of their own and for those who trust the world's.
pub fn a_certificate_of_an_unknown_authority_is_refused<A: Adapter>() {
    let (authority, another) = (Authority::new(), Authority::new());
    is_refused::<A>(another.server(&["localhost"]), |server| trusting(&authority, server.url("localhost")));
    is_refused::<A>(another.server(&["localhost"]), |server| Setup::to(server.url("localhost")));
}

/// A certificate that was good until last century's end.
pub fn a_certificate_out_of_date_is_refused<A: Adapter>() {
    let authority = Authority::new();
    let config = authority.server_until(&["localhost"], (2000, 12, 31));
    is_refused::<A>(config, |server| trusting(&authority, server.url("localhost")));
}

/// `https` to a server that speaks plain HTTP: it sees handshakes, no request.
pub fn a_server_without_tls_hears_nothing<A: Adapter>() {
    let server = Raw::start(|mut peer| {
        peer.send(answer("HTTP/1.1 400 Bad Request", "connection: close\r\n", "plain HTTP is spoken here"));
        peer.request();
    });
    let url = format!("https://{}", server.addr());
    let report = A::new(&Setup { attempts: 2, ..Setup::to(url) }).call(one_id());
    let failed = report.result.expect_err("there is no TLS");
    assert!(matches!(failed.why, crate::Why::Transport(_)), "{:?}", failed.why);
    assert_eq!(server.requests().len(), 0);
}

/// A handshake that is never answered is bounded by the attempt's timeout.
pub fn a_server_that_is_silent_about_tls_times_out<A: Adapter>() {
    let server = Raw::start(|mut peer| peer.until_closed());
    let url = format!("https://{}", server.addr());
    let setup = Setup { attempts: 2, attempt_timeout: STALL, ..Setup::to(url) };
    let report = A::new(&setup).call(one_id());
    assert!(matches!(report.failure(2), Failure::TimedOut | Failure::NotSent), "{:?}", report.failure(2));
    assert!(report.elapsed >= STALL * 2, "{:?}", report.elapsed);
    assert!(report.elapsed < STALL * 2 + SLACK, "{:?}", report.elapsed);
}

/// A server that offers HTTP/2 and HTTP/1.1 by ALPN, or speaks no ALPN, or has a name with the default port.
pub fn a_server_of_both_versions_is_understood<A: Adapter>() {
    let authority = Authority::new();
    let name = "securityhub.us-east-1.amazonaws.com";
    for alpn in [BOTH, HTTP_1, &[]] {
        let server = TlsServer::start(emulator(), authority.server(&["localhost"]), alpn);
        let client = A::new(&trusting(&authority, server.url("localhost")));
        assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
        check_received(server.emulator());
    }
    let server = TlsServer::start(emulator(), authority.server(&[name]), BOTH);
    let names = Names::AreAllAt(server.addr());
    let client = A::new(&Setup { names, ..trusting(&authority, format!("https://{name}:443")) });
    assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
    check_received(server.emulator());
    let received = &server.emulator().received()[0];
    let host = received.headers.get("host").map(|host| host.to_str().expect("ASCII"));
    assert_eq!(host.or_else(|| received.uri.authority().map(http::uri::Authority::as_str)), Some(name));
    assert_eq!(server.log().sessions[0].server_name.as_deref(), Some(name));
}

/// Agreed on by ALPN, one connection, and requests that the emulator verifies by `:authority`.
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

/// The connection ends before or during the answer.
pub fn an_http_2_answer_cut_short_is_interrupted<A: Adapter>() {
    let authority = Authority::new();
    for fault in [Fault::none().drop_before_answer(), Fault::none().body_cut_short(10)] {
        let server = TlsServer::start(emulator(), authority.server(&["localhost"]), BOTH);
        server.emulator().script(vec![fault; 3]);
        let client = A::new(&trusting(&authority, server.url("localhost")));
        assert_eq!(client.call(one_id()).failure(3), Failure::Interrupted);
        assert_eq!(server.emulator().requests(), 3);
        assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
        assert!(server.log().sessions.iter().all(|session| session.alpn.as_deref() == Some("h2")));
        check_received(server.emulator());
    }
}

fn through(proxy: SocketAddr, setup: Setup) -> Setup {
    Setup { proxy: Some(proxy), ..setup }
}

/// The proxy is asked for the endpoint's host and port, and sees nothing of what goes through.
pub fn a_proxy_makes_one_tunnel_for_many_calls<A: Adapter>() {
    let authority = Authority::new();
    let name = "securityhub.us-east-1.amazonaws.com";
    assert_shared::<A>(|| {
        let server = TlsServer::start(emulator(), authority.server(&[name]), HTTP_1);
        let proxy = Tunnel::to(server.addr());
        let client = A::new(&through(proxy.addr(), trusting(&authority, format!("https://{name}"))));
        for _ in 0..5 {
            assert_eq!(call_and_settle(&client).output(1).unprocessed_accounts().len(), 1);
        }
        check_received(server.emulator());
        let heads = proxy.heads();
        for head in &heads {
            assert_proxy_head(head, name);
        }
        assert_eq!(server.emulator().received()[0].headers["host"], name);
        heads.len()
    });
}

#[track_caller]
fn assert_proxy_head(head: &str, name: &str) {
    assert_eq!(head.lines().next(), Some(format!("CONNECT {name}:443 HTTP/1.1").as_str()));
    let head = head.to_ascii_lowercase();
    for secret in ["authorization: aws4", "x-amz", "signature"] {
        assert!(!head.contains(secret), "the proxy was told more than where to");
    }
}

/// A tunnel that is refused is a request that was not sent.
pub fn a_proxy_that_refuses_hears_nothing_of_the_request<A: Adapter>() {
    let authority = Authority::new();
    let name = "securityhub.us-east-1.amazonaws.com";
    let server = TlsServer::start(emulator(), authority.server(&[name]), HTTP_1);
    let proxy = Tunnel::refusing();
    let setup = trusting(&authority, format!("https://{name}"));
    let client = A::new(&through(proxy.addr(), Setup { attempts: 2, ..setup }));
    assert_eq!(client.call(one_id()).failure(2), Failure::NotSent);
    assert_eq!(proxy.connections(), 2);
    for head in proxy.heads() {
        assert_proxy_head(&head, name);
    }
    assert_eq!(server.emulator().requests(), 0);
}

/// The URL that the test's own program is to call when it is started again, with an environment of its own.
const CHILD_URL: &str = "SECURITYHUB_INVITATIONS_TESTS_URL";

/// `HTTPS_PROXY` and `NO_PROXY`. The roots are the world's, so that what is behind the tunnel is refused.
pub fn the_default_client_takes_its_proxy_from_the_environment<A: Adapter>() {
    if let Ok(url) = env::var(CHILD_URL) {
        println!("{:?}", A::by_default(&Setup { attempts: 2, ..Setup::to(url) }).call(one_id()).result);
        return;
    }
    let server = TlsServer::start(emulator(), Authority::new().server(&["127.0.0.2"]), HTTP_1);
    let proxy = Tunnel::to(server.addr());
    let proxy_url = format!("http://{}", proxy.addr());
    // Nobody is at this address, should the proxy be passed by.
    let url = "https://127.0.0.2:9";
    let output = in_a_child(url, &[("HTTPS_PROXY", &proxy_url), ("NO_PROXY", "127.0.0.2")]);
    assert!(output.contains("NotSent"), "{output}");
    assert_eq!(proxy.connections(), 0);

    let output = in_a_child(url, &[("HTTPS_PROXY", &proxy_url)]);
    assert!(output.contains("NotSent") && output.contains("attempts: 1"), "{output}");
    let lines: Vec<String> = proxy.heads().iter().filter_map(|head| head.lines().next()).map(str::to_owned).collect();
    assert_eq!(lines, ["CONNECT 127.0.0.2:9 HTTP/1.1"]);
    assert_eq!(server.log().first_bytes, [HANDSHAKE]);
    assert_eq!(server.emulator().requests(), 0);
}

/// What this program prints when it runs the one test of the case above, in another process.
fn in_a_child(url: &str, environment: &[(&str, &str)]) -> String {
    let mut child = Command::new(env::current_exe().expect("the program has a path"));
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
        child.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    let output = child
        .args(["--exact", "the_default_client_takes_its_proxy_from_the_environment", "--nocapture"])
        .env(CHILD_URL, url)
        .envs(environment.iter().copied())
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
