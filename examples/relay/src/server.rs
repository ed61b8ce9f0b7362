//! The site: pages and the relay on one origin.

use std::{convert::Infallible, future::Future, io, pin::pin, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HOST, ORIGIN},
};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{files::Files, limits::Limits, relay::Relay};

/// A request to the site.
pub type SiteRequest = Request<Incoming>;

/// A response of the site.
pub type SiteResponse = Response<Full<Bytes>>;

/// An origin with the files of a page, and the relay below [`Relay::PATH`].
#[derive(Clone, Debug)]
pub struct Site {
    /// The files.
    pub files: Files,
    /// The relay.
    pub relay: Relay,
}

impl Site {
    /// Responds to a request.
    pub async fn respond(&self, request: SiteRequest) -> SiteResponse {
        if request.uri().path().starts_with(Relay::PATH) {
            return self.relay.respond(request).await;
        }
        self.files.respond(&request)
    }
}

/// The first and the longest wait after a connection could not be accepted.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Serves connections until `stop` is ready, and then lets running requests end.
///
/// A connection that cannot be accepted does not end the server. The usual cause is a lack of file descriptors, so the server
/// reports the first of these errors to `on_error`, waits, and accepts again.
pub async fn serve<F, A>(
    listener: TcpListener,
    limits: Limits,
    respond: F,
    on_error: impl Fn(&io::Error),
    stop: impl Future<Output = ()>,
) where
    F: Fn(SiteRequest) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = SiteResponse> + Send + 'static,
{
    let (running, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut backoff = None;
    let mut stop = pin!(stop);
    loop {
        // Ended connections make room. A full server waits for one to end.
        while connections.try_join_next().is_some() {}
        let accept = async {
            if connections.len() >= limits.connections {
                connections.join_next().await;
            }
            if let Some(wait) = backoff {
                sleep(wait).await;
            }
            listener.accept().await
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                backoff = None;
                connections.spawn(serve_connection(stream, limits, respond.clone(), stopping.clone()));
            }
            Err(error) => {
                if backoff.is_none() {
                    on_error(&error);
                }
                backoff = Some(backoff.map_or(BACKOFF.0, |wait| (wait * 2).min(BACKOFF.1)));
            }
        }
    }
    drop((listener, running));
    while connections.join_next().await.is_some() {}
}

/// Serves the requests of one connection.
async fn serve_connection<F, A>(stream: TcpStream, limits: Limits, respond: F, mut stopping: watch::Receiver<()>)
where
    F: Fn(SiteRequest) -> A,
    A: Future<Output = SiteResponse>,
{
    let service = service_fn(|request| async { Ok::<_, Infallible>(respond(request).await) });
    let mut builder = http1::Builder::new();
    // A client corrects its clock by the service's `Date`. If the service sends none, the relay must not add its own.
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head).auto_date_header(false);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // A client that disconnects does not affect the others.
    tokio::select! {
        _ = &mut connection => return,
        () = sleep(limits.age) => {}
        _ = stopping.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.grace, connection).await;
}

/// Returns the origin of the page that sent the request, if it is not this one. Programs other than browsers send no origin.
pub(crate) fn foreign_origin(headers: &HeaderMap) -> Option<String> {
    let origin = headers.get(ORIGIN)?;
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_own = authority.is_some() && authority == host;
    (!is_own).then(|| String::from_utf8_lossy(origin.as_bytes()).into_owned())
}

/// Creates a response in plain text.
#[must_use]
pub fn text(status: StatusCode, text: impl Into<Bytes>) -> SiteResponse {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
