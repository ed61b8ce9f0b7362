//! The whole job in small: lists invitations in two accounts and two regions, deletes them, and prints a table. It runs against an
//! emulated Security Hub on a free loopback port.
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! One region is not subscribed, one request is throttled, one response is lost, and one inviter is kept.

use std::{convert::Infallible, error::Error};

use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{AccountId, Credentials, Endpoint, Region, SecurityHub};
use securityhub_invitations_ureq::{
    Client, Connections, Stop, SweepDriver,
    sweep::{Event, Hub, Plan, Side, Sweep},
};

fn main() -> Result<(), Box<dyn Error>> {
    // An emulated Security Hub with three invitations in each account and region.
    let accounts: [AccountId; 2] = ["111122223333".parse()?, "444455556666".parse()?];
    let regions: [Region; 2] = ["eu-central-1".parse()?, "us-east-1".parse()?];
    let keep: AccountId = "999999999999".parse()?;
    let emulator = Emulator::new();
    for account in accounts {
        emulator.set_access_key(access_key(account));
        for region in &regions {
            for inviter in ["777777777777".parse()?, "888888888888".parse()?, keep] {
                emulator.account(inviter).send_invitation(region, account);
            }
        }
    }
    emulator.account(accounts[1]).set_subscribed(&regions[1], false);
    let lost = Fault::none().after_processing().drop_before_response();
    emulator.script_faults([Fault::throttled(), Fault::none(), Fault::none(), Fault::none(), Fault::none(), lost]);
    let server = Server::start(emulator)?;
    println!("emulated Security Hub: {}", server.url());

    // One client for each account and region. For AWS, `Endpoint::regional` replaces the custom endpoint.
    let hubs = accounts.iter().flat_map(|account| regions.iter().map(|region| Hub::new(*account, region.clone())));
    let plan = Plan::new(Side::Member, hubs.collect())?.with_keep([keep]);
    let clients = plan.hubs().iter().map(|hub| {
        let key = access_key(hub.account());
        let credentials = Credentials::new(key.id(), AccessKey::EXAMPLE_SECRET)?;
        let security_hub = SecurityHub::new(Endpoint::custom(hub.region(), &server.url())?, credentials);
        let name = hub.to_string();
        let client = Client::with_connections(security_hub, Connections::new().without_proxy());
        Ok(client.on_attempt(move |attempt| println!("{name}: {attempt}")))
    });
    let clients = clients.collect::<Result<Vec<Client>, Box<dyn Error>>>()?;

    // First it lists everything. Nothing is changed before `approve`. A real program stores the events and asks.
    let mut sweep = Sweep::new(plan);
    let driver = SweepDriver::new(|hub| Ok(clients[hub.number() as usize].clone()));
    let persist = |_events: Vec<Event>| Ok::<(), Infallible>(());
    driver.run(&mut sweep, &Stop::new(), persist)?;
    if let Some(question) = sweep.question() {
        println!("\ndeleting {} invitations in {} accounts and regions\n", question.ids, question.hubs);
        sweep.approve();
        driver.run(&mut sweep, &Stop::new(), persist)?;
    }

    println!("\n{:<14}{:<16}{:<14}result", "account", "region", "inviter");
    for hub in sweep.ledger().hubs() {
        for entry in hub.entries() {
            let certainty = if entry.is_certain() { "" } else { ", uncertain" };
            let (account, region, state) = (hub.account(), hub.region().as_str(), entry.state());
            println!("{account:<14}{region:<16}{:<14}{}{certainty}", entry.id(), state.as_str());
        }
        if let Some(parking) = hub.parking() {
            println!("{:<14}{:<16}{:<14}{parking}", hub.account(), hub.region().as_str(), "");
        }
    }
    Ok(())
}

/// Returns an access key of an account, with the example secret.
fn access_key(account: AccountId) -> AccessKey {
    AccessKey::new(&format!("AKID{account}"), AccessKey::EXAMPLE_SECRET).with_account(account)
}
