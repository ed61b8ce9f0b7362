//! [`Verification`]: the comparison of a hub's final list with its entries.

use crate::{
    cell::Kind,
    event::{Event, Found},
    hub::HubId,
    id_order::IdOrder,
    invitation_digest::InvitationDigest,
    replay::Replay,
};

/// The comparison of a hub's final list with its entries, page by page.
#[derive(Debug)]
pub(crate) struct Verification {
    order: IdOrder,
    same: Vec<u32>,
    listed: Vec<u32>,
    appeared: Vec<Found>,
}

impl Verification {
    pub(crate) fn new(hub: HubId, replay: &Replay) -> Self {
        let order = IdOrder::new(&replay.hub(hub).entries);
        Self { order, same: Vec::new(), listed: Vec::new(), appeared: Vec::new() }
    }

    pub(crate) fn add(&mut self, hub: HubId, replay: &Replay, page: Vec<Found>) {
        let entries = &replay.hub(hub).entries;
        for found in page {
            let Some(number) = self.order.find(entries, found.id) else {
                if !replay.plan().keeps(found.id) {
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
    pub(crate) fn finish(mut self, hub: HubId) -> Event {
        for numbers in [&mut self.same, &mut self.listed] {
            numbers.sort_unstable();
            numbers.dedup();
        }
        Event::Verified { hub, same: self.same, listed: self.listed, appeared: self.appeared }
    }
}
