//! [`CredentialStore`]: the credentials of all sources of a run.

use std::{
    collections::HashMap,
    ffi::OsString,
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use securityhub_invitations::{Credentials, Region};
use securityhub_invitations_hyper::DefaultService;
use tokio::time::timeout;

use super::{
    Base, Caller, CredentialsError, SettingError, Source,
    credentials_error::Problem,
    profiles::{Profiles, profile_name},
    slot::Slot,
    sts::Sts,
    sts_endpoint::sts_endpoint,
    variables::Variables,
};

/// The credentials of all sources of a run. Clones share the cache.
///
/// Credentials are loaded when they are first needed, once for all tasks that wait for them. They are loaded again when less
/// than two minutes or five attempt timeouts are left. Calls must run on tokio.
#[derive(Clone)]
pub(crate) struct CredentialStore(Arc<Inner>);

struct Inner {
    variables: Variables,
    sts: Sts,
    #[cfg(feature = "aws-config")]
    sdk: super::sdk::Sdk,
    margin: Duration,
    slots: Mutex<HashMap<Source, Arc<tokio::sync::Mutex<Slot>>>>,
    callers: Mutex<HashMap<Source, Caller>>,
}

impl CredentialStore {
    /// The longest load of credentials that are not those of a role of ours. A process may ask for a code.
    const BASE_TIMEOUT: Duration = Duration::from_secs(60);

    /// Creates an empty store.
    ///
    /// `home` is the region of STS, and its partition is the one of all roles. `var` looks up an environment variable, usually
    /// `|name| std::env::var_os(name)`. With the feature `aws-config`, AWS's library also reads the process's environment.
    ///
    /// # Errors
    /// If a variable of the endpoint of STS is invalid.
    pub(crate) fn new(
        service: DefaultService,
        home: &Region,
        attempt_timeout: Duration,
        var: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Result<Self, SettingError> {
        let variables = Variables::new(var);
        let endpoint = sts_endpoint(home, &variables)?;
        let corrects_clock = !variables.is_true("AWS_DISABLE_CLOCK_SKEW_CORRECTION")?;
        Ok(Self(Arc::new(Inner {
            #[cfg(feature = "aws-config")]
            sdk: super::sdk::Sdk::new(
                service.clone(),
                endpoint.region(),
                super::sts_endpoint::variant(&variables)?,
                attempt_timeout,
            ),
            sts: Sts::new(service, endpoint, attempt_timeout, corrects_clock),
            variables,
            margin: attempt_timeout.saturating_mul(5).max(Duration::from_secs(120)),
            slots: Mutex::default(),
            callers: Mutex::default(),
        })))
    }

    /// Returns the source's credentials.
    ///
    /// # Errors
    /// If they cannot be loaded, or if an earlier load has failed. A network failure is forgotten after 30 seconds, and any
    /// other failure at the end of the run.
    pub(crate) async fn credentials(&self, source: &Source) -> Result<Credentials, CredentialsError> {
        match source {
            Source::Base(base) => self.base_credentials(base).await,
            Source::Role { role, account, base } => {
                let assume_role = async {
                    let credentials = self.base_credentials(base).await?;
                    let result = self.0.sts.assume_role(&credentials, role, *account).await;
                    self.explain(source, &credentials, result).await
                };
                self.cached(source, assume_role).await
            }
        }
    }

    /// Returns the identity of the source's credentials, and asks STS only once.
    ///
    /// # Errors
    /// The same as [`credentials`](Self::credentials), or if STS rejects the credentials.
    pub(crate) async fn caller(&self, source: &Source) -> Result<Caller, CredentialsError> {
        let callers = || self.0.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(caller) = callers().get(source) {
            return Ok(caller.clone());
        }
        let credentials = self.credentials(source).await?;
        let result = self.0.sts.caller(&credentials).await;
        if let Ok(caller) = &result {
            callers().insert(source.clone(), caller.clone());
        }
        match result {
            Err(problem) if problem.is_rejected() => Err(self.reject(source, &credentials, problem).await),
            result => result.map_err(|problem| problem.of(source.clone())),
        }
    }

    async fn base_credentials(&self, base: &Base) -> Result<Credentials, CredentialsError> {
        let source = Source::Base(base.clone());
        let load = async {
            let loaded = timeout(Self::BASE_TIMEOUT, self.load(base)).await;
            let loaded = loaded.unwrap_or_else(|_| {
                let seconds = Self::BASE_TIMEOUT.as_secs();
                Err(Problem::unreachable(&format!("the credentials took longer than {seconds} s")))
            });
            loaded.map_err(|problem| self.advise(base, problem).of(source.clone()))
        };
        self.cached(&source, load).await
    }

    async fn load(&self, base: &Base) -> Result<Credentials, Problem> {
        let variables = &self.0.variables;
        if self.uses_key_variables(base) {
            let credentials = Credentials::from_vars(|name| variables.value(name).ok()?);
            return credentials.map_err(|error| Problem::rejected(&error.to_string()));
        }
        #[cfg(feature = "aws-config")]
        let loaded = self.0.sdk.load(base, variables).await;
        #[cfg(not(feature = "aws-config"))]
        let loaded = super::process::load(base, variables).await;
        loaded
    }

    /// Returns the cached result, or that of `load`. Tasks that need the same source wait for each other.
    async fn cached(
        &self,
        source: &Source,
        load: impl Future<Output = Result<Credentials, CredentialsError>>,
    ) -> Result<Credentials, CredentialsError> {
        let slot = self.slot(source);
        let mut slot = slot.lock().await;
        match slot.cached(self.0.sts.now()) {
            Some(result) => result,
            None => {
                let result = load.await;
                slot.record(result, self.0.margin, self.0.sts.now())
            }
        }
    }

    /// Names the source of a failed call for a role. If its base is rejected, all roles from it fail.
    async fn explain<T>(
        &self,
        role: &Source,
        credentials: &Credentials,
        result: Result<T, Problem>,
    ) -> Result<T, CredentialsError> {
        match result {
            Err(problem) if problem.is_rejected() => {
                Err(self.reject(&Source::Base(role.base().clone()), credentials, problem).await)
            }
            result => result.map_err(|problem| problem.of(role.clone())),
        }
    }

    async fn reject(&self, source: &Source, credentials: &Credentials, problem: Problem) -> CredentialsError {
        let error = self.advise(source.base(), problem).of(source.clone());
        self.slot(source).lock().await.reject(credentials, &error, self.0.sts.now());
        error
    }

    /// Adds the advice that depends on the base.
    fn advise(&self, base: &Base, problem: Problem) -> Problem {
        if !problem.is_rejected() || problem.has_advice() {
            return problem;
        }
        let profiles = Profiles::load(&self.0.variables).unwrap_or_default();
        let profile = profile_name(base, &self.0.variables).ok().filter(|_| !self.uses_key_variables(base));
        if let Some(profile) = profile.as_ref().and_then(|name| profiles.sso_profile(name.as_str())) {
            return problem.with_advice(format!("run aws sso login --profile {profile}"));
        }
        problem.with_advice(match base {
            Base::Environment => "check the credentials of the environment, or use --profile",
            Base::Profile(_) => "check the credentials of the profile",
        })
    }

    /// Returns whether the credentials are in variables, which the default chain reads first.
    fn uses_key_variables(&self, base: &Base) -> bool {
        let is_set = |name| self.0.variables.path(name).is_some();
        *base == Base::Environment && (is_set("AWS_ACCESS_KEY_ID") || is_set("AWS_SECRET_ACCESS_KEY"))
    }

    fn slot(&self, source: &Source) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.0.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(source.clone()).or_default())
    }
}

/// Shows no credentials.
impl fmt::Debug for CredentialStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialStore").field("slots", &self.0.slots).finish_non_exhaustive()
    }
}
