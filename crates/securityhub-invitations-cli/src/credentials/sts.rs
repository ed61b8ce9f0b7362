//! [`Sts`]: `AssumeRole` and `GetCallerIdentity`.

use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use securityhub_invitations::{AccountId, Credentials, Endpoint, Partition, SecurityHub, sigv4::Signer};
use securityhub_invitations_hyper::{Client, DefaultService, ExchangeError};
use tokio::{sync::Semaphore, time::sleep};

use super::{
    Caller, RoleName,
    credentials_error::Problem,
    sts_response::{self, ServiceError},
};

/// A client of STS. At most 8 calls run at once.
pub(super) struct Sts {
    service: DefaultService,
    endpoint: Endpoint,
    attempt_timeout: Duration,
    permits: Semaphore,
    /// The service's clock minus this machine's, in seconds.
    clock_offset: AtomicI64,
    corrects_clock: bool,
}

/// The reason why an attempt failed.
struct Failure {
    problem: Problem,
    /// The wait before another attempt, if that may succeed.
    retry: Option<Duration>,
}

impl Sts {
    const MAX_CALLS: usize = 8;
    const MAX_ATTEMPTS: u32 = 5;
    /// Sessions of roles that a role assumes cannot be longer.
    const SESSION_SECONDS: &str = "3600";
    const SESSION_NAME: &str = "securityhub-invitations";
    const TRANSIENT_BACKOFF: Duration = Duration::from_millis(100);
    const THROTTLING_BACKOFF: Duration = Duration::from_secs(1);
    /// In seconds. STS accepts 5 minutes.
    const MAX_SKEW: i64 = 240;

    pub(super) fn new(
        service: DefaultService,
        endpoint: Endpoint,
        attempt_timeout: Duration,
        corrects_clock: bool,
    ) -> Self {
        let permits = Semaphore::new(Self::MAX_CALLS);
        Self { service, endpoint, attempt_timeout, permits, clock_offset: AtomicI64::new(0), corrects_clock }
    }

    /// Returns the time of the service's clock, as far as it is known.
    pub(super) fn now(&self) -> SystemTime {
        Self::service_time(self.clock_offset.load(Relaxed))
    }

    fn service_time(offset: i64) -> SystemTime {
        let now = SystemTime::now();
        let distance = Duration::from_secs(offset.unsigned_abs());
        let shifted = if offset < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
        shifted.unwrap_or(now)
    }

    /// Returns the credentials of a session of the role.
    pub(super) async fn assume_role(
        &self,
        credentials: &Credentials,
        role: &RoleName,
        account: AccountId,
    ) -> Result<Credentials, Problem> {
        let partition = Partition::of(self.endpoint.region()).id();
        let arn = format!("arn:{partition}:iam::{account}:role/{}", role.as_str());
        let input = [
            ("RoleArn", arn.as_str()),
            ("RoleSessionName", Self::SESSION_NAME),
            ("DurationSeconds", Self::SESSION_SECONDS),
        ];
        let response = self.call(credentials, "AssumeRole", &input).await?;
        sts_response::session(&response).ok_or_else(unreadable)
    }

    /// Returns the identity of the credentials. Every identity may call it.
    pub(super) async fn caller(&self, credentials: &Credentials) -> Result<Caller, Problem> {
        let response = self.call(credentials, "GetCallerIdentity", &[]).await?;
        sts_response::caller(&response).ok_or_else(unreadable)
    }

    async fn call(
        &self,
        credentials: &Credentials,
        action: &str,
        input: &[(&str, &str)],
    ) -> Result<Response<Bytes>, Problem> {
        let body = form(action, input);
        let signer = Signer::new(credentials.clone(), self.endpoint.region(), "sts").map_err(unsendable)?;
        let hub = SecurityHub::new(self.endpoint.clone(), credentials.clone());
        let client = Client::with_default_service(hub, self.service.clone());

        let mut attempt = 1;
        loop {
            let failure = match self.attempt(&client, &signer, body.clone()).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            match failure.retry {
                Some(backoff) if attempt < Self::MAX_ATTEMPTS => sleep(jittered(backoff * (1 << (attempt - 1)))).await,
                _ => return Err(failure.problem),
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, client: &Client, signer: &Signer, body: Bytes) -> Result<Response<Bytes>, Failure> {
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let request = Request::post(format!("{}/", self.endpoint.url()))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
            .body(body);
        let mut request = request.map_err(unsendable)?;
        let offset = self.clock_offset.load(Relaxed);
        signer.sign(&mut request, Self::service_time(offset)).map_err(unsendable)?;
        match client.exchange(request, self.attempt_timeout).await {
            Ok(response) if response.status().is_success() => {
                self.measure_clock(&response, offset);
                Ok(response)
            }
            Ok(response) => Err(self.refused(&response, signer, offset)),
            Err(ExchangeError::TooLarge) => Err(Problem::unreachable("the response of STS is too large").into()),
            Err(ExchangeError::Transport { error, is_retryable, .. }) => {
                let advice = "check the region, the network, the proxy and AWS_ENDPOINT_URL_STS";
                let problem = Problem::unreachable(&error.to_string()).with_advice(advice);
                Err(Failure { problem, retry: is_retryable.then_some(Self::TRANSIENT_BACKOFF) })
            }
        }
    }

    /// Learns the clock of the service. Returns by how many seconds it is ahead of the time that was signed.
    fn measure_clock(&self, response: &Response<Bytes>, offset: i64) -> i64 {
        let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else { return 0 };
        let seconds = |distance: Duration| i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
        let ahead = date.duration_since(Self::service_time(offset));
        let skew = ahead.map_or_else(|behind| -seconds(behind.duration()), seconds);
        if self.corrects_clock {
            self.clock_offset.store(offset.saturating_add(skew), Relaxed);
        }
        skew
    }

    /// Explains a response that is an error.
    fn refused(&self, response: &Response<Bytes>, signer: &Signer, offset: i64) -> Failure {
        let status = response.status();
        let transient = status.is_server_error().then_some(Self::TRANSIENT_BACKOFF);
        let Some(ServiceError { code, message }) = sts_response::error(response) else {
            let message = format!("status {} without an error of STS", status.as_u16());
            let problem = Problem::unreachable(&message).with_advice(CHECK_ENDPOINT);
            return Failure { problem, retry: transient };
        };
        // The message of a signature error quotes the request, with its token, after the first line.
        let message = format!("{code}: {}", message.lines().next().unwrap_or_default());
        let message = signer.redact(&message);
        let is_throttled = status == StatusCode::TOO_MANY_REQUESTS
            || code.starts_with("Throttl")
            || matches!(&*code, "RequestLimitExceeded" | "RequestThrottled" | "SlowDown" | "TooManyRequestsException");
        if is_throttled {
            return Failure { problem: Problem::unreachable(&message), retry: Some(Self::THROTTLING_BACKOFF) };
        }
        if transient.is_some() || code.starts_with("RequestTimeout") {
            return Failure { problem: Problem::unreachable(&message), retry: Some(Self::TRANSIENT_BACKOFF) };
        }
        let skew = self.measure_clock(response, offset);
        let may_be_clock = matches!(
            &*code,
            "SignatureDoesNotMatch" | "InvalidSignatureException" | "RequestExpired" | "RequestTimeTooSkewed"
        );
        if may_be_clock && skew.abs() > Self::MAX_SKEW {
            let problem = Problem::rejected(&message);
            if self.corrects_clock {
                return Failure { problem, retry: Some(Duration::ZERO) };
            }
            let direction = if skew > 0 { "behind" } else { "ahead of" };
            let advice = format!("this machine's clock is {} s {direction} that of STS", skew.abs());
            return problem.with_advice(advice).into();
        }
        match &*code {
            "AccessDenied" | "AccessDeniedException" => {
                Problem::denied(&message).with_advice("check that the role exists and trusts the caller")
            }
            "ExpiredToken" | "ExpiredTokenException" => Problem::rejected(&message),
            "SignatureDoesNotMatch" | "InvalidSignatureException" => {
                Problem::rejected(&message).with_advice("check the secret access key")
            }
            "InvalidClientTokenId" | "UnrecognizedClientException" | "RegionDisabledException" => {
                let region = self.endpoint.region();
                Problem::rejected(&message).with_advice(format!("check the access key, and that {region} is enabled"))
            }
            "AuthFailure"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "RequestExpired"
            | "RequestTimeTooSkewed"
            | "OptInRequired" => Problem::rejected(&message),
            _ => Problem::other(&message),
        }
        .into()
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { problem, retry: None }
    }
}

fn form(action: &str, input: &[(&str, &str)]) -> Bytes {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", action).append_pair("Version", "2011-06-15").extend_pairs(input);
    form.finish().into()
}

fn unsendable(error: impl std::error::Error) -> Problem {
    Problem::other(&error.to_string())
}

/// The advice for a response that is not one of STS.
const CHECK_ENDPOINT: &str = "check the proxy and AWS_ENDPOINT_URL_STS";

fn unreadable() -> Problem {
    Problem::unreachable("the response is not one of STS").with_advice(CHECK_ENDPOINT)
}

/// Returns 50 to 100 % of a wait, so that callers that fail together do not retry together.
fn jittered(wait: Duration) -> Duration {
    let nanoseconds = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.subsec_nanos() % 1000);
    wait.mul_f64(0.5 + f64::from(nanoseconds) / 2000.0)
}
