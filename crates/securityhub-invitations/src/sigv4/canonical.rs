//! The canonical request: what a client and the service both make of a request, and hash.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, header, uri::Authority};
use sha2::{Digest, Sha256};

use super::{SignError, X_AMZ_CONTENT_SHA256};
use crate::{date::Timestamp, display::ascii, hash::hex_of};

/// A request in canonical form, with the date and the token that it is about to get.
pub(super) struct CanonicalRequest<'a> {
    method: Cow<'a, str>,
    path: &'a str,
    query: Option<&'a str>,
    headers: Vec<Header<'a>>,
    signed_headers: String,
    payload_hash: Cow<'a, str>,
}

struct Header<'a> {
    name: &'a str,
    values: Values<'a>,
}

/// The values are UTF-8 all of them.
enum Values<'a> {
    /// One that does not stand among the request's headers.
    Own(Cow<'a, str>),
    /// All of this name among the request's headers, in their order.
    OfRequest(&'a HeaderMap, &'a HeaderName),
}

impl<'a> CanonicalRequest<'a> {
    pub(super) fn new<B: AsRef<[u8]>>(
        request: &'a Request<B>,
        timestamp: &'a Timestamp,
        token: Option<&'a HeaderValue>,
    ) -> Result<Self, SignError> {
        let of_request = request.headers();
        let mut headers = Vec::with_capacity(of_request.keys_len() + 3);
        for name in of_request.keys().filter(|name| !is_left_out(name)) {
            if of_request.get_all(name).iter().any(|value| text(value).is_none()) {
                return Err(SignError::NotUtf8(name.clone()));
            }
            headers.push(Header { name: name.as_str(), values: Values::OfRequest(of_request, name) });
        }
        let mut own = |name, value| headers.push(Header { name, values: Values::Own(value) });
        own("x-amz-date", Cow::Borrowed(ascii(timestamp)));
        if let Some(token) = token.and_then(text) {
            own("x-amz-security-token", Cow::Borrowed(token));
        }
        if !of_request.contains_key(header::HOST) {
            own("host", host(request.uri()).ok_or(SignError::NoHost)?);
        }
        headers.sort_unstable_by_key(|header| header.name);

        let signed_headers = headers.iter().map(|header| header.name).collect::<Vec<_>>().join(";");
        let payload_hash = match of_request.get(X_AMZ_CONTENT_SHA256).and_then(text) {
            Some(hash) => Cow::Borrowed(hash.trim_matches(is_blank)),
            None => Cow::Owned(ascii(&hex_of(&Sha256::digest(request.body()).into())).to_owned()),
        };
        let uri = request.uri();
        Ok(Self {
            method: upper_case(request.method().as_str()),
            path: uri.path(),
            query: uri.query(),
            headers,
            signed_headers,
            payload_hash,
        })
    }

    pub(super) fn signed_headers(&self) -> &str {
        &self.signed_headers
    }

    /// Passes the canonical request to the sink, piece by piece: UTF-8, each piece whole.
    pub(super) fn write(&self, sink: &mut dyn FnMut(&[u8])) {
        sink(self.method.as_bytes());
        sink(b"\n");
        write_path(self.path, sink);
        sink(b"\n");
        if let Some(query) = self.query {
            write_query(query, sink);
        }
        sink(b"\n");
        for header in &self.headers {
            sink(header.name.as_bytes());
            sink(b":");
            match &header.values {
                Values::Own(value) => write_value(value, sink),
                Values::OfRequest(headers, name) => {
                    for (n, value) in headers.get_all(*name).iter().enumerate() {
                        if n > 0 {
                            sink(b",");
                        }
                        write_value(text(value).unwrap_or_default(), sink);
                    }
                }
            }
            sink(b"\n");
        }
        sink(b"\n");
        sink(self.signed_headers.as_bytes());
        sink(b"\n");
        sink(self.payload_hash.as_bytes());
    }
}

/// The headers that are replaced, and those that are not signed because something on the way may change or add them.
fn is_left_out(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "authorization"
            | "baggage"
            | "connection"
            | "content-length"
            | "expect"
            | "keep-alive"
            | "te"
            | "traceparent"
            | "tracestate"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "user-agent"
            | "x-amz-date"
            | "x-amz-security-token"
            | "x-amzn-trace-id"
    ) || name.as_str().starts_with("proxy-")
}

fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}

/// The `Host` that a transport will send: lower case, without user information and the scheme's default port.
fn host(uri: &Uri) -> Option<Cow<'_, str>> {
    let authority: &Authority = uri.authority()?;
    let host = authority.host();
    if host.is_empty() {
        return None;
    }
    let default_port = match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    };
    let host = lower_case(host);
    match authority.port() {
        Some(port) if Some(port.as_u16()) != default_port => Some(Cow::Owned(format!("{host}:{port}"))),
        _ => Some(host),
    }
}

fn upper_case(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(text.to_ascii_uppercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn lower_case(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Dot segments resolved, repeated slashes collapsed, and every byte but `/` and the unreserved ones encoded, though it
/// is encoded already. A slash at the end stays if anything stands before it.
fn write_path(path: &str, sink: &mut dyn FnMut(&[u8])) {
    let is_normal = path.starts_with('/') && !path.contains("//") && !path.contains("/.");
    if is_normal {
        return write_encoded(path.as_bytes(), true, sink);
    }
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    sink(b"/");
    for (n, segment) in segments.iter().enumerate() {
        if n > 0 {
            sink(b"/");
        }
        write_encoded(segment.as_bytes(), true, sink);
    }
    if path.ends_with('/') && !segments.is_empty() {
        sink(b"/");
    }
}

/// Each pair decoded and encoded again, then sorted by name and value as pairs: joined texts would sort otherwise.
fn write_query(query: &str, sink: &mut dyn FnMut(&[u8])) {
    let encoded_again = |text: &str| {
        let mut encoded = Vec::with_capacity(text.len());
        write_encoded(&percent_decoded(text), false, &mut |piece| encoded.extend_from_slice(piece));
        encoded
    };
    let mut pairs = Vec::new();
    if query.is_empty() {
        return;
    }
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((encoded_again(name), encoded_again(value)));
    }
    pairs.sort_unstable();
    for (n, (name, value)) in pairs.iter().enumerate() {
        if n > 0 {
            sink(b"&");
        }
        sink(name);
        sink(b"=");
        sink(value);
    }
}

/// Percent-encodes, in upper case, every byte but RFC 3986's unreserved ones, and perhaps `/`.
fn write_encoded(bytes: &[u8], keep_slash: bool, sink: &mut dyn FnMut(&[u8])) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let is_kept = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') || (keep_slash && *byte == b'/')
    };
    let mut rest = bytes;
    loop {
        let kept = rest.iter().take_while(|byte| is_kept(byte)).count();
        if kept > 0 {
            sink(&rest[..kept]);
        }
        let Some(byte) = rest.get(kept) else { return };
        sink(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        rest = &rest[kept + 1..];
    }
}

/// A `%` that is not followed by two hexadecimal digits stands for itself; so does a `+`.
fn percent_decoded(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let encoded = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
        match encoded.and_then(|digits| hex::decode(digits).ok()) {
            Some(octet) => {
                decoded.extend_from_slice(&octet);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(decoded)
}

/// Without the blanks at both ends, and with one space for each run of them within, quoted or not.
fn write_value(value: &str, sink: &mut dyn FnMut(&[u8])) {
    for (n, word) in value.split(is_blank).filter(|word| !word.is_empty()).enumerate() {
        if n > 0 {
            sink(b" ");
        }
        sink(word.as_bytes());
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}
