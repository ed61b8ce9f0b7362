//! The blocking adapter, region by region, with every possible result of a call.
//!
//! ```text
//! cargo run --example blocking
//! ```

use std::{error::Error, time::Duration};

use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{
    CallError, Credentials, DeleteInvitations, Endpoint, EndpointVariant, Region, SecurityHub,
};
use securityhub_invitations_ureq::{Client, Connections};

fn main() -> Result<(), Box<dyn Error>> {
    // The first region has both invitations, the second has one, and the third has no Security Hub. In the last region,
    // every connection breaks from the fourth request on.
    let region = str::parse::<Region>;
    let (virginia, frankfurt) = (region("us-east-1")?, region("eu-central-1")?);
    let (mumbai, sao_paulo) = (region("ap-south-1")?, region("sa-east-1")?);
    let emulator = Emulator::builder()
        .with_fault_source(|request| (request > 3).then(|| Fault::none().drop_before_response()))
        .build();
    emulator.invite(&virginia, "111122223333".parse()?);
    emulator.invite(&virginia, "444455556666".parse()?);
    emulator.invite(&frankfurt, "111122223333".parse()?);
    emulator.set_subscribed(&mumbai, false);
    let server = Server::start(emulator)?;

    // For AWS, `Client::from_env()?` uses the first region's hub. The emulator needs a custom endpoint and no proxy.
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(Endpoint::custom(&virginia, &server.url())?, credentials);
    let connections = Connections::new().without_proxy();
    let client = Client::with_connections(hub.clone(), connections).with_deadline(Duration::from_secs(30));
    let input = DeleteInvitations::new(["111122223333", "444455556666"])?;

    for region in [&virginia, &frankfurt, &mumbai, &sao_paulo] {
        let hub = hub.with_region(region, EndpointVariant::default())?;
        match client.send(hub.call(input.clone())) {
            Ok(output) if output.is_complete() => println!("{region}: deleted"),
            Ok(output) => {
                println!("{region}: not all accounts were processed");
                output.unprocessed_accounts().iter().for_each(|account| println!("  {account}"));
            }
            // Neither success nor failure is known: list the invitations, or call again.
            Err(error) if error.may_have_taken_effect() => println!("{region}: uncertain: {error}"),
            Err(CallError::Service(error)) if error.is_not_subscribed() => println!("{region}: no Security Hub"),
            Err(error) => println!("{region}: nothing was deleted: {error}"),
        }
    }
    Ok(())
}
