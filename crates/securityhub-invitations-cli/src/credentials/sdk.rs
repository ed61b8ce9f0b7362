//! [`Sdk`]: credentials from every source that AWS's library knows.

use std::{error, iter, time::Duration};

use aws_config::{
    BehaviorVersion, Region as SdkRegion, default_provider::credentials::DefaultCredentialsChain,
    profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig,
};
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::result::ConnectorError;
use securityhub_invitations::{ConfigError, Credentials, EndpointVariant, Region};
use securityhub_invitations_hyper::DefaultService;

use super::{Base, credentials_error::Problem, profiles, sdk_http_client::SdkHttpClient, variables::Variables};

/// AWS's library, on the HTTP client of this command.
pub(super) struct Sdk {
    config: ProviderConfig,
    region: SdkRegion,
}

impl Sdk {
    pub(super) fn new(
        service: DefaultService,
        home: &Region,
        variant: EndpointVariant,
        attempt_timeout: Duration,
    ) -> Self {
        let region = SdkRegion::new(home.as_str().to_owned());
        let config = ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_region(Some(region.clone()))
            .with_use_fips(Some(variant.fips))
            .with_use_dual_stack(Some(variant.dual_stack))
            .with_sleep_impl(TokioSleep::new())
            .with_http_client(SdkHttpClient::new(service, attempt_timeout));
        Self { config, region }
    }

    /// Loads credentials. The configuration files are read each time.
    pub(super) async fn load(&self, base: &Base, variables: &Variables) -> Result<Credentials, Problem> {
        let loaded = match base {
            Base::Environment => {
                let chain = DefaultCredentialsChain::builder().configure(self.config.clone());
                chain.region(self.region.clone()).build().await.provide_credentials().await
            }
            Base::Profile(name) => {
                let kinds = [EnvConfigFileKind::Config, EnvConfigFileKind::Credentials];
                let files = kinds.into_iter().zip(profiles::paths(variables)).filter(|(_, path)| path.exists());
                let files =
                    files.fold(EnvConfigFiles::builder(), |files, (kind, path)| files.with_file(kind, path)).build();
                let provider = ProfileFileCredentialsProvider::builder().configure(&self.config).profile_files(files);
                provider.profile_name(name.as_str()).build().provide_credentials().await
            }
        };
        let credentials = loaded.map_err(|error| problem(&error))?;
        convert(&credentials).map_err(|error| Problem::rejected(&error.to_string()))
    }
}

fn convert(credentials: &aws_credential_types::Credentials) -> Result<Credentials, ConfigError> {
    let mut converted = Credentials::new(credentials.access_key_id(), credentials.secret_access_key())?;
    if let Some(token) = credentials.session_token() {
        converted = converted.with_session_token(token)?;
    }
    Ok(match credentials.expiry() {
        Some(expiry) => converted.with_expiry(expiry),
        None => converted,
    })
}

/// Joins the messages of the causes. Each error's own message does not have those of its causes.
fn problem(error: &CredentialsError) -> Problem {
    const DEPTH: usize = 16;
    if let CredentialsError::CredentialsNotLoaded(_) = error {
        return Problem::rejected("no credentials were found");
    }
    let causes = || iter::successors(Some(error as &(dyn error::Error + 'static)), |error| error.source()).take(DEPTH);
    let mut message = String::new();
    for cause in causes().map(ToString::to_string) {
        // Some messages only say that there is a cause.
        if !message.contains(&cause) && !cause.starts_with("an error occurred while loading") {
            let separator = if message.is_empty() { "" } else { ": " };
            message = format!("{message}{separator}{cause}");
        }
    }
    // What a process wrote may be a secret.
    let message = message.split(" Stderr: ").next().unwrap_or_default().trim();
    let is_network = causes().any(<dyn error::Error>::is::<ConnectorError>)
        || matches!(error, CredentialsError::ProviderTimedOut(_));
    if is_network { Problem::unreachable(message) } else { Problem::rejected(message) }
}
