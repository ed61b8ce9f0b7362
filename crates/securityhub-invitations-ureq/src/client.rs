//! [`Client`]: calls over ureq.

use std::{
    fmt,
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use securityhub_invitations::{
    Call, ConfigError, Driver, Exchange, ExchangeError, Limits, Next, Operation, SecurityHub,
};
use ureq::Agent;

use crate::{Attempt, CallError, Connections, TransportError, exchange::Transport};

/// A blocking client over ureq. Clones share connections.
///
/// ```no_run
/// use std::time::Duration;
/// use securityhub_invitations_ureq::{Client, DeleteInvitations};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::from_env()?
///     .with_deadline(Duration::from_secs(60))
///     .on_attempt(|attempt| eprintln!("{attempt}"));
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
    transport: Transport,
    limits: Limits,
    on_attempt: Option<Arc<Observer>>,
}

type Observer = dyn Fn(&Attempt<'_>) + Send + Sync;

impl Client {
    /// Creates a client with the default connections: the proxy of the environment, and TLS with rustls.
    ///
    /// If a proxy variable is invalid, every call that it applies to fails.
    #[must_use]
    pub fn new(hub: SecurityHub) -> Self {
        Self::with_connections(hub, Connections::new())
    }

    /// Creates a client with the default connections from the `AWS_*` variables of the environment.
    ///
    /// [`SecurityHub::from_vars`] lists the variables, and [`ProxyEnvironment`](crate::ProxyEnvironment) those of proxies.
    ///
    /// # Errors
    /// [`ConfigError`] if a variable is missing, invalid, or not valid UTF-8. The error names the variable.
    pub fn from_env() -> Result<Self, ConfigError> {
        let hub = SecurityHub::from_os_vars(|name| std::env::var_os(name))?;
        let connections = Connections::new();
        connections.check_proxy(&hub)?;
        Ok(Self::with_connections(hub, connections))
    }

    /// Creates a client with the given connections, for your own TLS configuration, proxy or name lookup.
    #[must_use]
    pub fn with_connections(hub: SecurityHub, connections: Connections) -> Self {
        Self::with_transport(Transport::with_connections(connections, &hub), hub)
    }

    /// Creates a client with your own agent, for another TLS library or connector.
    ///
    /// Timeouts, redirects and headers are set for each request. ureq has these limitations:
    ///
    /// - A name is looked up for each attempt, in a thread that may outlive the call.
    /// - A proxy that sends its response byte by byte extends the time limits.
    /// - A TLS handshake that fails for reasons other than its certificate counts as [`Interrupted`](crate::Failure).
    /// - The feature `cookies` of ureq, if any crate enables it, adds a `cookie` header after a `set-cookie` in a response.
    /// - Connections are kept after responses with status 5xx, but only 3 for each host.
    /// - Without the feature `socks-proxy`, every call through a SOCKS proxy fails.
    #[must_use]
    pub fn with_agent(hub: SecurityHub, agent: Agent) -> Self {
        Self::with_transport(Transport::with_agent(agent, &hub), hub)
    }

    fn with_transport(transport: Transport, hub: SecurityHub) -> Self {
        Self { hub, transport, limits: Limits::new(), on_attempt: None }
    }

    /// Sets the time limit of a connection, from the name lookup to the TLS handshake. Default: 10 s.
    #[must_use]
    pub fn with_connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.transport.connect_timeout = connect_timeout;
        self
    }

    /// Sets the time limit of an attempt, from the connection to the last byte of the response. Default: 30 s.
    #[must_use]
    pub fn with_attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { limits: self.limits.with_attempt_timeout(attempt_timeout), ..self }
    }

    /// Sets the time limit for a whole call, including all attempts and waits. Default: none.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { limits: self.limits.with_deadline(deadline), ..self }
    }

    /// Calls `observer` after each attempt, before the wait for the next one. It runs on the call's thread.
    #[must_use]
    pub fn on_attempt(self, observer: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        Self { on_attempt: Some(Arc::new(observer)), ..self }
    }

    /// Returns the hub that calls are created with.
    #[must_use]
    pub fn hub(&self) -> &SecurityHub {
        &self.hub
    }

    /// Returns the time limits of a call.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Returns the time limit of a connection.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        self.transport.connect_timeout
    }

    /// Sends a call and waits for its result. The call has its own hub, credentials and retry policy.
    ///
    /// ```no_run
    /// use securityhub_invitations_ureq::{Client, ListInvitations};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::from_env()?;
    /// let mut page = Some(ListInvitations::new());
    /// while let Some(operation) = page {
    ///     let output = client.send(client.hub().call(operation.clone()))?;
    ///     println!("{:?}", output.invitations());
    ///     page = operation.next_page(&output)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`CallError`] if the call failed, and no retry was possible.
    pub fn send<O: Operation>(&self, call: Call<O>) -> Result<O::Output, CallError> {
        #[cfg(feature = "tracing")]
        let _span = crate::trace::span(&call).entered();
        let started = Instant::now();
        let mut driver = Driver::new(call, self.limits);
        loop {
            match self.attempt(driver, started, |_| {})? {
                Next::Done(result) => return result,
                Next::Wait(wait, next) => {
                    thread::sleep(wait);
                    driver = next;
                }
            }
        }
    }

    /// Makes one attempt of a call that started at `started`, and passes its error to `failed`.
    pub(crate) fn attempt<O: Operation>(
        &self,
        driver: Driver<O, TransportError>,
        started: Instant,
        failed: impl FnOnce(&CallError),
    ) -> Result<Next<O, TransportError>, CallError> {
        let Exchange { request, timeout, in_flight, .. } = driver.start(started.elapsed(), SystemTime::now())?;
        let result = self.exchange(request, timeout);
        Ok(in_flight.finish(result, started.elapsed(), SystemTime::now(), |attempt| {
            self.observe(attempt);
            if let Err(error) = attempt.result {
                failed(error);
            }
        }))
    }

    /// Sends one request and reads the whole response, for programs that retry on their own.
    ///
    /// `timeout` limits the exchange, from the connection to the last byte of the response.
    ///
    /// # Errors
    /// [`ExchangeError`] if no response arrived, or if it is larger than
    /// [`MAX_RESPONSE_BYTES`](securityhub_invitations::MAX_RESPONSE_BYTES). A response of any status is not an error.
    pub fn exchange(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, ExchangeError<TransportError>> {
        self.transport.exchange(request, timeout)
    }

    fn observe(&self, attempt: &Attempt<'_>) {
        #[cfg(feature = "tracing")]
        crate::trace::event(attempt);
        if let Some(on_attempt) = &self.on_attempt {
            on_attempt(attempt);
        }
    }
}

/// Omits secrets.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("hub", &self.hub)
            .field("limits", &self.limits)
            .field("connect_timeout", &self.transport.connect_timeout)
            .finish_non_exhaustive()
    }
}
