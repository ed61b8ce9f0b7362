//! Runs the examples and checks their output.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
    time::SystemTime,
};

use securityhub_emulator::{AccessKey, Emulator, Server};
use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, Region, SecurityHub};
use securityhub_invitations_examples::{assert_in_order, example, printed_by};

#[test]
fn async_hyper_retries_and_finishes_every_region() {
    let printed = printed_by(example("async_hyper"));
    assert_in_order(
        &printed,
        &[
            ": attempt 1 of DeleteInvitations failed: ThrottlingException: Rate exceeded (HTTP 429, ",
            " (next attempt in ",
        ],
    );
    for line in [
        "us-east-1: deleted\n",
        "eu-central-1: deleted\n",
        "ap-southeast-2: 1 account was not processed: 111122223333: ",
    ] {
        assert_in_order(&printed, &[line]);
    }
}

#[test]
fn own_retry_counts_unconfirmed_attempts() {
    assert_in_order(
        &printed_by(example("own_retry")),
        &[
            "attempt 1: ThrottlingException: Rate exceeded (HTTP 429, ",
            " (next attempt in 100ms)\nattempt 2: ",
            " (next attempt in 200ms)\n111122223333: uncertain, an earlier attempt may have deleted it\nrequests: 3\n",
        ],
    );
}

#[test]
fn resign_proxy_replaces_the_signature() {
    assert_in_order(
        &printed_by(example("resign_proxy")),
        &[
            "proxy: http://127.0.0.1:",
            " (region us-east-1) in front of http://127.0.0.1:",
            "\nclient: signed by PLACEHOLDER, deleted 111122223333\n",
            "service: POST /invitations/delete 200, signed by AKIDEXAMPLE\n",
            "client in eu-central-1: AccessDeniedException: the request has no signature for this proxy's region",
        ],
    );
}

/// `resign_proxy --serve --upstream` in front of an emulator that requires a session token.
struct Proxy {
    server: Server,
    child: Child,
    host: String,
}

const FRANKFURT: &str = "eu-central-1";

impl Proxy {
    fn start() -> Self {
        let emulator = Emulator::builder().without_access_keys().build();
        emulator.set_access_key(AccessKey::new("ASIAREAL", "realreal").with_session_token("realtoken"));
        emulator.invite(&frankfurt(), "111122223333".parse().unwrap());
        let server = Server::start(emulator).unwrap();
        let mut program = example("resign_proxy");
        program
            .args(["--serve", "--upstream", &server.url()])
            .env("NO_PROXY", "127.0.0.1")
            .env("AWS_REGION", FRANKFURT)
            .env("AWS_ACCESS_KEY_ID", "ASIAREAL")
            .env("AWS_SECRET_ACCESS_KEY", "realreal")
            .env("AWS_SESSION_TOKEN", "realtoken");
        let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let host = line.strip_prefix("proxy: http://").and_then(|line| line.split(' ').next());
        let host = host.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { server, child, host }
    }

    /// Returns a request for `host` that the proxy forwards, with head and body.
    fn request(&self, host: &str) -> String {
        let endpoint = Endpoint::custom(&frankfurt(), &format!("http://{host}")).unwrap();
        let placeholder = Credentials::new("PLACEHOLDER", "placeholder").unwrap().with_session_token("old").unwrap();
        let input = DeleteInvitations::new(["111122223333"]).unwrap();
        let request = SecurityHub::new(endpoint, placeholder).signed_request(&input, SystemTime::now());
        let mut message = format!("POST /invitations/delete HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        for (name, value) in request.headers() {
            message += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        let body = std::str::from_utf8(request.body()).unwrap();
        message + &format!("content-length: {}\r\n\r\n{body}", body.len())
    }

    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn frankfurt() -> Region {
    FRANKFURT.parse().unwrap()
}

#[test]
fn resign_proxy_forwards_requests_and_responses() {
    let proxy = Proxy::start();
    let response = proxy.send(&proxy.request(&proxy.host));
    assert_in_order(&response, &["HTTP/1.1 200 OK\r\n", "x-amzn-requestid: ", "\r\n\r\n{"]);
    assert!(proxy.server.emulator().invitations(&frankfurt()).is_empty());

    // A response is passed on, whatever its status.
    proxy.server.emulator().set_subscribed(&frankfurt(), false);
    let response = proxy.send(&proxy.request(&proxy.host));
    assert_in_order(&response, &["HTTP/1.1 401 ", "is not subscribed to AWS Security Hub"]);

    for received in proxy.server.emulator().received_requests() {
        let value = |name| received.headers[name].to_str().unwrap();
        assert!(value("authorization").contains("Credential=ASIAREAL/"), "{received:?}");
        assert_eq!(value("x-amz-security-token"), "realtoken");
        assert_eq!(format!("http://{}", value("host")), proxy.server.url());
        assert_eq!(received.refusal.filter(|code| *code != "InvalidAccessException"), None);
    }
}

#[test]
fn resign_proxy_rejects_other_requests() {
    let proxy = Proxy::start();
    let good = proxy.request(&proxy.host);
    let authorization = good.lines().find(|line| line.starts_with("authorization")).unwrap();
    let only = "this proxy forwards only POST /invitations/delete";
    let unsigned = "the request has no signature for this proxy's region";
    for (request, rule) in [
        (good.replace("POST /invitations/delete", "GET /invitations/delete"), only),
        (good.replace("POST /invitations/delete", "OPTIONS /invitations/delete"), only),
        (good.replace("POST /invitations/delete", "POST /invitations/decline"), only),
        (good.replace("POST /invitations/delete", "POST /x/../invitations/delete"), only),
        (good.replace("POST /invitations/delete", "POST /invitations/delete?x=1"), only),
        (good.replace("POST /invitations/delete", "POST http://example.com/invitations/delete"), only),
        (good.replace(&format!("{authorization}\r\n"), ""), unsigned),
        (good.replace(FRANKFURT, "us-east-1"), unsigned),
        (proxy.request("attacker.example:80"), "the Host is not this proxy's"),
    ] {
        let response = proxy.send(&request);
        assert_in_order(&response, &["HTTP/1.1 403 ", "x-amzn-errortype: AccessDeniedException\r\n", rule]);
    }
    let body_at = good.find("content-length").unwrap();
    let response = proxy.send(&format!("{}content-length: 1048577\r\n\r\n{}", &good[..body_at], " ".repeat(1_048_577)));
    assert_in_order(&response, &["HTTP/1.1 413 "]);
    assert_eq!(proxy.server.emulator().request_count(), 0);
}
