//! Connections, and how long they last.

use std::{thread, time::Duration};

use http::StatusCode;
use securityhub_emulator::Fault;
use securityhub_invitations::Failure;

use super::requests::ok;
use crate::{
    Adapter, Report, Setup,
    bench::{Bench, one_id},
    servers::{Peer, Raw, answer},
};

/// Long enough for the end of a connection to reach the client over loopback.
const A_WHILE: Duration = Duration::from_millis(200);

/// Makes calls that share a connection. `round` returns how many there were.
#[track_caller]
pub(super) fn assert_shared<A: Adapter>(round: impl Fn() -> usize) {
    let rounds = if A::SETTLING.is_zero() { 1 } else { 5 };
    let counts: Vec<usize> = (0..rounds).map(|_| round()).collect();
    assert!(counts.contains(&1), "connections: {counts:?}");
}

/// A call, and the time for its connection to be there for the next one.
pub(super) fn call_and_settle<A: Adapter>(client: &A) -> Report {
    let report = client.call(one_id());
    thread::sleep(A::SETTLING);
    report
}

/// The server counts them.
pub fn a_hundred_calls_share_a_connection<A: Adapter>() {
    assert_shared::<A>(|| {
        let bench = Bench::new();
        let client = A::new(&bench.setup());
        for _ in 0..100 {
            let _ = call_and_settle(&client).output(1);
        }
        assert_eq!(bench.requests(), 100);
        bench.connections()
    });
}

/// An error's body is read to its end.
pub fn error_answers_leave_the_connection_usable<A: Adapter>() {
    assert_shared::<A>(|| {
        let bench = Bench::new();
        let client = A::new(&Setup { attempts: 1, ..bench.setup() });
        for status in [400, 404, 403, 500, 503, 302, 200] {
            let status = StatusCode::from_u16(status).expect("a status");
            bench.emulator().then(Fault::error(status, "SomeException", "a message").body("{}"));
            bench.emulator().then(Fault::html(status).chunked());
            for _ in 0..2 {
                let _ = call_and_settle(&client);
            }
        }
        assert_eq!(bench.requests(), 14);
        bench.connections()
    });
}

/// `connection: close`.
pub fn a_connection_that_is_to_be_closed_is_not_used_again<A: Adapter>() {
    let server = Raw::start(|mut peer: Peer| {
        if peer.request().is_some() {
            peer.send(answer("HTTP/1.1 200 OK", "connection: close\r\n", "{}"));
            // Open for longer than it said.
            peer.until_closed();
        }
    });
    let client = A::new(&Setup { attempts: 1, ..Setup::to(server.url()) });
    for _ in 0..3 {
        let _ = client.call(one_id()).output(1);
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 3));
}

/// Without `keep-alive`, HTTP/1.0 means one answer, with its length or up to the end of the connection.
pub fn an_answer_of_http_1_0_ends_its_connection<A: Adapter>() {
    let server = Raw::start(|mut peer: Peer| {
        if peer.request().is_none() {
            return;
        }
        let list = r#"{"UnprocessedAccounts":[{"AccountId":"000000000001"}]}"#;
        if peer.number().is_multiple_of(2) {
            peer.send(answer("HTTP/1.0 200 OK", "", list));
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

/// The server ends an idle connection, in good order or with a reset: the next call opens another one and loses no
/// attempt.
pub fn a_connection_closed_while_idle_is_not_used<A: Adapter>() {
    let server = Raw::start(|mut peer: Peer| {
        if peer.request().is_some() && peer.send(ok("{}")) && peer.number() % 2 == 1 {
            // The answer is to arrive before the reset, which would overtake it.
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

/// The connection ends when a second request comes on it: that attempt is lost, is counted, and the next one gets a
/// connection of its own.
pub fn a_connection_that_dies_in_use_costs_an_attempt<A: Adapter>() {
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

/// A server, or something between, sends more than the answer, at once or a moment later: the next call does not take
/// that for its own.
pub fn bytes_after_an_answer_are_not_the_next_answer<A: Adapter>() {
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
            assert!(output.is_complete(), "somebody else's answer was taken for this call's: {output:?}");
            thread::sleep(A_WHILE / 2);
        }
    }
}

/// Calls at the same time, each with its own answer.
pub fn a_client_serves_many_threads<A: Adapter>() {
    let bench = Bench::new();
    let client = A::new(&bench.setup());
    thread::scope(|scope| {
        for thread in 0..6 {
            let client = &client;
            scope.spawn(move || {
                for call in 0..5 {
                    let number = 100 + 10 * thread + call;
                    let report = client.call(crate::bench::ids(number..number + 1));
                    let [account] = report.output(1).unprocessed_accounts() else { panic!("one account is left") };
                    assert_eq!(account.account_id(), Some(crate::bench::account(number).as_str()));
                }
            });
        }
    });
    assert_eq!(bench.requests(), 30);
}
