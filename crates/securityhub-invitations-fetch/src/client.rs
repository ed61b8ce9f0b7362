//! [`Client`]: makes calls with the engine's `fetch`.

use std::{fmt, rc::Rc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use securityhub_invitations::{Call, Driver, Exchange, ExchangeError, Limits, Next, Operation, SecurityHub};

use crate::{
    Attempt, CallError, TransportError,
    exchange::{Exchanged, duration, milliseconds, system_time},
    task::{Task, elapsed, now},
};

/// Makes calls with the engine's `fetch`. Clones are cheap.
///
/// To cancel a call, drop its future. A request that has already been sent may still take effect.
#[derive(Clone)]
pub struct Client {
    hub: SecurityHub,
    limits: Limits,
    on_attempt: Option<Rc<Observer>>,
}

type Observer = dyn Fn(&Attempt<'_>);

impl Client {
    /// Creates a client with the global `fetch`, the default [`Limits`] and no observer.
    #[must_use]
    pub fn new(hub: SecurityHub) -> Self {
        Self { hub, limits: Limits::new(), on_attempt: None }
    }

    /// Sets the time limit of an attempt, from the connection to the last byte of the response. Default: 30 s.
    #[must_use]
    pub fn with_attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { limits: self.limits.with_attempt_timeout(attempt_timeout), ..self }
    }

    /// Sets the time limit for a call, including all attempts and waits. Default: none. See [`Limits::with_deadline`].
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { limits: self.limits.with_deadline(deadline), ..self }
    }

    /// Calls `observer` after each attempt, before the wait for the next one.
    #[must_use]
    pub fn on_attempt(self, observer: impl Fn(&Attempt<'_>) + 'static) -> Self {
        Self { on_attempt: Some(Rc::new(observer)), ..self }
    }

    /// Returns the hub of the client's calls.
    #[must_use]
    pub fn hub(&self) -> &SecurityHub {
        &self.hub
    }

    /// Returns the time limits of the client's calls.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Runs a call of any operation with the call's own hub, credentials and retry policy.
    ///
    /// # Errors
    /// [`CallError`] if the call failed, and no retry was possible.
    pub async fn send<O: Operation>(&self, call: Call<O>) -> Result<O::Output, CallError> {
        let started = elapsed();
        let since_start = || duration(elapsed() - started);
        let mut driver = Driver::new(call, self.limits);
        // Without a working timer, a retry could neither wait nor time out.
        let mut timer_fault: Option<Exchanged> = None;
        loop {
            let Exchange { request, timeout, in_flight, .. } = driver.start(since_start(), system_time(now()))?;
            let result = match timer_fault {
                Some(fault) => fault.into_result(),
                None => self.exchange(request, timeout).await,
            };
            let observe = |attempt: &Attempt<'_>| {
                if let Some(on_attempt) = &self.on_attempt {
                    on_attempt(attempt);
                }
            };
            match in_flight.finish(result, since_start(), system_time(now()), observe) {
                Next::Done(result) => return result,
                Next::Wait(wait, next) => {
                    timer_fault = Task::sleep(milliseconds(wait)).result().await;
                    driver = next;
                }
            }
        }
    }

    /// Sends a signed request once and reads the whole response, for programs that run [`Driver`] themselves.
    ///
    /// `timeout` is the time limit from the connection to the last byte of the response.
    ///
    /// # Errors
    /// [`ExchangeError`] if there is no complete response, or if its body is too large.
    pub async fn exchange(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Vec<u8>>, ExchangeError<TransportError>> {
        let result = Task::exchange(&request, milliseconds(timeout)).result().await;
        result.map_or_else(|| Err(TransportError::aborted().into()), Exchanged::into_result)
    }
}

/// Omits secrets.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("hub", &self.hub).field("limits", &self.limits).finish_non_exhaustive()
    }
}
