//! The call over reqwest, with no adapter of ours: the driver loop is a function that takes the exchange as a closure.
//!
//! ```text
//! cargo run -p securityhub-invitations-examples-reqwest
//! ```

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{
    Call, Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Failure, MAX_RESPONSE_BYTES, Outcome,
    Region, SecurityHub,
};

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    emulator.invite(&region, "111122223333".parse()?);
    emulator.script([Fault::none().drop_before_answer(), Fault::throttled()]);
    let server = Server::start(emulator)?;
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(Endpoint::custom(&region, &server.url())?, credentials);

    let client = reqwest::Client::builder()
        // A redirect would be followed without the body, and the signature is for one host only.
        .redirect(reqwest::redirect::Policy::none())
        // The call counts its attempts itself.
        .retry(reqwest::retry::never())
        .timeout(Duration::from_secs(30))
        // The emulator is on loopback, whatever proxy the environment names.
        .no_proxy()
        .build()?;
    let exchange = async |request: Request<Bytes>| -> Result<Response<Vec<u8>>, BoxError> {
        let mut response = client.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if chunk.len() > MAX_RESPONSE_BYTES - body.len() {
                return Err("the answer is too long".into());
            }
            body.extend_from_slice(&chunk);
        }
        let (parts, _) = Response::<reqwest::Body>::from(response).into_parts();
        Ok(Response::from_parts(parts, body))
    };

    let output = drive(hub.delete_invitations(DeleteInvitations::new(["111122223333"])?), exchange).await?;
    println!("attempt {}: answered", output.attempts());
    output.into_result()?;
    println!("deleted: 111122223333");
    Ok(())
}

/// The driver loop: sign, exchange, tell, wait.
async fn drive(
    mut call: Call,
    exchange: impl AsyncFn(Request<Bytes>) -> Result<Response<Vec<u8>>, BoxError>,
) -> Result<DeleteInvitationsOutput, BoxError> {
    loop {
        let (request, in_flight) = call.sign(SystemTime::now());
        let attempt = in_flight.attempt();
        let retry = match exchange(request).await {
            Ok(response) => match in_flight.handle_response(&response, SystemTime::now()) {
                Outcome::Done(result) => return Ok(result?),
                Outcome::Retry(retry) => retry,
            },
            Err(error) => match classify(&error).and_then(|failure| in_flight.handle_failure(failure)) {
                Some(retry) => retry,
                None => return Err(error),
            },
        };
        println!("attempt {attempt}: {}; next in {:.0?}", retry.cause, retry.after);
        tokio::time::sleep(retry.after).await;
        call = retry.call;
    }
}

/// All that a retry decision needs to know of reqwest's error; `None` where another attempt would come to the same.
fn classify(error: &BoxError) -> Option<Failure> {
    let error = error.downcast_ref::<reqwest::Error>()?;
    if error.is_builder() {
        return None;
    }
    Some(if error.is_connect() {
        Failure::NotSent
    } else if error.is_timeout() {
        Failure::TimedOut
    } else {
        Failure::Interrupted
    })
}
