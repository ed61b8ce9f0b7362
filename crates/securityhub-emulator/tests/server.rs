//! The server on real connections.

mod common;

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use common::{Connection, End, ONE_ID};
use http::StatusCode;
use securityhub_emulator::{Emulator, Fault, Server};

const ALL_DELETED: &[u8] = br#"{"UnprocessedAccounts":[]}"#;

/// A server with invitations enough for every call of a test to delete one and say so in the same words.
fn server(faults: impl IntoIterator<Item = Fault>) -> Server {
    let server = Server::start(Emulator::new()).unwrap();
    invite(&server);
    server.emulator().script_faults(faults);
    server
}

fn invite(server: &Server) {
    server.emulator().invite(&"us-east-1".parse().unwrap(), "111122223333".parse().unwrap());
}

fn invitations(server: &Server) -> usize {
    server.emulator().invitations(&"us-east-1".parse().unwrap()).len()
}

fn soon(what: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if what() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}

#[test]
fn serves_many_requests_per_connection() {
    let server = server([]);
    let mut connection = Connection::open(server.local_addr());
    for _ in 0..3 {
        invite(&server);
        let answer = connection.call();
        assert!(answer.head.starts_with("http/1.1 200 ok\r\n"), "{answer:?}");
        assert!(answer.head.contains("\r\ncontent-length: 26\r\n") && answer.head.contains("\r\ndate: "), "{answer:?}");
        assert_eq!((answer.body.as_slice(), answer.end), (ALL_DELETED, End::Complete));
    }
    assert_eq!((server.connections(), server.open_connections(), server.emulator().request_count()), (1, 1, 3));
    drop(connection);
    assert!(soon(|| server.open_connections() == 0));
}

#[test]
fn url_has_the_port() {
    let server = server([]);
    assert_eq!(server.url(), format!("http://127.0.0.1:{}", server.local_addr().port()));
    assert_ne!(server.local_addr().port(), 0);
}

#[test]
fn listens_on_ipv6_loopback() {
    let server = match Server::bind(Emulator::new(), (Ipv6Addr::LOCALHOST, 0).into()) {
        // A machine without it.
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => return,
        server => server.unwrap(),
    };
    assert!(server.url().starts_with("http://[::1]:"));
    assert!(Connection::open(server.local_addr()).call().head.starts_with("http/1.1 200"));
}

#[test]
fn rejects_other_addresses() {
    let error = Server::bind(Emulator::new(), (Ipv4Addr::UNSPECIFIED, 0).into()).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string()),
        (ErrorKind::InvalidInput, "0.0.0.0 is not a loopback address".to_owned())
    );
}

#[test]
fn reports_port_in_use() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let error = Server::bind(Emulator::new(), taken.local_addr().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

#[test]
fn drops_before_response() {
    for (fault, end) in [
        (Fault::none().drop_before_response(), End::Closed),
        (Fault::none().reset_before_response(), End::Reset),
        (Fault::throttled().drop_before_response(), End::Closed),
    ] {
        let server = server([fault.clone(), fault.after_processing()]);
        for left in [1, 0] {
            let answer = Connection::open(server.local_addr()).call();
            assert_eq!((answer.head.as_str(), answer.body.len(), &answer.end), ("", 0, &end));
            assert_eq!(invitations(&server), left);
        }
        assert!(soon(|| server.open_connections() == 0));
        // The server goes on.
        assert_eq!(Connection::open(server.local_addr()).call().end, End::Complete);
    }
}

#[test]
fn cuts_body_short() {
    for (fault, end) in [
        (Fault::none().body_cut_short(10), End::Closed),
        (Fault::none().drop_mid_response(10), End::Reset),
        (Fault::none().body_cut_short(0), End::Closed),
        (Fault::none().drop_mid_response(0), End::Reset),
        // A cut is a cut.
        (Fault::none().body_cut_short(26), End::Closed),
        (Fault::none().drop_mid_response(usize::MAX), End::Reset),
    ] {
        let server = server([fault.clone()]);
        let answer = Connection::open(server.local_addr()).call();
        assert!(answer.head.starts_with("http/1.1 200 ok\r\n") && answer.head.contains("content-length: 26"));
        let kept = answer.body.len();
        assert!(ALL_DELETED.starts_with(&answer.body) && (kept == 10 || kept == 0 || kept == 25), "{answer:?}");
        assert_eq!(answer.end, end, "{fault:?}");
        assert_eq!(invitations(&server), 0);
    }
}

/// More than the buffers of both ends hold, for a client that takes its time.
#[test]
fn delivers_all_bytes_before_cut() {
    let (announced, kept) = (20_000_000, 19_999_999);
    for fault in [Fault::none(), Fault::none().dribble(100_000, Duration::ZERO)] {
        let server = server([fault.padded_to(announced).body_cut_short(kept)]);
        let mut connection = Connection::open(server.local_addr());
        connection.send_call();
        std::thread::sleep(Duration::from_millis(100));
        let answer = connection.answer();
        assert_eq!((answer.body.len(), answer.end), (kept, End::Closed));
        assert!(answer.head.contains("content-length: 20000000"));
    }
}

#[test]
fn cuts_chunked_body() {
    let server = server([Fault::none().chunked(), Fault::none().chunked().body_cut_short(5)]);
    let mut connection = Connection::open(server.local_addr());
    let answer = connection.call();
    assert!(
        answer.head.contains("transfer-encoding: chunked") && !answer.head.contains("content-length"),
        "{answer:?}"
    );
    assert_eq!(
        (answer.body.as_slice(), answer.end),
        (&b"1A\r\n{\"UnprocessedAccounts\":[]}\r\n0\r\n\r\n"[..], End::Complete)
    );
    let answer = connection.call();
    assert_eq!((answer.body.as_slice(), answer.end), (&b"5\r\n{\"Unp\r\n"[..], End::Closed));
}

#[test]
fn closes_after_response() {
    let server = server([Fault::none().close()]);
    let mut connection = Connection::open(server.local_addr());
    let answer = connection.call();
    assert!(answer.head.contains("\r\nconnection: close\r\n"));
    assert_eq!((answer.body.as_slice(), answer.end), (ALL_DELETED, End::Complete));
    assert!(connection.is_closed());
}

#[test]
fn closes_after_response_without_notice() {
    let server = server([
        Fault::none().close_without_notice(),
        Fault::throttled().chunked().close_without_notice(),
        Fault::empty(StatusCode::BAD_GATEWAY).close_without_notice(),
        Fault::none().padded_to(20_000_000).close_without_notice(),
    ]);
    for status in [200, 429, 502, 200] {
        let mut connection = Connection::open(server.local_addr());
        let answer = connection.call();
        assert!(answer.head.starts_with(&format!("http/1.1 {status} ")) && !answer.head.contains("connection:"));
        assert_eq!(answer.end, End::Complete);
        assert!(connection.is_closed());
    }
}

#[test]
fn delays_and_dribbles() {
    let server = server([
        Fault::none().delay(Duration::from_millis(80)),
        Fault::throttled().dribble(10, Duration::from_millis(30)),
    ]);
    let mut connection = Connection::open(server.local_addr());
    let begun = Instant::now();
    assert_eq!(connection.call().body, ALL_DELETED);
    assert!(begun.elapsed() >= Duration::from_millis(80));
    let begun = Instant::now();
    let answer = connection.call();
    assert_eq!((answer.body.as_slice(), answer.end), (&br#"{"message":"Rate exceeded"}"#[..], End::Complete));
    assert!(begun.elapsed() >= Duration::from_millis(90), "{:?}", begun.elapsed());
}

#[test]
fn sends_emulators_dates_and_empty_bodies() {
    let server = server([
        Fault::empty(StatusCode::SERVICE_UNAVAILABLE),
        Fault::none().without_date(),
        Fault::none().date_skewed_by(86_400 * 365 * 3000),
        Fault::empty(StatusCode::SERVICE_UNAVAILABLE).body_cut_short(7),
    ]);
    let mut connection = Connection::open(server.local_addr());
    let answer = connection.call();
    assert!(
        answer.head.starts_with("http/1.1 503 service unavailable\r\n") && answer.head.contains("content-length: 0")
    );
    assert!(!connection.call().head.contains("\r\ndate:"));
    assert!(connection.call().head.contains(" 5"));
    let answer = connection.call();
    assert!(answer.head.contains("content-length: 1\r\n"));
    assert_eq!((answer.body.len(), answer.end), (0, End::Closed));
}

#[test]
fn refuses_large_body_early() {
    let server = server([]);
    let mut connection = Connection::open(server.local_addr());
    let announced = Emulator::MAX_REQUEST_BYTES + 2;
    let head = format!("POST /invitations/delete HTTP/1.1\r\nhost: x\r\ncontent-length: {announced}\r\n\r\n");
    connection.write(head.as_bytes());
    connection.write(&vec![b' '; announced - 1]);
    let answer = connection.answer();
    assert!(answer.head.starts_with("http/1.1 413 "), "{answer:?}");
    assert!(answer.head.contains("x-amzn-errortype: requestentitytoolargeexception"));
}

#[test]
fn survives_other_protocols() {
    let server = server([]);
    for nonsense in [&b"\x16\x03\x01\x00\xff\x00\x00"[..], b"GET\r\n\r\n", b"\r\n\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n"]
    {
        Connection::open(server.local_addr()).write(nonsense);
    }
    assert_eq!(Connection::open(server.local_addr()).call().end, End::Complete);
    assert!(soon(|| server.open_connections() == 0));
}

#[test]
fn forgets_clients_that_leave() {
    let server = server([]);
    let mut connection = Connection::open(server.local_addr());
    connection.write(b"POST /invitations/delete HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n");
    connection.write(ONE_ID.as_bytes());
    assert!(soon(|| server.open_connections() == 1));
    drop(connection);
    assert!(soon(|| server.open_connections() == 0));
    assert_eq!(server.emulator().request_count(), 0);
}

#[test]
fn drop_ends_everything() {
    let server = server([Fault::none().delay(Duration::from_secs(3600))]);
    let emulator = server.emulator().clone();
    let addr = server.local_addr();
    let mut idle = Connection::open(addr);
    let waiting = std::thread::spawn(move || Connection::open(addr).call().end);
    assert!(soon(|| emulator.request_count() == 1));
    let begun = Instant::now();
    drop(server);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_ne!(waiting.join().unwrap(), End::Complete);
    assert!(idle.is_closed());
    assert_eq!(TcpStream::connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    // And its port is free.
    drop(Server::bind(emulator, addr).unwrap());
}

/// The reply to HTTP/2's preface begins with a settings frame: length, type 4, no flags, stream 0.
#[test]
fn speaks_http_2_with_prior_knowledge() {
    let server = server([]);
    let mut stream = TcpStream::connect(server.local_addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let empty_settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    std::io::Write::write_all(&mut stream, &[&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &empty_settings].concat())
        .unwrap();
    let mut frame = [0; 9];
    std::io::Read::read_exact(&mut stream, &mut frame).unwrap();
    assert_eq!((frame[3], &frame[4..]), (4, &[0; 5][..]));
}
