//! The emulator behind TLS, with generated certificates.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use securityhub_emulator::{Emulator, serve_connection};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    sync::oneshot,
};
use tokio_rustls::TlsAcceptor;

/// A private certificate authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("an empty list of names");
        params.distinguished_name.push(DnType::CommonName, "Test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    /// Returns the root certificate as DER.
    pub(crate) fn root(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// Returns a server configuration with a certificate for these names or addresses.
    pub(crate) fn server(&self, names: &[&str]) -> ServerConfig {
        self.server_until(names, (2999, 1, 1))
    }

    /// Returns a server configuration with a certificate that expires on this year, month and day.
    pub(crate) fn server_until(&self, names: &[&str], (year, month, day): (i32, u8, u8)) -> ServerConfig {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("valid names");
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, month, day);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring supports them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a matching key")
    }
}

/// An emulator behind TLS. Dropping it closes its connections.
pub(crate) struct TlsServer {
    addr: SocketAddr,
    emulator: Emulator,
    log: Arc<Mutex<TlsLog>>,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

/// The connections of a TLS server.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsLog {
    /// The first byte of each connection. A handshake begins with 22.
    pub(crate) first_bytes: Vec<u8>,
    /// The successful handshakes.
    pub(crate) sessions: Vec<Session>,
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) alpn: Option<String>,
    pub(crate) server_name: Option<String>,
}

impl TlsServer {
    /// Starts a server. `alpn` lists its protocols, the preferred one first.
    pub(crate) fn start(emulator: Emulator, mut config: ServerConfig, alpn: &[&str]) -> Self {
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("socket option");
        let addr = listener.local_addr().expect("bound");
        let log = Arc::<Mutex<TlsLog>>::default();
        let (stop, stopped) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build().expect("a runtime");
        let serving = serve(listener, acceptor, emulator.clone(), Arc::clone(&log), stopped);
        let thread = std::thread::spawn(move || runtime.block_on(serving));
        Self { addr, emulator, log, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the URL with a host that resolves to loopback.
    pub(crate) fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.addr.port())
    }

    pub(crate) fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    pub(crate) fn log(&self) -> TlsLog {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(
    listener: std::net::TcpListener,
    acceptor: TlsAcceptor,
    emulator: Emulator,
    log: Arc<Mutex<TlsLog>>,
    mut stopped: oneshot::Receiver<Infallible>,
) {
    let listener = TcpListener::from_std(listener).expect("a non-blocking socket");
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(session(stream, acceptor.clone(), emulator.clone(), Arc::clone(&log)));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    let mut accepting = std::pin::pin!(accepting);
    std::future::poll_fn(|cx| {
        let _: std::task::Poll<()> = accepting.as_mut().poll(cx);
        std::pin::Pin::new(&mut stopped).poll(cx).map(|_| ())
    })
    .await;
}

async fn session(stream: TcpStream, acceptor: TlsAcceptor, emulator: Emulator, log: Arc<Mutex<TlsLog>>) {
    let log = || log.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = stream.set_nodelay(true);
    let mut first = [0];
    if let Ok(1) = stream.peek(&mut first).await {
        log().first_bytes.push(first[0]);
    }
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let (_, connection) = stream.get_ref();
    let alpn = connection.alpn_protocol().map(|protocol| String::from_utf8_lossy(protocol).into_owned());
    let server_name = connection.server_name().map(ToOwned::to_owned);
    log().sessions.push(Session { alpn, server_name });
    serve_connection(emulator, stream).await;
}
