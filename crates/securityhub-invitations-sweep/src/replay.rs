//! [`Replay`]: the fold from events to a ledger.

use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc};

use securityhub_invitations::AccountId;

use crate::{
    cell::{Cell, Kind},
    event::{Event, Found, Unprocessed},
    event_error::{EventError, Problem},
    hub::HubId,
    hub_replay::HubReplay,
    id_order::IdOrder,
    invitation_digest::InvitationDigest,
    ledger::{AdministratorCell, EntryCells, HubLedger, Ledger},
    parking::Parking,
    plan::Plan,
    reason::Reason,
    step::Step,
};

/// The fold from events to a [`Ledger`]. A sweep uses it while it runs, and a report uses it to read a journal.
///
/// Events that are applied twice in a row change nothing more.
///
/// ```
/// use securityhub_invitations_sweep::{Event, Hub, Plan, Replay, Side};
///
/// let ids = vec!["111122223333".parse()?, "444455556666".parse()?];
/// let hub = Hub::new("777788889999".parse()?, "eu-central-1".parse()?).with_account_ids(ids);
/// let plan = Plan::new(Side::Member, vec![hub])?;
///
/// let mut replay = Replay::new(plan.into());
/// let events = [r#"{"e":"started","attempt":0}"#, r#"{"e":"sent","hub":0,"step":"delete","from":0,"count":1}"#];
/// for event in events {
///     replay.apply(&serde_json::from_str::<Event>(event)?)?;
/// }
/// let summary = replay.ledger().summary();
/// assert_eq!((summary.pending, summary.uncertain), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Replay {
    plan: Arc<Plan>,
    ledger: Ledger,
    hubs: Vec<HubReplay>,
    /// The hubs, in the order of their credential sources.
    by_source: Vec<HubId>,
    /// Finds entries of the hubs that are being listed.
    orders: BTreeMap<HubId, IdOrder>,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

impl Replay {
    /// Starts with the state of a run that did nothing.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let ledger = Ledger::new(&plan);
        let mut by_source: Vec<HubId> = plan.numbered_hubs().map(|(id, _)| id).collect();
        by_source.sort_by_key(|id| plan.hubs()[id.index()].source());
        let hubs = vec![HubReplay::default(); ledger.hubs.len()];
        Self { plan, ledger, hubs, by_source, orders: BTreeMap::new() }
    }

    /// Returns the plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Returns the state so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Returns the ledger without the rest.
    #[must_use]
    pub fn into_ledger(self) -> Ledger {
        self.ledger
    }

    /// Applies an event.
    ///
    /// # Errors
    /// [`EventError`] if the event does not fit the plan. Nothing is changed then.
    pub fn apply(&mut self, event: &Event) -> Result<(), EventError> {
        match event {
            Event::Started { attempt } => self.start(*attempt),
            Event::Found { hub, invitations, unreadable, last } => {
                self.check(*hub)?;
                self.found(*hub, invitations, *unreadable, *last);
            }
            Event::Administrator { hub, administrator } => {
                self.check(*hub)?;
                self.administrator(*hub, *administrator);
            }
            Event::Approved { .. } => self.approve(),
            Event::Sent { hub, step, from, count } => {
                let range = self.range(*hub, *step, *from, *count)?;
                self.change(*hub, *step, range, Kind::Pending, |_, cell| cell.with_kind(Kind::InFlight));
            }
            Event::Done { hub, step, from, count, unprocessed, .. } => {
                let range = self.range(*hub, *step, *from, *count)?;
                if unprocessed.iter().any(|entry| !range.contains(&(entry.index as usize))) {
                    return Err(EventError { hub: *hub, problem: Problem::Entry });
                }
                self.done(*hub, *step, range, unprocessed);
            }
            Event::Failed { hub, step, from, count, reason, uncertain, again } => {
                let range = self.range(*hub, *step, *from, *count)?;
                self.failed(*hub, *step, range, reason, *uncertain, *again);
            }
            Event::Verified { hub, same, listed, appeared } => {
                let entries = self.check(*hub)?.entries.len();
                let are_valid = |numbers: &[u32]| {
                    numbers.is_sorted() && numbers.last().is_none_or(|last| (*last as usize) < entries)
                };
                if !are_valid(same) || !are_valid(listed) {
                    return Err(EventError { hub: *hub, problem: Problem::Entry });
                }
                self.verified(*hub, same, listed, appeared);
            }
            Event::AdministratorVerified { hub, administrator } => {
                self.check(*hub)?;
                self.administrator_verified(*hub, *administrator);
            }
            Event::Parked { hub, parking } => {
                self.check(*hub)?;
                self.ledger.hubs[hub.index()].parking = Some(Box::new(parking.clone()));
            }
            Event::SourceParked { source, parking } => self.park_source(source, parking),
            Event::Resumed {} => self.resume(),
            Event::Ended { end } => self.ledger.end = Some(*end),
        }
        Ok(())
    }

    fn check(&self, hub: HubId) -> Result<&HubLedger, EventError> {
        self.ledger.hub(hub).ok_or(EventError { hub, problem: Problem::Hub })
    }

    fn range(&self, hub: HubId, step: Step, from: u32, count: u32) -> Result<Range<usize>, EventError> {
        let entries = self.check(hub)?.entries.len();
        if step == Step::Disassociate {
            return Ok(0..1);
        }
        let end = from.checked_add(count).map(|end| end as usize).filter(|end| *end <= entries);
        end.map(|end| from as usize..end).ok_or(EventError { hub, problem: Problem::Entry })
    }

    fn start(&mut self, attempt: u32) {
        self.ledger.attempt = attempt;
        if attempt > 0 {
            self.ledger.hubs.iter_mut().for_each(HubLedger::doubt_entries);
        }
    }

    /// The state of an entry that is new.
    fn new_cell(&self, id: AccountId) -> Cell {
        if self.plan.keeps(id) { Cell::KEPT } else { Cell::PENDING.with_uncertain(self.ledger.attempt > 0) }
    }

    fn found(&mut self, hub: HubId, invitations: &[Found], unreadable: u32, last: bool) {
        let mut new: BTreeMap<AccountId, u32> = BTreeMap::new();
        for found in invitations {
            let cell = self.new_cell(found.id);
            let ledger = &mut self.ledger.hubs[hub.index()];
            let replay = &mut self.hubs[hub.index()];
            let order = self.orders.entry(hub).or_insert_with(|| IdOrder::new(&ledger.entries));
            let digest = InvitationDigest::of(found.invitation.as_deref());
            replay.invitations.resize(ledger.entries.len(), InvitationDigest::UNKNOWN);
            match new.get(&found.id).copied().or_else(|| order.find(&ledger.entries, found.id)) {
                // An interrupted list was started again, and the invitation may be another one by now.
                Some(number) => {
                    if ledger.entries[number as usize].is_untouched() {
                        replay.invitations[number as usize] = digest;
                    }
                }
                None => {
                    let Ok(number) = u32::try_from(ledger.entries.len()) else { return };
                    new.insert(found.id, number);
                    ledger.entries.push(EntryCells { id: found.id, decline: cell, delete: cell });
                    replay.invitations.push(digest);
                }
            }
        }
        if let Some(order) = self.orders.get_mut(&hub) {
            let numbers: Vec<u32> = new.into_values().collect();
            order.insert(&self.ledger.hubs[hub.index()].entries, &numbers);
        }
        let ledger = &mut self.ledger.hubs[hub.index()];
        ledger.unreadable = unreadable;
        if last {
            ledger.is_listed = true;
            ledger.entries.shrink_to_fit();
            let replay = &mut self.hubs[hub.index()];
            self.orders.remove(&hub);
            replay.invitations.shrink_to_fit();
        }
    }

    fn administrator(&mut self, hub: HubId, administrator: Option<AccountId>) {
        let cell = administrator.map(|id| self.new_cell(id));
        let ledger = &mut self.ledger.hubs[hub.index()];
        let is_untouched = ledger.administrator.is_none_or(|known| known.cell.kind() == Kind::Pending);
        if is_untouched {
            ledger.administrator = administrator.zip(cell).map(|(id, cell)| AdministratorCell { id: Some(id), cell });
        }
        self.hubs[hub.index()].is_administrator_known = true;
    }

    fn approve(&mut self) {
        for (ledger, replay) in self.ledger.hubs.iter().zip(&mut self.hubs) {
            if ledger.is_listed && ledger.parking.is_none() {
                replay.approved = u32::try_from(ledger.entries.len()).unwrap_or(u32::MAX);
                replay.is_administrator_approved = replay.is_administrator_known;
            }
        }
    }

    /// Replaces the cells of a range that are in a state.
    fn change(
        &mut self,
        hub: HubId,
        step: Step,
        range: Range<usize>,
        from: Kind,
        mut to: impl FnMut(usize, Cell) -> Cell,
    ) {
        let ledger = &mut self.ledger.hubs[hub.index()];
        if step == Step::Disassociate {
            if let Some(administrator) = ledger.administrator.as_mut().filter(|known| known.cell.kind() == from) {
                administrator.cell = to(0, administrator.cell);
            }
            return;
        }
        for (index, entry) in range.clone().zip(&mut ledger.entries[range]) {
            if let Some(cell) = entry.cell_mut(step).filter(|cell| cell.kind() == from) {
                *cell = to(index, *cell);
            }
        }
    }

    fn done(&mut self, hub: HubId, step: Step, range: Range<usize>, unprocessed: &[Unprocessed]) {
        let mut left: BTreeMap<usize, (bool, u32)> = BTreeMap::new();
        let ledger = &mut self.ledger.hubs[hub.index()];
        for entry in unprocessed {
            let index = entry.index as usize;
            if ledger.entries.get(index).is_some_and(|cells| cells.cell(step).kind() == Kind::InFlight) {
                let reason = ledger.reason(&entry.reason);
                left.insert(index, (entry.uncertain, reason));
            }
        }
        self.change(hub, step, range, Kind::InFlight, |index, cell| match left.get(&index) {
            Some(&(is_uncertain, reason)) => Cell::new(Kind::NotProcessed, is_uncertain || cell.is_uncertain(), reason),
            None => Cell::new(Kind::Done, false, 0),
        });
    }

    fn failed(&mut self, hub: HubId, step: Step, range: Range<usize>, reason: &Reason, uncertain: bool, again: bool) {
        let ledger = &mut self.ledger.hubs[hub.index()];
        let is_in_flight = match step {
            Step::Disassociate => ledger.administrator.is_none_or(|known| known.cell.kind() == Kind::InFlight),
            _ => ledger.entries[range.clone()].iter().any(|entry| entry.cell(step).kind() == Kind::InFlight),
        };
        let number = if again || !is_in_flight { 0 } else { ledger.reason(reason) };
        if step == Step::Disassociate && ledger.administrator.is_none() && !again {
            let cell = Cell::new(Kind::Failed, uncertain, number);
            ledger.administrator = Some(AdministratorCell { id: None, cell });
            self.hubs[hub.index()].is_administrator_known = true;
            return;
        }
        let kind = if again { Kind::Pending } else { Kind::Failed };
        self.change(hub, step, range, Kind::InFlight, |_, cell| {
            Cell::new(kind, uncertain || cell.is_uncertain(), number)
        });
    }

    fn verified(&mut self, hub: HubId, same: &[u32], listed: &[u32], appeared: &[Found]) {
        let ledger = &mut self.ledger.hubs[hub.index()];
        for (number, entry) in (0..).zip(&mut ledger.entries).filter(|(_, entry)| entry.delete.is_unsettled()) {
            if same.binary_search(&number).is_ok() {
                entry.delete = entry.delete.with_uncertain(false);
            } else if listed.binary_search(&number).is_err() {
                entry.delete = Cell::new(Kind::Done, false, 0);
            }
        }
        ledger.set_appeared(appeared.to_vec());
    }

    fn administrator_verified(&mut self, hub: HubId, administrator: Option<AccountId>) {
        let ledger = &mut self.ledger.hubs[hub.index()];
        if let Some(known) = ledger.administrator.as_mut().filter(|known| known.cell.is_unsettled()) {
            known.cell = match administrator {
                Some(id) if Some(id) == known.id => known.cell.with_uncertain(false),
                _ => Cell::new(Kind::Done, false, 0),
            };
        }
    }

    fn park_source(&mut self, source: &str, parking: &Parking) {
        for hub in self.hubs_of_source(source).to_vec() {
            let ledger = &mut self.ledger.hubs[hub.index()];
            if ledger.parking.is_none() && ledger.is_open() {
                ledger.parking = Some(Box::new(parking.clone()));
            }
        }
    }

    fn resume(&mut self) {
        let again = |cell: Cell| match cell.kind() {
            Kind::InFlight => Cell::new(Kind::Pending, true, 0),
            Kind::Failed => Cell::new(Kind::Pending, cell.is_uncertain(), 0),
            _ => cell,
        };
        self.ledger.end = None;
        for (ledger, replay) in self.ledger.hubs.iter_mut().zip(&mut self.hubs) {
            ledger.parking = None;
            for entry in &mut ledger.entries {
                entry.decline = again(entry.decline);
                entry.delete = again(entry.delete);
            }
            match &mut ledger.administrator {
                // It could not be looked up.
                Some(AdministratorCell { id: None, .. }) => {
                    ledger.administrator = None;
                    replay.is_administrator_known = false;
                }
                Some(administrator) => administrator.cell = again(administrator.cell),
                None => {}
            }
        }
    }
}

/// Questions of the running sweep.
impl Replay {
    pub(crate) fn hub(&self, hub: HubId) -> &HubLedger {
        &self.ledger.hubs[hub.index()]
    }

    pub(crate) fn hubs_of_source(&self, source: &str) -> &[HubId] {
        let source_of = |hub: &HubId| self.plan.hubs()[hub.index()].source();
        let start = self.by_source.partition_point(|hub| source_of(hub) < source);
        let end = self.by_source.partition_point(|hub| source_of(hub) <= source);
        &self.by_source[start..end]
    }

    pub(crate) fn invitation(&self, hub: HubId, number: u32) -> InvitationDigest {
        let invitations = &self.hubs[hub.index()].invitations;
        invitations.get(number as usize).copied().unwrap_or(InvitationDigest::UNKNOWN)
    }

    pub(crate) fn needs_administrator(&self, hub: HubId) -> bool {
        self.plan.steps().contains(Step::Disassociate) && !self.hubs[hub.index()].is_administrator_known
    }

    pub(crate) fn may_disassociate(&self, hub: HubId) -> bool {
        let administrator = self.hub(hub).administrator;
        self.hubs[hub.index()].is_administrator_approved
            && administrator.is_some_and(|known| known.id.is_some() && known.cell.kind() == Kind::Pending)
    }

    /// The entries that may be changed: all before this number.
    pub(crate) fn approved(&self, hub: HubId) -> u32 {
        self.hubs[hub.index()].approved
    }

    /// The pending entries of a hub that nobody has approved.
    pub(crate) fn unapproved(&self, hub: HubId) -> u64 {
        let ledger = self.hub(hub);
        if ledger.parking.is_some() || !ledger.is_listed {
            return 0;
        }
        let new = ledger.entries.iter().skip(self.approved(hub) as usize);
        new.filter(|entry| entry.delete.kind() == Kind::Pending).count() as u64
    }

    /// The administrator of a hub, if the run would end the relation and nobody has approved it.
    pub(crate) fn unapproved_administrator(&self, hub: HubId) -> Option<AccountId> {
        let ledger = self.hub(hub);
        let is_new = ledger.parking.is_none() && !self.hubs[hub.index()].is_administrator_approved;
        ledger.administrator.filter(|known| is_new && known.cell.kind() == Kind::Pending)?.id
    }
}
