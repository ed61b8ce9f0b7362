//! [`ProxyEnvironment`]: the proxy variables of the environment, with curl's rules.

use std::ffi::OsString;

use http::Uri;

use crate::{config_error::ConfigError, no_proxy::NoProxy, proxy_url::ProxyUrl};

/// The proxy of each URL, according to the environment.
///
/// | variables | use |
/// |---|---|
/// | `https_proxy`, then `HTTPS_PROXY` | the proxy for `https` URLs |
/// | `http_proxy`, then `HTTP_PROXY` | the proxy for `http` URLs |
/// | `all_proxy`, then `ALL_PROXY` | the proxy for URLs without one of their own |
/// | `no_proxy`, then `NO_PROXY` | hosts that are reached directly |
///
/// An empty variable counts as unset. `HTTP_PROXY` is ignored if `REQUEST_METHOD` is set, because CGI scripts receive a
/// client's `Proxy` header in it.
///
/// `no_proxy` is a list of names and addresses, separated by commas or blanks:
/// - A name matches itself and its subdomains. A leading or trailing dot makes no difference.
/// - An address matches itself, and a network such as `10.0.0.0/8` or `fd00::/8` matches its addresses.
/// - `*` as the whole list matches every host.
///
/// Other entries match nothing, including those with a port.
///
/// Source: [curl's manual](https://curl.se/docs/manpage.html#ENVIRONMENT). curl reads `http_proxy` in lower case only, and
/// supports more schemes than [`ProxyUrl`].
///
/// ```
/// use securityhub_invitations::ProxyEnvironment;
///
/// let environment = ProxyEnvironment::from_vars(|name| match name {
///     "HTTPS_PROXY" => Some("http://proxy.example:3128".into()),
///     "NO_PROXY" => Some("internal.example".into()),
///     _ => None,
/// });
/// let url = "https://securityhub.us-east-1.amazonaws.com".parse()?;
/// assert_eq!(environment.proxy_for(&url)?.unwrap().host(), "proxy.example");
/// let url = "https://hub.internal.example".parse()?;
/// assert_eq!(environment.proxy_for(&url)?, None);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProxyEnvironment {
    http: Proxy,
    https: Proxy,
    no_proxy: Result<NoProxy, ConfigError>,
}

/// An invalid variable is an error only for URLs that it applies to.
type Proxy = Result<Option<ProxyUrl>, ConfigError>;

impl ProxyEnvironment {
    /// Reads the variables.
    ///
    /// `var` looks up a variable, usually `|name| std::env::var_os(name)`.
    #[must_use]
    pub fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Self {
        let first_of = |names: &[&'static str]| {
            let set = names.iter().find_map(|name| Some((*name, var(name).filter(|value| !value.is_empty())?)));
            let Some((name, value)) = set else { return Ok(None) };
            let value = value.into_string().map_err(|_| ConfigError::without_value(name, "not valid UTF-8"))?;
            Ok(Some((name, value)))
        };
        let proxy = |names: &[&'static str]| {
            let set = first_of(names).transpose().or_else(|| first_of(&["all_proxy", "ALL_PROXY"]).transpose());
            set.map(|set| set.and_then(|(name, url)| ProxyUrl::parse(name, &url))).transpose()
        };
        // Names of variables are case-insensitive on Windows.
        let http: &[_] = match (var("REQUEST_METHOD"), cfg!(windows)) {
            (None, _) => &["http_proxy", "HTTP_PROXY"],
            (Some(_), false) => &["http_proxy"],
            (Some(_), true) => &[],
        };
        let no_proxy = first_of(&["no_proxy", "NO_PROXY"]).map(|set| match set {
            Some((_, list)) => NoProxy::new(&list),
            None => NoProxy::default(),
        });
        Self { http: proxy(http), https: proxy(&["https_proxy", "HTTPS_PROXY"]), no_proxy }
    }

    /// Returns the proxy for the URL. `None` for a direct connection.
    ///
    /// # Errors
    /// [`ConfigError`] if a variable that applies to the URL is invalid, or not valid UTF-8. The error names the variable, and
    /// does not show its value.
    pub fn proxy_for(&self, url: &Uri) -> Result<Option<&ProxyUrl>, ConfigError> {
        let proxy = match url.scheme_str() {
            Some("http") => &self.http,
            Some("https") => &self.https,
            _ => return Ok(None),
        };
        let (Some(host), false) = (url.host(), matches!(proxy, Ok(None))) else { return Ok(None) };
        match &self.no_proxy {
            Ok(no_proxy) if no_proxy.matches(host) => Ok(None),
            Ok(_) => proxy.as_ref().map(Option::as_ref).map_err(Clone::clone),
            Err(error) => Err(error.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_utf8() -> OsString {
        #[cfg(unix)]
        return std::os::unix::ffi::OsStringExt::from_vec(vec![b'a', 0xff]);
        #[cfg(windows)]
        return std::os::windows::ffi::OsStringExt::from_wide(&[0xd800]);
    }

    fn proxy(vars: &[(&str, OsString)], url: &str) -> Result<Option<String>, String> {
        let var = |name: &str| vars.iter().find(|(set, _)| *set == name).map(|(_, value)| value.clone());
        let environment = ProxyEnvironment::from_vars(var);
        match environment.proxy_for(&url.parse().unwrap()) {
            Ok(proxy) => Ok(proxy.map(ToString::to_string)),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn rejects_variables_that_cannot_be_read() {
        let http = ("HTTP_PROXY", "http://a".into());
        for name in ["HTTP_PROXY", "ALL_PROXY"] {
            let vars = [(name, not_utf8())];
            assert_eq!(proxy(&vars, "http://hub.example"), Err(format!("{name}: not valid UTF-8")));
        }
        let vars = [http, ("NO_PROXY", not_utf8())];
        assert_eq!(proxy(&vars, "http://hub.example"), Err("NO_PROXY: not valid UTF-8".to_owned()));
        // Without a proxy, the list does not matter.
        assert_eq!(proxy(&vars, "https://hub.example"), Ok(None));
    }

    #[test]
    fn ignores_invalid_variables_that_do_not_apply() {
        let socks = ("ALL_PROXY", "socks5://a".into());
        let vars = [socks.clone(), ("HTTPS_PROXY", "b:1".into())];
        assert_eq!(proxy(&vars, "https://hub.example"), Ok(Some("http://b:1".to_owned())));
        let error = "ALL_PROXY: unsupported scheme socks5 (expected http)".to_owned();
        assert_eq!(proxy(&vars, "http://hub.example"), Err(error));
        assert_eq!(proxy(&[socks, ("NO_PROXY", "*".into())], "http://hub.example"), Ok(None));
    }

    #[test]
    fn needs_a_scheme_and_a_host() {
        let vars = [("ALL_PROXY", "a".into())];
        for url in ["/path", "hub.example:80", "ftp://hub.example"] {
            assert_eq!(proxy(&vars, url), Ok(None), "{url}");
        }
    }
}
