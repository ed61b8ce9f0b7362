//! Failures of the transport.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use securityhub_emulator::Fault;
use securityhub_invitations::Failure;

use super::requests::ok;
use crate::{
    Adapter, Names, Setup,
    servers::{Peer, Raw},
    test_server::{TestServer, one_id},
};

/// Longer than any exchange on loopback, but short enough to wait for.
pub(super) const STALL: Duration = Duration::from_millis(400);
/// The delay that a busy machine may add.
pub(super) const SLACK: Duration = Duration::from_secs(5);

/// Nothing listens on the port.
pub fn refused_connection_is_not_sent<A: Adapter>() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let report = A::new(&Setup::to(&url)).call(one_id());
    assert_eq!(report.failure(3), Failure::NotSent);
    assert!(
        report.error(3).chain[0].contains(&format!("{url}: ")),
        "the endpoint is named: {:?}",
        report.error(3).chain
    );
    assert!(!report.error(3).may_have_taken_effect);
}

/// The name does not resolve.
pub fn unknown_name_is_not_sent<A: Adapter>() {
    let setup = Setup { names: Names::AreUnknown, ..Setup::to("http://hub.example") };
    let report = A::new(&setup).call(one_id());
    assert_eq!(report.failure(3), Failure::NotSent);
    assert!(report.error(3).chain[0].contains("http://hub.example: "), "{:?}", report.error(3).chain);
}

/// The connection is closed or reset.
pub fn break_before_response_is_interrupted<A: Adapter>() {
    for fault in [Fault::none().drop_before_response(), Fault::none().reset_before_response()] {
        let server = TestServer::scripted(vec![fault; 3]);
        let report = A::new(&server.setup()).call(one_id());
        assert_eq!(report.failure(3), Failure::Interrupted);
        assert_eq!(server.requests(), 3);
    }
}

/// In the head or in the body, with a known length or chunked.
pub fn break_during_response_is_interrupted<A: Adapter>() {
    let during = |fault: Fault| [fault.clone().drop_mid_response(10), fault.body_cut_short(10)];
    for fault in during(Fault::none()).into_iter().chain(during(Fault::none().chunked())) {
        let server = TestServer::scripted(vec![fault; 3]);
        let report = A::new(&server.setup()).call(one_id());
        assert_eq!(report.failure(3), Failure::Interrupted);
        assert_eq!(server.requests(), 3);
    }
    for head in ["HTTP/1.1 2", "HTTP/1.1 200 OK\r\ncontent-le"] {
        let server = Raw::responding_once(head);
        let report = A::new(&Setup::to(server.url())).call(one_id());
        assert_eq!(report.failure(3), Failure::Interrupted, "{head}");
        assert_eq!(server.requests().len(), 3);
    }
}

/// Even if the part that arrived is a whole JSON object.
pub fn truncated_body_is_never_success<A: Adapter>() {
    for cut in [
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n",
    ] {
        let server = Raw::responding_once(cut);
        let report = A::new(&Setup { attempts: 1, ..Setup::to(server.url()) }).call(one_id());
        assert_eq!(report.failure(1), Failure::Interrupted, "{cut}");
    }
}

/// Another protocol's greeting, and arbitrary bytes.
pub fn non_http_response_is_interrupted<A: Adapter>() {
    for greeting in ["SSH-2.0-OpenSSH_9.2\r\n", "\0\u{1}\u{2}\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n"] {
        let server = Raw::responding_once(greeting);
        let report = A::new(&Setup { attempts: 1, ..Setup::to(server.url()) }).call(one_id());
        assert_eq!(report.failure(1), Failure::Interrupted, "{greeting}");
    }
}

/// Two attempts fail, and the third receives a response.
pub fn retries_every_transport_failure<A: Adapter>() {
    let failing = [
        Fault::none().reset_before_response(),
        Fault::none().drop_before_response(),
        Fault::none().drop_mid_response(5),
        Fault::none().body_cut_short(5),
        Fault::none().chunked().body_cut_short(5),
        Fault::none().delay(STALL * 3),
    ];
    for fault in failing {
        let server = TestServer::scripted([fault.clone(), fault]);
        let setup = Setup { attempt_timeout: STALL, ..server.setup() };
        let report = A::new(&setup).call(one_id());
        assert_eq!(report.output(3).unprocessed_accounts().len(), 1);
        assert_eq!(server.requests(), 3);
    }
}

/// The transport never repeats a request automatically, not even if a reused connection is lost.
pub fn sends_each_attempt_once<A: Adapter>() {
    for hostile in [false, true] {
        // Only the first request receives a response. All other connections are closed.
        let is_first = AtomicBool::new(true);
        let server = Raw::start(move |mut peer: Peer| {
            while peer.request().is_some() && is_first.swap(false, Ordering::Relaxed) && peer.send(ok("{}")) {}
        });
        let client = A::new(&Setup { attempts: 1, hostile, ..Setup::to(server.url()) });
        let _ = client.call(one_id()).output(1);
        thread::sleep(A::SETTLING);
        assert_eq!(client.call(one_id()).failure(1), Failure::Interrupted);
        assert_eq!(server.requests().len(), 2);
    }
}

/// Checks that both attempts take as long as their timeout, and not much longer.
fn times_out<A: Adapter>(serve: fn(&mut Peer)) {
    for hostile in [false, true] {
        let server = Raw::start(move |mut peer| {
            if peer.request().is_some() {
                serve(&mut peer);
            }
        });
        let setup = Setup { attempts: 2, attempt_timeout: STALL, hostile, ..Setup::to(server.url()) };
        let report = A::new(&setup).call(one_id());
        assert_eq!(report.failure(2), Failure::TimedOut);
        let message = &report.error(2).chain[0];
        assert!(message.contains(&server.url()) && message.contains("timed out"), "{message}");
        assert_eq!(server.requests().len(), 2);
        assert!(report.elapsed >= STALL * 2, "{:?}", report.elapsed);
        assert!(report.elapsed < STALL * 2 + SLACK, "{:?}", report.elapsed);
    }
}

/// The head does not arrive.
pub fn slow_headers_time_out<A: Adapter>() {
    times_out::<A>(Peer::until_closed);
}

/// The head arrives at once, but the body does not.
pub fn slow_body_times_out<A: Adapter>() {
    times_out::<A>(|peer| {
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{");
        peer.until_closed();
    });
}

/// Every byte arrives soon after the one before, but not the whole response in time.
pub fn trickling_response_times_out<A: Adapter>() {
    times_out::<A>(|peer| peer.trickle(ok(&" ".repeat(1000)), Duration::from_millis(20)));
    times_out::<A>(|peer| {
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        peer.trickle(" ".repeat(1000), Duration::from_millis(20));
    });
}
