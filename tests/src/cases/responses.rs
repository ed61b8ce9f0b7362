//! Responses of every kind.

use std::time::Duration;

use http::StatusCode;
use securityhub_emulator::Fault;
use securityhub_invitations::{ErrorKind, MAX_RESPONSE_BYTES};

use super::requests::ok;
use crate::{
    Adapter, Setup, Why,
    servers::{Raw, response},
    test_server::{TestServer, account, ids, invite, one_id},
};

fn is_deleted<A: Adapter>(count: u32) {
    let server = TestServer::new();
    invite(server.emulator(), 0..count);
    let report = A::new(&server.setup()).call(ids(0..count));
    let output = report.output(1);
    assert!(output.is_complete());
    assert!(output.request_id().is_some());
    assert_eq!(server.emulator().counters().deleted, u64::from(count));
    assert_eq!(server.requests(), 1);
}

/// One id.
pub fn deletes_one_invitation<A: Adapter>() {
    is_deleted::<A>(1);
}

/// Fifty ids, the limit of AWS's other operations.
pub fn deletes_fifty_invitations<A: Adapter>() {
    is_deleted::<A>(50);
}

/// Ten thousand ids in one request.
pub fn deletes_ten_thousand_invitations<A: Adapter>() {
    is_deleted::<A>(10_000);
}

/// Ten thousand accounts in one response.
pub fn reads_ten_thousand_unprocessed_accounts<A: Adapter>() {
    let server = TestServer::new();
    let report = A::new(&server.setup()).call(ids(0..10_000));
    let accounts = report.output(1).unprocessed_accounts();
    assert_eq!(accounts.len(), 10_000);
    assert_eq!(accounts[9_999].account_id(), Some(account(9_999).as_str()));
}

/// A status 200 with unprocessed accounts is an output that lists them.
pub fn lists_unprocessed_accounts<A: Adapter>() {
    let server = TestServer::new();
    invite(server.emulator(), 0..2);
    let report = A::new(&server.setup()).call(ids(0..3));
    let output = report.output(1);
    assert!(!output.is_complete());
    let [left] = output.unprocessed_accounts() else { panic!("expected one account: {output:?}") };
    assert_eq!(left.account_id(), Some(account(2).as_str()));
    assert!(left.processing_result().is_some());
    assert_eq!(server.emulator().counters().deleted, 2);
}

/// An empty list has several forms. An empty body is not one of them (protocol rule 7).
pub fn accepts_every_form_of_an_empty_list<A: Adapter>() {
    let lists = [r#"{"UnprocessedAccounts":[]}"#, r#"{"UnprocessedAccounts":null}"#, "{}"];
    let server = TestServer::scripted(lists.map(|list| Fault::none().body(list)));
    server.emulator().push_fault(Fault::none().body("{}").chunked());
    let client = A::new(&server.setup());
    for _ in 0..4 {
        assert!(client.call(one_id()).output(1).is_complete());
    }
    assert_eq!(server.emulator().pending_faults(), 0);
}

/// Both ways of marking the end of a body.
pub fn reads_chunked_and_sized_bodies_alike<A: Adapter>() {
    let server =
        TestServer::scripted([Fault::none(), Fault::none().chunked(), Fault::none().chunked().dribble(7, MOMENT)]);
    let client = A::new(&server.setup());
    let lists: Vec<_> = (0..3).map(|_| client.call(ids(0..5)).output(1).unprocessed_accounts().to_vec()).collect();
    assert_eq!(lists[0].len(), 5);
    assert!(lists.iter().all(|list| *list == lists[0]));
    // HTTP also allows chunk extensions and trailers.
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

/// The head and the body arrive byte by byte, and in time.
pub fn reads_slow_responses_completely<A: Adapter>() {
    let server = Raw::start(|mut peer| {
        if peer.request().is_some() {
            peer.trickle(ok(r#"{"UnprocessedAccounts":[{"AccountId":"000000000001"}]}"#), MOMENT);
            peer.until_closed();
        }
    });
    let report = A::new(&Setup::to(server.url())).call(one_id());
    assert_eq!(report.output(1).unprocessed_accounts().len(), 1);
}

/// A status of 100–199 is not the final response.
pub fn skips_interim_responses<A: Adapter>() {
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

/// The status, code, message and request id of every error in the API's model, and of IAM's.
pub fn reports_every_modelled_error<A: Adapter>() {
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
        let server = TestServer::scripted(vec![fault; 3]);
        let report = A::new(&server.setup()).call(one_id());
        let error = report.service_error(attempts);
        assert_eq!((error.kind(), error.status().as_u16()), (kind, status));
        assert_eq!((error.code(), error.message()), (Some(code), Some(message.as_str())));
        assert!(error.request_id().is_some(), "{error}");
        assert_eq!(error.is_retryable(), attempts > 1);
        assert_eq!(server.requests(), u64::from(attempts));
    }
}

const STATUSES: [u16; 20] =
    [400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 413, 417, 421, 426, 429, 500, 501, 502, 503, 504];

/// The body of a response is read whatever its status.
pub fn keeps_error_bodies_of_every_status<A: Adapter>() {
    keeps_error_bodies::<A>(false);
}

fn keeps_error_bodies<A: Adapter>(hostile: bool) {
    let server = TestServer::new();
    let client = A::new(&Setup { attempts: 1, hostile, ..server.setup() });
    for status in STATUSES {
        let status = StatusCode::from_u16(status).expect("a status");
        server.emulator().push_fault(Fault::error(status, "SomeException", &format!("about {status}")));
        let report = client.call(one_id());
        let error = report.service_error(1);
        assert_eq!(error.status(), status);
        assert_eq!((error.code(), error.message()), (Some("SomeException"), Some(format!("about {status}").as_str())));
    }
}

/// The error has an excerpt of a proxy's page.
pub fn keeps_an_excerpt_of_html_errors<A: Adapter>() {
    let server = TestServer::scripted([Fault::html(StatusCode::BAD_GATEWAY), Fault::html(StatusCode::FORBIDDEN)]);
    let client = A::new(&Setup { attempts: 1, ..server.setup() });
    for kind in [ErrorKind::Unavailable, ErrorKind::AccessDenied] {
        let report = client.call(one_id());
        let error = report.service_error(1);
        assert_eq!(error.kind(), kind);
        assert!(error.excerpt().is_some_and(|excerpt| excerpt.contains("<html>")), "{error:?}");
    }
}

/// An HTML page with status 200 is not a success, and is not retried.
pub fn rejects_html_with_status_200<A: Adapter>() {
    let server = TestServer::scripted([Fault::html(StatusCode::OK)]);
    let report = A::new(&server.setup()).call(one_id());
    assert_eq!(report.service_error(1).kind(), ErrorKind::Malformed);
    assert_eq!(server.requests(), 1);
}

/// A 3xx is an error like any other, with its body. The signed request is sent nowhere else, and not again.
pub fn never_follows_redirects<A: Adapter>() {
    leads_nowhere::<A>(false);
}

fn leads_nowhere<A: Adapter>(hostile: bool) {
    let elsewhere = Raw::start(|mut peer| while peer.request().is_some() && peer.send(ok("{}")) {});
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        for target in [format!("{}/invitations/delete", elsewhere.url()), "/elsewhere".to_owned()] {
            let has_body = status != 304;
            let body = if has_body { r#"{"message":"moved"}"# } else { "" };
            let line = format!("HTTP/1.1 {status} Elsewhere");
            let head = format!("location: {target}\r\n");
            let reply = if has_body { response(&line, &head, body) } else { format!("{line}\r\n{head}\r\n") };
            let server = Raw::start(move |mut peer| while peer.request().is_some() && peer.send(&reply) {});
            let report = A::new(&Setup { hostile, ..Setup::to(server.url()) }).call(one_id());
            let error = report.service_error(1);
            assert_eq!(error.status().as_u16(), status);
            assert_eq!(error.message(), has_body.then_some("moved"));
            assert_eq!(server.requests().len(), 1, "{status}");
        }
    }
    assert_eq!(elsewhere.connections(), 0, "the target of a redirect was reached");
}

/// Exactly 16 MiB, with a known length and chunked.
pub fn reads_bodies_at_the_limit<A: Adapter>() {
    let full = || Fault::none().padded_to(MAX_RESPONSE_BYTES);
    let server = TestServer::scripted([full(), full().chunked()]);
    let client = A::new(&server.setup());
    for _ in 0..2 {
        assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
    }
}

/// One byte more, with a known length and chunked, for a success and for a retryable error. There is no retry.
pub fn rejects_bodies_over_the_limit<A: Adapter>() {
    refuses_over_the_limit::<A>(false);
}

fn refuses_over_the_limit<A: Adapter>(hostile: bool) {
    let over = |fault: Fault| fault.padded_to(MAX_RESPONSE_BYTES + 1);
    let error = || Fault::error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "");
    let faults = [over(Fault::none()), over(Fault::none()).chunked(), over(error()), over(error()).chunked()];
    for fault in faults {
        let server = TestServer::scripted([fault]);
        let report = A::new(&Setup { hostile, ..server.setup() }).call(one_id());
        assert!(matches!(report.why(1), Why::TooLarge), "{:?}", report.why(1));
        assert_eq!(report.error(1).unconfirmed_attempts, 1);
        assert_eq!(server.requests(), 1);
    }
}

/// The client closes the connection soon after the limit.
pub fn stops_reading_endless_bodies<A: Adapter>() {
    const PIECE: usize = 64 * 1024;
    let server = Raw::start(|mut peer| {
        if peer.request().is_none() || !peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n") {
            return;
        }
        let chunk = format!("{PIECE:x}\r\n{}\r\n", " ".repeat(PIECE));
        // Four times the limit.
        let is_read = (0..4 * MAX_RESPONSE_BYTES / PIECE).all(|_| peer.send(&chunk));
        if !is_read {
            peer.until_closed();
        }
    });
    let report = A::new(&Setup::to(server.url())).call(one_id());
    assert!(matches!(report.why(1), Why::TooLarge), "{:?}", report.why(1));
    assert!(server.wait_until(|server| server.closed_by_client() == 1), "the whole body was read");
}

/// Endless headers reach the transport's own limit.
pub fn stops_reading_endless_headers<A: Adapter>() {
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

/// The adapter sets its guarantees for each request, whatever the settings of the transport's own client.
pub fn hostile_settings_do_not_change_responses<A: Adapter>() {
    keeps_error_bodies::<A>(true);
    leads_nowhere::<A>(true);
    refuses_over_the_limit::<A>(true);
}
