//! Waiting and stopping.

use std::{thread, time::Duration};

use http::StatusCode;
use securityhub_emulator::Fault;
use securityhub_invitations::{ErrorKind, Failure};

use super::{
    connections::assert_shared,
    failures::{SLACK, STALL},
};
use crate::{
    Adapter, Setup, Why,
    bench::{Bench, one_id},
    servers::Raw,
};

/// `x-amz-retry-after` in milliseconds, `Retry-After` in seconds: the client's own wait would have been 20 ms.
pub fn the_wait_that_throttling_asks_for_is_waited<A: Adapter>() {
    let asked = [
        (Fault::throttled().x_amz_retry_after("300"), 300),
        (Fault::throttled().retry_after("1"), 1000),
        (Fault::throttled(), 20),
    ];
    for (fault, milliseconds) in asked {
        let wait = Duration::from_millis(milliseconds);
        let bench = Bench::scripted([fault]);
        let report = A::new(&bench.setup()).call(one_id());
        let _ = report.output(2);
        assert_eq!(report.observed[0].wait, Some(wait));
        let received = bench.emulator().received();
        let between = received[1].at.duration_since(received[0].at).expect("one after the other");
        assert!(between >= wait.saturating_sub(Duration::from_millis(5)), "{between:?} is not {wait:?}");
        assert!(between < wait + SLACK, "{between:?} is not {wait:?}");
    }
}

/// Server errors and throttling, then an answer, on one connection.
pub fn an_answer_that_asks_for_another_attempt_gets_one<A: Adapter>() {
    assert_shared::<A>(|| {
        let bench = Bench::scripted([Fault::html(StatusCode::BAD_GATEWAY), Fault::throttled()]);
        let report = A::new(&bench.setup()).call(one_id());
        assert_eq!(report.output(3).unprocessed_accounts().len(), 1);
        assert_eq!(bench.requests(), 3);
        bench.connections()
    });
}

/// The answer's `Date` is heeded: the second attempt is signed for the service's time.
pub fn a_clock_that_is_off_is_corrected<A: Adapter>() {
    for offset in [-3600, 3600] {
        let emulator = crate::bench::emulator();
        emulator.set_clock_offset(offset);
        let server = securityhub_emulator::Server::start(emulator).expect("a free port");
        let client = A::new(&Setup::to(server.url()));
        let _ = client.call(one_id()).output(2);
        let _ = client.call(one_id()).output(1);
        let refusals: Vec<bool> =
            server.emulator().received().iter().map(|received| received.refusal.is_some()).collect();
        assert_eq!(refusals, [true, false, false]);
    }
}

/// A wait that would go past the deadline is not begun.
pub fn a_deadline_cuts_a_wait_short<A: Adapter>() {
    let bench = Bench::scripted([Fault::throttled().retry_after("5")]);
    let setup = Setup { deadline: Some(Duration::from_secs(2)), ..bench.setup() };
    let report = A::new(&setup).call(one_id());
    let Why::Deadline(Some(latest)) = report.why(1) else { panic!("{:?}", report.why(1)) };
    assert!(matches!(&**latest, Why::Service(error) if error.kind() == ErrorKind::Throttled), "{latest:?}");
    assert!(report.elapsed < Duration::from_secs(4), "{:?}", report.elapsed);
    assert_eq!(bench.requests(), 1);
}

/// An attempt ends with the deadline even if its own timeout is later; one that came first is told of.
pub fn a_deadline_cuts_an_attempt_short<A: Adapter>() {
    let bench = Bench::scripted([Fault::throttled(), Fault::none().delay(Duration::from_secs(60))]);
    let deadline = STALL * 2;
    let setup = Setup { deadline: Some(deadline), ..bench.setup() };
    let report = A::new(&setup).call(one_id());
    let Why::Deadline(Some(latest)) = report.why(2) else { panic!("{:?}", report.why(2)) };
    assert!(matches!(**latest, Why::Transport(Failure::TimedOut)), "{latest:?}");
    assert!(report.elapsed >= deadline, "{:?}", report.elapsed);
    assert!(report.elapsed < deadline + SLACK, "{:?}", report.elapsed);
    assert_eq!(bench.requests(), 2);
}

/// A deadline that has passed leaves nothing to be done.
pub fn a_deadline_of_nothing_sends_nothing<A: Adapter>() {
    let bench = Bench::new();
    let report = A::new(&Setup { deadline: Some(Duration::ZERO), ..bench.setup() }).call(one_id());
    assert!(matches!(report.why(0), Why::Deadline(None)), "{:?}", report.why(0));
    assert_eq!((bench.requests(), bench.connections()), (0, 0));
}

/// The connection that the request is on is closed, and no other is opened.
pub fn a_cancelled_call_leaves_no_request_running<A: Adapter>() {
    let server = Raw::start(|mut peer| {
        if peer.request().is_some() {
            peer.until_closed();
        }
    });
    let client = A::new(&Setup::to(server.url()));
    client.cancel(one_id(), &mut || assert!(server.wait_until(|server| server.requests().len() == 1)));
    assert!(server.wait_until(|server| server.closed_by_client() == 1), "the connection stays open");
    thread::sleep(STALL / 2);
    assert_eq!((server.requests().len(), server.connections()), (1, 1));
}

/// Cancelled between two attempts, the second is never made.
pub fn a_call_cancelled_while_waiting_sends_nothing_more<A: Adapter>() {
    let bench = Bench::scripted([Fault::throttled().x_amz_retry_after("400")]);
    let client = A::new(&bench.setup());
    client.cancel(one_id(), &mut || {
        for _ in 0..1000 {
            if bench.requests() > 0 {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        // The answer arrives, and the wait begins.
        thread::sleep(Duration::from_millis(50));
    });
    thread::sleep(Duration::from_millis(600));
    assert_eq!(bench.requests(), 1);
    // The client is as good as before.
    let _ = client.call(one_id()).output(1);
}

/// As good as none, and no reason to panic.
pub fn a_timeout_may_be_as_long_as_there_is<A: Adapter>() {
    let bench = Bench::scripted([Fault::throttled()]);
    let setup = Setup { attempt_timeout: Duration::MAX, deadline: Some(Duration::MAX), ..bench.setup() };
    let _ = A::new(&setup).call(one_id()).output(2);
}
