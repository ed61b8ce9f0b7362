//! Names with several addresses, unusable proxies, and peers that fall silent.

use std::{
    env,
    ffi::OsString,
    net::{Ipv6Addr, SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::StatusCode;
use securityhub_emulator::Fault;
use securityhub_invitations::Failure;

use super::{
    environment::{CHILD_URL, in_a_child, not_utf8},
    failures::{SLACK, STALL},
    requests::ok,
    tls::{BOTH, through, trusting},
};
use crate::{
    Adapter, Names, Setup, Why,
    servers::{Authority, Peer, Raw, Silent, Tinyproxy, TlsServer, Tunnel},
    test_server::{TestServer, assert_hidden, emulator, one_id},
};

const NAME: &str = "http://hub.example";

/// Returns a setup whose name resolves to these addresses.
fn at(addrs: Vec<SocketAddr>) -> Setup {
    Setup { names: Names::AreAllAt(addrs), attempts: 1, ..Setup::to(NAME) }
}

/// Checks that a call that nothing was sent of takes `attempts` attempts and at most `limit`, and that its message has the
/// parts.
#[track_caller]
fn assert_not_sent<A: Adapter>(setup: &Setup, limit: Duration, parts: &[&str]) {
    let report = A::new(setup).call(one_id());
    assert_eq!(report.failure(setup.attempts), Failure::NotSent, "{:?}", report.error(setup.attempts).chain);
    let message = &report.error(setup.attempts).chain[0];
    assert!(parts.iter().all(|part| message.contains(part)), "{parts:?} in {message}");
    assert!(report.elapsed < limit, "{:?} for {message}", report.elapsed);
    assert_eq!(report.error(setup.attempts).unconfirmed_attempts, 0);
}

/// Only 1 of 3 addresses accepts connections, in each position.
pub fn tries_the_next_address<A: Adapter>() {
    let silent = Silent::start();
    for place in 0..3 {
        let server = Raw::responding_once("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        let mut addrs = vec![silent.addr(); 2];
        addrs.insert(place, server.addr());
        let report = A::new(&at(addrs)).call(one_id());
        let _ = report.output(1);
        println!("address {} of 3 accepts: {:?}", place + 1, report.elapsed);
        assert!(report.elapsed < Duration::from_secs(2), "{:?}", report.elapsed);
    }
}

/// IPv6 is silent and IPv4 accepts, or the other way around, in either order.
pub fn tries_the_other_family<A: Adapter>() {
    let Ok(silent_v6) = Silent::start_on(Ipv6Addr::LOCALHOST.into()) else {
        println!("skipped: this machine has no IPv6 loopback address");
        return;
    };
    let silent_v4 = Silent::start();
    let respond = |mut peer: Peer| {
        if peer.request().is_some() {
            peer.send(ok("{}"));
        }
    };
    let v4 = Raw::start(respond);
    let v6 = Raw::start_on(TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).expect("IPv6"), respond);
    for (silent, server) in [(silent_v6.addr(), v4.addr()), (silent_v4.addr(), v6.addr())] {
        // An address of the other family is next, even behind another silent one.
        for addrs in [vec![silent, server], vec![server, silent], vec![silent, silent, silent, server]] {
            let report = A::new(&at(addrs)).call(one_id());
            let _ = report.output(1);
            assert!(report.elapsed < Duration::from_secs(2), "{:?}", report.elapsed);
        }
    }
}

/// The last of 50 addresses accepts connections, and all are tried within half of the limit.
pub fn tries_fifty_addresses<A: Adapter>() {
    let silent = Silent::start();
    let server = TestServer::new();
    let mut addrs = vec![silent.addr(); 49];
    addrs.push(server.server().local_addr());
    let report = A::new(&Setup { connect_timeout: Duration::from_secs(4), ..at(addrs) }).call(one_id());
    let _ = report.output(1);
    assert!(report.elapsed < Duration::from_secs(4), "{:?}", report.elapsed);
}

/// No address accepts connections.
pub fn silent_addresses_are_not_sent<A: Adapter>() {
    let silent = Silent::start();
    let setup = Setup { connect_timeout: STALL, attempts: 2, ..at(vec![silent.addr(); 3]) };
    assert_not_sent::<A>(&setup, STALL * 2 + SLACK, &["http://hub.example: connecting: ", "timed out after 400ms"]);
}

/// The attempt's timeout is shorter than the connection's.
pub fn attempt_timeout_while_connecting_is_not_sent<A: Adapter>() {
    let silent = Silent::start();
    let setup = Setup { attempt_timeout: STALL, attempts: 2, ..at(vec![silent.addr()]) };
    assert_not_sent::<A>(&setup, STALL * 2 + SLACK, &["http://hub.example: connecting: ", "timed out after 400ms"]);
}

/// The resolver does not respond.
pub fn hanging_resolver_is_not_sent<A: Adapter>() {
    let setup = Setup { names: Names::Hang, connect_timeout: STALL, attempts: 2, ..Setup::to(NAME) };
    let parts = ["http://hub.example: resolving the name: ", "timed out after 400ms"];
    assert_not_sent::<A>(&setup, STALL * 2 + SLACK, &parts);
}

/// The name exists, but has no address.
pub fn name_without_addresses_is_not_sent<A: Adapter>() {
    assert_not_sent::<A>(&at(Vec::new()), SLACK, &["http://hub.example: "]);
}

/// TLS to a server that does not support it.
pub fn plaintext_server_is_not_sent<A: Adapter>() {
    let server = Raw::start(|mut peer| {
        peer.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        peer.until_closed();
    });
    let url = format!("https://{}", server.addr());
    assert_not_sent::<A>(&Setup { attempts: 1, ..Setup::to(&url) }, SLACK, &[&format!("{url}: TLS handshake: ")]);
}

/// A proxy that responds with an error, with HTML, with 407, slowly, or not at all. Its password is not part of the message.
pub fn unusable_proxies_are_not_sent<A: Adapter>() {
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>Please log in</html>";
    let bad_gateway = "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>";
    let authenticate = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n";
    for (proxy, problem) in [
        (Tunnel::refusing(), "proxy responded with status 403"),
        (Tunnel::responding(bad_gateway), "proxy responded with status 502"),
        (Tunnel::responding(authenticate), "proxy responded with status 407"),
        (Tunnel::responding(html), "invalid response of the proxy"),
        (Tunnel::responding("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "invalid response of the proxy"),
        (Tunnel::responding("x".repeat(100_000)), "invalid response of the proxy"),
        (Tunnel::responding(""), "timed out after 400ms"),
        (Tunnel::trickling(Duration::from_millis(50)), "timed out after 400ms"),
    ] {
        let url = proxy.url().replace("http://", "http://user:secret@");
        let setup = Setup { proxy: Some(url), connect_timeout: STALL, attempts: 1, ..Setup::to("https://hub.example") };
        let place = format!("https://hub.example through proxy {}: opening the tunnel: ", proxy.url());
        assert_not_sent::<A>(&setup, STALL + SLACK, &[&place, problem]);
        let report = A::new(&setup).call(one_id());
        for secret in ["secret", "dXNlcjpzZWNyZXQ="] {
            assert_hidden(&report.texts(), secret, problem);
        }
    }
    let nobody = Silent::start();
    let proxy = format!("http://{}", nobody.addr());
    let setup = Setup { connect_timeout: STALL, attempts: 1, ..Setup::to("https://hub.example") };
    let place = format!("https://hub.example through proxy {proxy}: connecting: ");
    assert_not_sent::<A>(&Setup { proxy: Some(proxy), ..setup }, STALL + SLACK, &[&place]);
}

/// HTTP and HTTPS through a proxy program, with and without credentials. Wrong credentials send nothing.
pub fn calls_through_tinyproxy<A: Adapter>() {
    let (Some(open), Some(closed)) = (Tinyproxy::start(None), Tinyproxy::start(Some(("user", "pass")))) else {
        println!("skipped: tinyproxy is not installed");
        return;
    };
    let authority = Authority::new();
    let secure = TlsServer::start(emulator(), authority.server(&["127.0.0.1"]), BOTH);
    let plain = TestServer::new();
    for setup in [trusting(&authority, secure.url("127.0.0.1")), plain.setup()] {
        for proxy in [open.url(""), closed.url("user:p%61ss@")] {
            let _ = A::new(&Setup { proxy: Some(proxy), ..setup.clone() }).call(one_id()).output(1);
        }
        for proxy in [closed.url(""), closed.url("user:wrong@")] {
            let report = A::new(&Setup { proxy: Some(proxy), attempts: 1, ..setup.clone() }).call(one_id());
            assert_eq!(report.failure(1), Failure::NotSent, "{:?}", report.error(1).chain);
        }
    }
    assert_eq!((secure.emulator().request_count(), plain.requests()), (2, 2));
}

/// The user name and password are percent-decoded, and sent in the Basic scheme. The endpoint does not receive them.
pub fn proxy_receives_decoded_credentials<A: Adapter>() {
    let server = TestServer::new();
    let proxy = Tunnel::to(server.server().local_addr());
    let url = proxy.url().replace("http://", "http://user:p%40ss@");
    let client = A::new(&Setup { proxy: Some(url), ..Setup::to("http://127.0.0.1:8080") });
    let _ = client.call(one_id()).output(1);
    let head = proxy.heads()[0].to_ascii_lowercase();
    // "user:p@ss"
    assert!(head.contains("proxy-authorization: basic dxnlcjpwqhnz"), "{head}");
}

/// A request to an `http` URL also uses a tunnel.
pub fn plain_http_through_a_proxy_uses_port_80<A: Adapter>() {
    let server = TestServer::new();
    let proxy = Tunnel::to(server.server().local_addr());
    let client = A::new(&through(&proxy, Setup::to("http://gateway.internal")));
    let _ = client.call(one_id()).output(1);
    assert_eq!(proxy.heads()[0].lines().next(), Some("CONNECT gateway.internal:80 HTTP/1.1"));
}

/// A variable that is malformed, not UTF-8, or names an unsupported scheme. The error names it, and there is no direct
/// connection. Variables that do not apply are ignored.
pub fn rejects_unusable_proxy_variables<A: Adapter>() {
    const NAME: &str = "rejects_unusable_proxy_variables";
    if let Ok(url) = env::var(CHILD_URL) {
        match A::from_env() {
            Ok(client) => println!("from_env: {:?}", client.call(one_id()).result),
            Err(error) => println!("from_env: {error}"),
        }
        println!("new: {:?}", A::by_default(&Setup { attempts: 2, ..Setup::to(url) }).call(one_id()).result);
        return;
    }
    let server = TestServer::new();
    let url = server.setup().url;
    let run = |variables: &[(&str, OsString)]| {
        let aws = [
            ("AWS_REGION", Setup::REGION.into()),
            ("AWS_ACCESS_KEY_ID", securityhub_emulator::AccessKey::EXAMPLE_ID.into()),
            ("AWS_SECRET_ACCESS_KEY", securityhub_emulator::AccessKey::EXAMPLE_SECRET.into()),
            ("AWS_ENDPOINT_URL", url.clone().into()),
        ];
        in_a_child(NAME, &url, &[&aws, variables].concat())
    };
    for (name, value, problem) in [
        ("http_proxy", "socks5://secret".into(), "unsupported scheme socks5 (expected http)"),
        ("ALL_PROXY", "socks5h://secret".into(), "unsupported scheme socks5h (expected http)"),
        ("HTTP_PROXY", "http://user:secret@127.0.0.1:99999".into(), "invalid port (expected 1–65535)"),
        ("http_proxy", " ".into(), "blank or control character (expected none)"),
        ("ALL_PROXY", not_utf8(), "not valid UTF-8"),
    ] {
        let output = run(&[(name, value)]);
        assert!(output.contains(&format!("from_env: {name}: {problem}")), "{output}");
        let message = format!("{url}: choosing a proxy: {name}: {problem}");
        assert!(output.contains(&message) && output.contains("attempts: 1"), "{output}");
        assert!(!output.contains("secret"), "{output}");
    }
    assert_eq!(server.requests(), 0);
    let output = run(&[("ALL_PROXY", "socks5://secret".into()), ("NO_PROXY", "127.0.0.0/8, junk:1".into())]);
    assert!(output.contains("from_env: Ok(") && output.contains("new: Ok("), "{output}");
    let output = run(&[("HTTPS_PROXY", "socks5://secret".into())]);
    assert!(output.contains("from_env: Ok(") && output.contains("new: Ok("), "{output}");
}

/// Calls twice, and the peer of the first connection falls silent between the calls. Returns the duration of the second.
fn recovers<A: Adapter>(setup: Setup, server: SocketAddr) -> Duration {
    let is_silent = Arc::<AtomicBool>::default();
    let relay = Raw::start({
        let is_silent = Arc::clone(&is_silent);
        move |peer: Peer| {
            let is_silent = if peer.number() == 0 { Arc::clone(&is_silent) } else { Arc::default() };
            peer.relay_unless(server, &is_silent);
        }
    });
    let url = setup.url.replace("PORT", &relay.addr().port().to_string());
    let client = A::new(&Setup { url, ..setup });
    let _ = client.call(one_id()).output(1);
    std::thread::sleep(A::SETTLING);
    assert_eq!(relay.connections(), 1);
    is_silent.store(true, Ordering::SeqCst);
    let report = client.call(one_id());
    let _ = report.output(2);
    let first = report.observed[0].why.as_ref();
    assert!(matches!(first, Some(Why::Transport(Failure::TimedOut))), "{first:?}");
    let _ = client.call(one_id()).output(1);
    assert!(relay.connections() >= 2, "the silent connection was used again");
    println!("recovered after {:?}", report.elapsed);
    report.elapsed
}

/// The second attempt uses a new connection.
pub fn recovers_from_a_silent_peer<A: Adapter>() {
    let server = TestServer::new();
    let setup = Setup { attempt_timeout: STALL, ..Setup::to("http://127.0.0.1:PORT") };
    let elapsed = recovers::<A>(setup, server.server().local_addr());
    assert!(elapsed < STALL + SLACK, "{elapsed:?}");
}

/// HTTP/2 does not close a connection whose call timed out.
pub fn recovers_from_a_silent_http_2_peer<A: Adapter>() {
    let authority = Authority::new();
    let server = TlsServer::start(emulator(), authority.server(&["localhost"]), BOTH);
    let setup = Setup { attempt_timeout: STALL, ..trusting(&authority, "https://localhost:PORT".to_owned()) };
    let elapsed = recovers::<A>(setup, server.addr());
    assert!(elapsed < STALL + SLACK, "{elapsed:?}");
    assert!(server.log().sessions.iter().all(|session| session.alpn.as_deref() == Some("h2")));
}

/// A ping finds the silent peer long before the attempt times out.
pub fn pings_find_a_silent_http_2_peer<A: Adapter>() {
    let authority = Authority::new();
    let server = TlsServer::start(emulator(), authority.server(&["localhost"]), BOTH);
    let setup = trusting(&authority, "https://localhost:PORT".to_owned());
    let setup = Setup { attempt_timeout: Duration::from_secs(60), ..setup };
    let elapsed = recovers::<A>(setup, server.addr());
    assert!(elapsed < Duration::from_secs(10) + SLACK, "{elapsed:?}");
}

/// The next attempt uses another connection, although HTTP/2 shares them.
pub fn server_errors_end_their_http_2_connection<A: Adapter>() {
    let authority = Authority::new();
    let server = TlsServer::start(emulator(), authority.server(&["localhost"]), BOTH);
    server.emulator().script_faults([Fault::html(StatusCode::BAD_GATEWAY)]);
    let client = A::new(&trusting(&authority, server.url("localhost")));
    let _ = client.call(one_id()).output(2);
    let _ = client.call(one_id()).output(1);
    assert_eq!((server.emulator().request_count(), server.log().sessions.len()), (3, 2));
}

/// Checks the failure of a call to a server that sends these frames instead of a response.
#[track_caller]
fn fails_with_frames<A: Adapter>(frames: &'static [u8], closes: bool, expected: Failure) {
    let authority = Authority::new();
    let mut config = authority.server(&["localhost"]);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let config = Arc::new(config);
    let server = Raw::start(move |peer| {
        let _ = peer.serve_http_2(&config, frames, closes);
    });
    let url = format!("https://localhost:{}", server.addr().port());
    let report = A::new(&Setup { attempts: 2, ..trusting(&authority, url) }).call(one_id());
    assert_eq!(report.failure(2), expected, "{frames:?}: {:?}", report.error(2).chain);
    assert_eq!(server.http_2_requests(), 2);
}

/// `REFUSED_STREAM`, and `GOAWAY` with a lower last stream id. RFC 9113 defines the request as not processed.
pub fn refused_http_2_streams_are_not_sent<A: Adapter>() {
    const REFUSED_STREAM: [u8; 13] = [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 7];
    const GOAWAY_0: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const GOAWAY_0_WITH_ERROR: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11];
    for frames in [&REFUSED_STREAM[..], &GOAWAY_0, &GOAWAY_0_WITH_ERROR] {
        for closes in [false, true] {
            fails_with_frames::<A>(frames, closes, Failure::NotSent);
        }
    }
}

/// Another reset, and `GOAWAY` after the stream. The request may have been processed.
pub fn abandoned_http_2_streams_are_interrupted<A: Adapter>() {
    const CANCEL: [u8; 13] = [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
    const GOAWAY_1: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    const GOAWAY_1_WITH_ERROR: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    for frames in [&CANCEL[..], &GOAWAY_1, &GOAWAY_1_WITH_ERROR] {
        fails_with_frames::<A>(frames, true, Failure::Interrupted);
    }
}
