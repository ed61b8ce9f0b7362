//! The suite over ureq.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use securityhub_invitations::{Call, DeleteInvitations, DeleteInvitationsOutput};
use securityhub_invitations_tests::{Adapter, Failed, Names, Observed, Report, Setup, Why, adapter_suite, text_of};
use securityhub_invitations_ureq::{Attempt, Client, Error};
use ureq::{
    Agent, Proxy, ProxyProtocol,
    config::{Config, RedirectAuthHeaders},
    http::Uri,
    tls::{Certificate, RootCerts, TlsConfig},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

adapter_suite!(Ureq, lacks { Http2: "ureq speaks HTTP/1.1", Cancel: "a call blocks its thread until it is over" });

struct Ureq(Client);

impl Adapter for Ureq {
    const NAME: &'static str = "ureq";
    const PRODUCT: Option<&'static str> = Some("securityhub-invitations-ureq/");

    fn new(setup: &Setup) -> Self {
        let connector = DefaultConnector::default();
        let agent = Agent::with_parts(config(setup), connector, TestResolver(setup.names));
        let client = Client::with_agent(setup.hub(), agent).with_attempt_timeout(setup.attempt_timeout);
        Self(match setup.deadline {
            Some(deadline) => client.with_deadline(deadline),
            None => client,
        })
    }

    fn by_default(setup: &Setup) -> Self {
        Self(Client::new(setup.hub()))
    }

    fn call(&self, input: DeleteInvitations) -> Report {
        self.observed(|client| client.delete_invitations(input))
    }

    fn send(&self, call: Call) -> Report {
        self.observed(|client| client.send(call))
    }

    fn debug(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl Ureq {
    fn observed(&self, call: impl FnOnce(&Client) -> Result<DeleteInvitationsOutput, Error>) -> Report {
        let observed = Arc::<Mutex<Vec<Observed>>>::default();
        let client = {
            let observed = Arc::clone(&observed);
            self.0.clone().on_attempt(move |attempt| {
                observed.lock().unwrap_or_else(PoisonError::into_inner).push(observation(attempt));
            })
        };
        Report::of(
            || call(&client).map_err(|error| failed(&error)),
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

fn config(setup: &Setup) -> Config {
    let proxy = setup.proxy.map(|proxy| {
        let builder = Proxy::builder(ProxyProtocol::Http).host(&proxy.ip().to_string()).port(proxy.port());
        builder.build().expect("a proxy")
    });
    let config = Agent::config_builder().proxy(proxy);
    let config = if setup.roots.is_empty() {
        config
    } else {
        let roots: Vec<_> = setup.roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
        config.tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build())
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
        match self.0 {
            Names::System => DefaultResolver::default().resolve(uri, config, timeout),
            Names::AreAllAt(addr) => {
                let mut addrs = self.empty();
                addrs.push(addr);
                Ok(addrs)
            }
            Names::AreUnknown => Err(ureq::Error::HostNotFound),
        }
    }
}
