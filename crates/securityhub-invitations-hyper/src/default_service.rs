//! [`DefaultService`]: the pooled client behind `Client::new`.

use std::{
    env, fmt,
    future::{Future, ready},
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::ConfigBuilderExt;
use hyper_util::{
    client::legacy::{self, connect::capture_connection},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::ClientConfig;
use securityhub_invitations::{ConfigError, ProxyEnvironment, ProxyUrl};
use tokio::runtime::Handle;
use tower_service::Service;

use crate::{
    connector::{BoxFuture, Connector, resolve_with_system},
    progress::Progress,
    proxy::Proxy,
    runtime::NoRuntime,
    transport_error::BoxError,
};

/// The protocols that TLS negotiates, the preferred one first.
const ALPN: [&str; 2] = ["h2", "http/1.1"];

/// The wait for a sign of life on an HTTP/2 connection with calls in flight, and then for the response to a ping.
const PING_AFTER: Duration = Duration::from_secs(5);

/// A pooled client on tokio. Clones share the pool.
///
/// - TLS uses rustls with ring and Mozilla's root certificates. See [`with_tls_config`](Self::with_tls_config) for others.
/// - TLS negotiates HTTP/2 or HTTP/1.1. While calls wait on an HTTP/2 connection, it is checked with pings. A silent connection
///   ends after 10 s, and the calls on it fail.
/// - The addresses of a name are tried in turn, 250 ms apart or closer, and IPv6 and IPv4 alternate. The first one that accepts
///   is used.
/// - A connection must be ready within 10 s, from the name lookup to the TLS handshake. See
///   [`with_connect_timeout`](Self::with_connect_timeout).
/// - With a [`Client`](crate::Client), a connection whose attempt timed out, failed, was cancelled, or returned a 5xx status is
///   not used again. Other attempts on it continue.
/// - [`ProxyEnvironment`] is read when the service is created. Requests through a proxy use a `CONNECT` tunnel.
///
/// Calls must run on a tokio runtime with I/O and time enabled. Outside of a runtime, they fail.
///
/// # Panics
/// Calls panic in a tokio runtime without I/O or time.
#[derive(Clone)]
pub struct DefaultService {
    connector: Connector,
    client: legacy::Client<Connector, Full<Bytes>>,
}

impl DefaultService {
    /// Creates a service with built-in root certificates and the proxy of the environment.
    #[must_use]
    pub fn new() -> Self {
        Self::from_connector(Connector {
            tls: Arc::new(with_alpn(built_in_tls())),
            proxy: Arc::new(Proxy::Environment(ProxyEnvironment::from_vars(|name| env::var_os(name)))),
            resolve: Arc::new(resolve_with_system),
            timeout: Duration::from_secs(10),
        })
    }

    /// Uses another TLS configuration: your own CA, the platform's root certificates, or a client certificate.
    ///
    /// The service sets the ALPN protocols.
    #[must_use]
    pub fn with_tls_config(self, tls: ClientConfig) -> Self {
        Self::from_connector(Connector { tls: Arc::new(with_alpn(tls)), ..self.connector })
    }

    /// Uses this proxy for every request, regardless of the environment.
    ///
    /// ```
    /// use securityhub_invitations_hyper::DefaultService;
    ///
    /// let service = DefaultService::new().with_proxy("http://user:password@proxy.example:3128".parse()?);
    /// # Ok::<_, securityhub_invitations_hyper::ConfigError>(())
    /// ```
    #[must_use]
    pub fn with_proxy(self, proxy: ProxyUrl) -> Self {
        Self::from_connector(Connector { proxy: Arc::new(Proxy::All(proxy)), ..self.connector })
    }

    /// Uses no proxy, regardless of the environment.
    #[must_use]
    pub fn without_proxy(self) -> Self {
        Self::from_connector(Connector { proxy: Arc::new(Proxy::None), ..self.connector })
    }

    /// Resolves names with a function that maps a host and a port to addresses. Default: the system's resolver.
    ///
    /// The addresses are used as they are, with their ports. IP addresses in URLs are not resolved. A proxy's name is.
    #[must_use]
    pub fn with_resolver<F>(self, resolve: impl Fn(&str, u16) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        let resolve = Arc::new(move |host: &str, port: u16| -> BoxFuture<_> { Box::pin(resolve(host, port)) });
        Self::from_connector(Connector { resolve, ..self.connector })
    }

    /// Sets the time limit of a connection, from the name lookup to the TLS handshake. Default: 10 s.
    #[must_use]
    pub fn with_connect_timeout(self, connect_timeout: Duration) -> Self {
        Self::from_connector(Connector { timeout: connect_timeout, ..self.connector })
    }

    /// Returns the time limit of a connection.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        self.connector.timeout
    }

    /// Returns the error of a variable that applies to the URL.
    pub(crate) fn check_proxy(&self, url: &Uri) -> Result<(), ConfigError> {
        self.connector.proxy.for_url(url).map(drop)
    }

    fn from_connector(connector: Connector) -> Self {
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http2_keep_alive_interval(PING_AFTER)
            .http2_keep_alive_timeout(PING_AFTER)
            .build(connector.clone());
        Self { connector, client }
    }
}

impl Default for DefaultService {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DefaultService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultService").field("connect_timeout", &self.connector.timeout).finish_non_exhaustive()
    }
}

impl Service<Request<Full<Bytes>>> for DefaultService {
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = BoxFuture<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Full<Bytes>>) -> Self::Future {
        if Handle::try_current().is_err() {
            return Box::pin(ready(Err(NoRuntime.into())));
        }
        let connection = capture_connection(&mut request);
        if let Some(progress) = request.extensions().get::<Progress>() {
            progress.start(connection, Arc::clone(&self.connector.proxy));
        }
        let exchange = self.client.request(request);
        Box::pin(async { exchange.await.map_err(Into::into) })
    }
}

fn with_alpn(mut tls: ClientConfig) -> ClientConfig {
    tls.alpn_protocols = ALPN.map(|protocol| protocol.as_bytes().to_vec()).to_vec();
    tls
}

fn built_in_tls() -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_webpki_roots()
        .with_no_client_auth()
}
