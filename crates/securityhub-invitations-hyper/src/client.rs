//! [`Client`]: calls over a service and a timer.

use std::{
    error, fmt,
    future::Future,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body::Body;
use http_body_util::Full;
use hyper::rt::Timer;
#[cfg(feature = "default-client")]
use securityhub_invitations::ConfigError;
use securityhub_invitations::{Call, Driver, Exchange, ExchangeError, Failure, Limits, Next, Operation, SecurityHub};
use tower_service::Service;

#[cfg(feature = "default-client")]
use crate::DefaultService;
use crate::{
    Attempt, CallError, TransportError,
    exchange::exchange,
    transport_error::{BoxError, Classify},
};

macro_rules! client {
    ($($default:tt)*) => {
        /// An async client over any service. Clones share whatever clones of the service share, usually connections.
        ///
        /// Futures of this client own their data. A future is `Send` if the service, its futures and its bodies are. Dropping a
        /// future cancels the call. Requests that have already been sent may still take effect.
        ///
        /// ```no_run
        /// # #[cfg(feature = "default-client")]
        /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
        /// use std::time::Duration;
        /// use securityhub_invitations_hyper::{Client, DeleteInvitations};
        ///
        /// let client = Client::from_env()?
        ///     .with_deadline(Duration::from_secs(60))
        ///     .on_attempt(|attempt| eprintln!("{attempt}"));
        ///
        /// let output = client.delete_invitations(DeleteInvitations::new(["111122223333"])?).await?;
        /// for account in output.unprocessed_accounts() {
        ///     eprintln!("{account}");
        /// }
        /// # Ok(())
        /// # }
        /// ```
        #[derive(Clone)]
        pub struct Client<S $($default)*> {
            hub: SecurityHub,
            pub(crate) service: S,
            pub(crate) settings: Settings,
        }
    };
}

#[cfg(feature = "default-client")]
client!(= DefaultService);
#[cfg(not(feature = "default-client"))]
client!();

#[derive(Clone)]
pub(crate) struct Settings {
    timer: Arc<dyn Timer + Send + Sync>,
    user_agent: HeaderValue,
    limits: Limits,
    on_attempt: Option<Arc<Observer>>,
    classify: Option<Arc<Classify>>,
}

type Observer = dyn Fn(&Attempt<'_>) + Send + Sync;

#[cfg(feature = "default-client")]
impl Client {
    /// Creates a client with the [`DefaultService`]: a connection pool, TLS with rustls, and the proxy of the environment. Calls
    /// must run on tokio.
    ///
    /// If a proxy variable is invalid and applies to the endpoint, every call fails with an error that names it.
    #[must_use]
    pub fn new(hub: SecurityHub) -> Self {
        Self::with_default_service(hub, DefaultService::new())
    }

    /// Creates a client with the [`DefaultService`] from the `AWS_*` variables of the environment.
    ///
    /// [`SecurityHub::from_vars`] lists the variables.
    ///
    /// # Errors
    /// [`ConfigError`] if a variable is missing, invalid, or not valid UTF-8. The error names the variable. The proxy variables
    /// that apply to the endpoint are also checked.
    pub fn from_env() -> Result<Self, ConfigError> {
        let hub = SecurityHub::from_os_vars(|name| std::env::var_os(name))?;
        let service = DefaultService::new();
        if let Ok(url) = hub.endpoint().url().parse() {
            service.check_proxy(&url)?;
        }
        Ok(Self::with_default_service(hub, service))
    }

    /// Creates a client with the given [`DefaultService`], for custom TLS or proxy settings. Calls must run on tokio.
    #[must_use]
    pub fn with_default_service(hub: SecurityHub, service: DefaultService) -> Self {
        Self::with_service(hub, service, crate::runtime::RuntimeTimer::new())
    }

    /// Sets the time limit of a connection, from the name lookup to the TLS handshake. Default: 10 s.
    ///
    /// The client then has its own connection pool.
    #[must_use]
    pub fn with_connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { service: self.service.with_connect_timeout(connect_timeout), ..self }
    }

    /// Returns the time limit of a connection.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        self.service.connect_timeout()
    }
}

impl<S> Client<S> {
    /// Creates a client with any service from requests to responses, and any timer. The service is cloned for each attempt.
    ///
    /// The service sends the request to its URI, with the `Host` and `Content-Length` that HTTP requires. The timer serves the
    /// waits between attempts, the attempt timeout and the deadline.
    ///
    /// The service must send each request at most once, without a layer that retries. If an earlier copy reached the server and
    /// the last copy found no connection, the error of the last one would count as [`Failure::NotSent`].
    #[must_use]
    pub fn with_service(hub: SecurityHub, service: S, timer: impl Timer + Send + Sync + 'static) -> Self {
        let user_agent = hub.user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
        let settings =
            Settings { timer: Arc::new(timer), user_agent, limits: Limits::new(), on_attempt: None, classify: None };
        Self { hub, service, settings }
    }

    /// Sets the time limit of an attempt, from the connection to the last byte of the response. Default: 30 s.
    #[must_use]
    pub fn with_attempt_timeout(mut self, attempt_timeout: Duration) -> Self {
        self.settings.limits = self.settings.limits.with_attempt_timeout(attempt_timeout);
        self
    }

    /// Sets the time limit for a whole call, including all attempts and waits. Default: none.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.settings.limits = self.settings.limits.with_deadline(deadline);
        self
    }

    /// Calls `observer` after each attempt, before the wait for the next one. It runs on the call's task, and must not
    /// block.
    #[must_use]
    pub fn on_attempt(mut self, observer: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.settings.on_attempt = Some(Arc::new(observer));
        self
    }

    /// Explains errors of your own service: `classify` returns whether the request may have taken effect, or `None` if it does
    /// not know the error. It receives the error and then each of its sources, until it returns `Some`.
    ///
    /// Without it, these are known: I/O errors, errors of hyper and its pooled client, and timeouts whose message says
    /// "timed out". All other errors count as [`Failure::Interrupted`]. An error before the service is ready is always
    /// [`Failure::NotSent`], and an error after the head of the response never is.
    ///
    /// ```
    /// use securityhub_invitations_hyper::{Client, Failure};
    /// use tower::load_shed::error::Overloaded;
    ///
    /// # fn example<S>(client: Client<S>) -> Client<S> {
    /// client.with_classification(|error| error.is::<Overloaded>().then_some(Failure::NotSent))
    /// # }
    /// ```
    #[must_use]
    pub fn with_classification(
        mut self,
        classify: impl Fn(&(dyn error::Error + 'static)) -> Option<Failure> + Send + Sync + 'static,
    ) -> Self {
        self.settings.classify = Some(Arc::new(classify));
        self
    }

    /// Returns the hub that calls are created with.
    #[must_use]
    pub fn hub(&self) -> &SecurityHub {
        &self.hub
    }

    /// Returns the time limits of a call.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.settings.limits
    }
}

impl<S, B> Client<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
    B: Body<Error: Into<BoxError>>,
{
    /// Sends a call. The call has its own hub, credentials and retry policy.
    ///
    /// ```no_run
    /// # #[cfg(feature = "default-client")]
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use securityhub_invitations_hyper::{Client, ListInvitations};
    ///
    /// let client = Client::from_env()?;
    /// let mut page = Some(ListInvitations::new());
    /// while let Some(operation) = page {
    ///     let output = client.send(client.hub().call(operation.clone())).await?;
    ///     println!("{:?}", output.invitations());
    ///     page = operation.next_page(&output)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`CallError`] if the call failed, and no retry was possible.
    pub fn send<O: Operation>(
        &self,
        call: Call<O>,
    ) -> impl Future<Output = Result<O::Output, CallError>> + use<O, S, B> {
        #[cfg(feature = "tracing")]
        let span = crate::trace::span(&call);
        let result = run(self.service.clone(), self.settings.clone(), call);
        #[cfg(feature = "tracing")]
        let result = tracing::Instrument::instrument(result, span);
        result
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
    ) -> impl Future<Output = Result<Response<Bytes>, ExchangeError<TransportError>>> + use<S, B> {
        let Settings { timer, user_agent, classify, .. } = self.settings.clone();
        let service = self.service.clone();
        async move { exchange(service, request, user_agent, &*timer, classify.as_deref(), timeout).await }
    }
}

/// Runs a call. The future owns the service, so that a service need not be `Sync`.
async fn run<S, B, O: Operation>(service: S, settings: Settings, call: Call<O>) -> Result<O::Output, CallError>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
    B: Body<Error: Into<BoxError>>,
{
    let started = settings.timer.now();
    let mut driver = Driver::new(call, settings.limits);
    loop {
        match settings.attempt(service.clone(), driver, started, |_| {}).await? {
            Next::Done(result) => return result,
            Next::Wait(wait, next) => {
                settings.timer.sleep(wait).await;
                driver = next;
            }
        }
    }
}

impl Settings {
    /// Makes one attempt of a call that started at `started`, and passes its error to `failed`.
    pub(crate) async fn attempt<S, B, O: Operation>(
        &self,
        service: S,
        driver: Driver<O, TransportError>,
        started: Instant,
        failed: impl FnOnce(&CallError),
    ) -> Result<Next<O, TransportError>, CallError>
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>>,
        B: Body<Error: Into<BoxError>>,
    {
        let Self { timer, user_agent, classify, .. } = self;
        let elapsed = || timer.now().saturating_duration_since(started);
        let Exchange { request, timeout, in_flight, .. } = driver.start(elapsed(), SystemTime::now())?;
        let result = exchange(service, request, user_agent.clone(), &**timer, classify.as_deref(), timeout).await;
        Ok(in_flight.finish(result, elapsed(), SystemTime::now(), |attempt| {
            self.observe(attempt);
            if let Err(error) = attempt.result {
                failed(error);
            }
        }))
    }

    #[cfg(feature = "sweep")]
    pub(crate) fn driver<O: Operation>(&self, call: Call<O>) -> (Driver<O, TransportError>, Instant) {
        (Driver::new(call, self.limits), self.timer.now())
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
impl<S> fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("hub", &self.hub).field("limits", &self.settings.limits).finish_non_exhaustive()
    }
}
