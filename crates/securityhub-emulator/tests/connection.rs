//! `serve_connection` on a stream that is not a socket.

mod common;

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use common::{Call, current_date, on_the_wire};
use securityhub_emulator::{Emulator, Fault, serve_connection};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    runtime,
};

/// Has requests to read and takes a few bytes of the answer at a time, and only every other time.
struct Narrow {
    request: Vec<u8>,
    answer: Arc<Mutex<Vec<u8>>>,
    ready: bool,
}

impl AsyncRead for Narrow {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.request.is_empty() {
            return Poll::Pending;
        }
        let length = self.request.len().min(buffer.remaining());
        buffer.put_slice(&self.request[..length]);
        self.request.drain(..length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Narrow {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.ready = !self.ready;
        if self.ready {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let length = bytes.len().min(7);
        self.answer.lock().unwrap().extend(&bytes[..length]);
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// All that is written, after one answer that is in order, before the connection ends.
fn written(fault: Fault) -> String {
    let emulator = Emulator::new();
    emulator.invite(&"us-east-1".parse().unwrap(), "111122223333".parse().unwrap());
    emulator.script_faults([Fault::throttled(), fault]);
    let answer = Arc::<Mutex<Vec<u8>>>::default();
    let request = on_the_wire(&Call::in_region("us-east-1").dated(&current_date()).sign());
    let stream = Narrow { request: request.repeat(2), answer: Arc::clone(&answer), ready: false };
    let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let ended = async { tokio::time::timeout(Duration::from_secs(20), serve_connection(emulator, stream)).await };
    runtime.block_on(ended).expect("the emulator closes the connection");
    let answer = answer.lock().unwrap();
    let text = String::from_utf8(answer.clone()).unwrap();
    text.split_once(r#"{"message":"Rate exceeded"}"#).expect("the answer before").1.to_owned()
}

#[test]
fn writes_everything_before_the_end() {
    for (fault, body) in [
        (Fault::none().body_cut_short(10), "{\"Unproces"),
        (Fault::none().drop_mid_response(0), ""),
        (Fault::none().close_without_notice(), "{\"UnprocessedAccounts\":[]}"),
        (Fault::none().close(), "{\"UnprocessedAccounts\":[]}"),
    ] {
        let answer = written(fault.clone());
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{fault:?} {answer}");
        assert_eq!(answer.split_once("\r\n\r\n").map(|(_, body)| body), Some(body), "{fault:?}");
    }
    assert_eq!(written(Fault::none().drop_before_response()), "");
}
