//! `DeclineInvitations` marks the caller *Resigned* in the administrators' lists.

use securityhub_invitations::AccountId;

use super::{Caller, Done, Unprocessed, unprocessed_accounts};
use crate::hubs::Hubs;

/// Declines the invitations that the caller received from these accounts.
///
/// A declined invitation stays in the caller's list until it is deleted, as Macie documents it. Declining it again
/// succeeds.
pub(super) fn run(ids: &[String], hubs: &mut Hubs, caller: &Caller) -> Done {
    let mut unprocessed = Vec::new();
    for id in ids {
        if let Err(result) = decline(hubs, caller, id) {
            unprocessed.push(Unprocessed { id, result });
        }
    }
    Done { body: unprocessed_accounts(&unprocessed), deleted: 0 }
}

fn decline(hubs: &mut Hubs, caller: &Caller, id: &str) -> Result<(), &'static str> {
    let administrator: AccountId = id.parse().map_err(|_| Unprocessed::NOT_INVITED)?;
    let hub = hubs.hub(caller.account, &caller.region).ok_or(Unprocessed::NOT_INVITED)?;
    if !hub.invitations.contains_key(&administrator) {
        return Err(Unprocessed::NOT_INVITED);
    }
    if hub.administrator == Some(administrator) {
        return Err(Unprocessed::ACCEPTED);
    }
    hubs.resign(&caller.region, administrator, caller.account, caller.now);
    Ok(())
}
