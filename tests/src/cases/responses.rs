//! What is answered.

use std::time::Duration;

use http::StatusCode;
use securityhub_emulator::Fault;
use securityhub_invitations::{ErrorKind, MAX_RESPONSE_BYTES};

use super::requests::ok;
use crate::{
    Adapter, Setup, Why,
    bench::{Bench, account, ids, invite, one_id},
    servers::{Raw, answer},
};

fn is_deleted<A: Adapter>(count: u32) {
    let bench = Bench::new();
    invite(bench.emulator(), 0..count);
    let report = A::new(&bench.setup()).call(ids(0..count));
    let output = report.output(1);
    assert!(output.is_complete());
    assert!(output.request_id().is_some());
    assert_eq!(bench.emulator().counters().deleted, u64::from(count));
    assert_eq!(bench.requests(), 1);
}

/// One id.
pub fn one_invitation_is_deleted<A: Adapter>() {
    is_deleted::<A>(1);
}

/// Fifty ids, which is what AWS's other operations take at a time.
pub fn fifty_invitations_are_deleted<A: Adapter>() {
    is_deleted::<A>(50);
}

/// Ten thousand ids in one request.
pub fn ten_thousand_invitations_are_deleted<A: Adapter>() {
    is_deleted::<A>(10_000);
}

/// Ten thousand accounts in one answer.
pub fn ten_thousand_unprocessed_accounts_are_read<A: Adapter>() {
    let bench = Bench::new();
    let report = A::new(&bench.setup()).call(ids(0..10_000));
    let accounts = report.output(1).unprocessed_accounts();
    assert_eq!(accounts.len(), 10_000);
    assert_eq!(accounts[9_999].account_id(), Some(account(9_999).as_str()));
}

/// Status 200 with accounts that were not processed is an output that says so.
pub fn partial_failure_lists_the_accounts<A: Adapter>() {
    let bench = Bench::new();
    invite(bench.emulator(), 0..2);
    let report = A::new(&bench.setup()).call(ids(0..3));
    let output = report.output(1);
    assert!(!output.is_complete());
    let [left] = output.unprocessed_accounts() else { panic!("one account is left: {output:?}") };
    assert_eq!(left.account_id(), Some(account(2).as_str()));
    assert!(left.processing_result().is_some());
    assert_eq!(bench.emulator().counters().deleted, 2);
}

/// An answer says that nothing is left in many ways.
pub fn an_empty_list_and_an_empty_body_are_success<A: Adapter>() {
    let lists = [r#"{"UnprocessedAccounts":[]}"#, r#"{"UnprocessedAccounts":null}"#, "{}", ""];
    let bench = Bench::scripted(lists.map(|list| Fault::none().body(list)));
    bench.emulator().script([Fault::none().body("").chunked(), Fault::empty(StatusCode::NO_CONTENT)]);
    let client = A::new(&bench.setup());
    for _ in 0..6 {
        assert!(client.call(one_id()).output(1).is_complete());
    }
    assert_eq!(bench.emulator().scripted(), 0);
}

/// Both ways of saying where a body ends.
pub fn chunked_answers_and_answers_of_known_length_read_the_same<A: Adapter>() {
    let bench = Bench::scripted([Fault::none(), Fault::none().chunked(), Fault::none().chunked().dribble(7, MOMENT)]);
    let client = A::new(&bench.setup());
    let lists: Vec<_> = (0..3).map(|_| client.call(ids(0..5)).output(1).unprocessed_accounts().to_vec()).collect();
    assert_eq!(lists[0].len(), 5);
    assert!(lists.iter().all(|list| *list == lists[0]));
    // Extensions of chunks and fields after the last one are HTTP, too.
    let server = Raw::start(|mut peer| {
        if peer.request().is_some() {
            peer.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;x=y\r\n{\r\n01\r\n}\r\n0\r\nx-late: 1\r\n\r\n",
            );
            peer.until_closed();
        }
    });
    assert!(A::new(&Setup::to(server.url())).call(one_id()).output(1).is_complete());
}

const MOMENT: Duration = Duration::from_millis(1);

/// Head and body come byte by byte, each soon enough.
pub fn an_answer_that_trickles_is_read_whole<A: Adapter>() {
    let server = Raw::start(|mut peer| {
        if peer.request().is_some() {
            peer.trickle(ok(r#"{"UnprocessedAccounts":[{"AccountId":"000000000001"}]}"#), MOMENT);
            peer.until_closed();
        }
    });
    let report = A::new(&Setup::to(server.url())).call(one_id());
    assert_eq!(report.output(1).unprocessed_accounts().len(), 1);
}

/// A status of 100 to 199 is not the answer yet.
pub fn interim_answers_are_passed_over<A: Adapter>() {
    let server = Raw::start(|mut peer| {
        if peer.request().is_some() {
            peer.send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
            peer.send(ok(r#"{"UnprocessedAccounts":[{"AccountId":"000000000001"}]}"#));
            peer.until_closed();
        }
    });
    let report = A::new(&Setup::to(server.url())).call(one_id());
    assert_eq!(report.output(1).unprocessed_accounts().len(), 1);
    assert_eq!(server.requests().len(), 1);
}

/// Status, code, message and request id of the errors in the API's model, and of the one that IAM adds.
pub fn every_modelled_error_arrives_whole<A: Adapter>() {
    let modelled = [
        (500, "InternalException", ErrorKind::Internal, 3),
        (400, "InvalidInputException", ErrorKind::InvalidInput, 1),
        (429, "LimitExceededException", ErrorKind::LimitExceeded, 3),
        (404, "ResourceNotFoundException", ErrorKind::ResourceNotFound, 1),
        (401, "InvalidAccessException", ErrorKind::InvalidAccess, 1),
        (403, "AccessDeniedException", ErrorKind::AccessDenied, 1),
    ];
    for (status, code, kind, attempts) in modelled {
        let message = format!("the message of {code}");
        let fault = Fault::error(StatusCode::from_u16(status).expect("a status"), code, &message);
        let bench = Bench::scripted(vec![fault; 3]);
        let report = A::new(&bench.setup()).call(one_id());
        let error = report.service_error(attempts);
        assert_eq!((error.kind(), error.status().as_u16()), (kind, status));
        assert_eq!((error.code(), error.message()), (Some(code), Some(message.as_str())));
        assert!(error.request_id().is_some(), "{error}");
        assert_eq!(error.is_retryable(), attempts > 1);
        assert_eq!(bench.requests(), u64::from(attempts));
    }
}

const STATUSES: [u16; 20] =
    [400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 413, 417, 421, 426, 429, 500, 501, 502, 503, 504];

/// The body of an answer is read whatever its status.
pub fn error_bodies_are_kept_on_every_status<A: Adapter>() {
    keeps_error_bodies::<A>(false);
}

fn keeps_error_bodies<A: Adapter>(hostile: bool) {
    let bench = Bench::new();
    let client = A::new(&Setup { attempts: 1, hostile, ..bench.setup() });
    for status in STATUSES {
        let status = StatusCode::from_u16(status).expect("a status");
        bench.emulator().then(Fault::error(status, "SomeException", &format!("about {status}")));
        let report = client.call(one_id());
        let error = report.service_error(1);
        assert_eq!(error.status(), status);
        assert_eq!((error.code(), error.message()), (Some("SomeException"), Some(format!("about {status}").as_str())));
    }
}

/// A proxy's page is quoted.
pub fn what_is_no_json_is_kept_as_an_excerpt<A: Adapter>() {
    let bench = Bench::scripted([Fault::html(StatusCode::BAD_GATEWAY), Fault::html(StatusCode::FORBIDDEN)]);
    let client = A::new(&Setup { attempts: 1, ..bench.setup() });
    for kind in [ErrorKind::Unavailable, ErrorKind::AccessDenied] {
        let report = client.call(one_id());
        let error = report.service_error(1);
        assert_eq!(error.kind(), kind);
        assert!(error.excerpt().is_some_and(|excerpt| excerpt.contains("<html>")), "{error:?}");
    }
}

/// A page in place of an answer is no success, and not asked for again.
pub fn a_success_that_is_no_json_is_an_error<A: Adapter>() {
    let bench = Bench::scripted([Fault::html(StatusCode::OK)]);
    let report = A::new(&bench.setup()).call(one_id());
    assert_eq!(report.service_error(1).kind(), ErrorKind::Malformed);
    assert_eq!(bench.requests(), 1);
}

/// 3xx is an error like any other, with its body; what was signed goes nowhere else, and not there again.
pub fn redirects_are_answers_and_lead_nowhere<A: Adapter>() {
    leads_nowhere::<A>(false);
}

fn leads_nowhere<A: Adapter>(hostile: bool) {
    let elsewhere = Raw::start(|mut peer| while peer.request().is_some() && peer.send(ok("{}")) {});
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        for target in [format!("{}/invitations/delete", elsewhere.url()), "/elsewhere".to_owned()] {
            let has_body = status != 304;
            let body = if has_body { r#"{"message":"over there"}"# } else { "" };
            let line = format!("HTTP/1.1 {status} Elsewhere");
            let head = format!("location: {target}\r\n");
            let reply = if has_body { answer(&line, &head, body) } else { format!("{line}\r\n{head}\r\n") };
            let server = Raw::start(move |mut peer| while peer.request().is_some() && peer.send(&reply) {});
            let report = A::new(&Setup { hostile, ..Setup::to(server.url()) }).call(one_id());
            let error = report.service_error(1);
            assert_eq!(error.status().as_u16(), status);
            assert_eq!(error.message(), has_body.then_some("over there"));
            assert_eq!(server.requests().len(), 1, "{status}");
        }
    }
    assert_eq!(elsewhere.connections(), 0, "the target of a redirect was reached");
}

/// 16 MiB to the byte, announced and not.
pub fn a_body_at_the_cap_is_read<A: Adapter>() {
    let full = || Fault::none().padded_to(MAX_RESPONSE_BYTES);
    let bench = Bench::scripted([full(), full().chunked()]);
    let client = A::new(&bench.setup());
    for _ in 0..2 {
        assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
    }
}

/// One byte more, announced and not, of an answer or of an error that would be worth another attempt.
pub fn a_body_over_the_cap_is_refused_and_not_asked_for_again<A: Adapter>() {
    refuses_over_the_cap::<A>(false);
}

fn refuses_over_the_cap<A: Adapter>(hostile: bool) {
    let over = |fault: Fault| fault.padded_to(MAX_RESPONSE_BYTES + 1);
    let error = || Fault::error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "");
    let faults = [over(Fault::none()), over(Fault::none()).chunked(), over(error()), over(error()).chunked()];
    for fault in faults {
        let bench = Bench::scripted([fault]);
        let report = A::new(&Setup { hostile, ..bench.setup() }).call(one_id());
        assert!(matches!(report.why(1), Why::TooLarge), "{:?}", report.why(1));
        assert_eq!(bench.requests(), 1);
    }
}

/// The client hangs up soon after the cap.
pub fn a_body_without_end_is_not_read_to_its_end<A: Adapter>() {
    const PIECE: usize = 64 * 1024;
    let server = Raw::start(|mut peer| {
        if peer.request().is_none() || !peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n") {
            return;
        }
        let chunk = format!("{PIECE:x}\r\n{}\r\n", " ".repeat(PIECE));
        // Four times the cap.
        let is_read = (0..4 * MAX_RESPONSE_BYTES / PIECE).all(|_| peer.send(&chunk));
        if !is_read {
            peer.until_closed();
        }
    });
    let report = A::new(&Setup::to(server.url())).call(one_id());
    assert!(matches!(report.why(1), Why::TooLarge), "{:?}", report.why(1));
    assert!(server.wait_until(|server| server.closed_by_client() == 1), "the whole body was read");
}

/// Headers come without end: the transport's own limit applies, and the answer is none.
pub fn a_head_without_end_is_not_read_to_its_end<A: Adapter>() {
    let server = Raw::start(|mut peer| {
        if peer.request().is_none() || !peer.send("HTTP/1.1 200 OK\r\n") {
            return;
        }
        let header = format!("x-more: {}\r\n", "x".repeat(8 * 1024));
        let is_read = (0..4 * MAX_RESPONSE_BYTES / header.len()).all(|_| peer.send(&header));
        if !is_read {
            peer.until_closed();
        }
    });
    let report = A::new(&Setup { attempts: 1, ..Setup::to(server.url()) }).call(one_id());
    assert_eq!(report.failure(1), securityhub_invitations::Failure::Interrupted);
    assert!(server.wait_until(|server| server.closed_by_client() == 1), "the whole head was read");
}

/// The adapter sets what it promises for each request: the transport's own client may be set up for anything.
pub fn a_client_set_up_otherwise_reads_the_same_answers<A: Adapter>() {
    keeps_error_bodies::<A>(true);
    leads_nowhere::<A>(true);
    refuses_over_the_cap::<A>(true);
}
