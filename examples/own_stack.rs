//! No HTTP client at all: the call is driven over a bare `std::net::TcpStream`, with HTTP/1.1 written by hand. All that
//! this crate asks of a transport is in `exchange`; the loop above it is the same for every transport.
//!
//! ```text
//! cargo run --example own_stack
//! ```
//!
//! There is no TLS here. For AWS the stream would be wrapped in it, and nothing else would change.

use std::{
    error::Error,
    io::{self, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response, header};
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{
    Call, Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Failure, MAX_RESPONSE_BYTES, Outcome,
    Region, SecurityHub,
};

const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_HEAD_BYTES: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    // The first connection breaks, the second attempt meets a server in trouble.
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    emulator.invite(&region, "111122223333".parse()?);
    emulator.script([Fault::none().drop_before_answer(), Fault::empty(http::StatusCode::SERVICE_UNAVAILABLE)]);
    let server = Server::start(emulator)?;

    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(Endpoint::custom(&region, &server.url())?, credentials);
    let output = drive(hub.delete_invitations(DeleteInvitations::new(["111122223333"])?))?;
    println!("attempt {}: answered", output.attempts());
    output.into_result()?;
    println!("deleted: 111122223333");
    Ok(())
}

/// The driver loop: sign, exchange, tell, wait.
fn drive(mut call: Call) -> Result<DeleteInvitationsOutput, Box<dyn Error>> {
    let endpoint = call.hub().endpoint().clone();
    loop {
        let (request, in_flight) = call.sign(SystemTime::now());
        let attempt = in_flight.attempt();
        let retry = match exchange(&request, endpoint.signing_host()) {
            Ok(response) => match in_flight.handle_response(&response, SystemTime::now()) {
                Outcome::Done(result) => return Ok(result?),
                Outcome::Retry(retry) => retry,
            },
            Err((failure, error)) => match in_flight.handle_failure(failure) {
                Some(retry) => retry,
                None => return Err(error.into()),
            },
        };
        println!("attempt {attempt}: {}; next in {:.0?}", retry.cause, retry.after);
        thread::sleep(retry.after);
        call = retry.call;
    }
}

/// One request, one answer. An error comes with all that a retry decision needs to know of it.
fn exchange(request: &Request<Bytes>, host: &str) -> Result<Response<Vec<u8>>, (Failure, io::Error)> {
    let stream = connect(request).map_err(|error| (Failure::NotSent, error))?;
    talk(stream, request, host).map_err(|error| match error.kind() {
        // Systems do not agree on which of the two it is.
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => (Failure::TimedOut, error),
        _ => (Failure::Interrupted, error),
    })
}

fn connect(request: &Request<Bytes>) -> io::Result<TcpStream> {
    let authority = request.uri().authority().ok_or_else(|| invalid("a URI without a host"))?;
    let stream = TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80)))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

fn talk(mut stream: TcpStream, request: &Request<Bytes>, host: &str) -> io::Result<Response<Vec<u8>>> {
    // `Host` and `Content-Length` are the transport's to add. The host is the one that was signed.
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut message = format!("{} {path} HTTP/1.1\r\nhost: {host}\r\n", request.method()).into_bytes();
    message.extend(format!("content-length: {}\r\nconnection: close\r\n", request.body().len()).into_bytes());
    for (name, value) in request.headers() {
        message.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    message.extend(b"\r\n");
    message.extend(request.body());
    stream.write_all(&message)?;

    // The server closes the connection after its answer. One byte over the limit is enough to know.
    let limit = MAX_HEAD_BYTES + MAX_RESPONSE_BYTES;
    let mut answer = Vec::new();
    stream.take(limit as u64 + 1).read_to_end(&mut answer)?;
    if answer.len() > limit {
        return Err(invalid("the answer is too long"));
    }
    parse(&answer)
}

fn parse(answer: &[u8]) -> io::Result<Response<Vec<u8>>> {
    let (head, body) = split(answer, b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let (status_line, mut rest) = split(head, b"\r\n").unwrap_or((head, b""));
    let status = match status_line.split(|byte| *byte == b' ').nth(1) {
        Some(status) if status_line.starts_with(b"HTTP/1.") => status,
        _ => return Err(invalid("the answer is not HTTP/1")),
    };
    let mut response = Response::builder().status(status);
    while !rest.is_empty() {
        let (line, next) = split(rest, b"\r\n").unwrap_or((rest, b""));
        let (name, value) = split(line, b":").ok_or_else(|| invalid("a header without a colon"))?;
        response = response.header(name, value.trim_ascii());
        rest = next;
    }
    let response = response.body(body.to_vec()).map_err(io::Error::other)?;

    if response.headers().contains_key(header::TRANSFER_ENCODING) {
        return Err(invalid("an answer in chunks: they are left out here, for shortness"));
    }
    match response.headers().get(header::CONTENT_LENGTH) {
        // A body that was cut short is no answer.
        Some(length) if length.as_bytes() != body.len().to_string().as_bytes() => {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
        _ => Ok(response),
    }
}

fn split<'b>(bytes: &'b [u8], separator: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    Some((&bytes[..at], &bytes[at + separator.len()..]))
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
