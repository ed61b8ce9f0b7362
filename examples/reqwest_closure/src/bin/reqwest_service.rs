//! A client over reqwest: reqwest is the service of `securityhub-invitations-hyper`, which adds retries and time limits.
//!
//! ```text
//! cargo run -p securityhub-invitations-examples-reqwest --bin reqwest_service
//! ```

use std::error::Error;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::rt::TokioTimer;
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations_hyper::{
    Client, Credentials, DeleteInvitations, Endpoint, Failure, Region, SecurityHub, tower_service::Service,
};
use tower::service_fn;

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

    let reqwest = reqwest::Client::builder()
        // A signature is valid for one host only.
        .redirect(reqwest::redirect::Policy::none())
        // The client retries, and counts the attempts.
        .retry(reqwest::retry::never())
        // The emulator is on loopback. Remove this line for AWS.
        .no_proxy()
        .build()?;
    let service = service_fn(move |request: Request<Full<Bytes>>| {
        let mut reqwest = reqwest.clone();
        async move { reqwest.call(request.map(reqwest::Body::wrap).try_into()?).await.map(Response::from) }
    });
    let client = Client::with_service(hub, service, TokioTimer::new())
        .with_classification(|error| match error.downcast_ref::<reqwest::Error>()? {
            error if error.is_connect() || error.is_builder() => Some(Failure::NotSent),
            error if error.is_timeout() => Some(Failure::TimedOut),
            _ => Some(Failure::Interrupted),
        })
        .on_attempt(|attempt| println!("{attempt}"));

    client.delete_invitations(DeleteInvitations::new(["111122223333"])?).await?.into_result()?;
    println!("deleted: 111122223333");

    // Nothing listens on the port any more.
    drop(server);
    let error = client.delete_invitations(DeleteInvitations::new(["111122223333"])?).await.err();
    println!("{:?}", error.and_then(|error| error.failure()));
    Ok(())
}
