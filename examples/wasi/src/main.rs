//! Lists invitations from a WASI 0.2 component, whose only network is `std::net`.
//!
//! ```text
//! cargo build --package securityhub-invitations-examples-wasi --target wasm32-wasip2
//! ```
//!
//! Run the component with a runtime that grants it the network and the `AWS_*` variables, for example
//! `wasmtime run -S inherit-network,inherit-env`. The transport has no TLS, so `AWS_ENDPOINT_URL` must be an `http` URL: a
//! gateway, or the emulator.

#[path = "../../plain_http.rs"]
mod plain_http;

use std::{env, error::Error};

use securityhub_invitations::{ListInvitations, SecurityHub};

fn main() -> Result<(), Box<dyn Error>> {
    let hub = SecurityHub::from_vars(|name| env::var(name).ok())?;
    let mut page = Some(ListInvitations::new().with_page_size(50)?);
    while let Some(operation) = page {
        let output = plain_http::send(hub.call(operation.clone()))?;
        for invitation in output.invitations() {
            println!("{}: {}", invitation.account_id().unwrap_or("-"), invitation.member_status().unwrap_or("-"));
        }
        page = operation.next_page(&output)?;
    }
    Ok(())
}
