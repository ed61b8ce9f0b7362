//! The adapter under test, with its own connections or with an agent of the caller.

use std::{io, thread, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use securityhub_invitations_tests::{Adapter, Names, Observations, Report, Setup, with_message};
use securityhub_invitations_ureq::{
    Call, CallError, Client, ConfigError, Connections, DeclineInvitations, DeclineInvitationsOutput, DeleteInvitations,
    DisassociateFromAdministratorAccount, DisassociateFromAdministratorAccountOutput, ExchangeError,
    GetAdministratorAccount, GetAdministratorAccountOutput, ListInvitations, ListInvitationsOutput, ListMembers,
    ListMembersOutput, Operation,
};
use ureq::{
    Agent, Proxy,
    config::{Config, RedirectAuthHeaders},
    http::Uri,
    tls::{Certificate, RootCerts, TlsConfig},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

/// A client with an agent of the caller, or with connections of its own.
pub(crate) struct Ureq<const HAS_AGENT: bool>(Client);

impl<const HAS_AGENT: bool> Adapter for Ureq<HAS_AGENT> {
    const NAME: &'static str = if HAS_AGENT { "ureq with an agent" } else { "ureq" };
    const PRODUCT: Option<&'static str> = Some("securityhub-invitations-ureq/");

    fn new(setup: &Setup) -> Self {
        let client = if HAS_AGENT {
            let connector = DefaultConnector::default();
            let resolver = TestResolver(setup.names.clone());
            Client::with_agent(setup.hub(), Agent::with_parts(config(setup), connector, resolver))
        } else {
            Client::with_connections(setup.hub(), connections(setup))
        };
        let client = client.with_connect_timeout(setup.connect_timeout).with_attempt_timeout(setup.attempt_timeout);
        Self(match setup.deadline {
            Some(deadline) => client.with_deadline(deadline),
            None => client,
        })
    }

    fn by_default(setup: &Setup) -> Self {
        Self(Client::new(setup.hub()))
    }

    fn from_env() -> Result<Self, ConfigError> {
        Client::from_env().map(Self)
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
        self.0.exchange(request, timeout).map_err(with_message)
    }

    fn debug(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl<const HAS_AGENT: bool> Ureq<HAS_AGENT> {
    fn observed<O>(&self, call: impl FnOnce(&Client) -> Result<O, CallError>) -> Report<O> {
        let observations = Observations::default();
        let client = {
            let observations = observations.clone();
            self.0.clone().on_attempt(move |attempt| observations.push(attempt))
        };
        observations.report(|| call(&client))
    }
}

fn connections(setup: &Setup) -> Connections {
    let connections = match &setup.proxy {
        Some(proxy) => Connections::new().with_proxy(proxy.parse().expect("a proxy")),
        None => Connections::new().without_proxy(),
    };
    let connections = match setup.names.clone() {
        Names::System => connections,
        Names::AreAllAt(addrs) => connections.with_resolver(move |_, _| Ok(addrs.clone())),
        Names::AreUnknown => connections.with_resolver(|_, _| Err(io::Error::other("no such name"))),
        Names::Hang => connections.with_resolver(|_, _| {
            loop {
                thread::park();
            }
        }),
    };
    match tls_config(setup) {
        Some(tls) => connections.with_tls_config(tls),
        None => connections,
    }
}

fn tls_config(setup: &Setup) -> Option<TlsConfig> {
    let roots: Vec<_> = setup.roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    (!roots.is_empty()).then(|| TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build())
}

fn config(setup: &Setup) -> Config {
    let proxy = setup.proxy.as_ref().map(|proxy| Proxy::new(proxy).expect("a proxy"));
    let config = Agent::config_builder().proxy(proxy);
    let config = match tls_config(setup) {
        Some(tls) => config.tls_config(tls),
        None => config,
    };
    if !setup.hostile {
        return config.build();
    }
    config
        .http_status_as_error(true)
        .max_redirects(10)
        .max_redirects_will_error(true)
        .redirect_auth_headers(RedirectAuthHeaders::SameHost)
        .save_redirect_history(true)
        .user_agent("an agent of mine")
        .accept("text/html")
        .accept_encoding("gzip")
        .timeout_global(Some(Duration::from_secs(600)))
        .timeout_per_call(Some(Duration::from_secs(600)))
        .timeout_recv_response(Some(Duration::from_secs(600)))
        .timeout_recv_body(Some(Duration::from_secs(600)))
        .build()
}

#[derive(Debug)]
struct TestResolver(Names);

impl Resolver for TestResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        match &self.0 {
            Names::System => DefaultResolver::default().resolve(uri, config, timeout),
            Names::AreAllAt(addrs) => {
                let mut resolved = self.empty();
                // A resolver of ureq returns at most 16.
                addrs.iter().take(16).for_each(|addr| resolved.push(*addr));
                Ok(resolved)
            }
            Names::AreUnknown => Err(ureq::Error::HostNotFound),
            // As ureq's own resolver, it waits no longer than the time limit.
            Names::Hang => {
                thread::sleep(*timeout.after);
                Err(ureq::Error::Timeout(timeout.reason))
            }
        }
    }
}
