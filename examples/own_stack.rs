//! A call without an HTTP client: the transport is a `std::net::TcpStream` with handwritten HTTP/1.1.
//!
//! ```text
//! cargo run --example own_stack
//! ```
//!
//! `plain_http::send` is the same for every blocking transport. Only `exchange` depends on this one. There is no TLS here.
//! For AWS, a TLS stream around the `TcpStream` would be the only change.

mod plain_http;

use std::error::Error;

use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, Region, SecurityHub};

fn main() -> Result<(), Box<dyn Error>> {
    // The first connection breaks, and the second attempt gets status 503.
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    emulator.invite(&region, "111122223333".parse()?);
    emulator.script_faults([Fault::none().drop_before_response(), Fault::empty(http::StatusCode::SERVICE_UNAVAILABLE)]);
    let server = Server::start(emulator)?;

    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(Endpoint::custom(&region, &server.url())?, credentials);
    let output = plain_http::send(hub.call(DeleteInvitations::new(["111122223333"])?))?;
    output.into_result()?;
    println!("deleted: 111122223333");
    Ok(())
}
