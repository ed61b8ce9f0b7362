//! [`Summary`]: the counts of a ledger or of one of its hubs.

use crate::{cell::Kind, ledger::HubLedger};

/// The counts of a ledger or of one of its hubs. Each entry counts in exactly one of `done`, `not_processed`, `failed`, `kept` and `pending`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Summary {
    /// The entries: one for each account id in each hub.
    pub entries: u64,
    /// The entries that are done.
    pub done: u64,
    /// The entries that the service did not process.
    pub not_processed: u64,
    /// The entries whose request failed.
    pub failed: u64,
    /// The entries on the keep list.
    pub kept: u64,
    /// The entries that are pending or in flight.
    pub pending: u64,
    /// The entries whose state is not certain, whatever it is.
    pub uncertain: u64,
    /// The invitations that appeared during the run.
    pub appeared: u64,
    /// The listed entries without a valid account id.
    pub unreadable: u64,
    /// The hubs.
    pub hubs: u64,
    /// The hubs that are parked.
    pub parked_hubs: u64,
    /// The hubs whose list is incomplete, parked ones included.
    pub unlisted_hubs: u64,
    /// The hubs whose step `disassociate` is not done, not kept, or not certain.
    pub administrators_left: u64,
}

impl Summary {
    pub(crate) fn of(hubs: &[HubLedger]) -> Self {
        let mut summary = Self::default();
        for hub in hubs {
            summary.count_hub(hub);
        }
        summary
    }

    fn count_hub(&mut self, hub: &HubLedger) {
        self.hubs += 1;
        self.parked_hubs += u64::from(hub.parking.is_some());
        self.unlisted_hubs += u64::from(!hub.is_listed);
        self.appeared += hub.appeared().len() as u64;
        self.unreadable += u64::from(hub.unreadable);
        self.administrators_left += u64::from(hub.administrator.is_some_and(|administrator| {
            !matches!(administrator.cell.kind(), Kind::Done | Kind::Kept) || !administrator.cell.is_certain()
        }));
        self.entries += hub.entries.len() as u64;
        for entry in &hub.entries {
            let count = match entry.delete.kind() {
                Kind::Pending | Kind::InFlight => &mut self.pending,
                Kind::Done => &mut self.done,
                Kind::NotProcessed => &mut self.not_processed,
                Kind::Failed => &mut self.failed,
                Kind::Kept => &mut self.kept,
            };
            *count += 1;
            self.uncertain += u64::from(!entry.delete.is_certain());
        }
    }

    /// Returns whether every hub was listed and every entry is certainly done or kept.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let left = self.not_processed + self.failed + self.pending + self.uncertain + self.unreadable;
        left + self.parked_hubs + self.unlisted_hubs + self.administrators_left == 0
    }
}
