//! The async adapter: many regions at once over one connection pool.
//!
//! ```text
//! cargo run --example async_hyper
//! ```

use std::{error::Error, time::Duration};

use hyper_util::rt::TokioTimer;
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, EndpointVariant, Region, SecurityHub};
use securityhub_invitations_hyper::{Client, DefaultService};
use tokio::{runtime, task::JoinSet};

// `#[tokio::main]` does the same.
fn main() -> Result<(), Box<dyn Error>> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    // Every region except the last has an invitation. The first request is throttled.
    let regions = ["us-east-1", "eu-central-1", "ap-southeast-2"].map(str::parse::<Region>);
    let regions = regions.into_iter().collect::<Result<Vec<_>, _>>()?;
    let emulator = Emulator::new();
    for region in &regions[..2] {
        emulator.invite(region, "111122223333".parse()?);
    }
    emulator.script_faults([Fault::throttled()]);
    let server = Server::start(emulator)?;

    // For AWS, `Client::from_env()?` uses the hub of AWS_REGION. The emulator needs a custom endpoint and no proxy.
    let service = DefaultService::new().without_proxy();
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(Endpoint::custom(&regions[0], &server.url())?, credentials);
    let input = DeleteInvitations::new(["111122223333"])?;

    let mut calls = JoinSet::new();
    for region in regions {
        let hub = hub.with_region(&region, EndpointVariant::default())?;
        let client = Client::with_service(hub, service.clone(), TokioTimer::new())
            .with_deadline(Duration::from_secs(30))
            .on_attempt({
                let region = region.clone();
                move |attempt| {
                    if attempt.wait.is_some() {
                        println!("{region}: {attempt}");
                    }
                }
            });
        let input = input.clone();
        // Dropping the set would cancel the calls.
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
