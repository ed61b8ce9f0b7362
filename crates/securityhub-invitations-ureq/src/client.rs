//! The client: the driver loop around ureq.

use std::{
    fmt,
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::USER_AGENT};
use securityhub_invitations::{
    Call, DeleteInvitations, DeleteInvitationsOutput, MAX_RESPONSE_BYTES, Outcome, SecurityHub,
};
use ureq::{Agent, RequestExt};

use crate::{Attempt, Error, TransportError};

/// Makes calls with ureq, blocking the thread. Clones share connections.
///
/// ```no_run
/// use std::time::Duration;
/// use securityhub_invitations::{DeleteInvitations, SecurityHub};
/// use securityhub_invitations_ureq::Client;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hub = SecurityHub::from_vars(|name| std::env::var(name).ok())?;
/// let client = Client::new(hub)
///     .with_deadline(Duration::from_secs(60))
///     .on_attempt(|attempt| eprintln!("attempt {}: {:?}, next in {:?}", attempt.number, attempt.outcome, attempt.wait));
///
/// let output = client.delete_invitations(DeleteInvitations::new(["111122223333"])?)?;
/// for account in output.unprocessed_accounts() {
///     eprintln!("{account}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    hub: SecurityHub,
    agent: Agent,
    user_agent: HeaderValue,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    deadline: Option<Duration>,
    on_attempt: Option<Arc<Observer>>,
}

type Observer = dyn Fn(&Attempt<'_>) + Send + Sync;

impl Client {
    /// With an agent of ureq's defaults: a pool of connections, the proxy of the environment, TLS by rustls.
    #[must_use]
    pub fn new(hub: SecurityHub) -> Self {
        Self::with_agent(hub, Agent::new_with_defaults())
    }

    /// With an agent of your own, for its TLS, proxy, resolver and pool. What this crate promises holds all the same: it is
    /// set for each request.
    #[must_use]
    pub fn with_agent(hub: SecurityHub, agent: Agent) -> Self {
        Self {
            user_agent: user_agent(hub.app_id()),
            hub,
            agent,
            connect_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(30),
            deadline: None,
            on_attempt: None,
        }
    }

    /// How long a connection may take, name, proxy and TLS included. Default: 10 s.
    #[must_use]
    pub fn with_connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// How long an attempt may take, from the connection to the last byte of the answer. Default: 30 s.
    #[must_use]
    pub fn with_attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout, ..self }
    }

    /// How long a call may take in all, attempts and waits. Default: as long as the attempts allow. A wait that would go
    /// past it is not begun.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Calls `observer` after each attempt, before the wait for the next one. It runs on the calling thread.
    #[must_use]
    pub fn on_attempt(self, observer: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        Self { on_attempt: Some(Arc::new(observer)), ..self }
    }

    /// The hub that calls are made of.
    #[must_use]
    pub fn hub(&self) -> &SecurityHub {
        &self.hub
    }

    /// Deletes the invitations, and waits for the answer.
    ///
    /// Success can leave accounts unprocessed: ask the output's
    /// [`is_complete`](DeleteInvitationsOutput::is_complete) or [`into_result`](DeleteInvitationsOutput::into_result).
    ///
    /// # Errors
    /// [`Error`] if the service answered with an error, or nothing answered, and trying again did not help or was not
    /// worth it.
    pub fn delete_invitations(&self, input: DeleteInvitations) -> Result<DeleteInvitationsOutput, Error> {
        self.send(self.hub.delete_invitations(input))
    }

    /// Drives a call that was made elsewhere, with its own hub, credentials and retry policy.
    ///
    /// # Errors
    /// As [`delete_invitations`](Self::delete_invitations).
    pub fn send(&self, call: Call) -> Result<DeleteInvitationsOutput, Error> {
        #[cfg(feature = "tracing")]
        let _span = crate::trace::span(&call).entered();
        self.drive(call)
    }

    fn drive(&self, mut call: Call) -> Result<DeleteInvitationsOutput, Error> {
        let started = Instant::now();
        let mut latest = None;
        loop {
            let number = call.attempt();
            let left = self.time_left(started);
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Error::Deadline { attempts: number - 1, latest });
            }
            let timeout = left.map_or(self.attempt_timeout, |left| left.min(self.attempt_timeout));

            let (request, in_flight) = call.sign(SystemTime::now());
            let (error, retry) = match self.exchange(request, timeout, number) {
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
                    thread::sleep(wait);
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

    /// One request, one answer, read whole. The settings are those of this request, whatever the agent's are.
    fn exchange(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
        number: u32,
    ) -> Result<Response<Vec<u8>>, ExchangeError> {
        /// ureq adds a timeout to the time, which has an end.
        const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        let timeout = timeout.min(LONGEST_TIMEOUT);
        let (mut parts, body) = request.into_parts();
        parts.headers.insert(USER_AGENT, self.user_agent.clone());
        let request = Request::from_parts(parts, &body[..])
            .with_agent(&self.agent)
            .configure()
            .http_status_as_error(false)
            .max_redirects(0)
            .accept("")
            .accept_encoding("")
            .timeout_connect(Some(self.connect_timeout.min(timeout)))
            .timeout_global(Some(timeout))
            .build();
        let no_answer = |error| ExchangeError::Transport(TransportError::of_request(error, number));
        let (parts, mut body) = request.run().map_err(no_answer)?.into_parts();
        let limit = u64::try_from(MAX_RESPONSE_BYTES).unwrap_or(u64::MAX);
        match body.with_config().limit(limit).read_to_vec() {
            Ok(body) => Ok(Response::from_parts(parts, body)),
            Err(ureq::Error::BodyExceedsLimit(_)) => Err(ExchangeError::TooLarge),
            Err(error) => Err(ExchangeError::Transport(TransportError::of_answer(error, number))),
        }
    }

    /// `None` without a deadline.
    fn time_left(&self, started: Instant) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_sub(started.elapsed()))
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

/// No secrets.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("hub", &self.hub)
            .field("connect_timeout", &self.connect_timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("deadline", &self.deadline)
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
