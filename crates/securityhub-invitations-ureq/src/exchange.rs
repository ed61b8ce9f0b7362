//! One exchange over ureq: a request, and the whole response.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::USER_AGENT};
use securityhub_invitations::{ExchangeError, MAX_RESPONSE_BYTES, SecurityHub};
use ureq::{Agent, AsSendBody, Body, RequestExt, SendBody};

use crate::{
    classification::{phase_of, unsupported_proxy},
    connections::Connections,
    dialer::{Dialer, NoLookup},
    progress::{Phase, Progress},
    transport_error::{Context, TransportError},
};

/// Connections, with the settings of a request that the client controls.
#[derive(Clone)]
pub(crate) struct Transport {
    means: Means,
    user_agent: HeaderValue,
    pub(crate) connect_timeout: Duration,
}

#[derive(Clone)]
enum Means {
    Connections(Arc<Connections>),
    Agent(Agent),
}

/// The time limits of an exchange.
#[derive(Clone, Copy)]
struct Timeouts {
    connect: Duration,
    exchange: Duration,
}

impl Transport {
    pub(crate) fn with_connections(connections: Connections, hub: &SecurityHub) -> Self {
        Self::new(Means::Connections(Arc::new(connections)), hub)
    }

    pub(crate) fn with_agent(agent: Agent, hub: &SecurityHub) -> Self {
        Self::new(Means::Agent(agent), hub)
    }

    fn new(means: Means, hub: &SecurityHub) -> Self {
        let user_agent = hub.user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
        Self { means, user_agent, connect_timeout: Duration::from_secs(10) }
    }

    /// Sends a request and reads the whole response. The settings override those of the agent.
    pub(crate) fn exchange(
        &self,
        mut request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, ExchangeError<TransportError>> {
        /// ureq adds a timeout to the current time, which cannot be arbitrarily late.
        const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        let exchange = timeout.min(LONGEST_TIMEOUT);
        let timeouts = Timeouts { connect: self.connect_timeout.min(exchange), exchange };
        request.headers_mut().insert(USER_AGENT, self.user_agent.clone());
        match &self.means {
            Means::Connections(connections) => exchange_over(connections, request, timeouts),
            Means::Agent(agent) => exchange_with(agent, request, timeouts),
        }
    }
}

/// Runs an exchange over a kept or a new connection, and keeps it afterwards.
fn exchange_over(
    connections: &Arc<Connections>,
    request: Request<Bytes>,
    timeouts: Timeouts,
) -> Result<Response<Bytes>, ExchangeError<TransportError>> {
    let uri = request.uri().clone();
    let progress = Arc::<Progress>::default();
    let dialer = Dialer { connections: Arc::clone(connections), progress: Arc::clone(&progress) };
    let agent = Agent::with_parts(connections.config.clone(), dialer, NoLookup);
    let result = run(&agent, request, timeouts, &progress);
    // Its pool gives the connection back.
    drop(agent);
    match result {
        Ok(response) => {
            // A server that failed may be unable to serve another request. The next attempt may reach another one.
            let kept = progress.take_connection().filter(|_| !response.status().is_server_error());
            if let Some(connection) = kept {
                connections.keep(&uri, connection);
            }
            Ok(response)
        }
        Err(None) => Err(ExchangeError::TooLarge),
        Err(Some(error)) => {
            let context = Context {
                phase: progress.phase(),
                is_phase_certain: true,
                proxy: progress.take_proxy(),
                limit: timeouts.of(&error),
            };
            Err(TransportError::new(&uri, context, error).into())
        }
    }
}

/// Runs an exchange with the agent of a caller.
fn exchange_with(
    agent: &Agent,
    request: Request<Bytes>,
    timeouts: Timeouts,
) -> Result<Response<Bytes>, ExchangeError<TransportError>> {
    let uri = request.uri().clone();
    let progress = Progress::default();
    let proxy = agent.config().proxy().filter(|proxy| !proxy.is_no_proxy(&uri));
    let failed = |error: ureq::Error, phase, is_phase_certain| {
        let proxy = proxy.map(|proxy| {
            let scheme = proxy.protocol().to_string().to_ascii_lowercase();
            format!("{scheme}://{}:{}", proxy.host(), proxy.port()).into()
        });
        let context = Context { phase, is_phase_certain, proxy, limit: timeouts.of(&error) };
        ExchangeError::from(TransportError::new(&uri, context, error))
    };
    if let Some(error) = proxy.and_then(unsupported_proxy) {
        return Err(failed(error, Phase::Choosing, true));
    }
    run(agent, request, timeouts, &progress).map_err(|error| match (error, progress.phase()) {
        (None, _) => ExchangeError::TooLarge,
        (Some(error), Phase::Reading) => failed(error, Phase::Reading, true),
        (Some(error), _) => {
            let phase = phase_of(&error).unwrap_or(Phase::Starting);
            failed(error, phase, false)
        }
    })
}

/// Returns ureq's error, or `None` if the body is too large.
fn run(
    agent: &Agent,
    request: Request<Bytes>,
    timeouts: Timeouts,
    progress: &Progress,
) -> Result<Response<Bytes>, Option<ureq::Error>> {
    let (parts, body) = request.into_parts();
    // A GET without a body has no content-length. A POST without a body has content-length 0.
    let response = if parts.method == http::Method::GET && body.is_empty() {
        send(agent, Request::from_parts(parts, SendBody::none()), timeouts)
    } else {
        send(agent, Request::from_parts(parts, &body[..]), timeouts)
    };
    let (parts, mut body) = response.map_err(Some)?.into_parts();
    let limit = u64::try_from(MAX_RESPONSE_BYTES).unwrap_or(u64::MAX);
    let body = body.with_config().limit(limit).read_to_vec().map_err(|error| {
        progress.enter(Phase::Reading);
        Some(error).filter(|error| !matches!(error, ureq::Error::BodyExceedsLimit(_)))
    })?;
    Ok(Response::from_parts(parts, body.into()))
}

fn send(agent: &Agent, request: Request<impl AsSendBody>, timeouts: Timeouts) -> Result<Response<Body>, ureq::Error> {
    request
        .with_agent(agent)
        .configure()
        .http_status_as_error(false)
        .max_redirects(0)
        .accept("")
        .accept_encoding("")
        .timeout_resolve(Some(timeouts.connect))
        .timeout_connect(Some(timeouts.connect))
        .timeout_global(Some(timeouts.exchange))
        .run()
}

impl Timeouts {
    /// Returns the limit that passed, if it is one of the client's.
    fn of(self, error: &ureq::Error) -> Option<Duration> {
        match error {
            ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => Some(self.connect),
            ureq::Error::Timeout(ureq::Timeout::Global) => Some(self.exchange),
            _ => None,
        }
    }
}
