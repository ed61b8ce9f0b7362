//! How connections are reused and closed.

use std::{thread, time::Duration};

use http::StatusCode;
use securityhub_emulator::Fault;
use securityhub_invitations::Failure;

use super::requests::ok;
use crate::{
    Adapter, Report, Setup,
    servers::{Peer, Raw, response},
    test_server::{TestServer, one_id},
};

/// Long enough for the client to see the end of a connection over loopback.
const A_WHILE: Duration = Duration::from_millis(200);

/// Checks that calls share a connection. `round` returns the number of connections.
#[track_caller]
pub(super) fn assert_shared<A: Adapter>(round: impl Fn() -> usize) {
    let rounds = if A::SETTLING.is_zero() { 1 } else { 5 };
    let counts: Vec<usize> = (0..rounds).map(|_| round()).collect();
    assert!(counts.contains(&1), "connections: {counts:?}");
}

/// Makes a call, and waits until its connection is available for the next one.
pub(super) fn call_and_settle<A: Adapter>(client: &A) -> Report {
    let report = client.call(one_id());
    thread::sleep(A::SETTLING);
    report
}

/// The server counts the connections.
pub fn hundred_calls_share_a_connection<A: Adapter>() {
    assert_shared::<A>(|| {
        let server = TestServer::new();
        let client = A::new(&server.setup());
        for _ in 0..100 {
            let _ = call_and_settle(&client).output(1);
        }
        assert_eq!(server.requests(), 100);
        server.connections()
    });
}

/// The body of an error is read to its end. A 5xx status is not among them: see `server_errors_end_their_connection`.
pub fn reuses_connections_after_errors<A: Adapter>() {
    assert_shared::<A>(|| {
        let server = TestServer::new();
        let client = A::new(&Setup { attempts: 1, ..server.setup() });
        for status in [400, 404, 403, 429, 302, 200] {
            let status = StatusCode::from_u16(status).expect("a status");
            server.emulator().push_fault(Fault::error(status, "SomeException", "a message").body("{}"));
            server.emulator().push_fault(Fault::html(status).chunked());
            for _ in 0..2 {
                let _ = call_and_settle(&client);
            }
        }
        assert_eq!(server.requests(), 12);
        server.connections()
    });
}

/// The load balancer that sent a 5xx response may have lost its target, so the next attempt uses another connection.
pub fn server_errors_end_their_connection<A: Adapter>() {
    let server = TestServer::scripted([
        Fault::html(StatusCode::BAD_GATEWAY),
        Fault::error(StatusCode::SERVICE_UNAVAILABLE, "SomeException", "a message").body("{}"),
    ]);
    let client = A::new(&server.setup());
    let _ = client.call(one_id()).output(3);
    assert_eq!((server.requests(), server.connections()), (3, 3));
}

/// `connection: close`.
pub fn does_not_reuse_closing_connections<A: Adapter>() {
    let server = Raw::start(|mut peer: Peer| {
        if peer.request().is_some() {
            peer.send(response("HTTP/1.1 200 OK", "connection: close\r\n", "{}"));
            // The connection stays open for longer than announced.
            peer.until_closed();
        }
    });
    let client = A::new(&Setup { attempts: 1, ..Setup::to(server.url()) });
    for _ in 0..3 {
        let _ = client.call(one_id()).output(1);
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 3));
}

/// Without `keep-alive`, an HTTP/1.0 connection has one response, with a length or up to the end of the connection.
pub fn http_1_0_response_ends_its_connection<A: Adapter>() {
    let server = Raw::start(|mut peer: Peer| {
        if peer.request().is_none() {
            return;
        }
        let list = r#"{"UnprocessedAccounts":[{"AccountId":"000000000001"}]}"#;
        if peer.number().is_multiple_of(2) {
            peer.send(response("HTTP/1.0 200 OK", "", list));
            peer.until_closed();
        } else {
            peer.send(format!("HTTP/1.0 200 OK\r\n\r\n{list}"));
        }
    });
    let client = A::new(&Setup { attempts: 1, ..Setup::to(server.url()) });
    for _ in 0..4 {
        assert_eq!(client.call(one_id()).output(1).unprocessed_accounts().len(), 1);
    }
    assert_eq!((server.requests().len(), server.connections()), (4, 4));
}

/// The server closes or resets an idle connection. The next call opens a new one without losing an attempt.
pub fn does_not_use_connections_closed_while_idle<A: Adapter>() {
    let server = Raw::start(|mut peer: Peer| {
        if peer.request().is_some() && peer.send(ok("{}")) && peer.number() % 2 == 1 {
            // The response must arrive before the reset, which could overtake it.
            thread::sleep(A_WHILE / 4);
            peer.reset();
        }
    });
    let client = A::new(&Setup { attempts: 1, ..Setup::to(server.url()) });
    for _ in 0..4 {
        let _ = client.call(one_id()).output(1);
        thread::sleep(A_WHILE);
    }
    assert_eq!((server.requests().len(), server.connections()), (4, 4));
}

/// The connection ends when its second request arrives. That attempt is lost and counted, and the next one uses a new
/// connection.
pub fn connection_lost_in_use_costs_an_attempt<A: Adapter>() {
    let server = Raw::start(|mut peer: Peer| {
        while peer.request().is_some() && !(peer.number() == 0 && peer.requests_so_far() == 2) {
            if !peer.send(ok("{}")) {
                return;
            }
        }
    });
    let client = A::new(&Setup::to(server.url()));
    let _ = client.call(one_id()).output(1);
    let report = client.call(one_id());
    let _ = report.output(2);
    let first = report.observed[0].why.as_ref();
    assert!(matches!(first, Some(crate::Why::Transport(Failure::Interrupted))), "{first:?}");
    let connections: Vec<usize> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
}

/// A server or a proxy sends more bytes than the response, at once or a little later. The next call does not use them.
pub fn ignores_bytes_after_a_response<A: Adapter>() {
    for pause in [Duration::ZERO, A_WHILE / 4] {
        let server = Raw::start(move |mut peer: Peer| {
            let forged = ok(r#"{"UnprocessedAccounts":[{"AccountId":"666666666666"}]}"#);
            let sent = peer.request().is_some()
                && if pause.is_zero() {
                    peer.send(ok("{}") + &forged)
                } else {
                    let sent = peer.send(ok("{}"));
                    thread::sleep(pause);
                    sent && peer.send(forged)
                };
            while sent && peer.request().is_some() && peer.send(ok("{}")) {}
        });
        let client = A::new(&Setup::to(server.url()));
        for _ in 0..3 {
            let report = client.call(one_id());
            let output = report.result.as_ref().unwrap_or_else(|failed| panic!("{}", failed.text));
            assert!(output.is_complete(), "the call used bytes of another response: {output:?}");
            thread::sleep(A_WHILE / 2);
        }
    }
}

/// Concurrent calls each receive their own response.
pub fn serves_many_threads<A: Adapter>() {
    let server = TestServer::new();
    let client = A::new(&server.setup());
    thread::scope(|scope| {
        for thread in 0..6 {
            let client = &client;
            scope.spawn(move || {
                for call in 0..5 {
                    let number = 100 + 10 * thread + call;
                    let report = client.call(crate::test_server::ids(number..number + 1));
                    let [account] = report.output(1).unprocessed_accounts() else { panic!("expected one account") };
                    assert_eq!(account.account_id(), Some(crate::test_server::account(number).as_str()));
                }
            });
        }
    });
    assert_eq!(server.requests(), 30);
}
