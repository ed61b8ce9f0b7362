//! The service behind `Client::new`: connections, pooled; TLS by rustls; proxies.

use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::Matcher,
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::error::{BoxError, UnsupportedProxy};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A pooled client on tokio, over HTTP/1.1 and HTTP/2, whichever TLS agrees on. Clones share the pool.
///
/// - TLS by rustls with ring, trusting the roots of Mozilla's programme that are built in; see
///   [`with_tls_config`](Self::with_tls_config) for others.
/// - `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case, are read when it is made. Whatever is proxied
///   goes through a `CONNECT` tunnel; the proxy itself is reached over `http://`.
/// - A connection has 10 seconds to be made, name, proxy and TLS included.
#[derive(Clone)]
pub struct DefaultService {
    /// Shared, since the service is cloned for each attempt.
    settings: Arc<Settings>,
    client: hyper_util::client::legacy::Client<Connector, Full<Bytes>>,
}

#[derive(Clone)]
struct Settings {
    tls: ClientConfig,
    proxy: Arc<Matcher>,
    connect_timeout: Duration,
}

impl DefaultService {
    /// With built-in roots and the proxy of the environment.
    #[must_use]
    pub fn new() -> Self {
        Self::made_of(Settings {
            tls: built_in_tls(),
            proxy: Arc::new(proxy_of_environment()),
            connect_timeout: Duration::from_secs(10),
        })
    }

    /// With another TLS: a CA of your own, the platform's roots, a client certificate. The protocols that it offers by ALPN
    /// are set here.
    #[must_use]
    pub fn with_tls_config(self, tls: ClientConfig) -> Self {
        Self::made_of(Settings { tls, ..Settings::clone(&self.settings) })
    }

    /// With this proxy for every request, whatever the environment says: `http://[user:password@]host:port`. Calls through
    /// one of another scheme fail.
    #[must_use]
    pub fn with_proxy(self, proxy: &Uri) -> Self {
        let proxy = Arc::new(Matcher::builder().all(proxy.to_string()).build());
        Self::made_of(Settings { proxy, ..Settings::clone(&self.settings) })
    }

    /// Without a proxy, whatever the environment says.
    #[must_use]
    pub fn without_proxy(self) -> Self {
        let proxy = Arc::new(Matcher::builder().build());
        Self::made_of(Settings { proxy, ..Settings::clone(&self.settings) })
    }

    /// How long a connection may take, name, proxy and TLS included. Default: 10 s.
    #[must_use]
    pub fn with_connect_timeout(self, connect_timeout: Duration) -> Self {
        Self::made_of(Settings { connect_timeout, ..Settings::clone(&self.settings) })
    }

    fn made_of(settings: Settings) -> Self {
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(Connector::new(&settings));
        Self { settings: Arc::new(settings), client }
    }
}

impl Default for DefaultService {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DefaultService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultService")
            .field("connect_timeout", &self.settings.connect_timeout)
            .finish_non_exhaustive()
    }
}

impl Service<Request<Full<Bytes>>> for DefaultService {
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = BoxFuture<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        let exchange = self.client.request(request);
        Box::pin(async { exchange.await.map_err(Into::into) })
    }
}

/// The matcher reads a `*` in `NO_PROXY` as every name, but not as every address.
fn proxy_of_environment() -> Matcher {
    let no_proxy = ["NO_PROXY", "no_proxy"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    if no_proxy.split(',').any(|entry| entry.trim() == "*") { Matcher::builder().build() } else { Matcher::from_env() }
}

fn built_in_tls() -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has what TLS 1.2 and 1.3 need")
        .with_webpki_roots()
        .with_no_client_auth()
}

/// Makes connections, in bounded time.
#[derive(Clone)]
struct Connector {
    secured: HttpsConnector<Tunneled>,
    timeout: Duration,
}

impl Connector {
    fn new(settings: &Settings) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let mut tls = settings.tls.clone();
        // The connector sets them, and insists on an empty list.
        tls.alpn_protocols.clear();
        let secured = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(Tunneled { tcp, proxy: Arc::clone(&settings.proxy) });
        Self { secured, timeout: settings.connect_timeout }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = BoxFuture<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.secured.poll_ready(context)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let (connection, timeout) = (self.secured.call(destination), self.timeout);
        Box::pin(async move {
            tokio::time::timeout(timeout, connection).await.unwrap_or_else(|_| {
                let text = format!("no connection within {timeout:?}");
                Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
            })
        })
    }
}

/// TCP to the destination, or to its proxy and by `CONNECT` from there.
#[derive(Clone)]
struct Tunneled {
    tcp: HttpConnector,
    proxy: Arc<Matcher>,
}

impl Service<Uri> for Tunneled {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = BoxFuture<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let Some(proxy) = self.proxy.intercept(&destination) else {
            let connection = self.tcp.call(destination);
            return Box::pin(async { connection.await.map_err(Into::into) });
        };
        if proxy.uri().scheme_str() != Some("http") {
            return Box::pin(async { Err(UnsupportedProxy.into()) });
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp.clone());
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let connection = tunnel.call(destination);
        Box::pin(async { connection.await.map_err(Into::into) })
    }
}
