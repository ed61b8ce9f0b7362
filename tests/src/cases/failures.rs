//! What goes wrong on the way.

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
    bench::{Bench, one_id},
    servers::{Peer, Raw},
};

/// Longer than anything on loopback takes, and short enough to be waited for.
pub(super) const STALL: Duration = Duration::from_millis(400);
/// What a noisy machine may add.
pub(super) const SLACK: Duration = Duration::from_secs(5);

/// Nobody listens.
pub fn a_refused_connection_is_not_sent<A: Adapter>() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);
    let report = A::new(&Setup::to(url)).call(one_id());
    assert_eq!(report.failure(3), Failure::NotSent);
}

/// The name leads nowhere.
pub fn an_unknown_name_is_not_sent<A: Adapter>() {
    let setup = Setup { names: Names::AreUnknown, ..Setup::to("http://hub.example") };
    assert_eq!(A::new(&setup).call(one_id()).failure(3), Failure::NotSent);
}

/// In good order or with a reset.
pub fn a_connection_that_breaks_before_the_answer_is_interrupted<A: Adapter>() {
    for fault in [Fault::none().drop_before_answer(), Fault::none().reset_before_answer()] {
        let bench = Bench::scripted(vec![fault; 3]);
        let report = A::new(&bench.setup()).call(one_id());
        assert_eq!(report.failure(3), Failure::Interrupted);
        assert_eq!(bench.requests(), 3);
    }
}

/// In good order or with a reset, in the head or in the body, of known length or chunked.
pub fn a_connection_that_breaks_during_the_answer_is_interrupted<A: Adapter>() {
    let during = |fault: Fault| [fault.clone().drop_in_answer(10), fault.body_cut_short(10)];
    for fault in during(Fault::none()).into_iter().chain(during(Fault::none().chunked())) {
        let bench = Bench::scripted(vec![fault; 3]);
        let report = A::new(&bench.setup()).call(one_id());
        assert_eq!(report.failure(3), Failure::Interrupted);
        assert_eq!(bench.requests(), 3);
    }
    for head in ["HTTP/1.1 2", "HTTP/1.1 200 OK\r\ncontent-le"] {
        let server = Raw::answering_once(head);
        let report = A::new(&Setup::to(server.url())).call(one_id());
        assert_eq!(report.failure(3), Failure::Interrupted, "{head}");
        assert_eq!(server.requests().len(), 3);
    }
}

/// Even if what came before the cut is a whole JSON object.
pub fn a_body_cut_short_is_never_success<A: Adapter>() {
    for cut in [
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n",
    ] {
        let server = Raw::answering_once(cut);
        let report = A::new(&Setup { attempts: 1, ..Setup::to(server.url()) }).call(one_id());
        assert_eq!(report.failure(1), Failure::Interrupted, "{cut}");
    }
}

/// Another protocol's greeting, and bytes that are nothing.
pub fn what_is_not_http_is_interrupted<A: Adapter>() {
    for greeting in ["SSH-2.0-OpenSSH_9.2\r\n", "\0\u{1}\u{2}\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n"] {
        let server = Raw::answering_once(greeting);
        let report = A::new(&Setup { attempts: 1, ..Setup::to(server.url()) }).call(one_id());
        assert_eq!(report.failure(1), Failure::Interrupted, "{greeting}");
    }
}

/// Two attempts fail in different ways, the third is answered.
pub fn every_failure_of_the_transport_is_tried_again<A: Adapter>() {
    let failing = [
        Fault::none().reset_before_answer(),
        Fault::none().drop_before_answer(),
        Fault::none().drop_in_answer(5),
        Fault::none().body_cut_short(5),
        Fault::none().chunked().body_cut_short(5),
        Fault::none().delay(STALL * 3),
    ];
    for fault in failing {
        let bench = Bench::scripted([fault.clone(), fault]);
        let setup = Setup { attempt_timeout: STALL, ..bench.setup() };
        let report = A::new(&setup).call(one_id());
        assert_eq!(report.output(3).unprocessed_accounts().len(), 1);
        assert_eq!(bench.requests(), 3);
    }
}

/// The transport sends nothing a second time on its own, not even where a used connection dies.
pub fn an_attempt_reaches_the_server_once<A: Adapter>() {
    for hostile in [false, true] {
        // The first request is answered, all others meet the end of their connection.
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

/// Two attempts, both of them as long as an attempt may take and not much longer.
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
        assert_eq!(server.requests().len(), 2);
        assert!(report.elapsed >= STALL * 2, "{:?}", report.elapsed);
        assert!(report.elapsed < STALL * 2 + SLACK, "{:?}", report.elapsed);
    }
}

/// The head does not come.
pub fn slow_headers_time_out<A: Adapter>() {
    times_out::<A>(Peer::until_closed);
}

/// The head comes at once, the body does not.
pub fn a_slow_body_times_out<A: Adapter>() {
    times_out::<A>(|peer| {
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{");
        peer.until_closed();
    });
}

/// Every byte comes soon after the one before, and the whole does not come in time.
pub fn an_answer_that_trickles_for_too_long_times_out<A: Adapter>() {
    times_out::<A>(|peer| peer.trickle(ok(&" ".repeat(1000)), Duration::from_millis(20)));
    times_out::<A>(|peer| {
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        peer.trickle(" ".repeat(1000), Duration::from_millis(20));
    });
}
