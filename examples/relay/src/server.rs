//! The site: pages and the relay on one origin.

use std::{convert::Infallible, future::Future, io};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HOST, ORIGIN},
};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::{files::Files, relay::Relay};

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

/// Serves all connections until an error occurs.
///
/// # Errors
/// If the system cannot accept a connection.
pub async fn serve<F, A>(listener: TcpListener, respond: F) -> io::Result<()>
where
    F: Fn(SiteRequest) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = SiteResponse> + Send,
{
    loop {
        let (stream, _) = listener.accept().await?;
        let respond = respond.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| async { Ok::<_, Infallible>(respond(request).await) });
            // A client corrects its clock by the service's `Date`. If the service sends none, the relay must not add its own.
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).auto_date_header(false);
            // A client that disconnects does not affect the others.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Returns whether a page of another origin sent the request. Programs other than browsers send no origin.
pub(crate) fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.is_none_or(|(_, authority)| text(HOST) != Some(authority))
}

/// Creates a response in plain text.
#[must_use]
pub fn text(status: StatusCode, text: impl Into<Bytes>) -> SiteResponse {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
