//! The canonical request, rebuilt from the received bytes.

use http::{HeaderMap, Uri, header, uri::Authority};

use crate::incoming::Incoming;

/// Returns the canonical request over the headers that the client listed.
///
/// `signed_headers` are lower-case and sorted. The result is bytes because a header's value need not be UTF-8.
pub(crate) fn canonical_request(incoming: &Incoming<'_>, signed_headers: &[String], payload_hash: &str) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(512);
    let mut line = |bytes: &[u8]| {
        canonical.extend_from_slice(bytes);
        canonical.push(b'\n');
    };
    line(incoming.method.as_str().as_bytes());
    line(encode(incoming.path.as_bytes(), Slash::Kept).as_bytes());
    line(canonical_query(incoming.uri.query().unwrap_or_default()).as_bytes());
    for name in signed_headers {
        let mut header = name.clone().into_bytes();
        header.push(b':');
        header.extend(incoming.header(name).unwrap_or_default());
        line(&header);
    }
    line(b"");
    line(signed_headers.join(";").as_bytes());
    canonical.extend_from_slice(payload_hash.as_bytes());
    canonical
}

/// Returns the canonical value of a header. `None` if the request does not have it.
///
/// Every value is trimmed, and its runs of spaces and tabs become one space. Repeated headers are joined with commas. With
/// HTTP/2, the host is in the URI.
pub(crate) fn header_value(headers: &HeaderMap, uri: &Uri, name: &str) -> Option<Vec<u8>> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else {
        return (name == header::HOST.as_str()).then(|| host_of(uri).map(String::into_bytes)).flatten();
    };
    let mut joined = collapsed(first.as_bytes());
    for value in values {
        joined.push(b',');
        joined.extend(collapsed(value.as_bytes()));
    }
    Some(joined)
}

fn collapsed(value: &[u8]) -> Vec<u8> {
    let words = value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

/// Returns the authority in lower case, without user information and without the port that the scheme implies.
fn host_of(uri: &Uri) -> Option<String> {
    let authority = uri.authority()?;
    let host = authority.host().to_ascii_lowercase();
    let port = authority.port_u16().filter(|port| Some(*port) != default_port(uri));
    Some(port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

fn default_port(uri: &Uri) -> Option<u16> {
    match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    }
}

/// Returns the host's name in lower case, without the port.
pub(crate) fn host_name(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let host = String::from_utf8(header_value(headers, uri, header::HOST.as_str())?).ok()?;
    Some(host.parse::<Authority>().ok()?.host().to_ascii_lowercase())
}

/// Removes `.`, `..` and empty segments. The path never leaves the root.
pub(crate) fn normalized_path(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

/// Decodes and re-encodes every name and value, so equivalent queries become equal. Sorts by name, then by value.
fn canonical_query(query: &str) -> String {
    if query.is_empty() {
        return String::new();
    }
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode(&decode(name), Slash::Encoded), encode(&decode(value), Slash::Encoded))
        })
        .collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Returns the query's names and values as an operation reads them. A `+` is a space, as in HTML forms, so that a token
/// whose `+` is not percent-encoded is not recognised.
pub(crate) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |part: &str| String::from_utf8_lossy(&decode(&part.replace('+', " "))).into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Slash {
    Kept,
    Encoded,
}

fn encode(bytes: &[u8], slash: Slash) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(byte.into()),
            b'/' if slash == Slash::Kept => text.push('/'),
            _ => {
                let digits = [byte >> 4, byte & 15].map(|nibble| char::from(HEX[usize::from(nibble)]));
                text.push('%');
                text.extend(digits);
            }
        }
    }
    text
}

/// Keeps a `%` without two hex digits after it.
fn decode(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'%').then(|| after.get(..2).and_then(|digits| hex::decode(digits).ok())).flatten();
        if let Some(escaped) = escaped {
            bytes.extend(escaped);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn paths() {
        for (path, normalized) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/a//b/../c%20d/~x", "/a/c%20d/~x"),
            ("/../../a", "/a"),
            ("/a/./b/", "/a/b/"),
            ("/a/..", "/"),
            ("*", "/*"),
        ] {
            assert_eq!(normalized_path(path), normalized, "{path}");
        }
        assert_eq!(encode("/a+b*c(d)/%20/é".as_bytes(), Slash::Kept), "/a%2Bb%2Ac%28d%29/%2520/%C3%A9");
    }

    #[test]
    fn queries() {
        for (query, canonical) in [
            ("", ""),
            ("z=1&a=2&a=1&e=&k", "a=1&a=2&e=&k=&z=1"),
            ("&&a=1&", "=&=&=&a=1"),
            ("a=b=c", "a=b%3Dc"),
            ("a+b=%7e%2f", "a%2Bb=~%2F"),
            ("a%zz=%", "a%25zz=%25"),
            ("a%20b=1&a=2", "a=2&a%20b=1"),
            ("=", "="),
            ("%e2%98%83=é", "%E2%98%83=%C3%A9"),
        ] {
            assert_eq!(canonical_query(query), canonical, "{query}");
        }
    }

    #[test]
    fn hosts() {
        for (uri, host) in [
            ("https://Example.COM:443/x", Some("example.com")),
            ("http://example.com:80/", Some("example.com")),
            ("http://example.com:443/", Some("example.com:443")),
            ("https://user:pw@example.com/", Some("example.com")),
            ("http://[::1]:8080/", Some("[::1]:8080")),
            ("/x", None),
        ] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(host_of(&uri).as_deref(), host, "{uri}");
        }
    }

    #[test]
    fn header_values() {
        let request = Request::builder()
            .uri("https://in.uri/")
            .header("host", "As.Given:443")
            .header("x", " \t a   b \t c ")
            .header("x", "")
            .header("x", "\"d   e\"")
            .header("latin", http::HeaderValue::from_bytes(b"\xe9").unwrap())
            .body(())
            .unwrap();
        let (headers, uri) = (request.headers(), request.uri());
        assert_eq!(header_value(headers, uri, "x").unwrap(), b"a b c,,\"d e\"");
        assert_eq!(header_value(headers, uri, "host").unwrap(), b"As.Given:443");
        assert_eq!(header_value(headers, uri, "latin").unwrap(), b"\xe9");
        assert_eq!(header_value(headers, uri, "absent"), None);
        assert_eq!(header_value(headers, uri, "no header name"), None);
        assert_eq!(host_name(headers, uri).unwrap(), "as.given");
    }
}
