//! [`Clients`]: the client of each hub, with current credentials.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    sync::{Arc, Mutex, PoisonError},
};

use securityhub_invitations::{ConfigError, Credentials, EndpointVariant, Region, SecurityHub};
use securityhub_invitations_hyper::{Client, DefaultService};
use securityhub_invitations_sweep::{HubId, Parking, ParkingCause, Plan, Reason};

use crate::{
    credentials::{CredentialStore, SettingError, Source},
    progress::Reporter,
    settings::CallSettings,
};

/// The client of each hub of a plan. Clones share it.
#[derive(Clone)]
pub(crate) struct Clients(Arc<Inner>);

struct Inner {
    plan: Arc<Plan>,
    access: Access,
    settings: CallSettings,
    reporter: Reporter,
    environment: Environment,
    hubs: Vec<Mutex<Option<SecurityHub>>>,
}

/// The credentials and the connections of a run.
pub(crate) struct Access {
    /// The credential source for each name in the plan.
    sources: BTreeMap<Box<str>, Source>,
    store: CredentialStore,
    service: DefaultService,
}

impl Access {
    /// Reads the names of the sources in a plan.
    pub(crate) fn new(plan: &Plan, store: CredentialStore, service: DefaultService) -> Result<Self, SettingError> {
        let mut sources = BTreeMap::new();
        for hub in plan.hubs() {
            if !sources.contains_key(hub.source()) {
                sources.insert(hub.source().into(), hub.source().parse()?);
            }
        }
        Ok(Self { sources, store, service })
    }

    /// Uses one source for a plan that does not name it.
    pub(crate) fn with_source(plan: &Plan, source: &Source, store: CredentialStore, service: DefaultService) -> Self {
        let sources = plan.hubs().iter().map(|hub| (hub.source().into(), source.clone())).collect();
        Self { sources, store, service }
    }
}

impl Clients {
    pub(crate) fn new(
        plan: Arc<Plan>,
        access: Access,
        settings: CallSettings,
        reporter: Reporter,
    ) -> Result<Self, ConfigError> {
        let environment = Environment::new(plan.hubs()[0].region(), &settings)?;
        let hubs = plan.hubs().iter().map(|_| Mutex::new(None)).collect();
        Ok(Self(Arc::new(Inner { plan, access, settings, reporter, environment, hubs })))
    }

    /// Returns the client of a hub. Its credentials are valid for longer than a call.
    pub(crate) async fn client(self, id: HubId) -> Result<Client, Parking> {
        let inner = &*self.0;
        let hub = inner.plan.hub(id).expect("the sweep has the same plan");
        let Access { sources, store, service } = &inner.access;
        let source = &sources[hub.source()];
        if let Source::Base(_) = source {
            // A profile can belong to another account than it did when the plan was made.
            let account = store.caller(source).await.map_err(|error| Parking::from(&error))?.account();
            if account != hub.account() {
                let message = format!("{source} belongs to account {account} (expected {})", hub.account());
                return Err(Parking::new(ParkingCause::Other, Reason::new(&message)));
            }
        }
        let credentials = store.credentials(source).await.map_err(|error| Parking::from(&error))?;
        let mut slot = inner.hubs[id.number() as usize].lock().unwrap_or_else(PoisonError::into_inner);
        let known = match slot.take() {
            Some(known) => known.with_credentials(credentials),
            None => inner
                .environment
                .hub(hub.region(), credentials)
                .map_err(|error| Parking::new(ParkingCause::Other, Reason::new(&error.to_string())))?,
        };
        *slot = Some(known.clone());
        let client =
            Client::with_default_service(known, service.clone()).with_attempt_timeout(inner.settings.attempt_timeout);
        Ok(if inner.settings.is_verbose {
            let (reporter, name) = (inner.reporter.clone(), hub.to_string());
            client.on_attempt(move |attempt| reporter.print(&format!("{name}: {attempt}")))
        } else {
            client
        })
    }
}

/// The endpoint, the retries and the flags of the environment.
pub(crate) struct Environment {
    /// It has a key pair that signs nothing.
    template: SecurityHub,
    variant: EndpointVariant,
}

impl Environment {
    /// Reads the `AWS_*` variables.
    pub(crate) fn new(region: &Region, settings: &CallSettings) -> Result<Self, ConfigError> {
        let var = |name: &str| match name {
            "AWS_REGION" => Some(OsString::from(region.as_str())),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("UNUSED".into()),
            "AWS_SESSION_TOKEN" | "AWS_SECURITY_TOKEN" | "AWS_CREDENTIAL_EXPIRATION" => None,
            _ => env::var_os(name),
        };
        let template = SecurityHub::from_os_vars(var)?;
        let template = match settings.max_attempts {
            Some(max_attempts) => {
                let policy = template.retry_policy().with_max_attempts(max_attempts);
                template.with_retry_policy(policy)
            }
            None => template,
        };
        let is_true = |name| env::var(name).is_ok_and(|value| value.eq_ignore_ascii_case("true"));
        let fips = is_true("AWS_USE_FIPS_ENDPOINT");
        let dual_stack = is_true("AWS_USE_DUALSTACK_ENDPOINT");
        Ok(Self { template, variant: EndpointVariant { fips, dual_stack } })
    }

    /// Returns the configuration of a region.
    pub(crate) fn hub(&self, region: &Region, credentials: Credentials) -> Result<SecurityHub, ConfigError> {
        Ok(self.template.with_region(region, self.variant)?.with_credentials(credentials))
    }
}
