//! One exchange over a service: a request, and the whole response.

use std::{
    error, fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use bytes::{Buf, Bytes};
use http::{HeaderValue, Method, Request, Response, header};
use http_body::Body;
use http_body_util::Full;
use hyper::rt::{Sleep, Timer};
use securityhub_invitations::{ExchangeError, MAX_RESPONSE_BYTES};
use tower_service::Service;

use crate::{
    progress::{DiscardOnDrop, Progress},
    transport_error::{BoxError, Classify, Phase, TransportError},
};

/// Sends a request and reads the whole response. The service is one of the caller's clones.
pub(crate) async fn exchange<S, B>(
    mut service: S,
    request: Request<Bytes>,
    user_agent: HeaderValue,
    timer: &(dyn Timer + Send + Sync),
    classify: Option<&Classify>,
    timeout: Duration,
) -> Result<Response<Bytes>, ExchangeError<TransportError>>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>>,
    B: Body<Error: Into<BoxError>>,
{
    let uri = request.uri().clone();
    let progress = Progress::default();
    let failed = |phase, error| ExchangeError::from(TransportError::new(&uri, &progress, phase, error, classify));
    let connection = DiscardOnDrop(Some(&progress));
    let mut request = request;
    request.extensions_mut().insert(progress.clone());
    request.headers_mut().insert(header::USER_AGENT, user_agent);
    if *request.method() == Method::POST && request.body().is_empty() {
        // hyper omits it for an empty body, and some servers require it.
        request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }

    let mut limit = Limit { sleep: timer.sleep(timeout), timeout };
    let ready = limit.apply(poll_fn(|context| service.poll_ready(context))).await;
    ready.map_err(|error| failed(Phase::Ready, error))?;
    let response = limit.apply(service.call(request.map(Full::new))).await;
    let (parts, body) = response.map_err(|error| failed(Phase::Request, error))?.into_parts();

    let mut body = pin!(body);
    let mut read = Vec::new();
    while let Some(frame) = limit
        .apply(poll_fn(|context| body.as_mut().poll_frame(context).map(Option::transpose)))
        .await
        .map_err(|error| failed(Phase::Response, error))?
    {
        // Other frames are trailers, which are ignored.
        let Ok(data) = frame.into_data() else { continue };
        if data.remaining() > MAX_RESPONSE_BYTES - read.len() {
            return Err(ExchangeError::TooLarge);
        }
        copy(data, &mut read);
    }
    if !parts.status.is_server_error() {
        connection.keep_connection();
    }
    Ok(Response::from_parts(parts, read.into()))
}

fn copy(mut data: impl Buf, to: &mut Vec<u8>) {
    while data.has_remaining() {
        let chunk = data.chunk();
        to.extend_from_slice(chunk);
        let length = chunk.len();
        data.advance(length);
    }
}

/// The time limit of an exchange.
struct Limit {
    sleep: Pin<Box<dyn Sleep>>,
    timeout: Duration,
}

impl Limit {
    /// Waits for the result of one part of the exchange, or for the limit.
    async fn apply<T, E: Into<BoxError>>(&mut self, part: impl Future<Output = Result<T, E>>) -> Result<T, BoxError> {
        let mut part = pin!(part);
        poll_fn(|context| match part.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(result.map_err(Into::into)),
            Poll::Pending => self.sleep.as_mut().poll(context).map(|()| Err(AttemptTimedOut(self.timeout).into())),
        })
        .await
    }
}

/// The error of an exchange that exceeded its time limit.
#[derive(Debug)]
pub(crate) struct AttemptTimedOut(Duration);

impl fmt::Display for AttemptTimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt timed out after {:?}", self.0)
    }
}

impl error::Error for AttemptTimedOut {}
