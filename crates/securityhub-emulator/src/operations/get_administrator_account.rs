//! `GetAdministratorAccount` returns the caller's administrator.

use serde_json::{Value, json};

use crate::hubs::{Hub, Invitation};

/// Returns the administrator with the invitation that the caller accepted, or `{}` without an administrator.
pub(super) fn run(hub: Option<&Hub>) -> Value {
    let invitation = hub.and_then(|hub| hub.invitations.get(&hub.administrator?)).map(Invitation::to_json);
    invitation.map_or_else(|| json!({}), |administrator| json!({ "Administrator": administrator }))
}
