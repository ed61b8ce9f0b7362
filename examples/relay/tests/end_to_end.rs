//! A client, the relay and an emulator, over sockets.

use std::{
    future::pending,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::mpsc,
    thread,
    time::SystemTime,
};

use http::{HeaderName, HeaderValue, StatusCode, header};
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{
    CallError, Credentials, DeleteInvitations, Endpoint, ErrorKind, Region, RetryPolicy, SecurityHub,
};
use securityhub_invitations_examples_relay::{Files, Hosts, Limits, Relay, Site, serve};
use securityhub_invitations_ureq::{Client, TransportError};
use tokio::{net::TcpListener, runtime};

const HOST: &str = "securityhub.us-east-1.amazonaws.com";
const TOKEN: &str = "the/session+token==";

/// Starts the relay on its own port, in a thread that ends with the process.
fn start(hosts: Hosts) -> SocketAddr {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../browser/page");
    let files = Files::new().with("/", page).with("/relay-src", concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let site = Site { files, relay: Relay::new(hosts) };
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let response = move |request| {
                let site = site.clone();
                async move { site.respond(request).await }
            };
            serve(listener, Limits::default(), response, |_| {}, pending()).await;
        });
    });
    told.recv().unwrap()
}

struct Bench {
    server: Server,
    relay: SocketAddr,
}

impl Bench {
    /// AWS's host in the region is the emulator.
    fn new() -> Self {
        let key = AccessKey::example().with_session_token(TOKEN);
        let server = Server::start(Emulator::builder().with_access_key(key).build()).unwrap();
        server.emulator().invite(&region(), "111122223333".parse().unwrap());
        let mut hosts = Hosts::security_hub();
        hosts.send_to(HOST, &server.url()).unwrap();
        Self { relay: start(hosts), server }
    }

    fn hub(&self, host: &str) -> SecurityHub {
        let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET).unwrap();
        let credentials = credentials.with_session_token(TOKEN).unwrap();
        let endpoint = Endpoint::regional(&region()).unwrap().via_relay(&format!("http://{}/relay/{host}", self.relay));
        SecurityHub::new(endpoint.unwrap(), credentials).with_retry_policy(RetryPolicy::never())
    }

    fn client(&self) -> Client {
        Client::new(self.hub(HOST))
    }

    /// Returns a signed request with more header lines.
    fn signed(&self, more: &str, body: impl FnOnce(&str) -> String) -> String {
        let request = self.hub(HOST).signed_request(&input(), SystemTime::now());
        let body = body(std::str::from_utf8(request.body()).unwrap());
        let headers = request.headers().iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()));
        let head = format!("POST {} HTTP/1.1\r\nhost: {}\r\n", request.uri().path(), self.relay);
        let headers: String = headers.collect();
        format!("{head}{headers}{more}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    }

    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.relay).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    fn get(&self, start: &str) -> String {
        self.send(&format!("{start} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.relay))
    }
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

fn input() -> DeleteInvitations {
    DeleteInvitations::new(["111122223333"]).unwrap()
}

fn service_error(error: CallError<TransportError>) -> securityhub_invitations::Error {
    let CallError::Service(error) = error else { panic!("{error}") };
    error
}

#[test]
fn client_deletes_through_the_relay() {
    let bench = Bench::new();
    bench.client().delete_invitations(input()).unwrap().into_result().unwrap();

    assert!(bench.server.emulator().invitations(&region()).is_empty());
    let [received] = &bench.server.emulator().received_requests()[..] else { panic!("one request") };
    assert_eq!((received.refusal, received.headers[header::HOST].to_str().unwrap()), (None, HOST));
    let mut names: Vec<_> = received.headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    let expected = ["authorization", "content-length", "content-type", "host", "x-amz-date", "x-amz-security-token"];
    assert_eq!(names, expected);
}

#[test]
fn forwards_only_signed_headers() {
    let bench = Bench::new();
    let more = format!(
        "cookie: session=1\r\nx-forwarded-for: 192.0.2.1\r\nx-amz-meta-extra: 1\r\nreferer: http://{0}/\r\n\
         origin: http://{0}\r\nuser-agent: browser\r\n",
        bench.relay
    );
    let response = bench.send(&bench.signed(&more, str::to_owned));
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    let received = &bench.server.emulator().received_requests()[0];
    assert_eq!((received.refusal, received.headers.len()), (None, 6), "{received:?}");
}

#[test]
fn removes_unneeded_response_headers() {
    let bench = Bench::new();
    let value = HeaderValue::from_static;
    bench.server.emulator().script_faults([Fault::throttled()
        .x_amz_retry_after("250")
        .retry_after("3")
        .header(header::SET_COOKIE, value("a=b"))
        .header(header::LOCATION, value("https://example.com/"))
        .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, value("*"))
        .header(HeaderName::from_static("x-amzn-trace-id"), value("Root=1"))]);
    let response = bench.send(&bench.signed("", str::to_owned)).to_lowercase();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let mut names: Vec<_> = head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    names.sort_unstable();
    let expected = [
        "connection",
        "content-length",
        "content-type",
        "date",
        "retry-after",
        "x-amz-retry-after",
        "x-amzn-errortype",
        "x-amzn-requestid",
        "x-amzn-trace-id",
    ];
    assert_eq!(names, expected);
    assert_eq!(body, r#"{"message":"rate exceeded"}"#);
}

/// Otherwise a client would set its clock by the relay's.
#[test]
fn adds_no_date() {
    let bench = Bench::new();
    bench.server.emulator().script_faults([Fault::none().without_date()]);
    let response = bench.send(&bench.signed("", str::to_owned)).to_lowercase();
    assert!(response.starts_with("http/1.1 200") && !response.contains("\r\ndate:"), "{response}");
}

#[test]
fn service_rejects_a_changed_body() {
    let bench = Bench::new();
    let response = bench.send(&bench.signed("", |body| body.replace("1111", "4444")));
    assert!(response.starts_with("HTTP/1.1 403 ") && response.contains("InvalidSignatureException"), "{response}");
    assert_eq!(bench.server.emulator().invitations(&region()).len(), 1);
}

#[test]
fn rejects_other_hosts() {
    let bench = Bench::new();
    for host in ["169.254.169.254", "s3.us-east-1.amazonaws.com", &bench.server.local_addr().to_string()] {
        let error = service_error(Client::new(bench.hub(host)).delete_invitations(input()).unwrap_err());
        assert_eq!((error.kind(), error.code()), (ErrorKind::AccessDenied, Some("RelayHostRefused")), "{host}");
        assert_eq!(error.message(), Some(&*format!("the relay does not forward to {host}")));
    }
    assert_eq!(bench.server.emulator().request_count(), 0);
}

#[test]
fn rejects_other_requests() {
    let bench = Bench::new();
    let path = format!("/relay/{HOST}/invitations/delete");
    for (start, status) in [
        (format!("GET {path}"), "405"),
        (format!("OPTIONS {path}"), "405"),
        (format!("DELETE {path}"), "405"),
        (format!("POST {path}?a=b"), "404"),
        (format!("POST {path}/"), "404"),
        (format!("POST /relay/{HOST}/invitations"), "405"),
        (format!("GET /relay/{HOST}/invitations/decline"), "405"),
        (format!("POST /relay/{HOST}/invitations/decline?a=b"), "404"),
        (format!("POST /relay/{HOST}/members"), "404"),
        (format!("POST /relay/{HOST}//invitations/delete"), "404"),
        ("POST /relay/".to_owned(), "404"),
        (format!("POST /invitations/delete/{HOST}"), "405"),
    ] {
        let response = bench.get(&start);
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{start}: {response}");
        assert!(!response.to_lowercase().contains("access-control"), "{response}");
    }
    assert_eq!(bench.server.emulator().request_count(), 0);
}

#[test]
fn rejects_other_origins() {
    let bench = Bench::new();
    for origin in ["https://example.com", "http://127.0.0.1", "null"] {
        let response = bench.send(&bench.signed(&format!("origin: {origin}\r\n"), str::to_owned));
        assert!(
            response.starts_with("HTTP/1.1 403 ") && response.contains("RelayOriginRefused"),
            "{origin}: {response}"
        );
        let cause = format!("origin \\\"{origin}\\\" is not the relay's host \\\"{}\\\"", bench.relay);
        assert!(response.contains(&cause), "{response}");
    }
    assert_eq!(bench.server.emulator().request_count(), 0);
}

#[test]
fn rejects_a_long_body() {
    let bench = Bench::new();
    let response = bench.send(&bench.signed("", |body| body.repeat(33_826)));
    assert!(response.starts_with("HTTP/1.1 413 "), "{}", &response[..response.len().min(300)]);
    assert_eq!(bench.server.emulator().request_count(), 0);
}

#[test]
fn unreachable_service_is_retryable() {
    let bench = Bench::new();
    let mut hosts = Hosts::security_hub();
    let nobody = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    hosts.send_to(HOST, &format!("http://{nobody}")).unwrap();
    let bench = Bench { relay: start(hosts), ..bench };
    let error = service_error(bench.client().delete_invitations(input()).unwrap_err());
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unavailable, StatusCode::BAD_GATEWAY));
    assert!(
        error.is_retryable() && error.message().unwrap().starts_with("the relay received no response: "),
        "{error}"
    );
}

#[test]
fn serves_pages_under_a_strict_policy() {
    let bench = Bench::new();
    let response = bench.get("GET /").to_lowercase();
    assert!(response.starts_with("http/1.1 200 ok"), "{response}");
    assert!(response.contains("content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "));
    for header in ["content-type: text/html; charset=utf-8", "x-content-type-options: nosniff"] {
        assert!(response.contains(&format!("\r\n{header}\r\n")), "{header}");
    }
    assert!(bench.get("HEAD /index.html").ends_with("\r\n\r\n"));
}

#[test]
fn serves_only_pages() {
    let bench = Bench::new();
    for path in ["/none.html", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/.", "//", "/relay-src/main.rs", "/relay-src"] {
        let response = bench.get(&format!("GET {path}"));
        assert!(response.starts_with("HTTP/1.1 404 "), "{path}: {response}");
    }
    assert!(bench.get("POST /").starts_with("HTTP/1.1 405 "));
}
