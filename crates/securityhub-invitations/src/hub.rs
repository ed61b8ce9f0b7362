//! [`SecurityHub`]: one caller's view of Security Hub in one region, and the stateless doors.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};

use crate::{
    credentials::Credentials,
    date::{self, SigningTime},
    endpoint::Endpoint,
    operation::DeleteInvitations,
    retry::{RetryPolicy, RetryQuota},
    sigv4::{Explanation, Signed, Signer, Template, X_AMZ_DATE, X_AMZ_SECURITY_TOKEN},
    skew::Skew,
};

const SERVICE: &str = "securityhub";
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// Security Hub in one region for one caller: an endpoint, credentials and how to retry.
///
/// Clones are cheap and share the retry quota, the clock offset and the day's signing key, so that what one call learns
/// helps the next. Make one per region and keep it.
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
/// let request = hub.request(&input, UNIX_EPOCH + Duration::from_secs(1_795_379_825));
/// assert_eq!(request.uri(), "https://securityhub.us-east-1.amazonaws.com/invitations/delete");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SecurityHub(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    endpoint: Endpoint,
    uri: Uri,
    credentials: Credentials,
    template: Template,
    retry_policy: RetryPolicy,
    clock_skew_correction: bool,
    app_id: Option<Arc<str>>,
    shared: Arc<Shared>,
}

/// What the calls of all clones learn, whatever credentials they have.
#[derive(Default)]
struct Shared {
    retry_quota: RetryQuota,
    clock_offset: AtomicI64,
}

impl SecurityHub {
    /// With the standard retry policy and clock skew correction.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: Credentials) -> Self {
        let template = template(&endpoint, &credentials);
        Self(Arc::new(Parts {
            uri: endpoint.request_uri(),
            endpoint,
            credentials,
            template,
            retry_policy: RetryPolicy::standard(),
            clock_skew_correction: true,
            app_id: None,
            shared: Arc::default(),
        }))
    }

    /// The same hub with another retry policy.
    #[must_use]
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.parts_mut().retry_policy = policy;
        self
    }

    /// The same hub with clock skew correction on or off. Default: on.
    ///
    /// It takes the difference between the `Date` of each response and the caller's clock, signs what follows with the
    /// corrected time, and tries a call again that was refused for a clock more than 4 minutes off.
    #[must_use]
    pub fn with_clock_skew_correction(mut self, on: bool) -> Self {
        self.parts_mut().clock_skew_correction = on;
        self
    }

    /// A hub with other credentials, sharing the retry quota and the clock offset: for rotation.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        // All but the credentials and what is made of them.
        let Parts { endpoint, uri, credentials: _, template, retry_policy, clock_skew_correction, app_id, shared } =
            &*self.0;
        Self(Arc::new(Parts {
            endpoint: endpoint.clone(),
            uri: uri.clone(),
            template: template
                .with_signer(signer(endpoint, &credentials))
                .unwrap_or_else(|| self::template(endpoint, &credentials)),
            credentials,
            retry_policy: *retry_policy,
            clock_skew_correction: *clock_skew_correction,
            app_id: app_id.clone(),
            shared: Arc::clone(shared),
        }))
    }

    /// The same hub with the application's id.
    pub(crate) fn with_app_id(mut self, app_id: &str) -> Self {
        self.parts_mut().app_id = Some(app_id.into());
        self
    }

    /// Where requests go.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// The application's id from `AWS_SDK_UA_APP_ID`, for the User-Agent that adapters send.
    #[must_use]
    pub fn app_id(&self) -> Option<&str> {
        self.0.app_id.as_deref()
    }

    /// What is left of the retry quota: 500 at first. A retry takes 14 after a transient failure and 5 after throttling; a
    /// success gives back what the last retry took, or 1 if it needed none. A retry that cannot be paid is
    /// not made: the call ends with the error that it has. It is paid when it is decided, also if it is then not made.
    #[must_use]
    pub fn retry_quota(&self) -> u32 {
        self.0.shared.retry_quota.available()
    }

    /// How far the service's clock is ahead of the caller's, in seconds, by the latest response that told. 0 until then. It
    /// is shared by all clones, whether they correct by it or not.
    #[must_use]
    pub fn clock_offset(&self) -> i64 {
        self.0.shared.clock_offset.load(Ordering::Relaxed)
    }

    /// The request without date, token and signature, for stacks that sign on their own.
    #[must_use]
    pub fn unsigned_request(&self, input: &DeleteInvitations) -> Request<Bytes> {
        let mut request = Request::new(input.body().clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.0.uri.clone();
        request.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
        request
    }

    /// The signed request. It has no `Host` and no `Content-Length`: transports add them.
    ///
    /// `now` is the caller's clock; [`clock_offset`](Self::clock_offset) is added to it where skew is corrected, and the sum
    /// clamped to the years 1970–9999. The service takes a signature for five minutes.
    #[must_use]
    pub fn request(&self, input: &DeleteInvitations, now: SystemTime) -> Request<Bytes> {
        self.signed_request(input, self.sign(input, now))
    }

    /// What is computed on the way to the signature of [`request`](Self::request).
    #[must_use]
    pub fn explain(&self, input: &DeleteInvitations, now: SystemTime) -> Explanation {
        self.0.template.explain(self.signing_time(now), input.payload_hash())
    }

    pub(crate) fn sign(&self, input: &DeleteInvitations, now: SystemTime) -> Signed {
        self.0.template.sign(self.signing_time(now), input.payload_hash())
    }

    pub(crate) fn signed_request(&self, input: &DeleteInvitations, signed: Signed) -> Request<Bytes> {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
        headers.insert(X_AMZ_DATE, signed.date);
        if let Some(token) = signed.token {
            headers.insert(X_AMZ_SECURITY_TOKEN, token);
        }
        headers.insert(header::AUTHORIZATION, signed.authorization);
        let mut request = Request::new(input.body().clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.0.uri.clone();
        *request.headers_mut() = headers;
        request
    }

    pub(crate) fn retry_policy(&self) -> RetryPolicy {
        self.0.retry_policy
    }

    pub(crate) fn quota(&self) -> &RetryQuota {
        &self.0.shared.retry_quota
    }

    pub(crate) fn session_token(&self) -> Option<&str> {
        self.0.credentials.session_token()
    }

    /// Measures the clock by a response, for all clones, if that is wanted and possible.
    pub(crate) fn measure_clock(&self, headers: &HeaderMap, sent: SystemTime, received: SystemTime) -> Option<Skew> {
        let skew = Skew::measure(headers, sent, received).filter(|_| self.0.clock_skew_correction)?;
        self.0.shared.clock_offset.store(skew.seconds(), Ordering::Relaxed);
        Some(skew)
    }

    /// The service's time, as far as it is known, in seconds since 1970.
    pub(crate) fn service_seconds(&self, now: SystemTime) -> i64 {
        date::unix_seconds(now).saturating_add(self.applied_offset())
    }

    fn signing_time(&self, now: SystemTime) -> SigningTime {
        SigningTime::at(now, self.applied_offset())
    }

    fn applied_offset(&self) -> i64 {
        if self.0.clock_skew_correction { self.clock_offset() } else { 0 }
    }

    fn parts_mut(&mut self) -> &mut Parts {
        Arc::make_mut(&mut self.0)
    }
}

/// No secrets.
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

fn signer(endpoint: &Endpoint, credentials: &Credentials) -> Signer {
    Signer::new(credentials.clone(), endpoint.region(), SERVICE).expect("the service's name is a valid one")
}

fn template(endpoint: &Endpoint, credentials: &Credentials) -> Template {
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.signing_uri();
    request.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    Template::new(signer(endpoint, credentials), &request).expect("the request has a host, and its headers are ASCII")
}
