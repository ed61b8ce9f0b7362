//! A server that says exactly what a test tells it to, and keeps what it was told.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Nothing waits longer for the other side.
const PATIENCE: Duration = Duration::from_secs(10);

/// A listener that hands each connection to a function of the test, in a thread of its own.
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
    stop: AtomicBool,
}

/// A request, byte for byte.
#[derive(Clone, Debug)]
pub(crate) struct RawRequest {
    /// The connection that it came on, counted from 0.
    pub(crate) connection: usize,
    /// All before the body, without the empty line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl RawRequest {
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// Names as they came, and values.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()))
    }

    /// The value of the one header of this name.
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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let log = Arc::<Log>::default();
        let accepting = {
            let log = Arc::clone(&log);
            thread::spawn(move || accept(&listener, &log, &Arc::new(serve)))
        };
        Self { addr, log, accepting: Some(accepting) }
    }

    /// Says this to the first request of each connection, and closes it.
    pub(crate) fn answering_once(bytes: &'static str) -> Self {
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

    /// The connections that [`Peer::until_closed`] saw the client's end of.
    pub(crate) fn closed_by_client(&self) -> usize {
        self.log.closed_by_client.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<RawRequest> {
        self.log.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `condition` holds. Returns whether it did in time.
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
        set_up.expect("the socket has these options");
        let peer = Peer { stream, number, log: Arc::clone(log), unread: Vec::new() };
        let serve = Arc::clone(serve);
        thread::spawn(move || serve(peer));
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.log.stop.store(true, Ordering::SeqCst);
        // Wakes the thread, which then sees that it is to stop.
        let woken = TcpStream::connect(self.addr);
        if let (Ok(_), Some(accepting)) = (woken, self.accepting.take()) {
            let _ = accepting.join();
        }
    }
}

/// The server's end of a connection. Dropped, it is closed in good order.
pub(crate) struct Peer {
    stream: TcpStream,
    number: usize,
    log: Arc<Log>,
    unread: Vec<u8>,
}

impl Peer {
    /// The connection's number, from 0.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// How many requests came on this connection.
    pub(crate) fn requests_so_far(&self) -> usize {
        let requests = self.log.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| request.connection == self.number).count()
    }

    /// Reads a whole request and keeps it. `None` if the client has gone.
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

    /// Returns whether the client still listens.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends the bytes one by one with pauses, as long as the client listens.
    pub(crate) fn trickle(&mut self, bytes: impl AsRef<[u8]>, pause: Duration) {
        for byte in bytes.as_ref() {
            if !self.send([*byte]) {
                return;
            }
            thread::sleep(pause);
        }
    }

    /// Waits until the client closes the connection, and counts it if it does.
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

    /// Ends the connection with a TCP reset.
    pub(crate) fn reset(self) {
        let lingered = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        lingered.expect("the socket has the option");
    }

    /// Passes bytes on between the client and another server until either has gone.
    pub(crate) fn relay_to(mut self, other: SocketAddr) {
        let Ok(other) = TcpStream::connect(other) else { return };
        let (Ok(client), Ok(server)) = (self.stream.try_clone(), other.try_clone()) else { return };
        if (&other).write_all(&std::mem::take(&mut self.unread)).is_err() {
            return;
        }
        let back = thread::spawn(move || pass_on(server, client));
        if let Ok(client) = self.stream.try_clone() {
            pass_on(client, other);
        }
        let _ = back.join();
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let mut piece = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    // The other direction ends with this one.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

/// An answer with this status line, body and length, and headers that end each with CR LF.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("{status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}
