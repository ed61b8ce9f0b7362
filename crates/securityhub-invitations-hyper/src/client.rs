//! The client: the driver loop around a service and a timer.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant, SystemTime},
};

use bytes::{Buf, Bytes};
use http::{HeaderValue, Request, Response, header::USER_AGENT};
use http_body::Body;
use http_body_util::Full;
use hyper::rt::Timer;
use securityhub_invitations::{
    Call, DeleteInvitations, DeleteInvitationsOutput, MAX_RESPONSE_BYTES, Outcome, SecurityHub,
};
use tower_service::Service;

#[cfg(feature = "default-client")]
use crate::DefaultService;
use crate::{
    Attempt, Error, TransportError,
    error::{AttemptTimedOut, BoxError},
};

/// Makes calls with a service, which is cloned for each attempt. Clones of the client share what clones of the service do:
/// connections, mostly.
///
/// ```no_run
/// # #[cfg(feature = "default-client")]
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use securityhub_invitations::{DeleteInvitations, SecurityHub};
/// use securityhub_invitations_hyper::Client;
///
/// let hub = SecurityHub::from_vars(|name| std::env::var(name).ok())?;
/// let client = Client::new(hub)
///     .with_deadline(Duration::from_secs(60))
///     .on_attempt(|attempt| eprintln!("attempt {}: {:?}, next in {:?}", attempt.number, attempt.outcome, attempt.wait));
///
/// let output = client.delete_invitations(DeleteInvitations::new(["111122223333"])?).await?;
/// for account in output.unprocessed_accounts() {
///     eprintln!("{account}");
/// }
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "default-client")]
#[derive(Clone)]
pub struct Client<S = DefaultService> {
    inner: Inner<S>,
}

/// Makes calls with a service, which is cloned for each attempt. Clones of the client share what clones of the service do:
/// connections, mostly.
#[cfg(not(feature = "default-client"))]
#[derive(Clone)]
pub struct Client<S> {
    inner: Inner<S>,
}

#[derive(Clone)]
struct Inner<S> {
    hub: SecurityHub,
    service: S,
    timer: Arc<dyn Timer + Send + Sync>,
    user_agent: HeaderValue,
    attempt_timeout: Duration,
    deadline: Option<Duration>,
    on_attempt: Option<Arc<Observer>>,
}

type Observer = dyn Fn(&Attempt<'_>) + Send + Sync;

#[cfg(feature = "default-client")]
impl Client {
    /// With the [`DefaultService`]: a pool of connections over HTTP/1.1 and HTTP/2, TLS by rustls, the proxy of the
    /// environment. Calls run on tokio.
    #[must_use]
    pub fn new(hub: SecurityHub) -> Self {
        Self::with_default_service(hub, DefaultService::new())
    }

    /// With a [`DefaultService`] of your own settings: another TLS, another proxy. Calls run on tokio.
    #[must_use]
    pub fn with_default_service(hub: SecurityHub, service: DefaultService) -> Self {
        Self::with_service(hub, service, hyper_util::rt::TokioTimer::new())
    }
}

impl<S> Client<S> {
    /// With any service that takes a request and answers with a response, and any timer.
    ///
    /// The service sends the request to its URI, adding the `Host` and `Content-Length` that HTTP wants. The timer is for
    /// the waits between attempts, for the timeout of each attempt and for the deadline.
    #[must_use]
    pub fn with_service(hub: SecurityHub, service: S, timer: impl Timer + Send + Sync + 'static) -> Self {
        let inner = Inner {
            user_agent: user_agent(hub.app_id()),
            hub,
            service,
            timer: Arc::new(timer),
            attempt_timeout: Duration::from_secs(30),
            deadline: None,
            on_attempt: None,
        };
        Self { inner }
    }

    /// How long an attempt may take, from the connection to the last byte of the answer. Default: 30 s.
    #[must_use]
    pub fn with_attempt_timeout(mut self, attempt_timeout: Duration) -> Self {
        self.inner.attempt_timeout = attempt_timeout;
        self
    }

    /// How long a call may take in all, attempts and waits. Default: as long as the attempts allow. A wait that would go
    /// past it is not begun.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.inner.deadline = Some(deadline);
        self
    }

    /// Calls `observer` after each attempt, before the wait for the next one. It runs on the task of the call: it must not
    /// block.
    #[must_use]
    pub fn on_attempt(mut self, observer: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.inner.on_attempt = Some(Arc::new(observer));
        self
    }

    /// The hub that calls are made of.
    #[must_use]
    pub fn hub(&self) -> &SecurityHub {
        &self.inner.hub
    }
}

impl<S, B> Client<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
    B: Body<Error: Into<BoxError>>,
{
    /// Deletes the invitations.
    ///
    /// Success can leave accounts unprocessed: ask the output's
    /// [`is_complete`](DeleteInvitationsOutput::is_complete) or [`into_result`](DeleteInvitationsOutput::into_result).
    /// Dropping the future cancels the call; what was sent by then may have taken effect.
    ///
    /// # Errors
    /// [`Error`] if the service answered with an error, or nothing answered, and trying again did not help or was not
    /// worth it.
    pub async fn delete_invitations(&self, input: DeleteInvitations) -> Result<DeleteInvitationsOutput, Error> {
        self.send(self.inner.hub.delete_invitations(input)).await
    }

    /// Drives a call that was made elsewhere, with its own hub, credentials and retry policy.
    ///
    /// # Errors
    /// As [`delete_invitations`](Self::delete_invitations).
    pub async fn send(&self, call: Call) -> Result<DeleteInvitationsOutput, Error> {
        #[cfg(feature = "tracing")]
        {
            let span = crate::trace::span(&call);
            tracing::Instrument::instrument(self.inner.drive(call), span).await
        }
        #[cfg(not(feature = "tracing"))]
        self.inner.drive(call).await
    }
}

impl<S, B> Inner<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
    B: Body<Error: Into<BoxError>>,
{
    async fn drive(&self, mut call: Call) -> Result<DeleteInvitationsOutput, Error> {
        let started = self.timer.now();
        let mut latest = None;
        loop {
            let number = call.attempt();
            let left = self.time_left(started);
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Error::Deadline { attempts: number - 1, latest });
            }
            let timeout = left.map_or(self.attempt_timeout, |left| left.min(self.attempt_timeout));

            let (request, in_flight) = call.sign(SystemTime::now());
            let (error, retry) = match self.exchange_within(timeout, request, number).await {
                Ok(response) => match in_flight.handle_response(&response, SystemTime::now()) {
                    Outcome::Done(Ok(output)) => {
                        self.observe(number, Ok(&output), None);
                        return Ok(output);
                    }
                    Outcome::Done(Err(error)) => (Error::Service(error), None),
                    Outcome::Retry(retry) => (Error::of_answer(retry.cause, number), Some((retry.after, retry.call))),
                },
                Err(ExchangeError::TooLarge) => (Error::ResponseTooLarge { attempts: number }, None),
                Err(ExchangeError::Transport(error)) => {
                    let retry = error.is_worth_another_attempt().then(|| in_flight.handle_failure(error.failure()));
                    (Error::Transport(error), retry.flatten().map(|retry| (retry.after, retry.call)))
                }
            };

            let left = self.time_left(started);
            let wait = retry.as_ref().map(|(wait, _)| *wait);
            let is_late = left.is_some_and(|left| left <= wait.unwrap_or_default());
            match retry {
                Some((wait, next)) if !is_late => {
                    self.observe(number, Err(&error), Some(wait));
                    self.timer.sleep(wait).await;
                    call = next;
                    latest = Some(Box::new(error));
                }
                retry => {
                    self.observe(number, Err(&error), None);
                    let is_deadlines_fault = is_late && (retry.is_some() || error.is_timeout());
                    return Err(if is_deadlines_fault {
                        Error::Deadline { attempts: number, latest: Some(Box::new(error)) }
                    } else {
                        error
                    });
                }
            }
        }
    }

    async fn exchange_within(
        &self,
        timeout: Duration,
        request: Request<Bytes>,
        number: u32,
    ) -> Result<Response<Vec<u8>>, ExchangeError> {
        let mut exchange = pin!(self.exchange(request, number));
        let mut sleep = self.timer.sleep(timeout);
        poll_fn(|context| match exchange.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(answer),
            Poll::Pending => {
                let timed_out = || Err(ExchangeError::no_answer(number)(AttemptTimedOut(timeout)));
                sleep.as_mut().poll(context).map(|()| timed_out())
            }
        })
        .await
    }

    /// One request, one answer, read whole.
    async fn exchange(&self, request: Request<Bytes>, number: u32) -> Result<Response<Vec<u8>>, ExchangeError> {
        let mut request = request.map(Full::new);
        request.headers_mut().insert(USER_AGENT, self.user_agent.clone());
        let mut service = self.service.clone();
        poll_fn(|context| service.poll_ready(context)).await.map_err(ExchangeError::no_answer(number))?;
        let response = service.call(request).await.map_err(ExchangeError::no_answer(number))?;

        let (parts, body) = response.into_parts();
        let mut body = pin!(body);
        let mut whole = Vec::new();
        while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            // A frame that is no data is a trailer, and means nothing here.
            let Ok(mut data) = frame.map_err(ExchangeError::broken_answer(number))?.into_data() else { continue };
            if data.remaining() > MAX_RESPONSE_BYTES - whole.len() {
                return Err(ExchangeError::TooLarge);
            }
            while data.has_remaining() {
                let chunk = data.chunk();
                whole.extend_from_slice(chunk);
                let length = chunk.len();
                data.advance(length);
            }
        }
        Ok(Response::from_parts(parts, whole))
    }

    /// `None` without a deadline.
    fn time_left(&self, started: Instant) -> Option<Duration> {
        let elapsed = || self.timer.now().saturating_duration_since(started);
        self.deadline.map(|deadline| deadline.saturating_sub(elapsed()))
    }

    fn observe(&self, number: u32, outcome: Result<&DeleteInvitationsOutput, &Error>, wait: Option<Duration>) {
        let attempt = Attempt { number, outcome, wait };
        #[cfg(feature = "tracing")]
        crate::trace::event(&attempt);
        if let Some(on_attempt) = &self.on_attempt {
            on_attempt(&attempt);
        }
    }
}

/// Why there is no answer.
enum ExchangeError {
    Transport(TransportError),
    TooLarge,
}

impl ExchangeError {
    fn no_answer<E: Into<BoxError>>(number: u32) -> impl FnOnce(E) -> Self {
        move |error| Self::Transport(TransportError::of_request(error.into(), number))
    }

    fn broken_answer<E: Into<BoxError>>(number: u32) -> impl FnOnce(E) -> Self {
        move |error| Self::Transport(TransportError::of_answer(error.into(), number))
    }
}

/// No secrets.
impl<S> fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("hub", &self.inner.hub)
            .field("attempt_timeout", &self.inner.attempt_timeout)
            .field("deadline", &self.inner.deadline)
            .finish_non_exhaustive()
    }
}

/// The product, and `app/` with the application's id in the characters that AWS allows there.
fn user_agent(app_id: Option<&str>) -> HeaderValue {
    const PRODUCT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || "!$%&'*+-.^_`|~".contains(character);
    let text = app_id.map_or_else(
        || PRODUCT.to_owned(),
        |id| format!("{PRODUCT} app/{}", id.replace(|character| !is_allowed(character), "-")),
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(PRODUCT))
}
