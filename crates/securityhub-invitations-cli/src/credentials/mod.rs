//! Credentials of the accounts of a run: where they come from, and how they are cached and refreshed.

mod caller;
mod credential_store;
mod credentials_error;
#[cfg(not(feature = "aws-config"))]
mod process;
mod profiles;
#[cfg(feature = "aws-config")]
mod sdk;
#[cfg(feature = "aws-config")]
mod sdk_http_client;
mod setting_error;
mod slot;
mod source;
mod sts;
mod sts_endpoint;
mod sts_response;
#[cfg(test)]
mod tests;
mod variables;

pub(crate) use self::{
    caller::Caller,
    credential_store::CredentialStore,
    credentials_error::CredentialsError,
    profiles::default_region,
    setting_error::SettingError,
    source::{Base, ProfileName, RoleName, Source},
};
