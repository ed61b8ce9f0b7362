//! [`Gate`]: plays failures, and then passes connections on to the emulator.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};

/// The handling of one connection.
pub(super) enum Act {
    Respond {
        status: u16,
        body: String,
    },
    /// Never responds.
    Silence,
}

/// A server on loopback.
pub(super) struct Gate {
    pub(super) url: String,
    /// Receives a message for each connection.
    pub(super) connections: mpsc::UnboundedReceiver<()>,
    task: JoinHandle<()>,
}

impl Gate {
    pub(super) async fn start(script: impl IntoIterator<Item = Act>, then: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut script: VecDeque<Act> = script.into_iter().collect();
        let (connected, connections) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connected.send(()).unwrap();
                tokio::spawn(play(script.pop_front(), stream, then));
            }
        });
        Self { url, connections, task }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn play(act: Option<Act>, mut stream: TcpStream, then: SocketAddr) {
    match act {
        Some(Act::Respond { status, body }) => {
            read_request(&mut stream).await;
            let length = body.len();
            let response =
                format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(response.as_bytes()).await.unwrap();
        }
        Some(Act::Silence) => tokio::time::sleep(Duration::from_secs(3600)).await,
        None => {
            let mut upstream = TcpStream::connect(then).await.unwrap();
            // The client may close the connection at any time.
            let _ = copy_bidirectional(&mut stream, &mut upstream).await;
        }
    }
}

/// Reads a form, which ends without a line break.
async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap();
        request.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if read == 0 || body.is_some_and(|body| body >= length.unwrap_or_default()) {
            return;
        }
    }
}
