//! A tunnel through an HTTP proxy (RFC 9110, section 9.3.6).

use std::io::{self, Read as _, Write as _};

use http::StatusCode;
use ureq::{
    Error,
    unversioned::transport::{Transport, TransportAdapter},
};

/// Opens a tunnel to `target`, a host and a port. The adapter's timeout covers the whole exchange with the proxy.
///
/// ureq restarts its timeout with each byte of the proxy's response.
pub(crate) fn open_tunnel(
    proxy: &mut TransportAdapter<Box<dyn Transport>>,
    target: &str,
    authorization: Option<&str>,
) -> Result<(), Error> {
    let authorization = authorization.map_or_else(String::new, |value| format!("Proxy-Authorization: {value}\r\n"));
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n");
    proxy.write_all(request.as_bytes())?;
    let status = read_status(proxy)?;
    if !status.is_success() {
        return Err(Error::ConnectProxyFailed(format!("proxy responded with status {}", status.as_u16())));
    }
    // The endpoint never speaks first, so this is the body of a response that is not for a tunnel.
    if !proxy.get_mut().buffers().input().is_empty() {
        return Err(invalid("content after the head"));
    }
    Ok(())
}

/// Reads the head of a response byte by byte, so that nothing of the tunnel is consumed.
fn read_status(proxy: &mut TransportAdapter<Box<dyn Transport>>) -> Result<StatusCode, Error> {
    const MAX_HEAD: usize = 16 * 1024;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match proxy.read_exact(&mut byte) {
            Ok(()) => head.extend(byte),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(invalid("connection closed")),
            Err(error) => return Err(error.into()),
        }
        if head.len() == 5 && head != *b"HTTP/" {
            break;
        }
        if head.len() > MAX_HEAD {
            return Err(invalid("head too long"));
        }
    }
    status_of(&head).ok_or_else(|| invalid("not HTTP"))
}

fn invalid(problem: &str) -> Error {
    Error::ConnectProxyFailed(format!("invalid response of the proxy: {problem}"))
}

/// Returns the status of a head such as `HTTP/1.1 200 OK`.
fn status_of(head: &[u8]) -> Option<StatusCode> {
    let version_and_status = head.strip_prefix(b"HTTP/1.")?;
    let (b'0' | b'1', rest) = version_and_status.split_first()? else { return None };
    let (status, rest) = rest.strip_prefix(b" ")?.split_at_checked(3)?;
    matches!(rest.first(), Some(b' ' | b'\r')).then(|| StatusCode::from_bytes(status).ok())?
}

#[cfg(test)]
mod tests {
    use super::status_of;

    #[test]
    fn reads_status_lines() {
        for (head, status) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", Some(200)),
            ("HTTP/1.0 407\r\n\r\n", Some(407)),
            ("HTTP/1.1 2000 OK\r\n\r\n", None),
            ("HTTP/2 200\r\n\r\n", None),
            ("HTTP/1.1 20", None),
            ("<html>", None),
            ("", None),
        ] {
            assert_eq!(status_of(head.as_bytes()).map(|status| status.as_u16()), status, "{head:?}");
        }
    }
}
