//! The HTTP clients, with and without this project.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client as HyperClient, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use securityhub_invitations::MAX_RESPONSE_BYTES;
use securityhub_invitations_hyper::{DefaultService, tower_service::Service as _};
use tokio::runtime::Runtime;

use crate::{Result, workload::Workload};

/// Makes one call each time it is called.
pub(crate) type Side<'a> = Box<dyn FnMut() -> Result<()> + 'a>;

/// An HTTP client, and the calls of both sides with it.
pub(crate) trait Client {
    fn name(&self) -> &'static str;

    /// Prepares calls of the client alone. Requests are built and signed in advance. Responses are read but not parsed.
    fn bare<'a>(&'a self, workload: &'a Workload, calls: usize) -> Result<Side<'a>>;

    /// Prepares calls of this project's client, which builds, signs, sends, reads and parses.
    fn with_us<'a>(&'a self, workload: &'a Workload) -> Side<'a>;
}

/// Returns all clients.
pub(crate) fn all(workload: &Workload) -> Result<[Box<dyn Client>; 3]> {
    Ok([Box::new(Ureq::new(workload)), Box::new(Hyper::new(workload)?), Box::new(HyperByDefault::new(workload)?)])
}

/// ureq with an agent whose settings equal those that our adapter sets for each request.
struct Ureq {
    agent: ureq::Agent,
    ours: securityhub_invitations_ureq::Client,
}

impl Ureq {
    fn new(workload: &Workload) -> Self {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .accept("")
            .accept_encoding("")
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        let connections = securityhub_invitations_ureq::Connections::new().without_proxy();
        Self { ours: securityhub_invitations_ureq::Client::with_connections(workload.hub.clone(), connections), agent }
    }
}

impl Client for Ureq {
    fn name(&self) -> &'static str {
        "ureq"
    }

    fn bare<'a>(&'a self, workload: &'a Workload, calls: usize) -> Result<Side<'a>> {
        let signed = workload.signed_request(concat!("securityhub-invitations-ureq/", env!("CARGO_PKG_VERSION")))?;
        let mut requests = vec![signed; calls];
        let limit = u64::try_from(MAX_RESPONSE_BYTES)?;
        Ok(Box::new(move || {
            let (parts, body) = requests.pop().ok_or("more calls than requests")?.into_parts();
            let mut response = self.agent.run(Request::from_parts(parts, &body[..]))?;
            let body = response.body_mut().with_config().limit(limit).read_to_vec()?;
            workload.check(response.status(), &body)
        }))
    }

    fn with_us<'a>(&'a self, workload: &'a Workload) -> Side<'a> {
        Box::new(|| workload.check_output(&self.ours.delete_invitations(workload.input())?))
    }
}

type PlainService = HyperClient<HttpConnector, Full<Bytes>>;

/// hyper-util's pooled client on a single-threaded runtime. Our client uses it as its service, so both sides share its
/// connection.
struct Hyper {
    runtime: Runtime,
    service: PlainService,
    ours: securityhub_invitations_hyper::Client<PlainService>,
}

impl Hyper {
    fn new(workload: &Workload) -> Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let service = HyperClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        let timer = TokioTimer::new();
        Ok(Self {
            runtime: runtime()?,
            ours: securityhub_invitations_hyper::Client::with_service(workload.hub.clone(), service.clone(), timer),
            service,
        })
    }
}

impl Client for Hyper {
    fn name(&self) -> &'static str {
        "hyper"
    }

    fn bare<'a>(&'a self, workload: &'a Workload, calls: usize) -> Result<Side<'a>> {
        let mut requests = hyper_requests(workload, calls)?;
        Ok(Box::new(move || {
            let request = requests.pop().ok_or("more calls than requests")?;
            self.runtime.block_on(async {
                let (parts, body) = self.service.request(request).await?.into_parts();
                workload.check(parts.status, &body.collect().await?.to_bytes())
            })
        }))
    }

    fn with_us<'a>(&'a self, workload: &'a Workload) -> Side<'a> {
        let call = || async { workload.check_output(&self.ours.delete_invitations(workload.input()).await?) };
        Box::new(move || self.runtime.block_on(call()))
    }
}

/// The service of `Client::new`, which includes TLS and proxies. Both sides share its connection.
struct HyperByDefault {
    runtime: Runtime,
    service: DefaultService,
    ours: securityhub_invitations_hyper::Client,
}

impl HyperByDefault {
    fn new(workload: &Workload) -> Result<Self> {
        let service = DefaultService::new().without_proxy();
        Ok(Self {
            runtime: runtime()?,
            ours: securityhub_invitations_hyper::Client::with_default_service(workload.hub.clone(), service.clone()),
            service,
        })
    }
}

impl Client for HyperByDefault {
    fn name(&self) -> &'static str {
        "hyper, `Client::new`"
    }

    fn bare<'a>(&'a self, workload: &'a Workload, calls: usize) -> Result<Side<'a>> {
        let (mut requests, mut service) = (hyper_requests(workload, calls)?, self.service.clone());
        Ok(Box::new(move || {
            let request = requests.pop().ok_or("more calls than requests")?;
            self.runtime.block_on(async {
                let (parts, body) = service.call(request).await.map_err(|error| error.to_string())?.into_parts();
                workload.check(parts.status, &body.collect().await?.to_bytes())
            })
        }))
    }

    fn with_us<'a>(&'a self, workload: &'a Workload) -> Side<'a> {
        let call = || async { workload.check_output(&self.ours.delete_invitations(workload.input()).await?) };
        Box::new(move || self.runtime.block_on(call()))
    }
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?)
}

fn hyper_requests(workload: &Workload, calls: usize) -> Result<Vec<Request<Full<Bytes>>>> {
    let signed = workload.signed_request(concat!("securityhub-invitations-hyper/", env!("CARGO_PKG_VERSION")))?;
    Ok(vec![signed.map(Full::new); calls])
}
