//! [`Matrix`]: the hubs of a run by account and region.

use std::collections::BTreeMap;

use securityhub_invitations::AccountId;
use securityhub_invitations_sweep::{Hub, HubLedger};

use super::{Report, hub_state::HubState};

/// The hubs of a run by account and region.
pub(crate) struct Matrix<'a> {
    /// The regions, sorted.
    pub(crate) regions: Vec<&'a str>,
    /// The accounts, in the order of the plan.
    pub(crate) rows: Vec<Row<'a>>,
}

/// The hubs of one account, sorted by region.
pub(crate) struct Row<'a> {
    pub(crate) account: AccountId,
    pub(crate) hubs: Vec<HubReport<'a>>,
}

/// A hub of the plan with its results.
#[derive(Clone, Copy)]
pub(crate) struct HubReport<'a> {
    /// The position in the plan.
    pub(crate) number: usize,
    pub(crate) hub: &'a Hub,
    pub(crate) ledger: &'a HubLedger,
    pub(crate) state: HubState,
}

impl<'a> Matrix<'a> {
    pub(crate) fn new(report: &Report<'a>) -> Self {
        let mut positions: BTreeMap<AccountId, usize> = BTreeMap::new();
        let mut rows: Vec<Row<'a>> = Vec::new();
        for (number, (hub, ledger)) in report.plan.hubs().iter().zip(report.ledger.hubs()).enumerate() {
            let position = *positions.entry(hub.account()).or_insert_with(|| {
                rows.push(Row { account: hub.account(), hubs: Vec::new() });
                rows.len() - 1
            });
            rows[position].hubs.push(HubReport { number, hub, ledger, state: HubState::of(ledger) });
        }
        for row in &mut rows {
            row.hubs.sort_by_key(HubReport::region);
        }
        let mut regions: Vec<&str> = report.plan.hubs().iter().map(|hub| hub.region().as_str()).collect();
        regions.sort_unstable();
        regions.dedup();
        Self { regions, rows }
    }

    pub(crate) fn hubs(&self) -> impl Iterator<Item = &HubReport<'a>> {
        self.rows.iter().flat_map(|row| &row.hubs)
    }
}

impl<'a> HubReport<'a> {
    pub(crate) fn account(&self) -> AccountId {
        self.hub.account()
    }

    pub(crate) fn region(&self) -> &'a str {
        self.hub.region().as_str()
    }
}
