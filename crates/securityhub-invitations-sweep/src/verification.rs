//! [`Verification`]: the comparison of a hub's final list with its entries.

use crate::{
    cell::Kind,
    event::{Event, Found},
    hub::HubId,
    id_order::IdOrder,
    invitation_digest::InvitationDigest,
    outcome::Listed,
    replay::Replay,
    side::Side,
};

/// The comparison of a hub's final list with its entries, page by page.
#[derive(Debug)]
pub(crate) struct Verification {
    order: IdOrder,
    same: Vec<u32>,
    listed: Vec<u32>,
    appeared: Vec<Found>,
    /// Whether the list has an entry without a valid id. Any entry of the hub may be that one.
    has_unreadable: bool,
}

impl Verification {
    pub(crate) fn new(hub: HubId, replay: &Replay) -> Self {
        let order = IdOrder::new(&replay.hub(hub).entries);
        Self { order, same: Vec::new(), listed: Vec::new(), appeared: Vec::new(), has_unreadable: false }
    }

    pub(crate) fn add(&mut self, hub: HubId, replay: &Replay, page: Vec<Listed>) {
        let plan = replay.plan();
        let side = plan.side();
        // Without a first list, nothing is known to be new.
        let has_first_list = plan.hubs()[hub.index()].account_ids().is_none();
        let entries = &replay.hub(hub).entries;
        for Listed { id, invitation, status } in page {
            let Some(id) = id else {
                self.has_unreadable = true;
                continue;
            };
            // No document says that deleting changes the list of members, so a member that is still listed settles nothing.
            let invitation = invitation.filter(|_| *side == Side::Member);
            let found = Found::new(id, invitation);
            let Some(number) = self.order.find(entries, id) else {
                if has_first_list && side.includes(status.as_deref()) && !plan.keeps(id) {
                    self.appeared.push(found);
                }
                continue;
            };
            let cell = entries[number as usize].delete;
            let digest = InvitationDigest::of(found.invitation.as_deref());
            match digest.is_same(replay.invitation(hub, number)) {
                Some(false) if cell.kind() != Kind::Kept && cell.kind() != Kind::Pending => self.appeared.push(found),
                Some(true) if cell.is_unsettled() => self.same.push(number),
                None if cell.is_unsettled() => self.listed.push(number),
                _ => {}
            }
        }
    }

    /// Ends the comparison after the last page.
    pub(crate) fn finish(mut self, hub: HubId, replay: &Replay) -> Event {
        if self.has_unreadable {
            let entries = (0..).zip(&replay.hub(hub).entries);
            self.listed = entries.filter(|(_, entry)| entry.delete.is_unsettled()).map(|(number, _)| number).collect();
        }
        for numbers in [&mut self.same, &mut self.listed] {
            numbers.sort_unstable();
            numbers.dedup();
        }
        Event::Verified { hub, same: self.same, listed: self.listed, appeared: self.appeared }
    }
}
