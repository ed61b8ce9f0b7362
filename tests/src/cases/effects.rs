//! Effects: which attempts may have changed something, whatever the response.

use std::{io::Read as _, net::TcpListener, thread};

use http::StatusCode;
use securityhub_emulator::Fault;
use securityhub_invitations::{ErrorKind, Failure, ListInvitations, Verdict};

use crate::{
    Adapter, Setup,
    servers::{Raw, response},
    test_server::{TestServer, invite, one_id},
};

/// The first attempt deletes the invitation, but a gateway responds in place of the service. The second finds no invitation.
pub fn marks_accounts_after_a_gateway_timeout_as_uncertain<A: Adapter>() {
    let gateway = [StatusCode::GATEWAY_TIMEOUT, StatusCode::BAD_GATEWAY].map(Fault::html);
    let internal = Fault::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalException", "");
    let timeout = Fault::error(StatusCode::BAD_REQUEST, "RequestTimeout", "");
    for fault in gateway.into_iter().chain([internal, timeout, Fault::none().drop_before_response()]) {
        let server = TestServer::scripted([fault.after_processing()]);
        invite(server.emulator(), 1..2);
        let report = A::new(&server.setup()).call(one_id());
        let output = report.output(2);
        assert_eq!(server.emulator().counters().deleted, 1);
        assert_eq!(output.unconfirmed_attempts(), Some(1));
        let operation = one_id();
        let verdicts: Vec<_> = output.verdicts(&operation).map(|(_, verdict)| verdict).collect();
        assert!(matches!(verdicts[..], [Verdict::Uncertain(_)]), "{verdicts:?}");
    }
}

/// The response of the first attempt is lost, and later attempts are refused. The last error alone would mean no effect.
pub fn counts_lost_attempts_in_later_failures<A: Adapter>() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        drop(listener);
        let mut part = [0; 4096];
        let _ = stream.read(&mut part);
    });
    let report = A::new(&Setup::to(url)).call(one_id());
    server.join().expect("the server does not panic");
    assert_eq!(report.failure(3), Failure::NotSent);
    assert_eq!(report.error(3).unconfirmed_attempts, 1);
    assert!(report.error(3).may_have_taken_effect);
}

/// Only Security Hub can report success. Everything else is unconfirmed, and is not retried.
pub fn never_takes_other_responses_for_success<A: Adapter>() {
    let ok = |headers: &str, body: &str| response("HTTP/1.1 200 OK", headers, body);
    for malformed in [
        ok("", ""),
        "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        ok("", r#"{"message":"Forbidden"}"#),
        ok("x-amzn-errortype: InternalException\r\n", "{}"),
        response("HTTP/1.1 202 Accepted", "", r#"{"error":"upstream timeout"}"#),
        ok("", r#"{"UnprocessedAccounts":[{"AccountId":"000000000001"}],"UnprocessedAccounts":null}"#),
        ok("", r#"{"UnprocessedAccounts":[null]}"#),
    ] {
        let server = {
            let malformed = malformed.clone();
            Raw::start(move |mut peer| {
                if peer.request().is_some() {
                    peer.send(&malformed);
                }
            })
        };
        let report = A::new(&Setup::to(server.url())).call(one_id());
        assert_eq!(report.service_error(1).kind(), ErrorKind::Malformed, "{malformed}");
        assert_eq!(report.error(1).unconfirmed_attempts, 1, "{malformed}");
        assert!(report.error(1).may_have_taken_effect, "{malformed}");
        assert_eq!(server.requests().len(), 1, "{malformed}");
    }
    // A body that does not arrive is a failure of the transport.
    let server = Raw::responding_once("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n");
    let report = A::new(&Setup::to(server.url())).call(one_id());
    assert_eq!(report.failure(3), Failure::Interrupted);
    assert_eq!(report.error(3).unconfirmed_attempts, 3);
}

/// An operation that reads changes nothing, even if no attempt is confirmed.
pub fn reads_never_take_effect<A: Adapter>() {
    let server = TestServer::scripted(vec![Fault::html(StatusCode::BAD_GATEWAY); 3]);
    let report = A::new(&server.setup()).list_invitations(ListInvitations::new());
    assert_eq!(report.error(3).unconfirmed_attempts, 3);
    assert!(!report.error(3).may_have_taken_effect);
}
