//! An HTTP/1.1 transport on `std::net::TcpStream`, and the loop that runs a call over it. It has no TLS.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    thread,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response, header};
use securityhub_invitations::{
    Call, CallError, Driver, Exchange, ExchangeError, Failure, Limits, MAX_RESPONSE_BYTES, Next, Operation,
};

type TransportError = ExchangeError<io::Error>;

const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Runs any call. The driver decides on timeouts, retries and the final error.
pub(crate) fn send<O: Operation>(call: Call<O>) -> Result<O::Output, CallError<io::Error>> {
    let started = Instant::now();
    let mut driver = Driver::new(call, Limits::new().with_deadline(Duration::from_secs(60)));
    loop {
        let Exchange { request, timeout, in_flight, .. } = driver.start(started.elapsed(), SystemTime::now())?;
        let result = exchange(&request, Instant::now() + timeout);
        match in_flight.finish(result, started.elapsed(), SystemTime::now(), |attempt| println!("{attempt}")) {
            Next::Done(result) => return result,
            Next::Wait(wait, next) => {
                thread::sleep(wait);
                driver = next;
            }
        }
    }
}

/// Sends one request and reads its response until `deadline`.
fn exchange(request: &Request<Bytes>, deadline: Instant) -> Result<Response<Vec<u8>>, TransportError> {
    let mut stream = connect(request, deadline).map_err(|error| transport(error, Failure::NotSent))?;
    let message = write(&mut stream, request).and_then(|()| read(&mut stream, deadline)).map_err(sent)?;
    if message.len() > MAX_HEAD_BYTES + MAX_RESPONSE_BYTES {
        return Err(ExchangeError::TooLarge);
    }
    parse(&message).map_err(sent)
}

/// The error of an exchange whose request may have left.
fn sent(error: io::Error) -> TransportError {
    let failure = match error.kind() {
        // Systems disagree on the kind of a timeout.
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Failure::TimedOut,
        _ => Failure::Interrupted,
    };
    transport(error, failure)
}

fn transport(error: io::Error, failure: Failure) -> TransportError {
    ExchangeError::Transport { error, failure, is_retryable: true }
}

fn connect(request: &Request<Bytes>, deadline: Instant) -> io::Result<TcpStream> {
    let authority = request.uri().authority().ok_or_else(|| invalid("URI without a host"))?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let address = (host, authority.port_u16().unwrap_or(80)).to_socket_addrs()?.next();
    let address = address.ok_or_else(|| invalid("host without an address"))?;
    let stream = TcpStream::connect_timeout(&address, time_left(deadline)?)?;
    stream.set_write_timeout(Some(time_left(deadline)?))?;
    Ok(stream)
}

fn write(stream: &mut TcpStream, request: &Request<Bytes>) -> io::Result<()> {
    // The transport adds `Host` and `Content-Length`.
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let host = request.uri().authority().map_or("", |authority| authority.as_str());
    let mut message = format!("{} {path} HTTP/1.1\r\nhost: {host}\r\n", request.method()).into_bytes();
    message.extend(format!("content-length: {}\r\nconnection: close\r\n", request.body().len()).into_bytes());
    for (name, value) in request.headers() {
        message.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    message.extend(b"\r\n");
    message.extend(request.body());
    stream.write_all(&message)
}

/// Reads until the server closes the connection. One byte over the limit is enough to detect a message that is too long.
fn read(stream: &mut TcpStream, deadline: Instant) -> io::Result<Vec<u8>> {
    let (mut message, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    while message.len() <= MAX_HEAD_BYTES + MAX_RESPONSE_BYTES {
        stream.set_read_timeout(Some(time_left(deadline)?))?;
        match stream.read(&mut buffer)? {
            0 => break,
            length => message.extend_from_slice(&buffer[..length]),
        }
    }
    Ok(message)
}

fn time_left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

fn parse(message: &[u8]) -> io::Result<Response<Vec<u8>>> {
    let (head, body) = split(message, b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let (status_line, mut rest) = split(head, b"\r\n").unwrap_or((head, b""));
    let status = match status_line.split(|byte| *byte == b' ').nth(1) {
        Some(status) if status_line.starts_with(b"HTTP/1.") => status,
        _ => return Err(invalid("response is not HTTP/1")),
    };
    let mut response = Response::builder().status(status);
    while !rest.is_empty() {
        let (line, next) = split(rest, b"\r\n").unwrap_or((rest, b""));
        let (name, value) = split(line, b":").ok_or_else(|| invalid("header without a colon"))?;
        response = response.header(name, value.trim_ascii());
        rest = next;
    }
    let response = response.body(body.to_vec()).map_err(io::Error::other)?;

    if response.headers().contains_key(header::TRANSFER_ENCODING) {
        return Err(invalid("chunked response (this example does not support them)"));
    }
    match response.headers().get(header::CONTENT_LENGTH) {
        // A response with a truncated body must not be used.
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

fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}
