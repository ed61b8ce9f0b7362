//! The emulator on loopback.

mod connections;
mod request_body;
mod serve;
mod wire;

use std::{
    convert::Infallible,
    fmt,
    future::poll_fn,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::Poll,
    thread::JoinHandle,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    runtime,
    sync::oneshot,
};

pub(crate) use self::request_body::LARGE_BODIES;
pub use self::serve::serve_connection;
use self::{connections::Connections, serve::serve, wire::Wire};
use crate::emulator::Emulator;

/// An [`Emulator`] that listens on a loopback address, in its own thread.
///
/// It speaks HTTP/1.1, and HTTP/2 with prior knowledge. It uses the system's clock. Dropping it closes all connections
/// and waits for the thread.
///
/// Its memory is bounded:
/// - At most 512 connections are open. Another one replaces the oldest that has no request.
/// - Connections without a complete request are closed after the
///   [idle timeout](crate::EmulatorBuilder::with_idle_timeout).
/// - A body is only kept if its request has a known key and all signed headers. At most 4 bodies of more than 16 KiB are
///   in memory at once.
///
/// ```
/// use securityhub_emulator::{Emulator, Server};
///
/// let server = Server::start(Emulator::new())?;
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Server {
    emulator: Emulator,
    addr: SocketAddr,
    connections: Arc<Connections>,
    /// Stops the thread when it is dropped.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on any free port of 127.0.0.1.
    ///
    /// # Errors
    /// If the system refuses the socket or the thread.
    pub fn start(emulator: Emulator) -> io::Result<Self> {
        Self::bind(emulator, (Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Listens on a loopback address. Port 0 is any free port.
    ///
    /// # Errors
    /// - If the address is not loopback ([`io::ErrorKind::InvalidInput`]), since the emulator accepts well-known keys.
    /// - If the address is in use, or the system refuses the socket or the thread.
    pub fn bind(emulator: Emulator, addr: SocketAddr) -> io::Result<Self> {
        if !addr.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} is not a loopback address", addr.ip()),
            ));
        }
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let listener = {
            let _context = runtime.enter();
            listen(addr)?
        };
        let addr = listener.local_addr()?;
        let connections = Arc::<Connections>::default();
        let (stop, stopped) = oneshot::channel();
        let serve = accept(listener, emulator.clone(), Arc::clone(&connections), stopped);
        // The thread drops the runtime, which closes all open connections.
        let thread = std::thread::Builder::new()
            .name("securityhub-emulator".to_owned())
            .spawn(move || runtime.block_on(serve))?;
        Ok(Self { emulator, addr, connections, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the emulator.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Returns the address that the server listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the URL for a client's custom endpoint, such as `http://127.0.0.1:4566`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Returns the number of connections so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.accepted()
    }

    /// Returns the number of open connections.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.connections.open()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("emulator", &self.emulator).field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in drop would hide the test's own.
            let _ = thread.join();
        }
    }
}

/// Listens with a longer backlog than std's 128, with which a burst of clients waits a second for its second attempt.
fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    const BACKLOG: u32 = 1024;
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As std does. On Windows, the option would let two servers share a port.
    socket.set_reuseaddr(cfg!(not(windows)))?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
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
                let wire = Arc::<Wire>::default();
                let Some(open) = connections.add(&wire) else { continue };
                let emulator = emulator.clone();
                tokio::spawn(async move {
                    // A small piece of a response must not wait for an acknowledgement.
                    let _ = stream.set_nodelay(true);
                    serve(emulator, stream, wire, |stream: &TcpStream| drop(stream.set_zero_linger())).await;
                    drop(open);
                });
            }
            // Too many open files, or a client that has already left. The next one may succeed.
            Some(Err(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
