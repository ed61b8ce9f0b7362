//! A server that sends exact bytes and records requests.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The longest wait for the client.
const PATIENCE: Duration = Duration::from_secs(10);

/// A listener that runs a function of the test for each connection, in a separate thread.
pub(crate) struct Raw {
    addr: SocketAddr,
    log: Arc<Log>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Log {
    connections: AtomicUsize,
    closed_by_client: AtomicUsize,
    requests: Mutex<Vec<RawRequest>>,
    http_2_requests: AtomicUsize,
    stop: AtomicBool,
}

/// A request as it was received.
#[derive(Clone, Debug)]
pub(crate) struct RawRequest {
    /// The number of its connection, from 0.
    pub(crate) connection: usize,
    /// The request line and the headers, without the empty line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl RawRequest {
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// Returns the names as received, with the values.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()))
    }

    /// Returns the value of the only header with this name.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let values: Vec<&str> =
            self.headers().filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect();
        assert_eq!(values.len(), 1, "one {name} in {:?}", self.headers().map(|(name, _)| name).collect::<Vec<_>>());
        values[0]
    }
}

impl Raw {
    pub(crate) fn start(serve: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        Self::start_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"), serve)
    }

    pub(crate) fn start_on(listener: TcpListener, serve: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        let addr = listener.local_addr().expect("bound");
        let log = Arc::<Log>::default();
        let accepting = {
            let log = Arc::clone(&log);
            thread::spawn(move || accept(&listener, &log, &Arc::new(serve)))
        };
        Self { addr, log, accepting: Some(accepting) }
    }

    /// Responds with `bytes` to the first request of each connection, and closes it.
    pub(crate) fn responding_once(bytes: &'static str) -> Self {
        Self::start(move |mut peer| {
            if peer.request().is_some() {
                peer.send(bytes);
            }
        })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub(crate) fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    /// Returns the number of connections that the client closed during [`Peer::until_closed`].
    pub(crate) fn closed_by_client(&self) -> usize {
        self.log.closed_by_client.load(Ordering::SeqCst)
    }

    /// Returns the number of requests to [`Peer::serve_http_2`].
    pub(crate) fn http_2_requests(&self) -> usize {
        self.log.http_2_requests.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<RawRequest> {
        self.log.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `condition` is true, and returns whether it was in time.
    pub(crate) fn wait_until(&self, condition: impl Fn(&Self) -> bool) -> bool {
        let started = Instant::now();
        while !condition(self) {
            if started.elapsed() > PATIENCE {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        true
    }
}

fn accept(listener: &TcpListener, log: &Arc<Log>, serve: &Arc<impl Fn(Peer) + Send + Sync + 'static>) {
    loop {
        let Ok((stream, _)) = listener.accept() else { return };
        if log.stop.load(Ordering::SeqCst) {
            return;
        }
        let number = log.connections.fetch_add(1, Ordering::SeqCst);
        let set_up = stream
            .set_read_timeout(Some(PATIENCE))
            .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
            .and_then(|()| stream.set_nodelay(true));
        set_up.expect("socket options");
        let peer = Peer { stream, number, log: Arc::clone(log), unread: Vec::new() };
        let serve = Arc::clone(serve);
        thread::spawn(move || serve(peer));
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.log.stop.store(true, Ordering::SeqCst);
        // Wakes the thread, which then stops.
        let woken = TcpStream::connect(self.addr);
        if let (Ok(_), Some(accepting)) = (woken, self.accepting.take()) {
            let _ = accepting.join();
        }
    }
}

/// The server's side of a connection. Dropping it closes the connection.
pub(crate) struct Peer {
    stream: TcpStream,
    number: usize,
    log: Arc<Log>,
    unread: Vec<u8>,
}

impl Peer {
    /// Returns the number of the connection, from 0.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Returns the number of requests on this connection.
    pub(crate) fn requests_so_far(&self) -> usize {
        let requests = self.log.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| request.connection == self.number).count()
    }

    /// Reads and records a whole request. Returns `None` if the client closed the connection.
    pub(crate) fn request(&mut self) -> Option<RawRequest> {
        let head_end = loop {
            if let Some(end) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            self.read_more()?;
        };
        let head = String::from_utf8_lossy(&self.unread[..head_end]).into_owned();
        self.unread.drain(..head_end + 4);
        let request = RawRequest { connection: self.number, head, body: Vec::new() };
        let length = request
            .headers()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, value)| value.parse().expect("a content-length is a number"));
        while self.unread.len() < length {
            self.read_more()?;
        }
        let body = self.unread.drain(..length).collect();
        let request = RawRequest { body, ..request };
        self.log.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        Some(request)
    }

    fn read_more(&mut self) -> Option<()> {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece) {
            Ok(0) | Err(_) => None,
            Ok(length) => {
                self.unread.extend_from_slice(&piece[..length]);
                Some(())
            }
        }
    }

    /// Sends bytes, and returns whether the client still accepts them.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends the bytes one by one with pauses, until the client closes the connection.
    pub(crate) fn trickle(&mut self, bytes: impl AsRef<[u8]>, pause: Duration) {
        for byte in bytes.as_ref() {
            if !self.send([*byte]) {
                return;
            }
            thread::sleep(pause);
        }
    }

    /// Waits until the client closes the connection, and counts it.
    pub(crate) fn until_closed(&mut self) {
        let started = Instant::now();
        let mut piece = [0; 1024];
        while started.elapsed() < PATIENCE {
            match self.stream.read(&mut piece) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if is_timeout(&error) => return,
                Err(_) => break,
            }
        }
        self.log.closed_by_client.fetch_add(1, Ordering::SeqCst);
    }

    /// Accepts TLS, and serves HTTP/2: sends `frames` when a request arrives, and then waits for the client, or closes.
    pub(crate) fn serve_http_2(self, config: &Arc<ServerConfig>, frames: &[u8], closes: bool) -> io::Result<()> {
        const PREFACE_BYTES: usize = 24;
        const EMPTY_SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        const HEADERS: u8 = 1;

        let session = ServerConnection::new(Arc::clone(config)).expect("a valid configuration");
        let mut stream = StreamOwned::new(session, self.stream);
        stream.read_exact(&mut [0; PREFACE_BYTES])?;
        stream.write_all(&EMPTY_SETTINGS)?;
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head)?;
            let [a, b, c, kind, ..] = head;
            let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]).try_into().expect("24 bits")];
            stream.read_exact(&mut payload)?;
            if kind == HEADERS {
                self.log.http_2_requests.fetch_add(1, Ordering::SeqCst);
                stream.write_all(frames)?;
                stream.flush()?;
                if closes {
                    return Ok(());
                }
            }
        }
    }

    /// Resets the TCP connection.
    pub(crate) fn reset(self) {
        let lingered = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        lingered.expect("socket option");
    }

    /// Forwards bytes between the client and another server until either side closes.
    pub(crate) fn relay_to(self, other: SocketAddr) {
        self.relay_unless(other, &Arc::default());
    }

    /// Forwards bytes to another server, and back. While `is_silent` is true, bytes vanish, but the connection stays open.
    pub(crate) fn relay_unless(mut self, other: SocketAddr, is_silent: &Arc<AtomicBool>) {
        let Ok(other) = TcpStream::connect(other) else { return };
        let (Ok(client), Ok(server)) = (self.stream.try_clone(), other.try_clone()) else { return };
        if (&other).write_all(&std::mem::take(&mut self.unread)).is_err() {
            return;
        }
        let back = thread::spawn({
            let is_silent = Arc::clone(is_silent);
            move || pass_on(server, client, &is_silent)
        });
        if let Ok(client) = self.stream.try_clone() {
            pass_on(client, other, is_silent);
        }
        let _ = back.join();
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, is_silent: &AtomicBool) {
    let mut piece = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if !is_silent.load(Ordering::SeqCst) && to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    // Both directions end together.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// Returns a response with this status line, body and length. Each of `headers` ends with CR LF.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> String {
    format!("{status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}
