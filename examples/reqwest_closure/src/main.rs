//! A call over reqwest: the loop is a function that receives the exchange as a closure.
//!
//! ```text
//! cargo run -p securityhub-invitations-examples-reqwest
//! ```

use std::{
    error::Error,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{
    Call, CallError, Credentials, DeleteInvitations, Driver, Endpoint, Exchange, ExchangeError, Failure, Limits,
    MAX_RESPONSE_BYTES, Next, Operation, Region, SecurityHub,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // The first connection breaks, and the second attempt is throttled.
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    emulator.invite(&region, "111122223333".parse()?);
    emulator.script_faults([Fault::none().drop_before_response(), Fault::throttled()]);
    let server = Server::start(emulator)?;
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(Endpoint::custom(&region, &server.url())?, credentials);

    let client = reqwest::Client::builder()
        // A signature is valid for one host only.
        .redirect(reqwest::redirect::Policy::none())
        // The driver retries, and counts the attempts.
        .retry(reqwest::retry::never())
        // The emulator is on loopback. Remove this line for AWS.
        .no_proxy()
        .build()?;
    let exchange = async |request: Request<Bytes>, timeout: Duration| -> Result<Response<Vec<u8>>, _> {
        let mut request: reqwest::Request = request.try_into().map_err(transport)?;
        *request.timeout_mut() = Some(timeout);
        let mut response = client.execute(request).await.map_err(transport)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if chunk.len() > MAX_RESPONSE_BYTES - body.len() {
                return Err(ExchangeError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let (parts, _) = Response::<reqwest::Body>::from(response).into_parts();
        Ok(Response::from_parts(parts, body))
    };

    let output = send(hub.call(DeleteInvitations::new(["111122223333"])?), exchange).await?;
    output.into_result()?;
    println!("deleted: 111122223333");
    Ok(())
}

/// Runs any call. The driver decides about timeouts, retries and the final error.
async fn send<O: Operation>(
    call: Call<O>,
    exchange: impl AsyncFn(Request<Bytes>, Duration) -> Result<Response<Vec<u8>>, ExchangeError<reqwest::Error>>,
) -> Result<O::Output, CallError<reqwest::Error>> {
    let started = Instant::now();
    let mut driver = Driver::new(call, Limits::new().with_deadline(Duration::from_secs(60)));
    loop {
        let Exchange { request, timeout, in_flight, .. } = driver.start(started.elapsed(), SystemTime::now())?;
        let result = exchange(request, timeout).await;
        match in_flight.finish(result, started.elapsed(), SystemTime::now(), |attempt| println!("{attempt}")) {
            Next::Done(result) => return result,
            Next::Wait(wait, next) => {
                tokio::time::sleep(wait).await;
                driver = next;
            }
        }
    }
}

/// Classifies reqwest's error for the driver.
fn transport(error: reqwest::Error) -> ExchangeError<reqwest::Error> {
    let (failure, is_retryable) = match &error {
        error if error.is_builder() => (Failure::NotSent, false),
        error if error.is_connect() => (Failure::NotSent, true),
        error if error.is_timeout() => (Failure::TimedOut, true),
        _ => (Failure::Interrupted, true),
    };
    ExchangeError::Transport { error, failure, is_retryable }
}
