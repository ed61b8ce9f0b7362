//! [`Tally`]: the progress of a run, counted from its events.

use std::collections::{BTreeMap, BTreeSet};

use securityhub_invitations::AccountId;
use securityhub_invitations_sweep::{Event, HubId, Phase, Sweep};

/// The progress of a run. It looks only at hubs that have changed, because there can be millions of entries.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    hubs: Vec<Count>,
    accounts: BTreeMap<AccountId, Count>,
    total: Count,
    changed: BTreeSet<HubId>,
    phase: Option<Phase>,
}

/// The size of a hub, an account or a run, in units of the phase: hubs while listing, then entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) total: u64,
    pub(crate) finished: u64,
}

impl Count {
    pub(crate) fn is_finished(self) -> bool {
        self.finished >= self.total
    }

    fn replace(&mut self, old: Self, new: Self) {
        self.total = self.total + new.total - old.total;
        self.finished = self.finished + new.finished - old.finished;
    }
}

impl Tally {
    /// Notes the hubs that events change.
    pub(crate) fn note(&mut self, events: &[Event]) {
        self.changed.extend(events.iter().filter_map(hub_of));
        if events.iter().any(|event| matches!(event, Event::SourceParked { .. } | Event::Resumed { .. })) {
            self.phase = None;
        }
    }

    /// Counts again what has changed. Returns the hubs that have finished since the last call.
    pub(crate) fn update(&mut self, sweep: &Sweep) -> Vec<HubId> {
        let phase = sweep.phase();
        let is_new_phase = self.phase != Some(phase);
        if is_new_phase {
            self.phase = Some(phase);
            self.changed = sweep.plan().numbered_hubs().map(|(id, _)| id).collect();
            self.hubs.resize(self.changed.len(), Count::default());
        }
        let mut finished = Vec::new();
        for hub in std::mem::take(&mut self.changed) {
            let Some(new) = count(sweep, hub) else { continue };
            let Some(known) = self.hubs.get_mut(hub.number() as usize) else { continue };
            let old = std::mem::replace(known, new);
            let account = sweep.plan().hubs()[hub.number() as usize].account();
            self.accounts.entry(account).or_default().replace(old, new);
            self.total.replace(old, new);
            if !is_new_phase && new.is_finished() && !old.is_finished() {
                finished.push(hub);
            }
        }
        finished
    }

    pub(crate) fn total(&self) -> Count {
        self.total
    }

    pub(crate) fn accounts(&self) -> &BTreeMap<AccountId, Count> {
        &self.accounts
    }
}

fn count(sweep: &Sweep, hub: HubId) -> Option<Count> {
    let ledger = sweep.ledger().hub(hub)?;
    let is_parked = ledger.parking().is_some();
    if matches!(sweep.phase(), Phase::Listing | Phase::Approval) {
        return Some(Count { total: 1, finished: u64::from(ledger.is_listed() || is_parked) });
    }
    let summary = ledger.summary();
    // Entries of a parked hub stay pending.
    let finished = if is_parked { summary.entries } else { summary.entries - summary.pending };
    Some(Count { total: summary.entries, finished })
}

fn hub_of(event: &Event) -> Option<HubId> {
    match event {
        Event::Found { hub, .. }
        | Event::Administrator { hub, .. }
        | Event::Sent { hub, .. }
        | Event::Done { hub, .. }
        | Event::Failed { hub, .. }
        | Event::Verified { hub, .. }
        | Event::AdministratorVerified { hub, .. }
        | Event::Parked { hub, .. } => Some(*hub),
        _ => None,
    }
}
