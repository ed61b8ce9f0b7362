//! A whole call with nothing to set up: starts an emulated Security Hub on a free loopback port, invites three
//! accounts, and deletes the invitations over HTTP. The first attempt is throttled, and one of the ids is unknown.
//!
//! ```text
//! cargo run --example quickstart
//! cargo run --example quickstart -- --explain
//! ```

use std::{error::Error, time::SystemTime};

use clap::{Arg, ArgAction, Command};
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{AccountId, Credentials, DeleteInvitations, Endpoint, Region, SecurityHub};
use securityhub_invitations_ureq::{Client, ureq::Agent};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Command::new("quickstart")
        .about("Deletes invitations at an emulated Security Hub")
        .arg(
            Arg::new("explain")
                .long("explain")
                .action(ArgAction::SetTrue)
                .help("Also print the canonical request and the string to sign"),
        )
        .get_matches();

    // A Security Hub with three invitations, which throttles the first request.
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    for id in ["111122223333", "444455556666", "777788889999"] {
        emulator.invite(&region, id.parse()?);
    }
    emulator.script([Fault::throttled()]);
    let server = Server::start(emulator)?;
    println!("Security Hub, emulated: {} (region {region})", server.url());
    println!("invited: {}\n", joined(&server.emulator().invitations(&region)));

    // The part that an application has. At AWS it would be `Endpoint::regional(&region)?`.
    let endpoint = Endpoint::custom(&region, &server.url())?;
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(endpoint, credentials);
    let input = DeleteInvitations::new(["111122223333", "444455556666", "777788889999", "000000000000"])?;

    if arguments.get_flag("explain") {
        println!("{}\n", hub.explain(&input, SystemTime::now()));
    }

    // The emulator is on loopback, whatever proxy the environment names. At AWS it would be `Client::new(hub)`.
    let agent = Agent::new_with_config(Agent::config_builder().proxy(None).build());
    let client = Client::with_agent(hub, agent).on_attempt(|attempt| match (&attempt.outcome, attempt.wait) {
        (Ok(_), _) => println!("attempt {}: answered", attempt.number),
        (Err(error), Some(wait)) => println!("attempt {}: {error}; next in {wait:.0?}", attempt.number),
        (Err(error), None) => println!("attempt {}: {error}", attempt.number),
    });
    let output = client.delete_invitations(input.clone())?;

    // HTTP 200 is not yet success: the answer lists what was left undone.
    let is_unprocessed =
        |id: &AccountId| output.unprocessed_accounts().iter().any(|account| account.account_id() == Some(id.as_str()));
    let deleted: Vec<AccountId> = input.account_ids().filter(|id| !is_unprocessed(id)).collect();
    println!("\ndeleted: {}", joined(&deleted));
    println!("not processed:");
    for account in output.unprocessed_accounts() {
        println!("  {account}");
    }
    println!("request id: {}", output.request_id().unwrap_or("(none)"));
    println!("left at the server: {}", joined(&server.emulator().invitations(&region)));
    Ok(())
}

fn joined(ids: &[AccountId]) -> String {
    if ids.is_empty() {
        return "none".to_owned();
    }
    ids.iter().map(AccountId::as_str).collect::<Vec<_>>().join(", ")
}
