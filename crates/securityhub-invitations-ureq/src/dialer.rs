//! [`Dialer`]: the connector of one exchange.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Uri, uri::Scheme};
use securityhub_invitations::ProxyUrl;
use ureq::{
    Error,
    config::Config,
    unversioned::{
        resolver::{ArrayVec, ResolvedSocketAddrs, Resolver},
        transport::{ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport, TransportAdapter},
    },
};

use crate::{
    connections::Connections,
    progress::{Lease, Phase, Progress},
    tunnel::open_tunnel,
};

/// Connects an agent that makes one exchange: with a kept connection, or with a new one.
///
/// An agent of its own for each exchange has no cookies, and its pool returns the connection to [`Connections`].
#[derive(Debug)]
pub(crate) struct Dialer {
    pub(crate) connections: Arc<Connections>,
    pub(crate) progress: Arc<Progress>,
}

impl Connector for Dialer {
    type Out = Lease;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Lease>, Error> {
        let connection = match self.connections.take_idle(details.uri) {
            Some(connection) => connection,
            None => self.open(details)?,
        };
        Ok(Some(Lease::new(connection, Arc::clone(&self.progress))))
    }
}

impl Dialer {
    fn open(&self, details: &ConnectionDetails<'_>) -> Result<Box<dyn Transport>, Error> {
        let Self { connections, progress } = self;
        let limit = Limit::new(details.timeout);
        progress.enter(Phase::Choosing);
        let proxy = connections.proxy_for(details.uri).map_err(|error| Error::Other(error.into()))?;
        let (target_host, target_port) = host_and_port(details.uri)?;
        let (host, port) = match proxy {
            Some(proxy) => {
                progress.use_proxy(&proxy.to_string());
                (proxy.host(), proxy.port())
            }
            None => (target_host, target_port),
        };

        progress.enter(Phase::Resolving);
        let addresses = connections.lookups.addresses(host, port, limit.deadline)?;
        let addresses = addresses.ok_or(Error::Timeout(limit.timeout.reason))?;

        progress.enter(Phase::Connecting);
        let connection = connect_any(details, &addresses, &limit)?;
        let connection = match proxy {
            Some(proxy) => {
                progress.enter(Phase::Tunnelling);
                let mut adapter = TransportAdapter::new(connection, Arc::clone(&details.current_time));
                adapter.set_timeout(limit.left()?);
                let target = format!("{target_host}:{target_port}");
                open_tunnel(&mut adapter, &target, authorization(proxy).as_deref())?;
                adapter.into_inner()
            }
            None => connection,
        };
        if !details.needs_tls() {
            return Ok(connection);
        }
        progress.enter(Phase::Handshaking);
        self.handshake(details, connection, &limit)
    }

    #[cfg(feature = "rustls")]
    fn handshake(
        &self,
        details: &ConnectionDetails<'_>,
        connection: Box<dyn Transport>,
        limit: &Limit,
    ) -> Result<Box<dyn Transport>, Error> {
        let details = with(details, ArrayVec::from_fn(|_| UNSPECIFIED), limit.left()?);
        let connection = self.connections.tls.connect(&details, Some(connection))?;
        Ok(Box::new(connection.ok_or(Error::TlsRequired)?))
    }

    #[cfg(not(feature = "rustls"))]
    fn handshake(
        &self,
        _: &ConnectionDetails<'_>,
        _: Box<dyn Transport>,
        _: &Limit,
    ) -> Result<Box<dyn Transport>, Error> {
        Err(Error::TlsRequired)
    }
}

/// The time limit of a connection.
struct Limit {
    timeout: NextTimeout,
    deadline: Instant,
}

impl Limit {
    fn new(timeout: NextTimeout) -> Self {
        let now = Instant::now();
        Self { timeout, deadline: now.checked_add(*timeout.after).unwrap_or(now) }
    }

    /// Returns the remaining time, which is not zero.
    fn left(&self) -> Result<NextTimeout, Error> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Timeout(self.timeout.reason));
        }
        Ok(NextTimeout { after: left.into(), ..self.timeout })
    }
}

/// Connects to the first address that responds.
///
/// A first round gives each of several addresses 300 ms, but no more than half of the time in total. A second round divides the
/// remaining time among those that were silent. ureq gives more than half of the time to the first address.
fn connect_any(
    details: &ConnectionDetails<'_>,
    addresses: &[SocketAddr],
    limit: &Limit,
) -> Result<Box<dyn Transport>, Error> {
    /// As happy eyeballs (RFC 8305) wait for an address before they try the next one.
    const FIRST_ROUND: Duration = Duration::from_millis(300);
    let mut last_error = Error::HostNotFound;
    let mut silent = Vec::new();
    if let [_, _, ..] = addresses {
        let half = *limit.left()?.after / 2;
        let share = (half / u32::try_from(addresses.len()).unwrap_or(u32::MAX)).min(FIRST_ROUND);
        for address in addresses {
            match connect_to(details, *address, share.min(*limit.left()?.after), limit) {
                Ok(connection) => return Ok(connection),
                Err(Error::Timeout(_)) => silent.push(*address),
                Err(error) => last_error = error,
            }
        }
    } else {
        silent.extend(addresses);
    }
    for (index, address) in silent.iter().enumerate() {
        let share = *limit.left()?.after / u32::try_from(silent.len() - index).unwrap_or(u32::MAX);
        match connect_to(details, *address, share, limit) {
            Ok(connection) => return Ok(connection),
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

fn connect_to(
    details: &ConnectionDetails<'_>,
    address: SocketAddr,
    share: Duration,
    limit: &Limit,
) -> Result<Box<dyn Transport>, Error> {
    let mut only = ArrayVec::from_fn(|_| UNSPECIFIED);
    only.push(address);
    let details = with(details, only, NextTimeout { after: share.into(), ..limit.timeout });
    match TcpConnector::default().connect(&details, None::<()>) {
        Ok(Some(connection)) => Ok(Box::new(connection)),
        Ok(None) => Err(Error::ConnectionFailed),
        Err(Error::Timeout(_)) => Err(Error::Timeout(limit.timeout.reason)),
        Err(error) => Err(error),
    }
}

/// Stands for an address that is not used.
const UNSPECIFIED: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

/// Returns the same details with other addresses and the remaining time.
///
/// The TLS configuration is always the agent's. ureq creates one for each connection if the request has settings of its own.
fn with<'a>(
    details: &ConnectionDetails<'a>,
    addrs: ResolvedSocketAddrs,
    timeout: NextTimeout,
) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri: details.uri,
        addrs,
        config: details.config,
        request_level: false,
        resolver: details.resolver,
        now: (details.current_time)(),
        timeout,
        current_time: Arc::clone(&details.current_time),
        run_connector: Arc::clone(&details.run_connector),
        register_shutdown: Arc::clone(&details.register_shutdown),
    }
}

fn host_and_port(uri: &Uri) -> Result<(&str, u16), Error> {
    let host = uri.host().ok_or_else(|| Error::BadUri(uri.to_string()))?;
    let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    Ok((host, uri.port_u16().unwrap_or(default)))
}

/// Returns the value of `Proxy-Authorization` (RFC 7617).
fn authorization(proxy: &ProxyUrl) -> Option<String> {
    let (user, password) = proxy.credentials()?;
    Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
}

/// Resolves nothing: ureq looks up a name before it knows whether a connection is kept.
///
/// See <https://github.com/algesten/ureq/issues/79>, which introduced the thread for each lookup.
#[derive(Debug)]
pub(crate) struct NoLookup;

impl Resolver for NoLookup {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}
