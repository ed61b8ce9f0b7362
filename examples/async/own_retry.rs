//! A retry layer of one's own: the stateless halves, `SecurityHub::request` and `DeleteInvitationsOutput::parse`, as a
//! tower service, and tower's `RetryLayer` around it with a policy that is written here.
//!
//! ```text
//! cargo run --example own_retry
//! ```
//!
//! What is retried is the input, not the request: each attempt is signed with its own date, since a signature is good
//! for five minutes only. The price of an own layer is that the call's shared retry quota and clock correction are not
//! used.

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
    Region, SecurityHub,
};
use securityhub_invitations_hyper::DefaultService;
use tokio::{runtime, time::sleep};
use tower::{ServiceBuilder, ServiceExt, retry, service_fn};

type BoxError = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), BoxError> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), BoxError> {
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    emulator.invite(&region, "111122223333".parse()?);
    emulator.script([Fault::throttled(), Fault::none().drop_before_answer()]);
    let server = Server::start(emulator)?;
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(Endpoint::custom(&region, &server.url())?, credentials);

    // Any HTTP service does. This one is the adapter's, told that the emulator is on loopback.
    let http = DefaultService::new().without_proxy();
    let once = service_fn(move |input| attempt(hub.clone(), http.clone(), input));
    let service = ServiceBuilder::new().retry(Patience { attempt: 1 }).service(once);

    let output = service.oneshot(DeleteInvitations::new(["111122223333"])?).await?;
    output.into_result()?;
    println!("deleted: 111122223333");
    println!("requests: {}", server.emulator().requests());
    Ok(())
}

/// One attempt: request, exchange, parse.
async fn attempt(
    hub: SecurityHub,
    http: DefaultService,
    input: DeleteInvitations,
) -> Result<DeleteInvitationsOutput, BoxError> {
    let request = hub.request(&input, SystemTime::now());
    let (parts, body) = http.oneshot(request.map(Full::new)).await?.into_parts();
    let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await?.to_bytes();
    Ok(DeleteInvitationsOutput::parse(&Response::from_parts(parts, body))?)
}

/// Four attempts, 100 ms apart at first, then twice as long each time.
#[derive(Clone)]
struct Patience {
    attempt: u32,
}

impl retry::Policy<DeleteInvitations, DeleteInvitationsOutput, BoxError> for Patience {
    type Future = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn retry(
        &mut self,
        _: &mut DeleteInvitations,
        result: &mut Result<DeleteInvitationsOutput, BoxError>,
    ) -> Option<Self::Future> {
        let error = result.as_ref().err()?;
        // The service's errors know. The transport's are all taken to be worth another attempt here.
        let is_retryable = error.downcast_ref().is_none_or(ServiceError::is_retryable);
        if !is_retryable || self.attempt == 4 {
            return None;
        }
        let wait = Duration::from_millis(50) * 2_u32.pow(self.attempt);
        println!("attempt {}: {error}; next in {wait:.0?}", self.attempt);
        self.attempt += 1;
        Some(Box::pin(sleep(wait)))
    }

    fn clone_request(&mut self, input: &DeleteInvitations) -> Option<DeleteInvitations> {
        Some(input.clone())
    }
}
