//! [`Proxy`]: the proxy of a service.

use http::Uri;
use securityhub_invitations::{ConfigError, ProxyEnvironment, ProxyUrl};

/// The proxy of a service.
#[derive(Clone)]
pub(crate) enum Proxy {
    None,
    All(ProxyUrl),
    Environment(ProxyEnvironment),
}

impl Proxy {
    pub(crate) fn for_url(&self, url: &Uri) -> Result<Option<&ProxyUrl>, ConfigError> {
        match self {
            Self::None => Ok(None),
            Self::All(proxy) => Ok(Some(proxy)),
            Self::Environment(environment) => environment.proxy_for(url),
        }
    }
}
