//! The blocking adapter, region by region, and all that a call can come to.
//!
//! ```text
//! cargo run --example blocking
//! ```

use std::{error::Error, time::Duration};

use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, Failure, Region, SecurityHub};
use securityhub_invitations_ureq::{Client, Error as CallError, ureq::Agent};

fn main() -> Result<(), Box<dyn Error>> {
    // Both invitations are in the first region, one of them is in the second; the third has no Security Hub; and in the
    // last, from the fourth request on, every connection breaks.
    let region = str::parse::<Region>;
    let (virginia, frankfurt) = (region("us-east-1")?, region("eu-central-1")?);
    let (mumbai, sao_paulo) = (region("ap-south-1")?, region("sa-east-1")?);
    let emulator = Emulator::new();
    emulator.invite(&virginia, "111122223333".parse()?);
    emulator.invite(&virginia, "444455556666".parse()?);
    emulator.invite(&frankfurt, "111122223333".parse()?);
    emulator.set_subscribed(&mumbai, false);
    let emulator = emulator.with_fault_source(|request| (request > 3).then(|| Fault::none().drop_before_answer()));
    let server = Server::start(emulator)?;

    // The emulator is on loopback, whatever proxy the environment names. At AWS it would be `Client::new(hub)`.
    let agent = Agent::new_with_config(Agent::config_builder().proxy(None).build());
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let input = DeleteInvitations::new(["111122223333", "444455556666"])?;

    for region in [&virginia, &frankfurt, &mumbai, &sao_paulo] {
        // A hub is for one region. At AWS it would be `Endpoint::regional(region)?`.
        let hub = SecurityHub::new(Endpoint::custom(region, &server.url())?, credentials.clone());
        let client = Client::with_agent(hub, agent.clone()).with_deadline(Duration::from_secs(30));

        match client.delete_invitations(input.clone()) {
            Ok(output) if output.is_complete() => println!("{region}: deleted"),
            Ok(output) => {
                println!("{region}: answered, but not processed:");
                output.unprocessed_accounts().iter().for_each(|account| println!("  {account}"));
            }
            Err(CallError::Service(error)) if error.is_not_subscribed() => println!("{region}: has no Security Hub"),
            Err(CallError::Service(error)) => println!("{region}: refused: {error}"),
            Err(CallError::Transport(error)) if error.failure() == Failure::NotSent => {
                println!("{region}: nothing was deleted: {error}");
            }
            // Whether anything was deleted is not known: look, or call again.
            Err(error) => println!("{region}: unclear: {error}"),
        }
    }
    Ok(())
}
