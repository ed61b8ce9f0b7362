//! A tunnel through an HTTP proxy (RFC 9110, section 9.3.6).

use std::{error, fmt, io};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use securityhub_invitations::ProxyUrl;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::transport_error::BoxError;

/// The longest response of a proxy.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Asks the proxy for a tunnel to `host:port`, and waits for its response.
pub(crate) async fn open_tunnel(tcp: &mut TcpStream, proxy: &ProxyUrl, host: &str, port: u16) -> Result<(), BoxError> {
    let authorization = proxy.credentials().map_or_else(String::new, |(user, password)| {
        format!("Proxy-Authorization: Basic {}\r\n", BASE64_STANDARD.encode(format!("{user}:{password}")))
    });
    let request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{authorization}\r\n");
    tcp.write_all(request.as_bytes()).await?;

    let mut head = Vec::with_capacity(1024);
    while !head.ends_with(b"\r\n\r\n") {
        // Nothing may follow the head before this side sends something.
        if head.len() >= MAX_HEAD_BYTES || head.windows(4).any(|end| end == b"\r\n\r\n") {
            break;
        }
        if tcp.read_buf(&mut head).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "proxy closed the connection").into());
        }
    }
    match status(&head) {
        Some(200..=299) if head.ends_with(b"\r\n\r\n") => Ok(()),
        status => Err(TunnelRefused(status.filter(|status| !(200..=299).contains(status))).into()),
    }
}

/// Returns the status of `HTTP/1.1 200 OK`.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.strip_prefix(b"HTTP/1.")?.get(1..)?.strip_prefix(b" ")?.get(..3)?;
    std::str::from_utf8(line).ok()?.parse().ok()
}

/// A response of the proxy that does not open a tunnel, with its status.
#[derive(Debug)]
struct TunnelRefused(Option<u16>);

impl fmt::Display for TunnelRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(407) => f.write_str("proxy responded with status 407 (expected other credentials in the proxy URL)"),
            Some(status) => write!(f, "proxy responded with status {status}"),
            None => f.write_str("invalid response of the proxy (expected HTTP/1.1 200)"),
        }
    }
}

impl error::Error for TunnelRefused {}
