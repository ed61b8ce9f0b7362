//! The async adapter: many regions at once, over one pool of connections.
//!
//! ```text
//! cargo run --example async_hyper
//! ```

use std::{error::Error, time::Duration};

use hyper_util::rt::TokioTimer;
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, Region, SecurityHub};
use securityhub_invitations_hyper::{Client, DefaultService};
use tokio::{runtime, task::JoinSet};

// `#[tokio::main]` does the same.
fn main() -> Result<(), Box<dyn Error>> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    // An invitation in each region but the last; whichever request is first is throttled.
    let regions = ["us-east-1", "eu-central-1", "ap-southeast-2"].map(str::parse::<Region>);
    let regions = regions.into_iter().collect::<Result<Vec<_>, _>>()?;
    let emulator = Emulator::new();
    for region in &regions[..2] {
        emulator.invite(region, "111122223333".parse()?);
    }
    emulator.script([Fault::throttled()]);
    let server = Server::start(emulator)?;

    // The emulator is on loopback, whatever proxy the environment names. At AWS it would be `Client::new(hub)`.
    let service = DefaultService::new().without_proxy();
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let input = DeleteInvitations::new(["111122223333"])?;

    let mut calls = JoinSet::new();
    for region in regions {
        // At AWS it would be `Endpoint::regional(&region)?`.
        let hub = SecurityHub::new(Endpoint::custom(&region, &server.url())?, credentials.clone());
        let client = Client::with_service(hub, service.clone(), TokioTimer::new())
            .with_deadline(Duration::from_secs(30))
            .on_attempt({
                let region = region.clone();
                move |attempt| {
                    if let (Err(error), Some(wait)) = (&attempt.outcome, attempt.wait) {
                        println!("{region}: attempt {}: {error}; next in {wait:.0?}", attempt.number);
                    }
                }
            });
        let input = input.clone();
        // Dropping the set would cancel what is under way.
        calls.spawn(async move { (region, client.delete_invitations(input).await) });
    }

    while let Some(call) = calls.join_next().await {
        let (region, result) = call?;
        match result?.into_result() {
            Ok(()) => println!("{region}: deleted"),
            Err(unprocessed) => println!("{region}: {unprocessed}"),
        }
    }
    Ok(())
}
