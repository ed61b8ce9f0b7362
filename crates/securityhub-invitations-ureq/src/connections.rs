//! [`Connections`]: TLS, proxy, name lookup and reuse.

use std::{
    io,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use http::{
    Uri,
    uri::{Authority, Scheme},
};
use securityhub_invitations::{ConfigError, ProxyEnvironment, ProxyUrl, SecurityHub};
use ureq::{Agent, config::Config, unversioned::transport::Transport};
#[cfg(feature = "rustls")]
use ureq::{tls::TlsConfig, unversioned::transport::RustlsConnector};

use crate::lookups::Lookups;

/// The connections of a client: how they are opened, and those that are kept.
///
/// - **Proxy**: from the environment, as described in [`ProxyEnvironment`]. An invalid variable fails every call that
///   it applies to.
/// - **TLS**: rustls with ring and Mozilla's root certificates, with the feature `rustls`.
/// - **Addresses**: all addresses of a name are tried in order. A silent address costs 300 ms, and is tried again after the
///   others.
/// - **Reuse**: a connection is kept for 15 seconds after a complete response. All threads share the kept connections, and their
///   number is not limited. A call on a kept connection needs no name lookup. A connection is closed after an error or a response
///   with status 5xx.
/// - **Threads**: a name lookup runs in a thread, because the system's lookup has no time limit. Calls that need the same name at
///   the same time share it. The thread ends when the resolver returns, possibly after the call.
/// - **Cookies**: none, even if another crate enables the feature `cookies` of ureq.
///
/// ```
/// use securityhub_invitations_ureq::{Client, Connections, SecurityHub};
///
/// # fn client(hub: SecurityHub) -> Result<Client, securityhub_invitations_ureq::ConfigError> {
/// let connections = Connections::new().with_proxy("http://proxy.example:3128".parse()?);
/// Ok(Client::with_connections(hub, connections))
/// # }
/// ```
#[derive(Debug)]
pub struct Connections {
    pub(crate) config: Config,
    proxy: Proxy,
    pub(crate) lookups: Lookups,
    #[cfg(feature = "rustls")]
    pub(crate) tls: RustlsConnector,
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
enum Proxy {
    Environment(Box<ProxyEnvironment>),
    Fixed(Option<ProxyUrl>),
}

/// A connection that waits for its next request.
#[derive(Debug)]
struct Idle {
    endpoint: (Scheme, Authority),
    since: Instant,
    connection: Box<dyn Transport>,
}

impl Connections {
    /// Creates connections with built-in root certificates and the proxy of the environment, which is read now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            config: Agent::config_builder().proxy(None).build(),
            proxy: Proxy::Environment(Box::new(ProxyEnvironment::from_vars(|name| std::env::var_os(name)))),
            lookups: Lookups::default(),
            #[cfg(feature = "rustls")]
            tls: RustlsConnector::default(),
            idle: Mutex::default(),
        }
    }

    /// Uses another TLS configuration: your own CA, the platform's root certificates, or a client certificate.
    ///
    /// Its provider must be rustls. For a different one, use your own agent.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn with_tls_config(self, tls: TlsConfig) -> Self {
        Self { config: Agent::config_builder().proxy(None).tls_config(tls).build(), ..self }
    }

    /// Uses this proxy for every request, regardless of the environment.
    #[must_use]
    pub fn with_proxy(self, proxy: ProxyUrl) -> Self {
        Self { proxy: Proxy::Fixed(Some(proxy)), ..self }
    }

    /// Uses no proxy, regardless of the environment.
    #[must_use]
    pub fn without_proxy(self) -> Self {
        Self { proxy: Proxy::Fixed(None), ..self }
    }

    /// Looks up names with this function instead of the system. It receives the host and the port of the endpoint or the proxy.
    ///
    /// It runs in its own thread, and the call waits no longer than the connection time limit.
    ///
    /// ```
    /// use securityhub_invitations_ureq::Connections;
    ///
    /// // The address of a VPC endpoint.
    /// let connections = Connections::new().with_resolver(|_, port| Ok(vec![([10, 0, 0, 7], port).into()]));
    /// ```
    #[must_use]
    pub fn with_resolver(
        self,
        resolver: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self { lookups: Lookups::with(resolver), ..self }
    }

    /// Checks the variables that apply to the endpoint.
    pub(crate) fn check_proxy(&self, hub: &SecurityHub) -> Result<(), ConfigError> {
        match hub.endpoint().url().parse() {
            Ok(uri) => self.proxy_for(&uri).map(|_| ()),
            Err(_) => Ok(()),
        }
    }

    pub(crate) fn proxy_for(&self, uri: &Uri) -> Result<Option<&ProxyUrl>, ConfigError> {
        match &self.proxy {
            Proxy::Environment(environment) => environment.proxy_for(uri),
            Proxy::Fixed(proxy) => Ok(proxy.as_ref()),
        }
    }

    /// Returns the connection to this endpoint that was used last, if it is still open.
    pub(crate) fn take_idle(&self, uri: &Uri) -> Option<Box<dyn Transport>> {
        loop {
            let Idle { mut connection, .. } = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Instant::now();
                idle.retain(|idle| now.duration_since(idle.since) < self.config.max_idle_age());
                let is_to =
                    |idle: &Idle| Some(&idle.endpoint.0) == uri.scheme() && Some(&idle.endpoint.1) == uri.authority();
                let last = idle.iter().rposition(is_to)?;
                idle.remove(last)
            };
            if connection.buffers().input().is_empty() && connection.is_open() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection for the next request to this endpoint.
    pub(crate) fn keep(&self, uri: &Uri, connection: Box<dyn Transport>) {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return };
        let endpoint = (scheme.clone(), authority.clone());
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(Idle { endpoint, since: Instant::now(), connection });
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self::new()
    }
}
