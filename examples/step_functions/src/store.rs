//! [`Store`]: the objects of a run in an S3 bucket.

use std::{
    env, fmt,
    time::{Duration, SystemTime},
};

use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use securityhub_invitations::{Credentials, Endpoint, Region, SecurityHub};
use securityhub_invitations_hyper::{Client, ExchangeError};
use tokio::time::sleep;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An S3 bucket.
pub(crate) struct Store {
    client: Client,
    region: Region,
    credentials: aws_credential_types::Credentials,
    bucket: String,
    url: String,
}

impl Store {
    const MAX_ATTEMPTS: u32 = 5;
    /// For the slices and the report of a large plan.
    const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
    const BACKOFF: Duration = Duration::from_millis(200);

    /// Reads the bucket from `BUCKET`, and region and credentials from the variables that Lambda sets.
    ///
    /// # Errors
    /// If a variable is missing or invalid.
    pub(crate) fn from_environment() -> Result<Self, BoxError> {
        let variable = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
        let region: Region = variable("AWS_REGION")?.parse()?;
        let (id, secret) = (variable("AWS_ACCESS_KEY_ID")?, variable("AWS_SECRET_ACCESS_KEY")?);
        let token = variable("AWS_SESSION_TOKEN").ok();
        let endpoint = match variable("AWS_ENDPOINT_URL_S3") {
            Ok(url) => Endpoint::custom(&region, &url)?,
            Err(_) => Endpoint::custom(&region, &Endpoint::regional(&region)?.url().replacen("securityhub", "s3", 1))?,
        };
        let url = endpoint.url();
        // Only its connections are used.
        let client = Client::new(SecurityHub::new(endpoint, Credentials::new(&*id, &*secret)?));
        let credentials = aws_credential_types::Credentials::new(id, secret, token, None, "environment");
        Ok(Self { client, region, credentials, bucket: variable("BUCKET")?, url })
    }

    /// Writes an object.
    ///
    /// # Errors
    /// [`StoreError`] if all attempts fail.
    pub(crate) async fn put(&self, key: &str, body: impl Into<Bytes>) -> Result<(), StoreError> {
        self.call(Method::PUT, key, "", body.into()).await.map(drop)
    }

    /// Reads an object, if it exists.
    ///
    /// # Errors
    /// [`StoreError`] if all attempts fail.
    pub(crate) async fn read(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        match self.call(Method::GET, key, "", Bytes::new()).await {
            Ok(response) => Ok(Some(response.into_body())),
            Err(error) if error.status == Some(StatusCode::NOT_FOUND) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns all keys that start with `prefix`, in their order.
    ///
    /// # Errors
    /// [`StoreError`] if all attempts fail, or a response is not a list.
    pub(crate) async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("list-type", "2").append_pair("prefix", prefix);
            if let Some(token) = &token {
                query.append_pair("continuation-token", token);
            }
            let response = self.call(Method::GET, "", &query.finish(), Bytes::new()).await?;
            let (page, next) =
                page(response.body()).ok_or_else(|| StoreError::new(prefix, "the list is not readable"))?;
            keys.extend(page);
            match next {
                Some(next) => token = Some(next),
                None => return Ok(keys),
            }
        }
    }

    async fn call(&self, method: Method, key: &str, query: &str, body: Bytes) -> Result<Response<Bytes>, StoreError> {
        let mut uri = format!("{}/{}/{key}", self.url, self.bucket);
        if !query.is_empty() {
            uri = format!("{uri}?{query}");
        }
        let failed = |error: &dyn fmt::Display| StoreError::new(key, error);
        let mut attempt = 1;
        loop {
            let request = self.signed(&method, &uri, body.clone()).map_err(|error| failed(&error))?;
            let (error, is_transient) = match self.client.exchange(request, Self::ATTEMPT_TIMEOUT).await {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => {
                    let status = response.status();
                    let is_transient = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                    (StoreError { status: Some(status), ..failed(&status) }, is_transient)
                }
                Err(ExchangeError::Transport { error, .. }) => (failed(&error), true),
                Err(_) => (failed(&"the response is too large"), false),
            };
            if !is_transient || attempt == Self::MAX_ATTEMPTS {
                return Err(error);
            }
            sleep(Self::BACKOFF * 2_u32.pow(attempt)).await;
            attempt += 1;
        }
    }

    fn signed(&self, method: &Method, uri: &str, body: Bytes) -> Result<Request<Bytes>, BoxError> {
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region.as_str())
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()?
            .into();
        let signable = SignableRequest::new(method.as_str(), uri, [].into_iter(), SignableBody::Bytes(&body))?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut request = Request::builder().method(method).uri(uri).body(body)?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// Reads the keys of a page, and the token of the next one.
fn page(body: &[u8]) -> Option<(Vec<String>, Option<String>)> {
    let document = roxmltree::Document::parse(std::str::from_utf8(body).ok()?).ok()?;
    let root = document.root_element();
    if root.tag_name().name() != "ListBucketResult" {
        return None;
    }
    let named = |name: &'static str| root.descendants().filter(move |node| node.tag_name().name() == name);
    let text = |node: roxmltree::Node<'_, '_>| node.text().map(str::to_owned);
    Some((named("Key").filter_map(text).collect(), named("NextContinuationToken").find_map(text)))
}

/// A request to S3 that failed.
#[derive(Debug)]
pub(crate) struct StoreError {
    key: String,
    problem: String,
    status: Option<StatusCode>,
}

impl StoreError {
    fn new(key: &str, problem: impl fmt::Display) -> Self {
        Self { key: key.to_owned(), problem: problem.to_string(), status: None }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3 object \"{}\": {}", self.key, self.problem)
    }
}

impl std::error::Error for StoreError {}
