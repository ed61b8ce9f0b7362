//! A server with a small and constant cost.
//!
//! A thread for each connection reads a request by its content-length, and writes a prepared response. It ignores the rest of
//! the request, and allocates nothing for it.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// More than the size of the largest request.
const BUFFER_BYTES: usize = 16 * 1024;

/// A server on a free loopback port, which runs until the program ends.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    received: Arc<AtomicU64>,
}

impl Server {
    /// Starts a server that responds to every request with these bytes, the head and the body.
    pub(crate) fn start(response: Vec<u8>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let received = Arc::new(AtomicU64::new(0));
        let (response, counter): (Arc<[u8]>, _) = (response.into(), Arc::clone(&received));
        thread::spawn(move || {
            for connection in listener.incoming().filter_map(Result::ok) {
                let (response, counter) = (Arc::clone(&response), Arc::clone(&counter));
                thread::spawn(move || serve(connection, &response, &counter));
            }
        });
        Ok(Self { address, received })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the number of bytes received so far.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Acquire)
    }
}

/// Responds to requests until the client disconnects. A message that is not a request ends the connection.
fn serve(mut connection: TcpStream, response: &[u8], received: &AtomicU64) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut buffer = [0; BUFFER_BYTES];
    let mut length = 0;
    loop {
        let count = connection.read(&mut buffer[length..])?;
        if count == 0 {
            return Ok(());
        }
        length += count;
        if is_whole(&buffer[..length]) {
            received.fetch_add(length as u64, Ordering::Release);
            connection.write_all(response)?;
            length = 0;
        }
    }
}

/// Returns whether the bytes contain a complete head and a body of its content-length.
fn is_whole(request: &[u8]) -> bool {
    const NAME: &[u8] = b"content-length:";
    const END: &[u8] = b"\r\n\r\n";
    let Some(head) = request.windows(END.len()).position(|bytes| bytes == END) else { return false };
    let mut lines = request[..head].split(|byte| *byte == b'\n');
    let length = lines.find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        let value = name.eq_ignore_ascii_case(NAME).then_some(value)?;
        str::from_utf8(value).ok()?.trim().parse::<usize>().ok()
    });
    length.is_some_and(|length| request.len() >= head + END.len() + length)
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn request_ends_after_its_content_length() {
        let request = b"POST / HTTP/1.1\r\nhost: h\r\nContent-Length: 4\r\n\r\nbody";
        assert!(is_whole(request));
        for length in 0..request.len() {
            assert!(!is_whole(&request[..length]), "{length}");
        }
    }
}
