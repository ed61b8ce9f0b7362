//! `ListInvitations` lists the invitations that the caller received.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Caller;
use crate::{
    hubs::{Hub, Invitation},
    page::Page,
    response::Refusal,
};

/// Lists the caller's invitations in the order of the administrators' account ids.
pub(super) fn run(page: &Page, hub: Option<&Hub>, caller: &Caller) -> Result<Value, Refusal> {
    let none = BTreeMap::new();
    let invitations = hub.map_or(&none, |hub| &hub.invitations);
    page.cut("Invitations", caller, invitations, |_| true, Invitation::to_json)
}
