//! [`Connector`]: name lookup, TCP, proxy tunnel and TLS for the default service.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{net::TcpStream, time};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::{
    addresses::connect_to_any,
    connect_error::{ConnectError, Step},
    proxy::Proxy,
    transport_error::BoxError,
    tunnel::open_tunnel,
};

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Resolves a host and a port.
pub(crate) type Resolve = dyn Fn(&str, u16) -> BoxFuture<io::Result<Vec<SocketAddr>>> + Send + Sync;

/// Opens connections within a time limit.
#[derive(Clone)]
pub(crate) struct Connector {
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) proxy: Arc<Proxy>,
    pub(crate) resolve: Arc<Resolve>,
    pub(crate) timeout: Duration,
}

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

impl Connector {
    async fn connect(self, destination: Uri) -> Result<Stream, ConnectError> {
        let limit = Limit { started: time::Instant::now(), timeout: self.timeout };
        let proxy = self.proxy.for_url(&destination).map_err(|error| ConnectError::new(Step::ChooseProxy, error))?;
        let is_https = destination.scheme_str() == Some("https");
        let host = destination.host().unwrap_or_default();
        let port = destination.port_u16().unwrap_or(if is_https { 443 } else { 80 });

        let (to_host, to_port) = proxy.map_or((host, port), |proxy| (proxy.host(), proxy.port()));
        let addrs = match without_brackets(to_host).parse::<IpAddr>() {
            Ok(address) => vec![(address, to_port).into()],
            Err(_) => limit.apply(Step::Resolve, (self.resolve)(to_host, to_port)).await?,
        };
        let mut tcp = limit.apply(Step::Connect, connect_to_any(addrs, limit.remaining())).await?;
        // It only saves time.
        let _ = tcp.set_nodelay(true);
        if let Some(proxy) = proxy {
            limit.apply(Step::OpenTunnel, open_tunnel(&mut tcp, proxy, host, port)).await?;
        }
        let tcp = TokioIo::new(tcp);
        if !is_https {
            return Ok(tcp.into());
        }
        let name = ServerName::try_from(without_brackets(host).to_owned())
            .map_err(|error| ConnectError::new(Step::SecureConnection, error))?;
        let handshake = TlsConnector::from(self.tls).connect(name, TokioIo::new(tcp));
        limit.apply(Step::SecureConnection, handshake).await.map(Into::into)
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = ConnectError;
    type Future = BoxFuture<Result<Stream, ConnectError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        Box::pin(self.clone().connect(destination))
    }
}

fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Resolves with the system's resolver, on a thread of the runtime. A lookup cannot be interrupted, so the thread stays until
/// the system gives up.
pub(crate) fn resolve_with_system(host: &str, port: u16) -> BoxFuture<io::Result<Vec<SocketAddr>>> {
    let host = host.to_owned();
    Box::pin(async move { tokio::net::lookup_host((host, port)).await.map(Iterator::collect) })
}

/// The time limit of all steps of a connection.
struct Limit {
    started: time::Instant,
    timeout: Duration,
}

impl Limit {
    fn remaining(&self) -> Duration {
        self.timeout.saturating_sub(self.started.elapsed())
    }

    async fn apply<T, E: Into<BoxError>>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, ConnectError> {
        match time::timeout(self.remaining(), work).await {
            Ok(result) => result.map_err(|error| ConnectError::new(step, error)),
            Err(_) => {
                let message = format!("connection timed out after {:?}", self.timeout);
                Err(ConnectError::new(step, io::Error::new(io::ErrorKind::TimedOut, message)))
            }
        }
    }
}
