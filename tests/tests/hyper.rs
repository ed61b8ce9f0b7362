//! The suite over hyper: its default client, and a custom one where a case needs it.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use securityhub_invitations_hyper::{
    Call, CallError, Client, ConfigError, DeclineInvitations, DeclineInvitationsOutput, DefaultService,
    DeleteInvitations, DisassociateFromAdministratorAccount, DisassociateFromAdministratorAccountOutput, ExchangeError,
    GetAdministratorAccount, GetAdministratorAccountOutput, ListInvitations, ListInvitationsOutput, ListMembers,
    ListMembersOutput, Operation, hyper::body::Incoming,
};
use securityhub_invitations_tests::{Adapter, Names, Observations, Report, Setup, adapter_suite, with_message};
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
    // hyper-util returns connections to the pool in a separate task.
    const SETTLING: Duration = Duration::from_millis(2);

    fn new(setup: &Setup) -> Self {
        let client = Client::with_service(setup.hub(), TestService::new(setup), TokioTimer::new())
            .with_attempt_timeout(setup.attempt_timeout);
        Self::with_client(match setup.deadline {
            Some(deadline) => client.with_deadline(deadline),
            None => client,
        })
    }

    fn by_default(setup: &Setup) -> Self {
        let service = TestService::Default(Box::new(DefaultService::new()));
        Self::with_client(Client::with_service(setup.hub(), service, TokioTimer::new()))
    }

    fn from_env() -> Result<Self, ConfigError> {
        // The suite's client has another type of service.
        let hub = Client::from_env()?.hub().clone();
        let service = TestService::Default(Box::new(DefaultService::new()));
        Ok(Self::with_client(Client::with_service(hub, service, TokioTimer::new())))
    }

    fn call(&self, operation: DeleteInvitations) -> Report {
        self.observed(|client| client.delete_invitations(operation))
    }

    fn decline_invitations(&self, operation: DeclineInvitations) -> Report<DeclineInvitationsOutput> {
        self.observed(|client| client.decline_invitations(operation))
    }

    fn list_invitations(&self, operation: ListInvitations) -> Report<ListInvitationsOutput> {
        self.observed(|client| client.list_invitations(operation))
    }

    fn list_members(&self, operation: ListMembers) -> Report<ListMembersOutput> {
        self.observed(|client| client.list_members(operation))
    }

    fn get_administrator_account(&self, operation: GetAdministratorAccount) -> Report<GetAdministratorAccountOutput> {
        self.observed(|client| client.get_administrator_account(operation))
    }

    fn disassociate_from_administrator_account(
        &self,
        operation: DisassociateFromAdministratorAccount,
    ) -> Report<DisassociateFromAdministratorAccountOutput> {
        self.observed(|client| client.disassociate_from_administrator_account(operation))
    }

    fn send<O: Operation>(&self, call: Call<O>) -> Report<O::Output> {
        self.observed(|client| client.send(call))
    }

    fn exchange(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, ExchangeError<String>> {
        self.runtime.block_on(self.client.exchange(request, timeout)).map_err(with_message)
    }

    fn cancel(&self, operation: DeleteInvitations, when: &mut dyn FnMut()) {
        let call = self.runtime.spawn(self.client.delete_invitations(operation));
        when();
        call.abort();
        let ended = self.runtime.block_on(call);
        assert!(ended.is_err_and(|error| error.is_cancelled()), "the call ended before it was cancelled");
    }

    fn debug(&self) -> String {
        format!("{:?}", self.client)
    }
}

impl Hyper {
    fn with_client(client: Client<TestService>) -> Self {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        Self { client, runtime }
    }

    fn observed<O, F: Future<Output = Result<O, CallError>>>(
        &self,
        call: impl FnOnce(&Client<TestService>) -> F,
    ) -> Report<O> {
        let observations = Observations::default();
        let client = {
            let observations = observations.clone();
            self.client.clone().on_attempt(move |attempt| observations.push(attempt))
        };
        observations.report(|| self.runtime.block_on(call(&client)))
    }
}

/// The crate's default service, or a custom one for a hostile setup.
#[derive(Clone)]
enum TestService {
    Default(Box<DefaultService>),
    Own(Box<legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>>),
}

impl TestService {
    fn new(setup: &Setup) -> Self {
        if setup.hostile {
            return Self::own(setup);
        }
        let service = DefaultService::new().with_connect_timeout(setup.connect_timeout);
        let service = match &setup.proxy {
            Some(proxy) => service.with_proxy(proxy.parse().expect("a proxy URL")),
            None => service.without_proxy(),
        };
        let names = setup.names.clone();
        let service = match &setup.names {
            Names::System => service,
            _ => service.with_resolver(move |_, _| resolve(names.clone())),
        };
        Self::Default(Box::new(match tls(setup) {
            Some(tls) => service.with_tls_config(tls),
            None => service,
        }))
    }

    fn own(setup: &Setup) -> Self {
        assert_eq!((&setup.proxy, &setup.names), (&None, &Names::System), "only the default service supports it");
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        let tls = tls(setup).unwrap_or_else(|| trusting(RootCertStore::empty()));
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_all_versions().wrap_connector(tcp);
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.http1_title_case_headers(true).retry_canceled_requests(true).set_host(true);
        Self::Own(Box::new(builder.build(connector)))
    }
}

async fn resolve(names: Names) -> io::Result<Vec<SocketAddr>> {
    match names {
        Names::System => unreachable!("the default resolver"),
        Names::AreAllAt(addrs) => Ok(addrs),
        Names::AreUnknown => Err(io::Error::new(io::ErrorKind::NotFound, "no such name")),
        Names::Hang => std::future::pending().await,
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
        .expect("ring supports them")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Service<Request<Full<Bytes>>> for TestService {
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = BoxFuture<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match self {
            Self::Default(service) => service.poll_ready(context),
            Self::Own(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        match self {
            Self::Default(service) => service.call(request),
            Self::Own(client) => {
                let exchange = client.request(request);
                Box::pin(async { exchange.await.map_err(Into::into) })
            }
        }
    }
}
