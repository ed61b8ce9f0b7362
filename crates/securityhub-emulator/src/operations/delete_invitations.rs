//! `DeleteInvitations` removes invitations, from either side.

use securityhub_invitations::AccountId;

use super::{Caller, Done, Unprocessed, unprocessed_accounts};
use crate::hubs::Hubs;

/// Deletes the invitations that the caller received from these accounts, or sent to them.
///
/// AWS's documents name both sides: older ones the member's, the current one the administrator's. The caller's received
/// invitations come first. The administrator's list of members does not change. Macie's reference says that an accepted
/// invitation cannot be deleted, and the emulator assumes the same of Security Hub.
pub(super) fn run(ids: &[String], hubs: &mut Hubs, caller: &Caller) -> Done {
    let mut unprocessed = Vec::new();
    for id in ids {
        let other = id.parse::<AccountId>().ok();
        let deleted =
            other.map_or(Err(Unprocessed::NOT_INVITED), |other| match delete(hubs, caller, caller.account, other) {
                Err(Unprocessed::NOT_INVITED) => delete(hubs, caller, other, caller.account),
                decided => decided,
            });
        if let Err(result) = deleted {
            unprocessed.push(Unprocessed { id, result });
        }
    }
    let deleted = (ids.len() - unprocessed.len()) as u64;
    Done { body: unprocessed_accounts(&unprocessed), deleted }
}

fn delete(hubs: &mut Hubs, caller: &Caller, member: AccountId, administrator: AccountId) -> Result<(), &'static str> {
    let hub = hubs.hub_mut(member, &caller.region).ok_or(Unprocessed::NOT_INVITED)?;
    if hub.administrator == Some(administrator) {
        return Err(Unprocessed::ACCEPTED);
    }
    hub.invitations.remove(&administrator).map(drop).ok_or(Unprocessed::NOT_INVITED)
}
