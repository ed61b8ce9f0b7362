//! The canonical request: the form of a request that the client and the service both hash.

use std::{borrow::Cow, ops::Range};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use sha2::{Digest, Sha256};

use super::SignError;
use crate::percent;

const TOKEN: &str = "x-amz-security-token";

/// A canonical request without the session token, which is never copied into this buffer.
pub(super) struct CanonicalRequest {
    text: String,
    /// The place of the token. Without a token this is the end.
    token_at: usize,
    signed_headers: Range<usize>,
}

impl CanonicalRequest {
    /// Writes the canonical form of a request as it will be once it has its date and its token.
    pub(super) fn new(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        unsigned: &[HeaderName],
        timestamp: &str,
        has_token: bool,
        payload_hash: &str,
    ) -> Result<Self, SignError> {
        let mut signed = Vec::with_capacity(headers.len() + 3);
        signed.push(("x-amz-date", timestamp));
        if has_token {
            signed.push((TOKEN, ""));
        }
        let mut has_host = false;
        for (name, value) in headers {
            if is_signed(name, unsigned) {
                let value = utf8(value).ok_or_else(|| SignError::NotUtf8(name.clone()))?;
                has_host |= name == header::HOST;
                signed.push((name.as_ref(), value));
            }
        }
        let host = if has_host { None } else { Some(host(uri)?) };
        signed.extend(host.as_deref().map(|host| ("host", host)));
        // The sort is stable: the values of one name keep their order.
        signed.sort_by_key(|(name, _)| *name);

        let query = uri.query().unwrap_or_default();
        let lengths = signed.iter().map(|(name, value)| 2 * name.len() + value.len() + 3);
        let length = uri.path().len() + query.len() + lengths.sum::<usize>() + payload_hash.len();
        let mut text = String::with_capacity(length + 64);
        text.push_str(method.as_str());
        text.make_ascii_uppercase();
        text.push('\n');
        push_path(&mut text, uri.path());
        text.push('\n');
        push_query(&mut text, query);
        text.push('\n');
        let mut token_at = None;
        for same_name in signed.chunk_by(|(one, _), (next, _)| one == next) {
            let name = same_name[0].0;
            text.push_str(name);
            for (n, (_, value)) in same_name.iter().enumerate() {
                text.push(if n == 0 { ':' } else { ',' });
                push_value(&mut text, value);
            }
            if name == TOKEN {
                token_at = Some(text.len());
            }
            text.push('\n');
        }
        text.push('\n');
        let start = text.len();
        for same_name in signed.chunk_by(|(one, _), (next, _)| one == next) {
            if text.len() > start {
                text.push(';');
            }
            text.push_str(same_name[0].0);
        }
        let signed_headers = start..text.len();
        text.push('\n');
        text.push_str(payload_hash);
        Ok(Self { token_at: token_at.unwrap_or(text.len()), text, signed_headers })
    }

    /// The names of the signed headers, joined with `;`.
    pub(super) fn signed_headers(&self) -> &str {
        &self.text[self.signed_headers.clone()]
    }

    pub(super) fn hash(&self, token: &str) -> [u8; 32] {
        let (before, after) = self.text.split_at(self.token_at);
        let mut hash = Sha256::new();
        [before, token, after].iter().for_each(|part| hash.update(part));
        hash.finalize().into()
    }

    pub(super) fn with_token(mut self, token: &str) -> String {
        self.text.insert_str(self.token_at, token);
        self.text
    }
}

/// Leaves out the headers that signing replaces, those that may change on the way, and the caller's own list.
fn is_signed(name: &HeaderName, unsigned: &[HeaderName]) -> bool {
    // `as_ref` is compiled once, in `http`. `as_str` would be compiled in each crate, with its 81 names.
    match name.as_ref() {
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
        | "x-amzn-trace-id" => false,
        "host" => true,
        other if other.starts_with("proxy-") => false,
        other => other.starts_with("x-amz-") || !unsigned.contains(name),
    }
}

pub(super) fn utf8(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}

/// Returns the `Host` that transports send: lower case, without user information and the scheme's default port. The port is a
/// number, so `:0082` becomes `:82`.
fn host(uri: &Uri) -> Result<Cow<'_, str>, SignError> {
    let authority = uri.authority().ok_or(SignError::NoHost)?;
    let host = authority.host();
    if host.is_empty() {
        return Err(SignError::NoHost);
    }
    let default_port = match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    };
    let host = match authority.port_u16().filter(|port| Some(*port) != default_port) {
        Some(port) => {
            let given = authority.as_str().rsplit('@').next().unwrap_or_default();
            let digits = given.strip_prefix(host).and_then(|rest| rest.strip_prefix(':'));
            match digits {
                Some(digits) if !digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                    Cow::Borrowed(given)
                }
                _ => Cow::Owned(format!("{host}:{port}")),
            }
        }
        None => Cow::Borrowed(host),
    };
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) { Ok(host.to_ascii_lowercase().into()) } else { Ok(host) }
}

/// Resolves dot segments, collapses slashes, and encodes each segment although it is encoded already.
fn push_path(text: &mut String, path: &str) {
    let start = text.len();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => text.truncate(text[start..].rfind('/').map_or(start, |slash| start + slash)),
            _ => {
                text.push('/');
                percent::push_encoded(text, segment.as_bytes());
            }
        }
    }
    if text.len() == start || path.ends_with('/') {
        text.push('/');
    }
}

/// Encodes each name and value in the canonical form. Sorts them as pairs, because joined strings sort differently.
fn push_query(text: &mut String, query: &str) {
    if query.is_empty() {
        return;
    }
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (percent::canonical(name), percent::canonical(value))).collect();
    pairs.sort_unstable();
    for (n, (name, value)) in pairs.iter().enumerate() {
        if n > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

/// Trims spaces and tabs, and replaces each inner run of them with one space, also within quotes.
fn push_value(text: &mut String, value: &str) {
    if !value.bytes().any(|byte| matches!(byte, b' ' | b'\t')) {
        return text.push_str(value);
    }
    for (n, word) in value.split([' ', '\t']).filter(|word| !word.is_empty()).enumerate() {
        if n > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}
