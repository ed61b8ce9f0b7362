//! Lists invitations page by page and deletes them, against an emulated Security Hub on a free loopback port.
//!
//! ```text
//! cargo run --example quickstart
//! cargo run --example quickstart -- --explain
//! ```
//!
//! The first request is throttled, and one of the deleted ids was never invited.

use std::{error::Error, num::NonZeroUsize, time::SystemTime};

use clap::{Arg, ArgAction, Command};
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{
    AccountId, Credentials, DeleteInvitations, Endpoint, Invitation, ListInvitations, Region, SecurityHub, Verdict,
};
use securityhub_invitations_ureq::{Client, Connections};

fn main() -> Result<(), Box<dyn Error>> {
    let explain = Arg::new("explain").long("explain").action(ArgAction::SetTrue);
    let arguments = Command::new("quickstart")
        .about("Lists and deletes invitations at an emulated Security Hub")
        .arg(explain.help("Also print the canonical request and the string to sign"))
        .get_matches();

    // An emulated Security Hub with three invitations. It throttles the first request.
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    for id in ["111122223333", "444455556666", "777788889999"] {
        emulator.invite(&region, id.parse()?);
    }
    emulator.script_faults([Fault::throttled()]);
    let server = Server::start(emulator)?;
    println!("emulated Security Hub: {} (region {region})", server.url());

    // For AWS, `Client::from_env()?` replaces these lines. The emulator needs a custom endpoint and no proxy.
    let endpoint = Endpoint::custom(&region, &server.url())?;
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(endpoint, credentials);
    let connections = Connections::new().without_proxy();
    let client = Client::with_connections(hub.clone(), connections).on_attempt(|attempt| println!("{attempt}"));

    // List the calling account's invitations, two per page.
    let mut ids = vec!["000000000000".parse::<AccountId>()?];
    let mut page = Some(ListInvitations::new().with_page_size(2)?);
    while let Some(input) = page {
        let output = client.list_invitations(input.clone())?;
        for id in output.invitations().iter().filter_map(Invitation::account_id) {
            println!("found: {id}");
            ids.push(id.parse()?);
        }
        page = input.next_page(&output)?;
    }

    // Delete them, at most 50 in a call. A success can leave accounts unprocessed, so check the verdict on each.
    const CHUNK: NonZeroUsize = NonZeroUsize::new(50).unwrap();
    for input in DeleteInvitations::chunks(ids, CHUNK) {
        if arguments.get_flag("explain") {
            println!("{}", hub.explain(&input, SystemTime::now()));
        }
        let output = client.delete_invitations(input.clone())?;
        for (id, verdict) in output.verdicts(&input) {
            match verdict {
                Verdict::Done => println!("{id}: deleted"),
                Verdict::NotProcessed(account) => println!("not deleted: {account}"),
                _ => println!("{id}: uncertain, list the invitations again"),
            }
        }
        println!("request id: {}", output.request_id().unwrap_or("(none)"));
    }
    println!("invitations left: {}", server.emulator().invitations(&region).len());
    Ok(())
}
