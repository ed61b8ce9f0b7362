//! The suite over hyper: its default client, and one of the test's own where that is needed.

use std::{
    future::Future,
    io, iter,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        self,
        connect::{
            HttpConnector,
            dns::{GaiResolver, Name},
        },
    },
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use securityhub_invitations::{Call, DeleteInvitations, DeleteInvitationsOutput};
use securityhub_invitations_hyper::{Attempt, Client, DefaultService, Error, hyper::body::Incoming};
use securityhub_invitations_tests::{Adapter, Failed, Names, Observed, Report, Setup, Why, adapter_suite, text_of};
use tokio::runtime::{self, Runtime};
use tower_service::Service;

adapter_suite!(Hyper, lacks {});

struct Hyper {
    client: Client<TestService>,
    runtime: Runtime,
}

impl Adapter for Hyper {
    const NAME: &'static str = "hyper";
    const PRODUCT: Option<&'static str> = Some("securityhub-invitations-hyper/");
    // hyper-util takes connections back in a task of its own.
    const SETTLING: Duration = Duration::from_millis(2);

    fn new(setup: &Setup) -> Self {
        let client = Client::with_service(setup.hub(), TestService::new(setup), TokioTimer::new())
            .with_attempt_timeout(setup.attempt_timeout);
        Self::of(match setup.deadline {
            Some(deadline) => client.with_deadline(deadline),
            None => client,
        })
    }

    fn by_default(setup: &Setup) -> Self {
        let service = TestService::Default(Box::new(DefaultService::new()));
        Self::of(Client::with_service(setup.hub(), service, TokioTimer::new()))
    }

    fn call(&self, input: DeleteInvitations) -> Report {
        self.observed(async |client| client.delete_invitations(input).await)
    }

    fn send(&self, call: Call) -> Report {
        self.observed(async |client| client.send(call).await)
    }

    fn cancel(&self, input: DeleteInvitations, when: &mut dyn FnMut()) {
        let client = self.client.clone();
        let call = self.runtime.spawn(async move { client.delete_invitations(input).await });
        when();
        call.abort();
        let ended = self.runtime.block_on(call);
        assert!(ended.is_err_and(|error| error.is_cancelled()), "the call was over before it was cancelled");
    }

    fn debug(&self) -> String {
        format!("{:?}", self.client)
    }
}

impl Hyper {
    fn of(client: Client<TestService>) -> Self {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        Self { client, runtime }
    }

    fn observed(
        &self,
        call: impl AsyncFnOnce(&Client<TestService>) -> Result<DeleteInvitationsOutput, Error>,
    ) -> Report {
        let observed = Arc::<Mutex<Vec<Observed>>>::default();
        let client = {
            let observed = Arc::clone(&observed);
            self.client.clone().on_attempt(move |attempt| {
                observed.lock().unwrap_or_else(PoisonError::into_inner).push(observation(attempt));
            })
        };
        Report::of(
            || self.runtime.block_on(call(&client)).map_err(|error| failed(&error)),
            || observed.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        )
    }
}

fn observation(attempt: &Attempt<'_>) -> Observed {
    Observed {
        number: attempt.number,
        why: attempt.outcome.err().map(why),
        wait: attempt.wait,
        debug: format!("{attempt:?}"),
    }
}

fn failed(error: &Error) -> Failed {
    Failed { why: why(error), attempts: error.attempts(), text: text_of(error) }
}

fn why(error: &Error) -> Why {
    match error {
        Error::Service(error) => Why::Service(error.clone()),
        Error::Transport(error) => Why::Transport(error.failure()),
        Error::ResponseTooLarge { .. } => Why::TooLarge,
        Error::Deadline { latest, .. } => Why::Deadline(latest.as_ref().map(|latest| Box::new(why(latest)))),
        other => panic!("an error that the suite does not know: {other}"),
    }
}

/// The crate's own service, or one of ours where names are not the system's or the set-up is hostile.
#[derive(Clone)]
enum TestService {
    Default(Box<DefaultService>),
    Own(Box<legacy::Client<HttpsConnector<HttpConnector<TestResolver>>, Full<Bytes>>>),
}

impl TestService {
    fn new(setup: &Setup) -> Self {
        if setup.names != Names::System || setup.hostile {
            return Self::own(setup);
        }
        let service = match setup.proxy {
            Some(proxy) => DefaultService::new().with_proxy(&format!("http://{proxy}").parse().expect("a URL")),
            None => DefaultService::new().without_proxy(),
        };
        Self::Default(Box::new(match tls(setup) {
            Some(tls) => service.with_tls_config(tls),
            None => service,
        }))
    }

    fn own(setup: &Setup) -> Self {
        assert_eq!(setup.proxy, None, "only the default service goes through a proxy");
        let mut tcp = HttpConnector::new_with_resolver(TestResolver(setup.names));
        tcp.enforce_http(false);
        let tls = tls(setup).unwrap_or_else(|| trusting(RootCertStore::empty()));
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_all_versions().wrap_connector(tcp);
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        if setup.hostile {
            builder.http1_title_case_headers(true).retry_canceled_requests(true).set_host(true);
        }
        Self::Own(Box::new(builder.build(connector)))
    }
}

fn tls(setup: &Setup) -> Option<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for root in &setup.roots {
        roots.add(CertificateDer::from(root.clone())).expect("a root");
    }
    (!roots.is_empty()).then(|| trusting(roots))
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Service<http::Request<Full<Bytes>>> for TestService {
    type Response = http::Response<Incoming>;
    type Error = BoxError;
    type Future = BoxFuture<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match self {
            Self::Default(service) => service.poll_ready(context),
            Self::Own(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, request: http::Request<Full<Bytes>>) -> Self::Future {
        match self {
            Self::Default(service) => service.call(request),
            Self::Own(client) => {
                let exchange = client.request(request);
                Box::pin(async { exchange.await.map_err(Into::into) })
            }
        }
    }
}

#[derive(Clone)]
struct TestResolver(Names);

impl Service<Name> for TestResolver {
    type Response = Box<dyn Iterator<Item = SocketAddr> + Send>;
    type Error = io::Error;
    type Future = BoxFuture<Result<Self::Response, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let names = self.0;
        Box::pin(async move {
            let addrs: Self::Response = match names {
                Names::System => Box::new(GaiResolver::new().call(name).await?),
                Names::AreAllAt(addr) => Box::new(iter::once(addr)),
                Names::AreUnknown => return Err(io::Error::new(io::ErrorKind::NotFound, "no such name")),
            };
            Ok(addrs)
        })
    }
}
