//! The program's memory and connections under floods. Linux reports the memory.
#![cfg(target_os = "linux")]

mod common;
#[path = "common/program.rs"]
mod program;

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use common::{Call, Connection, current_date};
use program::Running;
use securityhub_emulator::{Emulator, Server};

/// Asserts that the program responds, and that its memory never exceeded a bound in MiB.
fn check(running: &Running, bound: u64, name: &str) {
    let (head, _) = running.call(|_| {});
    assert!(head.starts_with("http/1.1 200 "), "{name}: {head}");
    let (peak, now) = (running.memory("VmHWM"), running.memory("VmRSS"));
    println!("{name}: peak {} MiB, now {} MiB", peak / 1024, now / 1024);
    assert!(peak < bound * 1024, "{name}: {peak} KiB");
}

fn connect(running: &Running) -> TcpStream {
    let stream = TcpStream::connect(running.addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Writes `piece` until the other side ends the connection, or `count` times.
fn flood(stream: &mut TcpStream, piece: &[u8], count: usize) {
    for _ in 0..count {
        if stream.write_all(piece).is_err() {
            return;
        }
    }
}

#[test]
fn drops_bodies_of_unauthenticated_requests() {
    let running = Running::start(&[]);
    let body = vec![b' '; Emulator::MAX_REQUEST_BYTES];
    let head = format!("POST /invitations/delete HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut streams: Vec<_> = (0..30).map(|_| connect(&running)).collect();
    for stream in &mut streams {
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 403");
    }
    check(&running, 24, "30 unsigned bodies of 16 MiB");
}

#[test]
fn bounds_bodies_with_known_keys() {
    let running = Running::start(&[]);
    let call = Call { host: running.addr.to_string(), secret: "another".to_owned(), ..Call::in_region("us-east-1") };
    let body = " ".repeat(Emulator::MAX_REQUEST_BYTES);
    let request = common::on_the_wire(&call.body(body).dated(&current_date()).sign());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut stream = connect(&running);
                stream.write_all(&request).unwrap();
                let mut start = [0; 12];
                stream.read_exact(&mut start).unwrap();
                assert_eq!(&start, b"HTTP/1.1 403");
            });
        }
    });
    check(&running, 112, "8 bodies of 16 MiB with a wrong signature at once");
}

#[test]
fn survives_half_open_connections() {
    let running = Running::start(&[]);
    // The client's own file descriptors are bounded, too.
    let mut open = VecDeque::new();
    for number in 0..10_000 {
        let mut stream = connect(&running);
        // The server may have replaced the connection already.
        let _ = stream.write_all(if number % 2 == 0 { b"" } else { b"POST /invitations/delete HTTP/1.1\r\nx: " });
        open.push_back(stream);
        if open.len() > 400 {
            open.pop_front();
        }
    }
    check(&running, 48, "10,000 half-open connections");
}

#[test]
fn bounds_heads() {
    let running = Running::start(&[]);
    let mut streams: Vec<_> = (0..400).map(|_| connect(&running)).collect();
    for stream in &mut streams {
        let _ = stream.write_all(b"POST / HTTP/1.1\r\nx: ");
        flood(stream, &[b'x'; 60 * 1024], 6);
    }
    check(&running, 48, "400 heads of 360 KiB at once");
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Returns an HTTP/2 frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `POST /` to the authority `x` over http, in HPACK.
const HEADERS: &[u8] = b"\x83\x84\x86\x01\x01x";

/// Asserts that a single request of the floods has a response.
fn assert_response(running: &Running) {
    let mut stream = connect(running);
    stream.write_all(&[PREFACE, &frame(1, 5, 1, HEADERS)].concat()).unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).unwrap();
        // 0x8d is status 404 in HPACK's static table.
        if head[3] == 1 {
            assert_eq!(payload[0], 0x8d);
            return;
        }
    }
}

#[test]
fn survives_http2_floods() {
    let running = Running::start(&[]);
    assert_response(&running);
    let resets: Vec<u8> = (0..5_000_u32)
        .flat_map(|number| {
            let stream = number * 2 + 1;
            [frame(1, 4, stream, HEADERS), frame(3, 0, stream, &[0, 0, 0, 8])].concat()
        })
        .collect();
    let open: Vec<u8> = (0..5_000_u32).flat_map(|number| frame(1, 4, number * 2 + 1, HEADERS)).collect();
    let many_headers = frame(9, 0, 1, &b"\0\x01a\x04aaaa".repeat(2000));
    let continuation = [frame(1, 0, 1, HEADERS), many_headers.repeat(50)].concat();
    // A header of 4,000 bytes in the table of the connection, and references to it.
    let mut bomb = [HEADERS, b"\x40\x01a\x7f\xa1\x1e"].concat();
    bomb.extend([b'b'; 4000]);
    bomb.extend([0xbe; 12_000]);
    for (name, piece, count) in [
        ("reset streams", resets, 1),
        ("open streams", open, 1),
        ("pings", frame(6, 0, 0, &[0; 8]).repeat(1000), 200),
        ("settings", frame(4, 0, 0, b"").repeat(1000), 200),
        ("endless headers", continuation, 40),
        ("compressed headers", frame(1, 4, 1, &bomb), 1),
        ("empty data", [frame(1, 4, 1, HEADERS), frame(0, 0, 1, b"").repeat(10_000)].concat(), 1),
        ("priorities", frame(2, 0, 1, &[0, 0, 0, 0, 1]).repeat(1000), 200),
    ] {
        let mut streams: Vec<_> = (0..5).map(|_| connect(&running)).collect();
        for stream in &mut streams {
            let _ = stream.write_all(PREFACE);
            stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
            flood(stream, &piece, count);
        }
        check(&running, 48, name);
    }
}

fn is_closed_within(server: &Server, sent: &[u8], limit: Duration) -> bool {
    let mut stream = TcpStream::connect(server.local_addr()).unwrap();
    stream.set_read_timeout(Some(limit)).unwrap();
    stream.write_all(sent).unwrap();
    let start = Instant::now();
    loop {
        match stream.read(&mut [0; 1024]) {
            Ok(0) => return true,
            Ok(_) if start.elapsed() < limit => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return true,
            _ => return false,
        }
    }
}

#[test]
fn closes_idle_connections() {
    let emulator = Emulator::builder().with_idle_timeout(Duration::from_millis(200)).build();
    let server = Server::start(emulator).unwrap();
    let body = b"POST /invitations/delete HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc";
    for sent in [&b""[..], b"P", b"POST / HTTP/1.1\r\nx: y\r\n", body, PREFACE] {
        assert!(is_closed_within(&server, sent, Duration::from_secs(10)), "{:?}", String::from_utf8_lossy(sent));
    }
    // After a response.
    let mut connection = Connection::open(server.local_addr());
    connection.call();
    std::thread::sleep(Duration::from_millis(20));
    connection.call();
    assert!(connection.is_closed());
    let deadline = Instant::now() + Duration::from_secs(10);
    while server.open_connections() > 0 {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn delays_are_not_idle() {
    let emulator = Emulator::builder().with_idle_timeout(Duration::from_millis(50)).build();
    let server = Server::start(emulator).unwrap();
    server.emulator().push_fault(securityhub_emulator::Fault::none().delay(Duration::from_millis(300)));
    server.emulator().push_fault(securityhub_emulator::Fault::none().dribble(5, Duration::from_millis(100)));
    for _ in 0..2 {
        assert!(Connection::open(server.local_addr()).call().head.starts_with("http/1.1 200 "));
    }
}

#[test]
fn replaces_oldest_idle_connections() {
    let server = Server::start(Emulator::new()).unwrap();
    let mut first = Connection::open(server.local_addr());
    first.call();
    let _others: Vec<_> = (0..511).map(|_| TcpStream::connect(server.local_addr()).unwrap()).collect();
    let mut last = Connection::open(server.local_addr());
    assert!(last.call().head.starts_with("http/1.1 200 "));
    assert!(server.open_connections() <= 512 && server.connections() == 513);
    assert_eq!(first.answer().end, common::End::Reset);
}
