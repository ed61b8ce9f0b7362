//! [`merge`]: one ledger out of the ledgers of many slices.

use std::{collections::BTreeMap, error, fmt};

use securityhub_invitations::{AccountId, Region};

use crate::{
    cell::{Cell, Kind},
    event::Found,
    hub::HubId,
    ledger::{AdministratorCell, EntryCells, HubLedger, Ledger},
    parking::{Parking, ParkingCause},
    plan::Plan,
    plan_hash::PlanHash,
    reason::Reason,
};

/// The result of [`merge`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Merged {
    /// The ledger of the whole plan.
    pub ledger: Ledger,
    /// The hubs that no ledger has. They are parked, and their entries are pending and uncertain.
    pub missing: Vec<HubId>,
    /// The number of times that a hub occurred again in an identical ledger. It counts once.
    pub repeated: usize,
}

/// Merges ledgers of one plan into the ledger of the whole plan. The order of the ledgers does not matter.
///
/// If several ledgers have the same hub, their entries are combined in the order of the attempts. An entry that is done in one of
/// them is done. Otherwise the later state counts, and it is uncertain. So is an entry that a later attempt did not find.
///
/// An attempt without a ledger is noticed only if its hub has no other ledger. Run the hub again after a lost attempt.
///
/// ```
/// use securityhub_invitations_sweep::{Hub, Plan, Side, Slice, Sweep, merge};
///
/// let account = "111122223333".parse()?;
/// let hubs = vec![Hub::new(account, "eu-central-1".parse()?), Hub::new(account, "us-east-1".parse()?)];
/// let plan = Plan::new(Side::Member, hubs)?;
/// let first = Slice::all(&plan).next().expect("there are two");
/// let ledger = Sweep::new(first.plan()?).ledger().clone();
///
/// let merged = merge(&plan, [ledger.clone(), ledger])?;
/// assert_eq!((merged.missing.len(), merged.repeated), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MergeError`] if a ledger belongs to another plan, or has a hub that the plan does not have.
pub fn merge(plan: &Plan, ledgers: impl IntoIterator<Item = Ledger>) -> Result<Merged, MergeError> {
    let mut result = Ledger::new(plan);
    let hubs = plan.numbered_hubs().map(|(id, hub)| ((hub.account(), hub.region().as_str()), id));
    let hubs: BTreeMap<(AccountId, &str), HubId> = hubs.collect();
    let mut parts: Vec<Vec<(u32, HubLedger)>> = vec![Vec::new(); hubs.len()];
    let mut ends = Vec::new();
    for (index, ledger) in ledgers.into_iter().enumerate() {
        if ledger.plan != result.plan {
            return Err(MergeError::OtherPlan { index, plan: ledger.plan });
        }
        ends.push(ledger.end);
        result.attempt = result.attempt.max(ledger.attempt);
        for hub in ledger.hubs {
            let Some(id) = hubs.get(&(hub.account, hub.region.as_str())) else {
                return Err(MergeError::UnknownHub { index, account: hub.account, region: hub.region });
            };
            parts[id.index()].push((ledger.attempt, hub));
        }
    }
    ends.dedup();
    result.end = if let [end] = ends[..] { end } else { None };

    let (mut missing, mut repeated) = (Vec::new(), 0);
    for ((id, _), mut parts) in plan.numbered_hubs().zip(parts) {
        let hub = &mut result.hubs[id.index()];
        let count = parts.len();
        if count > 1 {
            sort(&mut parts);
            parts.dedup();
            repeated += count - parts.len();
        }
        let steps = hub.steps;
        match parts.into_iter().map(|(_, part)| part).reduce(combine) {
            Some(mut part) => {
                part.steps = steps;
                *hub = part;
            }
            None => {
                missing.push(id);
                lose(hub);
            }
        }
    }
    if !missing.is_empty() {
        result.end = None;
    }
    Ok(Merged { ledger: result, missing, repeated })
}

/// Sorts by attempt. Ledgers of one attempt have no order of their own, so their content decides.
fn sort(parts: &mut [(u32, HubLedger)]) {
    parts.sort_by_cached_key(|(attempt, part)| (*attempt, part.to_json()));
}

/// The state of a hub whose ledger is missing.
fn lose(hub: &mut HubLedger) {
    hub.parking = Some(Box::new(Parking::new(ParkingCause::Lost, Reason::new("no ledger of this hub"))));
    hub.doubt_entries();
}

fn combine(mut earlier: HubLedger, later: HubLedger) -> HubLedger {
    // A later attempt may have changed what its list no longer shows.
    for entry in &mut earlier.entries {
        entry.decline = doubt(entry.decline);
        entry.delete = doubt(entry.delete);
    }
    let mut numbers: BTreeMap<AccountId, usize> = BTreeMap::new();
    numbers.extend(earlier.entries.iter().enumerate().map(|(number, entry)| (entry.id, number)));
    for entry in &later.entries {
        let decline = import(&mut earlier, &later, entry.decline);
        let delete = import(&mut earlier, &later, entry.delete);
        match numbers.get(&entry.id) {
            Some(number) => {
                let known = &mut earlier.entries[*number];
                known.decline = combine_cells(known.decline, decline);
                known.delete = combine_cells(known.delete, delete);
            }
            None => earlier.entries.push(EntryCells { id: entry.id, decline, delete }),
        }
    }
    earlier.administrator = match (earlier.administrator, later.administrator) {
        (Some(old), Some(new)) => {
            let cell = import(&mut earlier, &later, new.cell);
            let is_same = old.id == new.id;
            Some(AdministratorCell { id: new.id, cell: if is_same { combine_cells(old.cell, cell) } else { cell } })
        }
        (None, Some(new)) => Some(AdministratorCell { cell: import(&mut earlier, &later, new.cell), ..new }),
        (old, None) => old.map(|known| AdministratorCell { cell: doubt(known.cell), ..known }),
    };
    earlier.is_listed |= later.is_listed;
    // An attempt that did not read the whole list may have missed unreadable entries.
    earlier.unreadable = if later.is_listed { later.unreadable } else { earlier.unreadable.max(later.unreadable) };
    let mut appeared: Vec<Found> = [earlier.appeared(), later.appeared()].concat();
    appeared.sort_unstable();
    appeared.dedup();
    earlier.set_appeared(appeared);
    earlier.parking = later.parking;
    earlier
}

/// Moves the reason of a cell to another hub.
fn import(to: &mut HubLedger, from: &HubLedger, cell: Cell) -> Cell {
    match cell.view(from.reasons()).state.reason() {
        Some(reason) => Cell::new(cell.kind(), cell.is_uncertain(), to.reason(reason)),
        None => cell,
    }
}

/// Makes a state uncertain unless nothing can change it.
fn doubt(cell: Cell) -> Cell {
    if matches!(cell.kind(), Kind::Done | Kind::Kept) { cell } else { cell.with_uncertain(true) }
}

fn combine_cells(earlier: Cell, later: Cell) -> Cell {
    match (earlier.kind(), later.kind()) {
        (Kind::Done, _) | (_, Kind::Done) => Cell::new(Kind::Done, false, 0),
        _ => doubt(later),
    }
}

/// The reason why ledgers cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MergeError {
    /// A ledger belongs to another plan.
    #[non_exhaustive]
    OtherPlan {
        /// The position of the ledger, from 0.
        index: usize,
        /// The plan that it belongs to.
        plan: PlanHash,
    },
    /// A ledger has a hub that the plan does not have.
    #[non_exhaustive]
    UnknownHub {
        /// The position of the ledger, from 0.
        index: usize,
        /// The account.
        account: AccountId,
        /// The region.
        region: Region,
    },
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPlan { index, plan } => write!(f, "ledger {index}: belongs to another plan, {plan}"),
            Self::UnknownHub { index, account, region } => {
                write!(f, "ledger {index}: hub \"{account}/{region}\" is not in the plan")
            }
        }
    }
}

impl error::Error for MergeError {}
