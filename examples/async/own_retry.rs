//! Your own retries as a tower layer: tower's `RetryLayer` around a service that signs, sends and reads one attempt.
//!
//! ```text
//! cargo run --example own_retry
//! ```
//!
//! The layer retries the input, not the request. Each attempt gets its own signature, because a signature is valid for only
//! five minutes. The layer counts the attempts, so that the output's verdicts are correct. It does not use the hub's retry
//! quota.

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    time::{Duration, SystemTime},
};

use http::Response;
use http_body_util::{BodyExt, Full, Limited};
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{
    Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Error as ServiceError, MAX_RESPONSE_BYTES,
    Region, SecurityHub, Verdict,
};
use securityhub_invitations_hyper::DefaultService;
use tokio::{
    runtime,
    time::{sleep, timeout},
};
use tower::{ServiceBuilder, ServiceExt, retry, service_fn};

type BoxError = Box<dyn Error + Send + Sync>;

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

fn main() -> Result<(), BoxError> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), BoxError> {
    // The first request is throttled. The second takes effect, but its response is lost.
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    emulator.invite(&region, "111122223333".parse()?);
    emulator.script_faults([Fault::throttled(), Fault::none().drop_before_response().after_processing()]);
    let server = Server::start(emulator)?;
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(Endpoint::custom(&region, &server.url())?, credentials);

    // Any HTTP service would do. The emulator needs one without a proxy.
    let http = DefaultService::new().without_proxy();
    let once = service_fn(move |attempt: Attempt| attempt.send(hub.clone(), http.clone()));
    let service = ServiceBuilder::new().retry(Backoff).service(once);

    let input = DeleteInvitations::new(["111122223333"])?;
    let output = service.oneshot(Attempt { input: input.clone(), number: 1, unconfirmed: 0 }).await?;
    for (id, verdict) in output.verdicts(&input) {
        match verdict {
            Verdict::Done => println!("{id}: deleted"),
            Verdict::NotProcessed(account) => println!("not deleted: {account}"),
            _ => println!("{id}: uncertain, an earlier attempt may have deleted it"),
        }
    }
    println!("requests: {}", server.emulator().request_count());
    Ok(())
}

/// The input of one attempt, with the count of those before it.
#[derive(Clone)]
struct Attempt {
    input: DeleteInvitations,
    number: u32,
    /// The number of earlier attempts that may have taken effect.
    unconfirmed: u32,
}

impl Attempt {
    async fn send(self, hub: SecurityHub, http: DefaultService) -> Result<DeleteInvitationsOutput, BoxError> {
        let sent = SystemTime::now();
        let request = hub.signed_request(&self.input, sent).map(Full::new);
        let response = timeout(ATTEMPT_TIMEOUT, async {
            let (parts, body) = http.oneshot(request).await?.into_parts();
            let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await?.to_bytes();
            Ok::<_, BoxError>(Response::from_parts(parts, body))
        });
        let response = response.await??;
        // The hub learns how far the clock is off, and signs the next attempt with the corrected time.
        hub.observe(&response, sent, SystemTime::now());
        match DeleteInvitationsOutput::from_response(&response) {
            Ok(output) => Ok(output.with_attempts(self.number, self.unconfirmed)),
            Err(error) => Err(error.with_attempts(self.number, self.unconfirmed).into()),
        }
    }
}

/// Four attempts. The first wait is 100 ms or as long as the service requests, and each further wait is twice as long.
#[derive(Clone)]
struct Backoff;

impl retry::Policy<Attempt, DeleteInvitationsOutput, BoxError> for Backoff {
    type Future = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn retry(
        &mut self,
        attempt: &mut Attempt,
        result: &mut Result<DeleteInvitationsOutput, BoxError>,
    ) -> Option<Self::Future> {
        let error = result.as_ref().err()?;
        // This example retries every transport error, and treats each as unconfirmed.
        let service_error: Option<&ServiceError> = error.downcast_ref();
        if attempt.number == 4 || service_error.is_some_and(|error| !error.is_retryable()) {
            return None;
        }
        let backoff = Duration::from_millis(50) * 2_u32.pow(attempt.number);
        let wait = service_error.and_then(ServiceError::retry_after).map_or(backoff, |asked| asked.max(backoff));
        println!("attempt {}: {error} (next attempt in {wait:?})", attempt.number);
        attempt.number += 1;
        attempt.unconfirmed += u32::from(service_error.is_none_or(|error| !error.is_confirmed()));
        Some(Box::pin(sleep(wait)))
    }

    fn clone_request(&mut self, attempt: &Attempt) -> Option<Attempt> {
        Some(attempt.clone())
    }
}
