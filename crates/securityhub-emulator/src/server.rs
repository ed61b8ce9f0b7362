//! The emulator on loopback.

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::Poll,
    thread::JoinHandle,
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response, header};
use hyper::{
    body::{Body as _, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime,
    sync::oneshot,
};

use crate::{
    emulator::Emulator,
    fault::WireFault,
    wire::{AnswerBody, Stream, Wire},
};

/// An [`Emulator`] that listens on a loopback address, in a thread of its own.
///
/// It speaks HTTP/1.1, and HTTP/2 to clients that begin with it, and reads the system's clock. Dropped, it closes its
/// connections, whatever they are doing, and waits for its thread.
///
/// ```
/// use securityhub_emulator::{Emulator, Server};
///
/// let server = Server::start(Emulator::new())?;
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    emulator: Emulator,
    addr: SocketAddr,
    connections: Arc<Connections>,
    /// Dropped to stop the thread.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Connections {
    accepted: AtomicU64,
    open: AtomicUsize,
}

impl Server {
    /// Listens on 127.0.0.1, on a port that is free.
    ///
    /// # Errors
    /// If the system refuses the socket or the thread.
    pub fn start(emulator: Emulator) -> io::Result<Self> {
        Self::start_on(emulator, (Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Listens on a loopback address; port 0 is any that is free.
    ///
    /// # Errors
    /// If the address is not loopback ([`io::ErrorKind::InvalidInput`]): what accepts well-known keys is not for
    /// networks. If the address is taken, or the system refuses the socket or the thread.
    pub fn start_on(emulator: Emulator, addr: SocketAddr) -> io::Result<Self> {
        if !addr.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} is no loopback address", addr.ip())));
        }
        let listener = std::net::TcpListener::bind(addr)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let connections = Arc::<Connections>::default();
        let (stop, stopped) = oneshot::channel();
        let serve = accept(listener, emulator.clone(), Arc::clone(&connections), stopped);
        // The runtime is dropped in its thread, and with it every connection that is still open.
        let thread = std::thread::Builder::new()
            .name("securityhub-emulator".to_owned())
            .spawn(move || runtime.block_on(serve))?;
        Ok(Self { emulator, addr, connections, stop: Some(stop), thread: Some(thread) })
    }

    /// The emulator that answers.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The address that is listened on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL for a client's custom endpoint: `http://127.0.0.1:4566`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// How many connections were accepted so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.accepted.load(Ordering::SeqCst)
    }

    /// How many connections are open.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.connections.open.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It panics for no reason that is known, and a panic in drop would hide the test's own.
            let _ = thread.join();
        }
    }
}

/// Serves `emulator` on one connection, until it ends: for servers of your own, behind TLS for one.
///
/// A reset that a fault asks for is an orderly end here, since not every stream has resets. Needs a tokio runtime with
/// time.
pub async fn serve_connection<S>(emulator: Emulator, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    serve(emulator, stream, |_| {}).await;
}

async fn accept(
    listener: TcpListener,
    emulator: Emulator,
    connections: Arc<Connections>,
    mut stopped: oneshot::Receiver<Infallible>,
) {
    loop {
        let accepted = poll_fn(|cx| match Pin::new(&mut stopped).poll(cx) {
            Poll::Ready(_) => Poll::Ready(None),
            Poll::Pending => listener.poll_accept(cx).map(Some),
        });
        match accepted.await {
            None => return,
            Some(Ok((stream, _))) => {
                let open = Open::count(&connections);
                let emulator = emulator.clone();
                tokio::spawn(async move {
                    let _open = open;
                    // Answers are small and come in pieces; none is to wait for the other side's acknowledgement.
                    let _ = stream.set_nodelay(true);
                    serve(emulator, stream, |stream: &TcpStream| drop(stream.set_zero_linger())).await;
                });
            }
            // Too many open files, or a client that is gone already: the next one may fare better.
            Some(Err(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// A connection that is counted as open while this lives.
struct Open(Arc<Connections>);

impl Open {
    fn count(connections: &Arc<Connections>) -> Self {
        connections.accepted.fetch_add(1, Ordering::SeqCst);
        connections.open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(connections))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn serve<S>(emulator: Emulator, stream: S, prepare_reset: fn(&S))
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let wire = Arc::<Wire>::default();
    let stream = TokioIo::new(Stream::new(stream, Arc::clone(&wire), prepare_reset));
    let service = {
        let wire = Arc::clone(&wire);
        service_fn(move |request| answer(emulator.clone(), Arc::clone(&wire), request))
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // The dates are the emulator's.
    builder.http1().auto_date_header(false);
    builder.http2().auto_date_header(false);
    let mut connection = pin!(builder.serve_connection(stream, service));
    poll_fn(|cx| {
        if wire.poll_cut(cx).is_ready() {
            return Poll::Ready(());
        }
        // A connection that ends with an error ends: there is nobody to tell.
        let ended = connection.as_mut().poll(cx).map(|_| ());
        // The poll may have been what asked for the cut.
        if wire.poll_cut(cx).is_ready() { Poll::Ready(()) } else { ended }
    })
    .await;
}

async fn answer(
    emulator: Emulator,
    wire: Arc<Wire>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, hyper::Error> {
    let (head, body) = request.into_parts();
    let request = Request::from_parts(head, read(body).await?);
    let mut response = emulator.handle(&request, SystemTime::now());
    let fault = response.extensions_mut().remove::<WireFault>().unwrap_or_default();
    if let Some(delay) = fault.delay {
        tokio::time::sleep(delay).await;
    }
    if let Some(cut) = fault.cut
        && cut.after.is_none()
    {
        wire.cut(cut.reset);
        std::future::pending::<()>().await;
    }
    if fault.close {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| AnswerBody::new(body, &fault, &wire)))
}

/// The body, up to the byte that makes it too large.
async fn read(mut body: Incoming) -> Result<Bytes, hyper::Error> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > Emulator::MAX_REQUEST_BYTES {
            break;
        }
    }
    Ok(bytes.freeze())
}
