//! Waits, deadlines and cancellation.

use std::{thread, time::Duration};

use http::StatusCode;
use securityhub_emulator::Fault;
use securityhub_invitations::{ErrorKind, Failure};

use super::failures::{SLACK, STALL};
use crate::{
    Adapter, Setup, Why,
    servers::{Raw, Silent},
    test_server::{TestServer, one_id},
};

/// `x-amz-retry-after` in milliseconds and `Retry-After` in seconds. The client's own wait would be 20 ms.
pub fn waits_as_long_as_throttling_requests<A: Adapter>() {
    let asked = [
        (Fault::throttled().x_amz_retry_after("300"), 300),
        (Fault::throttled().retry_after("1"), 1000),
        (Fault::throttled(), 20),
    ];
    for (fault, milliseconds) in asked {
        let wait = Duration::from_millis(milliseconds);
        let server = TestServer::scripted([fault]);
        let report = A::new(&server.setup()).call(one_id());
        let _ = report.output(2);
        assert_eq!(report.observed[0].wait, Some(wait));
        let received = server.emulator().received_requests();
        let between = received[1].at.duration_since(received[0].at).expect("in order");
        assert!(between >= wait.saturating_sub(Duration::from_millis(5)), "waited {between:?} instead of {wait:?}");
        assert!(between < wait + SLACK, "waited {between:?} instead of {wait:?}");
    }
}

/// A server error, throttling and then a success.
pub fn retries_retryable_responses<A: Adapter>() {
    let server = TestServer::scripted([Fault::html(StatusCode::BAD_GATEWAY), Fault::throttled()]);
    let report = A::new(&server.setup()).call(one_id());
    assert_eq!(report.output(3).unprocessed_accounts().len(), 1);
    assert_eq!(server.requests(), 3);
}

/// The second attempt is signed with the time of the first response's `Date`.
pub fn corrects_a_wrong_clock<A: Adapter>() {
    for offset in [-3600, 3600] {
        let emulator = crate::test_server::emulator();
        emulator.set_clock_offset(offset);
        let server = securityhub_emulator::Server::start(emulator).expect("a free port");
        let client = A::new(&Setup::to(server.url()));
        let _ = client.call(one_id()).output(2);
        let _ = client.call(one_id()).output(1);
        let refusals: Vec<bool> =
            server.emulator().received_requests().iter().map(|received| received.refusal.is_some()).collect();
        assert_eq!(refusals, [true, false, false]);
    }
}

/// A wait that would exceed the deadline is not started. The message does not claim that the deadline has passed.
pub fn deadline_forbids_a_wait<A: Adapter>() {
    let server = TestServer::scripted([Fault::throttled().retry_after("5")]);
    let setup = Setup { deadline: Some(Duration::from_secs(2)), ..server.setup() };
    let report = A::new(&setup).call(one_id());
    let Why::Deadline(Some(last_error)) = report.why(1) else { panic!("{:?}", report.why(1)) };
    assert!(matches!(&**last_error, Why::Service(error) if error.kind() == ErrorKind::Throttled), "{last_error:?}");
    let message = &report.error(1).chain[0];
    assert!(message.starts_with("deadline of 2s leaves no time for a retry in 5"), "{message}");
    assert!(report.elapsed < Duration::from_secs(2), "{:?}", report.elapsed);
    assert_eq!(server.requests(), 1);
}

/// An attempt ends at the deadline even if its own timeout is later. The error has that of the last attempt.
pub fn deadline_ends_an_attempt<A: Adapter>() {
    let deadline = Duration::from_secs(2);
    let slow = Fault::throttled().delay(deadline * 3 / 4);
    let server = TestServer::scripted([slow, Fault::none().delay(Duration::from_secs(60))]);
    let setup = Setup { deadline: Some(deadline), ..server.setup() };
    let report = A::new(&setup).call(one_id());
    let Why::Deadline(Some(last_error)) = report.why(2) else { panic!("{:?}", report.why(2)) };
    assert!(matches!(**last_error, Why::Transport(Failure::TimedOut)), "{last_error:?}");
    assert_eq!(report.error(2).chain[0], "deadline of 2s exceeded after 2 attempts");
    assert_eq!(report.error(2).unconfirmed_attempts, 1);
    assert!(report.elapsed >= deadline, "{:?}", report.elapsed);
    // The second attempt has only the rest of the time.
    assert!(report.elapsed < deadline * 7 / 4, "{:?}", report.elapsed);
    assert_eq!(server.requests(), 2);
}

/// Retries that the deadline forbids do not use up the retry quota.
pub fn forbidden_retries_do_not_drain_the_quota<A: Adapter>() {
    let server = TestServer::scripted(vec![Fault::throttled().retry_after("5"); 100]);
    server.emulator().push_fault(Fault::html(StatusCode::SERVICE_UNAVAILABLE));
    let client = A::new(&Setup { deadline: Some(Duration::from_secs(4)), ..server.setup() });
    for _ in 0..100 {
        assert!(matches!(client.call(one_id()).why(1), Why::Deadline(Some(_))));
    }
    let _ = client.call(one_id()).output(2);
}

/// The deadline also ends an attempt that is still connecting.
pub fn deadline_ends_a_hanging_connect<A: Adapter>() {
    let silent = Silent::start();
    let deadline = Duration::from_millis(500);
    let setup = Setup { deadline: Some(deadline), ..Setup::to(format!("http://{}", silent.addr())) };
    let report = A::new(&setup).call(one_id());
    let Why::Deadline(Some(last_error)) = report.why(1) else { panic!("{:?}", report.why(1)) };
    assert!(matches!(**last_error, Why::Transport(Failure::NotSent | Failure::TimedOut)), "{last_error:?}");
    assert_eq!(report.error(1).chain[0], "deadline of 500ms exceeded after 1 attempt");
    assert!(report.elapsed < deadline + SLACK, "{:?}", report.elapsed);
}

/// Nothing is sent after the deadline.
pub fn zero_deadline_sends_nothing<A: Adapter>() {
    let server = TestServer::new();
    let report = A::new(&Setup { deadline: Some(Duration::ZERO), ..server.setup() }).call(one_id());
    assert!(matches!(report.why(0), Why::Deadline(None)), "{:?}", report.why(0));
    assert_eq!((server.requests(), server.connections()), (0, 0));
}

/// The connection of the request is closed, and no other is opened.
pub fn cancelled_call_closes_its_connection<A: Adapter>() {
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

/// A call that is cancelled between two attempts does not start the second.
pub fn call_cancelled_while_waiting_sends_nothing_more<A: Adapter>() {
    let server = TestServer::scripted([Fault::throttled().x_amz_retry_after("400")]);
    let client = A::new(&server.setup());
    client.cancel(one_id(), &mut || {
        for _ in 0..1000 {
            if server.requests() > 0 {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        // The response arrives, and the wait starts.
        thread::sleep(Duration::from_millis(50));
    });
    thread::sleep(Duration::from_millis(600));
    assert_eq!(server.requests(), 1);
    // The client is still usable.
    let _ = client.call(one_id()).output(1);
}

/// The longest duration means no limit, and does not panic.
pub fn accepts_the_longest_timeout<A: Adapter>() {
    let server = TestServer::scripted([Fault::throttled()]);
    let setup = Setup { attempt_timeout: Duration::MAX, deadline: Some(Duration::MAX), ..server.setup() };
    let _ = A::new(&setup).call(one_id()).output(2);
}
