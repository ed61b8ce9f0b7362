//! One connection.

use std::{
    future::{pending, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    request_body::RequestBody,
    wire::{ResponseBody, Stream, Wire},
};
use crate::{emulator::Emulator, fault::WireFault, incoming};

/// The largest head of an HTTP/1.1 request.
const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_STREAMS: u32 = 100;
/// HTTP/2's window of one connection: the bytes of bodies that wait to be read.
const CONNECTION_WINDOW: u32 = 128 * 1024;

/// Serves `emulator` on one connection until it ends, such as a TLS stream of your own server.
///
/// A fault's reset is an orderly end here, since not every stream has resets. Needs a tokio runtime with time.
pub async fn serve_connection<S>(emulator: Emulator, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    serve(emulator, stream, Arc::default(), |_| {}).await;
}

pub(super) async fn serve<S>(emulator: Emulator, stream: S, wire: Arc<Wire>, prepare_reset: fn(&S))
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let timeout = emulator.setup().idle_timeout;
    let stream = TokioIo::new(Stream::new(stream, Arc::clone(&wire), prepare_reset));
    let service = {
        let wire = Arc::clone(&wire);
        service_fn(move |request| respond(emulator.clone(), Arc::clone(&wire), request))
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // The emulator sets the dates, and the idle timeout includes the time for a head.
    builder.http1().auto_date_header(false).header_read_timeout(None).max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .auto_date_header(false)
        .max_concurrent_streams(MAX_STREAMS)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut idle = pin!(wait_until_idle(&wire, timeout));
    poll_fn(|cx: &mut Context<'_>| {
        if wire.poll_cut(cx).is_ready() {
            return Poll::Ready(());
        }
        // An error only ends the connection, since nobody can be notified.
        let ended = connection.as_mut().poll(cx).map(|_| ());
        // The poll may have requested the cut.
        if wire.poll_cut(cx).is_ready() || ended.is_ready() {
            return Poll::Ready(());
        }
        idle.as_mut().poll(cx)
    })
    .await;
}

/// Returns after the connection was without a request for `timeout`.
async fn wait_until_idle(wire: &Wire, timeout: Duration) {
    loop {
        let waited = wire.idle_for();
        if waited.is_some_and(|waited| waited >= timeout) {
            return;
        }
        tokio::time::sleep(timeout.saturating_sub(waited.unwrap_or_default())).await;
    }
}

async fn respond(
    emulator: Emulator,
    wire: Arc<Wire>,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, hyper::Error> {
    let request_in_progress = wire.begin_request();
    let (head, body) = request.into_parts();
    let head = Request::from_parts(head, Bytes::new());
    // A body is only kept if the rest of the request is in order.
    let keep = emulator.needs_body(&incoming::Incoming::new(&head), SystemTime::now());
    let read = RequestBody::read(body, keep, emulator.large_bodies());
    let Ok(read) = tokio::time::timeout(emulator.setup().idle_timeout, read).await else {
        wire.cut(false);
        return pending().await;
    };
    let body = read?;
    let request = head.map(|_| body.bytes.clone());
    let mut incoming = incoming::Incoming::new(&request);
    incoming.body_length = body.length;
    let mut response = emulator.respond(&incoming, SystemTime::now());
    drop((request, body));

    let fault = response.extensions_mut().remove::<WireFault>().unwrap_or_default();
    if let Some(delay) = fault.delay {
        tokio::time::sleep(delay).await;
    }
    if let Some(cut) = fault.truncation
        && cut.after.is_none()
    {
        wire.cut(cut.reset);
        pending::<()>().await;
    }
    if fault.close {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| ResponseBody::new(body, &fault, &wire, request_in_progress)))
}
