//! [`SdkHttpClient`]: AWS's library over this command's HTTP client, so that there is one TLS stack.

use std::time::Duration;

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use securityhub_invitations::MAX_RESPONSE_BYTES;
use securityhub_invitations_hyper::{
    DefaultService,
    http_body_util::{BodyExt, Full, Limited},
    tower_service::Service,
};
use tokio::time::timeout;

/// Sends requests of AWS's library through the [`DefaultService`].
#[derive(Clone, Debug)]
pub(super) struct SdkHttpClient {
    service: DefaultService,
    /// The time limit of a request, if the library sets none.
    limit: Duration,
}

impl SdkHttpClient {
    pub(super) fn new(service: DefaultService, limit: Duration) -> Self {
        Self { service, limit }
    }

    async fn exchange(mut self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        // The requests for credentials have no streams.
        let request = request.map(|body| Full::new(Bytes::copy_from_slice(body.bytes().unwrap_or_default())));
        let exchange = async {
            let (parts, body) = self.service.call(request).await?.into_parts();
            let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await?.to_bytes();
            Ok(http::Response::from_parts(parts, SdkBody::from(body)))
        };
        let response =
            timeout(self.limit, exchange).await.map_err(|elapsed| ConnectorError::timeout(elapsed.into()))?;
        let response = response.map_err(ConnectorError::io)?;
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpClient for SdkHttpClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let service = match settings.connect_timeout() {
            Some(connect_timeout) => self.service.clone().with_connect_timeout(connect_timeout),
            None => self.service.clone(),
        };
        SharedHttpConnector::new(Self { service, limit: settings.read_timeout().unwrap_or(self.limit) })
    }
}

impl HttpConnector for SdkHttpClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().exchange(request))
    }
}
