//! [`ParkedGroup`]: the parked hubs with one cause.

use std::collections::BTreeMap;

use securityhub_invitations_sweep::{ParkingCause, Reason};

use super::{
    matrix::{HubReport, Matrix},
    one_line::OneLine,
    reason_group::without_ids,
};

/// The parked hubs with one cause.
pub(crate) struct ParkedGroup<'a> {
    pub(crate) cause: ParkingCause,
    pub(crate) hubs: Vec<HubReport<'a>>,
    /// The distinct reasons, the most frequent first, each with the number of its hubs. Account ids in messages are masked.
    pub(crate) reasons: Vec<(String, usize)>,
}

impl<'a> ParkedGroup<'a> {
    /// Groups the parked hubs, the largest group first.
    pub(crate) fn all(matrix: &Matrix<'a>) -> Vec<Self> {
        let mut groups: BTreeMap<ParkingCause, Vec<(HubReport<'a>, &Reason)>> = BTreeMap::new();
        for hub in matrix.hubs() {
            if let Some(parking) = hub.ledger.parking() {
                groups.entry(parking.cause()).or_default().push((*hub, parking.reason()));
            }
        }
        let group = |(cause, hubs): (ParkingCause, Vec<(HubReport<'a>, &Reason)>)| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for (_, reason) in &hubs {
                *counts.entry(without_ids(&OneLine(&reason.to_string()).to_string())).or_default() += 1;
            }
            let mut reasons: Vec<(String, usize)> = counts.into_iter().collect();
            reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            Self { cause, hubs: hubs.into_iter().map(|(hub, _)| hub).collect(), reasons }
        };
        let mut groups: Vec<Self> = groups.into_iter().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.hubs.len()));
        groups
    }
}
