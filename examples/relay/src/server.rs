//! The site: pages and relay on one origin.

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

/// What comes in.
pub type Question = Request<Incoming>;

/// What goes out.
pub type Answer = Response<Full<Bytes>>;

/// A page's origin: its files, and the relay below [`Relay::PATH`].
#[derive(Clone, Debug)]
pub struct Site {
    /// The files.
    pub files: Files,
    /// The relay.
    pub relay: Relay,
}

impl Site {
    /// Answers a request.
    pub async fn answer(&self, request: Question) -> Answer {
        if request.uri().path().starts_with(Relay::PATH) {
            return self.relay.answer(request).await;
        }
        self.files.answer(&request)
    }
}

/// Answers whoever comes, for ever.
///
/// # Errors
/// If the system accepts no more connections.
pub async fn serve<F, A>(listener: TcpListener, answer: F) -> io::Result<()>
where
    F: Fn(Question) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Answer> + Send,
{
    loop {
        let (stream, _) = listener.accept().await?;
        let answer = answer.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| async { Ok::<_, Infallible>(answer(request).await) });
            // A client corrects its clock by the service's `Date`. Where the service sent none, ours would be a lie.
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).auto_date_header(false);
            // A client that goes away is no concern of the others.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Whether a page of another origin sent this. Other programs than browsers name no origin.
pub(crate) fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.is_none_or(|(_, authority)| text(HOST) != Some(authority))
}

/// An answer in plain text.
#[must_use]
pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(text.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}
