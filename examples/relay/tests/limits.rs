//! Clients that are slow, greedy or many.

use std::{
    future::pending,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use securityhub_emulator::{Emulator, Fault, Server};
use securityhub_invitations_examples_relay::{Files, Hosts, Limits, Relay, Site, serve};
use tokio::{net::TcpListener, runtime, sync::oneshot};

const HOST: &str = "securityhub.us-east-1.amazonaws.com";
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(3600);

/// No limit of time is reached, unless a test sets a shorter one.
fn patient() -> Limits {
    Limits { connections: 100, head: LONG, age: LONG, grace: LONG }
}

struct Bench {
    server: Server,
    relay: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: thread::JoinHandle<()>,
}

impl Bench {
    fn new(limits: Limits, body_timeout: Duration) -> Self {
        let server = Server::start(Emulator::builder().build()).unwrap();
        let mut hosts = Hosts::security_hub();
        hosts.send_to(HOST, &server.url()).unwrap();
        let site = Site { files: Files::new(), relay: Relay::new(hosts).with_body_timeout(body_timeout) };
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let serving = thread::spawn(move || {
            runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let respond = move |request| {
                    let site = site.clone();
                    async move { site.respond(request).await }
                };
                let stop = async {
                    if stopped.await.is_err() {
                        pending::<()>().await;
                    }
                };
                serve(listener, limits, respond, |_| {}, stop).await;
            });
        });
        Self { server, relay: told.recv().unwrap(), stop: Some(stop), serving }
    }

    /// Opens a connection and sends these bytes.
    fn open(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.relay).unwrap();
        // Shorter than the default limits of hyper, which must not be the reason for a success.
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    }

    /// Returns the start of a request for the emulator.
    fn post(&self, more: &str) -> String {
        format!("POST /relay/{HOST}/invitations/delete HTTP/1.1\r\nhost: {}\r\n{more}\r\n", self.relay)
    }
}

fn read(mut stream: TcpStream) -> String {
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn disconnects_a_slow_head() {
    let bench = Bench::new(Limits { head: SHORT, ..patient() }, LONG);
    let response = read(bench.open("POST /relay/ HTTP/1.1\r\nhost: "));
    assert!(response.is_empty() || response.starts_with("HTTP/1.1 408 "), "{response}");
}

#[test]
fn disconnects_an_idle_connection() {
    let bench = Bench::new(Limits { head: SHORT, ..patient() }, LONG);
    assert_eq!(read(bench.open("")), "");
    let response = read(bench.open(&format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", bench.relay)));
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
}

#[test]
fn rejects_a_slow_body() {
    let bench = Bench::new(patient(), SHORT);
    let response = read(bench.open(&(bench.post("content-length: 100\r\n") + "{")));
    assert!(response.starts_with("HTTP/1.1 408 ") && response.contains("RelayBodyTimedOut"), "{response}");
    assert_eq!(bench.server.emulator().request_count(), 0);
}

#[test]
fn rejects_an_announced_length_at_once() {
    let bench = Bench::new(patient(), LONG);
    let response = read(bench.open(&bench.post("content-length: 1048577\r\n")));
    assert!(response.starts_with("HTTP/1.1 413 ") && response.contains("RelayBodyTooLarge"), "{response}");
}

#[test]
fn rejects_an_endless_body() {
    let bench = Bench::new(patient(), LONG);
    let mut stream = bench.open(&bench.post("transfer-encoding: chunked\r\n"));
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
    // The relay stops reading, so the client cannot write forever.
    let written = (0..1000).take_while(|_| stream.write_all(chunk.as_bytes()).is_ok()).count();
    assert!((16..1000).contains(&written), "{written} chunks");
    assert_eq!(bench.server.emulator().request_count(), 0);
}

#[test]
fn disconnects_a_client_that_does_not_read() {
    let bench = Bench::new(Limits { age: SHORT, grace: SHORT, ..patient() }, LONG);
    bench.server.emulator().script_faults([Fault::none().padded_to(15 * 1024 * 1024)]);
    let mut stream = bench.open(&bench.post("content-length: 0\r\n"));
    // Several times as long as both limits, and the response does not fit into the sockets' buffers.
    thread::sleep(10 * SHORT);
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received);
    assert!(received.len() < 15 * 1024 * 1024, "{} bytes", received.len());
}

#[test]
fn finishes_a_response_after_the_connections_age() {
    let bench = Bench::new(Limits { age: SHORT, ..patient() }, LONG);
    bench.server.emulator().script_faults([Fault::throttled().delay(3 * SHORT)]);
    let response = read(bench.open(&bench.post("content-length: 0\r\n")));
    assert!(response.starts_with("HTTP/1.1 429 "), "{response}");
}

#[test]
fn serves_further_connections_later() {
    let bench = Bench::new(Limits { connections: 2, ..patient() }, LONG);
    let held = [bench.open(""), bench.open("")];
    let mut third = bench.open(&format!("GET / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", bench.relay));
    third.set_read_timeout(Some(SHORT)).unwrap();
    let kind = third.read(&mut [0]).unwrap_err().kind();
    assert!([std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut].contains(&kind), "{kind}");
    drop(held);
    third.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert!(read(third).starts_with("HTTP/1.1 404 "));
}

#[test]
fn finishes_running_requests_before_it_stops() {
    let mut bench = Bench::new(patient(), LONG);
    bench.server.emulator().script_faults([Fault::throttled().delay(2 * SHORT)]);
    let idle = bench.open("");
    let running = bench.open(&bench.post("content-length: 0\r\n"));
    while bench.server.emulator().request_count() == 0 {
        thread::yield_now();
    }
    bench.stop.take().unwrap().send(()).unwrap();
    assert!(read(running).starts_with("HTTP/1.1 429 "));
    assert_eq!(read(idle), "");
    bench.serving.join().unwrap();
    TcpStream::connect(bench.relay).unwrap_err();
}
