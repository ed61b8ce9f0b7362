//! The clients, each with and without us.

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

use crate::{Result, work::Work};

/// Makes one call each time it is called.
pub(crate) type Side<'a> = Box<dyn FnMut() -> Result<()> + 'a>;

/// A client, and calls of both sides with it.
pub(crate) trait Client {
    fn name(&self) -> &'static str;

    /// So many calls by the client alone. The requests were made and signed beforehand, the answers are read and not
    /// parsed.
    fn bare<'a>(&'a self, work: &'a Work, calls: usize) -> Result<Side<'a>>;

    /// Calls by our client, which builds, signs, sends, reads and parses.
    fn with_us<'a>(&'a self, work: &'a Work) -> Side<'a>;
}

/// All of them.
pub(crate) fn all(work: &Work) -> Result<[Box<dyn Client>; 3]> {
    Ok([Box::new(Ureq::new(work)), Box::new(Hyper::new(work)?), Box::new(HyperByDefault::new(work)?)])
}

/// ureq, with an agent that has for all requests what ours sets for each. Both sides share its connection.
struct Ureq {
    agent: ureq::Agent,
    ours: securityhub_invitations_ureq::Client,
}

impl Ureq {
    fn new(work: &Work) -> Self {
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
        Self { ours: securityhub_invitations_ureq::Client::with_agent(work.hub.clone(), agent.clone()), agent }
    }
}

impl Client for Ureq {
    fn name(&self) -> &'static str {
        "ureq"
    }

    fn bare<'a>(&'a self, work: &'a Work, calls: usize) -> Result<Side<'a>> {
        let signed = work.signed_request(concat!("securityhub-invitations-ureq/", env!("CARGO_PKG_VERSION")))?;
        let mut requests = vec![signed; calls];
        let limit = u64::try_from(MAX_RESPONSE_BYTES)?;
        Ok(Box::new(move || {
            let (parts, body) = requests.pop().ok_or("more calls than requests")?.into_parts();
            let mut response = self.agent.run(Request::from_parts(parts, &body[..]))?;
            let body = response.body_mut().with_config().limit(limit).read_to_vec()?;
            work.check(response.status(), &body)
        }))
    }

    fn with_us<'a>(&'a self, work: &'a Work) -> Side<'a> {
        Box::new(|| work.check_output(&self.ours.delete_invitations(work.input())?))
    }
}

type PlainService = HyperClient<HttpConnector, Full<Bytes>>;

/// hyper-util's pooled client on a runtime of one thread, handed to ours as its service. Both sides share its connection.
struct Hyper {
    runtime: Runtime,
    service: PlainService,
    ours: securityhub_invitations_hyper::Client<PlainService>,
}

impl Hyper {
    fn new(work: &Work) -> Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let service = HyperClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        let timer = TokioTimer::new();
        Ok(Self {
            runtime: runtime()?,
            ours: securityhub_invitations_hyper::Client::with_service(work.hub.clone(), service.clone(), timer),
            service,
        })
    }
}

impl Client for Hyper {
    fn name(&self) -> &'static str {
        "hyper"
    }

    fn bare<'a>(&'a self, work: &'a Work, calls: usize) -> Result<Side<'a>> {
        let mut requests = hyper_requests(work, calls)?;
        Ok(Box::new(move || {
            let request = requests.pop().ok_or("more calls than requests")?;
            self.runtime.block_on(async {
                let (parts, body) = self.service.request(request).await?.into_parts();
                work.check(parts.status, &body.collect().await?.to_bytes())
            })
        }))
    }

    fn with_us<'a>(&'a self, work: &'a Work) -> Side<'a> {
        let call = || async { work.check_output(&self.ours.delete_invitations(work.input()).await?) };
        Box::new(move || self.runtime.block_on(call()))
    }
}

/// What `Client::new` has for a service, with TLS and proxies in it. Both sides share its connection.
struct HyperByDefault {
    runtime: Runtime,
    service: DefaultService,
    ours: securityhub_invitations_hyper::Client,
}

impl HyperByDefault {
    fn new(work: &Work) -> Result<Self> {
        let service = DefaultService::new().without_proxy();
        Ok(Self {
            runtime: runtime()?,
            ours: securityhub_invitations_hyper::Client::with_default_service(work.hub.clone(), service.clone()),
            service,
        })
    }
}

impl Client for HyperByDefault {
    fn name(&self) -> &'static str {
        "hyper, `Client::new`"
    }

    fn bare<'a>(&'a self, work: &'a Work, calls: usize) -> Result<Side<'a>> {
        let (mut requests, mut service) = (hyper_requests(work, calls)?, self.service.clone());
        Ok(Box::new(move || {
            let request = requests.pop().ok_or("more calls than requests")?;
            self.runtime.block_on(async {
                let (parts, body) = service.call(request).await.map_err(|error| error.to_string())?.into_parts();
                work.check(parts.status, &body.collect().await?.to_bytes())
            })
        }))
    }

    fn with_us<'a>(&'a self, work: &'a Work) -> Side<'a> {
        let call = || async { work.check_output(&self.ours.delete_invitations(work.input()).await?) };
        Box::new(move || self.runtime.block_on(call()))
    }
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?)
}

fn hyper_requests(work: &Work, calls: usize) -> Result<Vec<Request<Full<Bytes>>>> {
    let signed = work.signed_request(concat!("securityhub-invitations-hyper/", env!("CARGO_PKG_VERSION")))?;
    Ok(vec![signed.map(Full::new); calls])
}
