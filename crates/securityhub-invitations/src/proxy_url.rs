//! [`ProxyUrl`]: the address and the credentials of an HTTP proxy.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use zeroize::Zeroizing;

use crate::{config_error::ConfigError, percent};

/// The port of a proxy URL without one. It is curl's.
const DEFAULT_PORT: u16 = 1080;

/// The schemes that an error repeats. Other text before `://` may be part of a password.
const NAMED_SCHEMES: [&str; 7] = ["ftp", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"];

/// The URL of an HTTP proxy: `[http://][user[:password]@]host[:port]`.
///
/// The proxy itself is reached without TLS, and opens a `CONNECT` tunnel to the endpoint. The port defaults to 1080, as in
/// curl. The user name and the password are percent-encoded. `Display` and `Debug` show neither of them.
///
/// ```
/// use securityhub_invitations::ProxyUrl;
///
/// let proxy: ProxyUrl = "http://user:p%40ss@proxy.example:3128".parse()?;
/// assert_eq!((proxy.host(), proxy.port()), ("proxy.example", 3128));
/// assert_eq!(proxy.credentials(), Some(("user", "p@ss")));
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128");
///
/// let error = "socks5://proxy.example".parse::<ProxyUrl>().unwrap_err();
/// assert_eq!(error.to_string(), "proxy URL: unsupported scheme socks5 (expected http)");
/// # Ok::<_, securityhub_invitations::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl {
    host: Box<str>,
    port: u16,
    credentials: Option<(Zeroizing<String>, Zeroizing<String>)>,
}

impl ProxyUrl {
    /// Returns the host in lower case. An IPv6 address is in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the decoded user name and password. A missing password is empty.
    #[must_use]
    pub fn credentials(&self) -> Option<(&str, &str)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// Reads the value of a setting. Errors do not show it, because it may contain a password.
    pub(crate) fn parse(setting: &'static str, url: &str) -> Result<Self, ConfigError> {
        Self::parse_url(url).map_err(|reason| ConfigError::without_value(setting, reason))
    }

    fn parse_url(url: &str) -> Result<Self, String> {
        if url.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err("blank or control character (expected none)".to_owned());
        }
        let rest = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some((scheme, _)) => {
                let scheme = NAMED_SCHEMES.iter().find(|named| scheme.eq_ignore_ascii_case(named));
                let scheme = scheme.map(|named| format!(" {named}")).unwrap_or_default();
                return Err(format!("unsupported scheme{scheme} (expected http)"));
            }
            None => url,
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        if !matches!(path, "" | "/") {
            // Otherwise, a part of a password would be used as a name.
            return Err("path after the host (expected none, and / in a password as %2F)".to_owned());
        }
        let (user_info, address) = match authority.rsplit_once('@') {
            Some((user_info, address)) => (Some(user_info), address),
            None => (None, authority),
        };
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, parse_port(port)?),
            _ => (address, DEFAULT_PORT),
        };
        check_host(host)?;
        let credentials = user_info.map(parse_credentials).transpose()?;
        Ok(Self { host: host.to_ascii_lowercase().into(), port, credentials })
    }
}

/// Parses a port of 1–65535.
pub(crate) fn parse_port(port: &str) -> Result<u16, String> {
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port @ 1..) if is_number => Ok(port),
        _ => Err("invalid port (expected 1–65535)".to_owned()),
    }
}

/// Allows underscores, which names of containers have.
fn check_host(host: &str) -> Result<(), String> {
    let is_valid = match host.strip_prefix('[') {
        Some(address) => address.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    match host {
        "" => Err("missing host".to_owned()),
        _ if !is_valid => {
            Err("invalid host (expected a name, an IPv4 address, or an IPv6 address in brackets)".to_owned())
        }
        _ => Ok(()),
    }
}

fn parse_credentials(user_info: &str) -> Result<(Zeroizing<String>, Zeroizing<String>), String> {
    if user_info.contains('@') {
        return Err("@ in the user name or password (expected it as %40)".to_owned());
    }
    let decode = |encoded: &str| {
        let decoded = Zeroizing::new(percent::decode(encoded).into_owned());
        match std::str::from_utf8(&decoded) {
            Ok(decoded) if !decoded.contains(char::is_control) => Ok(Zeroizing::new(decoded.to_owned())),
            _ => Err("user name or password is not printable UTF-8 after percent-decoding".to_owned()),
        }
    };
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    Ok((decode(user)?, decode(password)?))
}

impl FromStr for ProxyUrl {
    type Err = ConfigError;

    fn from_str(url: &str) -> Result<Self, ConfigError> {
        Self::parse("proxy URL", url)
    }
}

/// Shows no credentials.
impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

/// Shows no credentials.
impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_part() {
        for (url, expected, credentials) in [
            ("proxy.example", "http://proxy.example:1080", None),
            ("proxy_1:3128", "http://proxy_1:3128", None),
            ("HTTP://Proxy.Example:3128/", "http://proxy.example:3128", None),
            ("http://[::1]", "http://[::1]:1080", None),
            ("http://[::1]:65535", "http://[::1]:65535", None),
            ("http://user@127.0.0.1:1", "http://127.0.0.1:1", Some(("user", ""))),
            ("user:a:b@127.0.0.1:1", "http://127.0.0.1:1", Some(("user", "a:b"))),
            ("http://u%3A%40:%2F%C3%A9%zz@127.0.0.1:1", "http://127.0.0.1:1", Some(("u:@", "/é%zz"))),
            ("http://@127.0.0.1:1", "http://127.0.0.1:1", Some(("", ""))),
        ] {
            let proxy: ProxyUrl = url.parse().unwrap();
            assert_eq!((proxy.to_string().as_str(), proxy.credentials()), (expected, credentials), "{url}");
            assert_eq!(format!("{proxy:?}"), format!("ProxyUrl({expected})"));
        }
    }

    #[test]
    fn rejects_malformed_urls_without_repeating_them() {
        for (url, reason) in [
            ("", "missing host"),
            (" ", "blank or control character (expected none)"),
            ("http://secret:3128\n", "blank or control character (expected none)"),
            ("http://sec\u{a0}ret", "blank or control character (expected none)"),
            ("http//secret:3128", "path after the host (expected none, and / in a password as %2F)"),
            ("http:/secret", "path after the host (expected none, and / in a password as %2F)"),
            ("http:secret:3128", "invalid host (expected a name, an IPv4 address, or an IPv6 address in brackets)"),
            ("/secret", "path after the host (expected none, and / in a password as %2F)"),
            ("secret://proxy", "unsupported scheme (expected http)"),
            ("SOCKS5h://secret", "unsupported scheme socks5h (expected http)"),
            ("https://secret", "unsupported scheme https (expected http)"),
            ("http://secret:99999", "invalid port (expected 1–65535)"),
            ("http://secret:0", "invalid port (expected 1–65535)"),
            ("http://secret:", "invalid port (expected 1–65535)"),
            ("http://secret:+80", "invalid port (expected 1–65535)"),
            ("http://:3128", "missing host"),
            ("http://user:sec@ret@proxy:3128", "@ in the user name or password (expected it as %40)"),
            ("http://user:1/secret@proxy:3128", "path after the host (expected none, and / in a password as %2F)"),
            ("http://user:secret?@proxy:3128", "path after the host (expected none, and / in a password as %2F)"),
            ("http://secret%0d%0a@proxy", "user name or password is not printable UTF-8 after percent-decoding"),
            ("http://secret%ff@proxy", "user name or password is not printable UTF-8 after percent-decoding"),
            ("http://[::1", "invalid host (expected a name, an IPv4 address, or an IPv6 address in brackets)"),
            ("http://[secret]:1", "invalid host (expected a name, an IPv4 address, or an IPv6 address in brackets)"),
            ("http://sécret", "invalid host (expected a name, an IPv4 address, or an IPv6 address in brackets)"),
        ] {
            let error = url.parse::<ProxyUrl>().unwrap_err();
            assert_eq!(error.to_string(), format!("proxy URL: {reason}"), "{url:?}");
            assert_eq!(error.value(), None);
        }
    }
}
