//! [`SecurityHub`]: Security Hub in one region for one caller, and its requests.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header};

use crate::{
    call::Call,
    config_error::ConfigError,
    credentials::Credentials,
    date::{SigningTime, unix_seconds},
    endpoint::{Endpoint, EndpointVariant},
    hash::EMPTY_SHA256,
    operations::Operation,
    region::Region,
    response,
    retry::{RetryPolicy, RetryQuota},
    sigv4::{Explanation, Signer},
    skew::Skew,
};

const SERVICE: &str = "securityhub";
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// Security Hub in one region for one caller: an endpoint, credentials and a retry policy.
///
/// Clones are cheap. They share the retry quota, the clock offset and the signing key of the day, so every call benefits from
/// what others learned. Create one hub for each region, and keep it.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, SecurityHub};
///
/// let endpoint = Endpoint::regional(&"us-east-1".parse()?)?;
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
/// let hub = SecurityHub::new(endpoint, credentials);
///
/// let input = DeleteInvitations::new(["111122223333"])?;
/// let request = hub.signed_request(&input, UNIX_EPOCH + Duration::from_secs(1_795_379_825));
/// assert_eq!(request.uri(), "https://securityhub.us-east-1.amazonaws.com/invitations/delete");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SecurityHub(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    endpoint: Endpoint,
    credentials: Credentials,
    signer: Signer,
    retry_policy: RetryPolicy,
    clock_skew_correction: bool,
    app_id: Option<Arc<str>>,
    /// Shared by clones and by hubs with other credentials.
    retry_quota: Arc<RetryQuota>,
    /// The service's clock minus the caller's, in seconds. Shared by hubs of other regions as well.
    clock_offset: Arc<AtomicI64>,
}

impl SecurityHub {
    /// Creates a hub with the standard retry policy and clock skew correction.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: Credentials) -> Self {
        Self(Arc::new(Inner {
            signer: signer(&credentials, endpoint.region()),
            endpoint,
            credentials,
            retry_policy: RetryPolicy::standard(),
            clock_skew_correction: true,
            app_id: None,
            retry_quota: Arc::default(),
            clock_offset: Arc::default(),
        }))
    }

    /// Sets the retry policy. Default: [`RetryPolicy::standard`].
    #[must_use]
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.inner_mut().retry_policy = policy;
        self
    }

    /// Turns clock skew correction on or off. Default: on.
    ///
    /// The correction measures the difference between the service's `Date` and the caller's clock, and signs later requests with the
    /// corrected time. It also retries a call whose error can be explained by a clock that is more than 4 minutes off, except for `RequestExpired` and `RequestInTheFuture`.
    #[must_use]
    pub fn with_clock_skew_correction(mut self, on: bool) -> Self {
        self.inner_mut().clock_skew_correction = on;
        self
    }

    /// Sets the application's id, which adapters send in the User-Agent. Default: none.
    ///
    /// Source: [Application ID](https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html).
    #[must_use]
    pub fn with_app_id(mut self, app_id: impl AsRef<str>) -> Self {
        self.inner_mut().app_id = Some(app_id.as_ref().into());
        self
    }

    /// Returns a hub with other credentials that shares the retry quota and the clock offset, for rotation.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        let signer = signer(&credentials, self.region());
        Self(Arc::new(Inner { credentials, signer, ..Inner::clone(&self.0) }))
    }

    /// Returns a hub for another region with its own retry quota and the same clock offset.
    ///
    /// A custom endpoint or a relay keeps its URL, and only the signing region changes.
    ///
    /// # Errors
    /// [`ConfigError`] if the region's partition does not have the variant, or if a variant is requested for a custom endpoint.
    pub fn with_region(&self, region: &Region, variant: EndpointVariant) -> Result<Self, ConfigError> {
        let endpoint = self.0.endpoint.with_region(region, variant)?;
        let signer = signer(&self.0.credentials, endpoint.region());
        Ok(Self(Arc::new(Inner { endpoint, signer, retry_quota: Arc::default(), ..Inner::clone(&self.0) })))
    }

    /// Returns the endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// Returns the region that requests are signed for.
    #[must_use]
    pub fn region(&self) -> &Region {
        self.0.endpoint.region()
    }

    /// Returns the retry policy.
    #[must_use]
    pub fn retry_policy(&self) -> RetryPolicy {
        self.0.retry_policy
    }

    /// Returns whether clock skew is corrected.
    #[must_use]
    pub fn clock_skew_correction(&self) -> bool {
        self.0.clock_skew_correction
    }

    /// Returns the application's id.
    #[must_use]
    pub fn app_id(&self) -> Option<&str> {
        self.0.app_id.as_deref()
    }

    /// Returns the User-Agent for adapters: `product`, and the application's id as `app/…` if there is one.
    ///
    /// AWS allows letters, digits and ``!$%&'*+-.^_`|~`` in the id. Other characters become `-`, as in AWS's clients. In `product`,
    /// only characters outside of printable ASCII do.
    ///
    /// Source: [Application ID](https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html).
    ///
    /// ```
    /// use securityhub_invitations::{Credentials, Endpoint, SecurityHub};
    ///
    /// let endpoint = Endpoint::regional(&"us-east-1".parse()?)?;
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
    /// let hub = SecurityHub::new(endpoint, credentials).with_app_id("pay ments");
    /// assert_eq!(hub.user_agent("my-client/1.0"), "my-client/1.0 app/pay-ments");
    /// # Ok::<(), securityhub_invitations::ConfigError>(())
    /// ```
    #[must_use]
    pub fn user_agent(&self, product: &str) -> HeaderValue {
        let is_allowed = |character: char| character.is_ascii_alphanumeric() || "!$%&'*+-.^_`|~".contains(character);
        let mut value = product.replace(|character: char| !matches!(character, ' '..='~'), "-");
        if let Some(app_id) = self.app_id() {
            value.push_str(" app/");
            value.push_str(&app_id.replace(|character| !is_allowed(character), "-"));
        }
        // Printable ASCII is always valid.
        HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("-"))
    }

    /// Returns the time at which the service starts to reject the credentials, if it is known.
    #[must_use]
    pub fn credentials_expire_at(&self) -> Option<SystemTime> {
        self.0.credentials.expires_at()
    }

    /// Returns the remaining retry quota, initially 500.
    ///
    /// A retry costs 14 after a transient failure and 5 after throttling. A success refunds the cost of its last retry, or 1 if it
    /// needed none. If the quota cannot pay for a retry, the call fails with its last error.
    #[must_use]
    pub fn retry_quota(&self) -> u32 {
        self.0.retry_quota.available()
    }

    /// Returns the service's clock minus the caller's, in seconds, as measured by the most recent response. It is 0 before the
    /// first measurement, and without clock skew correction.
    #[must_use]
    pub fn clock_offset(&self) -> i64 {
        if self.0.clock_skew_correction { self.0.clock_offset.load(Ordering::Relaxed) } else { 0 }
    }

    /// Starts a call. Nothing is sent until it is signed: see [`Call`].
    pub fn call<O: Operation>(&self, operation: O) -> Call<O> {
        Call::new(self.clone(), operation)
    }

    /// Returns the request without a date, token or signature, for stacks that do their own signing.
    #[must_use]
    pub fn unsigned_request<O: Operation>(&self, operation: &O) -> Request<Bytes> {
        let (body, headers) = match operation.payload() {
            Some((body, _)) => (body.clone(), content_type()),
            None => (Bytes::new(), HeaderMap::new()),
        };
        let uri = self.0.endpoint.request_uri(O::PATH, operation.query().as_deref());
        request(O::METHOD, uri, headers, body)
    }

    /// Returns the signed request. It has no `Host` and no `Content-Length`, because transports add them.
    ///
    /// `now` is the time of the caller's clock. With clock skew correction, [`clock_offset`](Self::clock_offset) is added to it. The
    /// sum is clamped to the years 1970–9999. The service accepts a signature for five minutes.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use securityhub_invitations::{Credentials, Endpoint, ListInvitations, SecurityHub};
    ///
    /// let endpoint = Endpoint::regional(&"us-east-1".parse()?)?;
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
    /// let hub = SecurityHub::new(endpoint, credentials);
    ///
    /// let now = UNIX_EPOCH + Duration::from_secs(1_795_379_825);
    /// let request = hub.signed_request(&ListInvitations::new().with_page_size(50)?, now);
    /// assert_eq!(request.method(), "GET");
    /// assert_eq!(request.uri().query(), Some("MaxResults=50"));
    /// assert_eq!(request.headers()["x-amz-date"], "20261122T203705Z");
    /// # Ok::<(), securityhub_invitations::ConfigError>(())
    /// ```
    #[must_use]
    pub fn signed_request<O: Operation>(&self, operation: &O, now: SystemTime) -> Request<Bytes> {
        self.sign(operation, now, self.clock_offset()).0
    }

    /// Returns the intermediate values of the signature of [`signed_request`](Self::signed_request), for comparison with those
    /// that a server expects.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use securityhub_invitations::{Credentials, Endpoint, GetAdministratorAccount, SecurityHub};
    ///
    /// let endpoint = Endpoint::regional(&"us-east-1".parse()?)?;
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
    /// let hub = SecurityHub::new(endpoint, credentials);
    ///
    /// let explanation = hub.explain(&GetAdministratorAccount::new(), UNIX_EPOCH + Duration::from_secs(1_795_379_825));
    /// assert!(explanation.canonical_request.starts_with("GET\n/administrator\n"));
    /// # Ok::<(), securityhub_invitations::ConfigError>(())
    /// ```
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the request can be signed")]
    pub fn explain<O: Operation>(&self, operation: &O, now: SystemTime) -> Explanation {
        let (payload_hash, headers) = match operation.payload() {
            Some((_, payload_hash)) => (payload_hash, content_type()),
            None => (&EMPTY_SHA256, HeaderMap::new()),
        };
        let uri = self.0.endpoint.signing_uri(O::PATH, operation.query().as_deref());
        let time = SigningTime::at(now, self.clock_offset());
        let explanation = self.0.signer.explain_hashed(&O::METHOD, &uri, &headers, payload_hash, time);
        explanation.expect("the request has a host and few headers")
    }

    /// Learns the clock offset from a response, for stacks that retry on their own. A [`Call`] does this automatically.
    ///
    /// `sent` and `received` are the times of the caller's clock. Only the service's own responses count: a success with a JSON
    /// object, or an error with a code.
    pub fn observe(&self, response: &Response<impl AsRef<[u8]>>, sent: SystemTime, received: SystemTime) {
        if response::is_from_service(response) {
            self.measure_clock(response.headers(), sent, received, self.clock_offset());
        }
    }

    /// Returns the signed request and its signature.
    pub(crate) fn sign<O: Operation>(&self, operation: &O, now: SystemTime, offset: i64) -> (Request<Bytes>, [u8; 32]) {
        self.sign_parts(
            O::METHOD,
            O::PATH,
            operation.query().as_deref(),
            operation.payload(),
            SigningTime::at(now, offset),
        )
    }

    /// Signs a request of any operation.
    fn sign_parts(
        &self,
        method: Method,
        path: &'static str,
        query: Option<&str>,
        payload: Option<(&Bytes, &[u8; 64])>,
        time: SigningTime,
    ) -> (Request<Bytes>, [u8; 32]) {
        let (body, payload_hash, mut headers) = match payload {
            Some((body, payload_hash)) => (body.clone(), payload_hash, content_type()),
            None => (Bytes::new(), &EMPTY_SHA256, HeaderMap::with_capacity(3)),
        };
        let Inner { endpoint, signer, .. } = &*self.0;
        let uri = endpoint.request_uri(path, query);
        let relayed = endpoint.is_relayed().then(|| endpoint.signing_uri(path, query));
        let signed_uri = relayed.as_ref().unwrap_or(&uri);
        let signature = signer.sign_hashed(&method, signed_uri, &mut headers, payload_hash, time);
        let signature = signature.expect("the request has a host and few headers");
        (request(method, uri, headers, body), signature)
    }

    pub(crate) fn quota(&self) -> &RetryQuota {
        &self.0.retry_quota
    }

    pub(crate) fn session_token(&self) -> Option<&str> {
        self.0.credentials.session_token()
    }

    /// Measures the clock by a response, for all clones, if correction is on and the response allows it.
    pub(crate) fn measure_clock(
        &self,
        headers: &HeaderMap,
        sent: SystemTime,
        received: SystemTime,
        offset: i64,
    ) -> Option<Skew> {
        let skew = Skew::measure(headers, sent, received, offset).filter(|_| self.0.clock_skew_correction)?;
        self.0.clock_offset.store(skew.new_offset(), Ordering::Relaxed);
        Some(skew)
    }

    /// The service's time, as far as it is known, in seconds since 1970.
    pub(crate) fn service_seconds(&self, now: SystemTime) -> i64 {
        unix_seconds(now).saturating_add(self.clock_offset())
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

/// Shows no secrets.
impl fmt::Debug for SecurityHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityHub")
            .field("endpoint", &self.0.endpoint)
            .field("credentials", &self.0.credentials)
            .field("retry_policy", &self.0.retry_policy)
            .field("clock_skew_correction", &self.0.clock_skew_correction)
            .field("app_id", &self.0.app_id)
            .field("retry_quota", &self.retry_quota())
            .field("clock_offset", &self.clock_offset())
            .finish_non_exhaustive()
    }
}

fn signer(credentials: &Credentials, region: &Region) -> Signer {
    Signer::new(credentials.clone(), region, SERVICE).expect("the service's name is valid")
}

fn request(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    request
}

/// A map with room for the headers of a signature as well.
fn content_type() -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    headers
}
