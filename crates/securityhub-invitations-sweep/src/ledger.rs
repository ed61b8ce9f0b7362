//! [`Ledger`]: the state of every entry of a run.

use securityhub_invitations::{AccountId, Region};

use crate::{
    cell::{Cell, Kind, State, StepState},
    event::{End, Found},
    hub::HubId,
    parking::Parking,
    plan::Plan,
    plan_hash::PlanHash,
    reason::Reason,
    step::{Step, Steps},
    summary::Summary,
};

/// The state of every entry of a run: a fold over its [events](crate::Event), see [`Replay`](crate::Replay).
///
/// A ledger is self-describing JSON when it is serialized, so it can leave the machine and be [merged](crate::merge()).
#[derive(Clone, PartialEq, Eq)]
pub struct Ledger {
    pub(crate) plan: PlanHash,
    pub(crate) attempt: u32,
    pub(crate) end: Option<End>,
    pub(crate) steps: Steps,
    pub(crate) hubs: Vec<HubLedger>,
}

impl Ledger {
    pub(crate) fn new(plan: &Plan) -> Self {
        let steps = plan.steps();
        let hub = |hub: &crate::Hub| {
            let mut ledger = HubLedger::new(hub.account(), hub.region().clone(), steps);
            if let Some(ids) = hub.account_ids() {
                ledger.is_listed = true;
                let cell = |id| if plan.keeps(id) { Cell::KEPT } else { Cell::PENDING };
                ledger.entries = ids.iter().map(|&id| EntryCells { id, decline: cell(id), delete: cell(id) }).collect();
            }
            ledger
        };
        Self { plan: plan.hash(), attempt: 0, end: None, steps, hubs: plan.hubs().iter().map(hub).collect() }
    }

    /// Returns the identity of the plan.
    #[must_use]
    pub fn plan_hash(&self) -> PlanHash {
        self.plan
    }

    /// Returns the number of earlier attempts of the engine that ran the plan.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns the reason why the run ended, or `None` if it has not ended.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// Returns the steps of the plan.
    #[must_use]
    pub fn steps(&self) -> Steps {
        self.steps
    }

    /// Returns the hubs, in the order of the plan.
    #[must_use]
    pub fn hubs(&self) -> &[HubLedger] {
        &self.hubs
    }

    /// Returns a hub, or `None` if the number belongs to another plan.
    #[must_use]
    pub fn hub(&self, id: HubId) -> Option<&HubLedger> {
        self.hubs.get(id.index())
    }

    /// Counts entries and hubs by state, in time proportional to the ledger.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(&self.hubs)
    }
}

/// Shows the counts instead of the entries: there can be millions.
impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("plan", &self.plan)
            .field("attempt", &self.attempt)
            .field("end", &self.end)
            .field("summary", &self.summary())
            .finish_non_exhaustive()
    }
}

/// The part of a ledger that belongs to one hub.
#[derive(Clone)]
pub struct HubLedger {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) steps: Steps,
    pub(crate) is_listed: bool,
    pub(crate) unreadable: u32,
    pub(crate) parking: Option<Box<Parking>>,
    pub(crate) administrator: Option<AdministratorCell>,
    pub(crate) entries: Vec<EntryCells>,
    /// Most hubs have none.
    notes: Option<Box<Notes>>,
}

/// The parts of a hub's ledger that few hubs have.
#[derive(Clone, Debug, Default)]
struct Notes {
    reasons: Vec<Reason>,
    appeared: Vec<Found>,
}

/// An entry: 20 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryCells {
    pub(crate) id: AccountId,
    pub(crate) decline: Cell,
    pub(crate) delete: Cell,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AdministratorCell {
    /// `None` if the administrator could not be looked up.
    pub(crate) id: Option<AccountId>,
    pub(crate) cell: Cell,
}

impl EntryCells {
    pub(crate) fn cell_mut(&mut self, step: Step) -> Option<&mut Cell> {
        match step {
            Step::Disassociate => None,
            Step::Decline => Some(&mut self.decline),
            Step::Delete => Some(&mut self.delete),
        }
    }

    /// Whether the entry has not been part of a request.
    pub(crate) fn is_untouched(&self) -> bool {
        [self.decline, self.delete].iter().all(|cell| matches!(cell.kind(), Kind::Pending | Kind::Kept))
    }

    pub(crate) fn cell(&self, step: Step) -> Cell {
        if step == Step::Decline { self.decline } else { self.delete }
    }
}

impl HubLedger {
    pub(crate) fn new(account: AccountId, region: Region, steps: Steps) -> Self {
        Self {
            account,
            region,
            steps,
            is_listed: false,
            unreadable: 0,
            parking: None,
            administrator: None,
            entries: Vec::new(),
            notes: None,
        }
    }

    /// Returns the account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Makes all entries uncertain, except for kept ones.
    pub(crate) fn doubt_entries(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.delete.kind() != Kind::Kept) {
            entry.decline = entry.decline.with_uncertain(true);
            entry.delete = entry.delete.with_uncertain(true);
        }
    }

    /// Returns whether all entries are known: the list was read to its end, or the plan has the ids.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// Returns the number of listed entries without a valid account id. The run cannot act on them.
    #[must_use]
    pub fn unreadable(&self) -> u32 {
        self.unreadable
    }

    /// Returns the reason why the hub is parked, if it is.
    #[must_use]
    pub fn parking(&self) -> Option<&Parking> {
        self.parking.as_deref()
    }

    /// Returns the administrator account and the state of the step `disassociate`. `None` if the account has no administrator or the
    /// plan does not have this step. The id is `None` if the administrator could not be looked up.
    #[must_use]
    pub fn administrator(&self) -> Option<(Option<AccountId>, StepState<'_>)> {
        self.administrator.map(|administrator| (administrator.id, administrator.cell.view(self.reasons())))
    }

    /// Returns the entries, in the order in which they were given or found.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        self.entries.iter().map(|cells| Entry { cells, reasons: self.reasons(), steps: self.steps })
    }

    /// Returns the invitations in the final list that were not in the first one: sent again, or new.
    #[must_use]
    pub fn appeared(&self) -> &[Found] {
        self.notes.as_ref().map_or(&[], |notes| &notes.appeared)
    }

    pub(crate) fn reasons(&self) -> &[Reason] {
        self.notes.as_ref().map_or(&[], |notes| &notes.reasons)
    }

    pub(crate) fn set_reasons(&mut self, reasons: Vec<Reason>) {
        if !reasons.is_empty() {
            self.notes.get_or_insert_default().reasons = reasons;
        }
    }

    pub(crate) fn set_appeared(&mut self, appeared: Vec<Found>) {
        if !appeared.is_empty() || self.notes.is_some() {
            self.notes.get_or_insert_default().appeared = appeared;
        }
    }

    /// Counts the hub's entries by state, in time proportional to their number.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(std::slice::from_ref(self))
    }

    /// Returns the number of a reason, and stores it unless one of the latest is equal.
    pub(crate) fn reason(&mut self, reason: &Reason) -> u32 {
        const LATEST: usize = 8;
        let reasons = &mut self.notes.get_or_insert_default().reasons;
        let start = reasons.len().saturating_sub(LATEST);
        let known = reasons[start..].iter().position(|known| known == reason);
        let number = match known {
            Some(position) => start + position,
            None if reasons.len() == Cell::MAX_REASONS => Cell::MAX_REASONS - 1,
            None => {
                reasons.push(reason.clone());
                reasons.len() - 1
            }
        };
        u32::try_from(number).expect("a cell has room for every number")
    }

    /// Whether a request could still change the hub's entries.
    pub(crate) fn is_open(&self) -> bool {
        let is_open = |cell: Cell| matches!(cell.kind(), Kind::Pending | Kind::InFlight);
        !self.is_listed
            || self.administrator.is_some_and(|administrator| is_open(administrator.cell))
            || self.entries.iter().any(|entry| is_open(entry.delete))
    }

    /// Whether `verify` can settle anything.
    pub(crate) fn has_unsettled_entries(&self) -> bool {
        self.entries.iter().any(|entry| entry.delete.is_unsettled())
    }
}

/// Compares states and reasons, but not how reasons are stored.
impl PartialEq for HubLedger {
    fn eq(&self, other: &Self) -> bool {
        let hub = |ledger: &Self| (ledger.account, ledger.region.clone(), ledger.is_listed, ledger.unreadable);
        hub(self) == hub(other)
            && self.parking == other.parking
            && self.administrator() == other.administrator()
            && self.appeared() == other.appeared()
            && self.entries().eq(other.entries())
    }
}

impl Eq for HubLedger {}

impl std::fmt::Debug for HubLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HubLedger")
            .field("account", &self.account)
            .field("region", &self.region)
            .field("is_listed", &self.is_listed)
            .field("parking", &self.parking)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

/// The state of one account id in one hub.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    cells: &'a EntryCells,
    reasons: &'a [Reason],
    steps: Steps,
}

impl<'a> Entry<'a> {
    /// Returns the account: the inviter, or the member.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.cells.id
    }

    /// Returns the state of the entry: that of its last step, `delete`.
    #[must_use]
    pub fn state(&self) -> State<'a> {
        self.cells.delete.view(self.reasons).state
    }

    /// Returns whether [`state`](Self::state) is certain.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.cells.delete.is_certain()
    }

    /// Returns the state of a step. `None` if the plan does not have it, and for `disassociate`, which belongs to the hub.
    #[must_use]
    pub fn step(&self, step: Step) -> Option<StepState<'a>> {
        let has_step = step != Step::Disassociate && self.steps.contains(step);
        has_step.then(|| self.cells.cell(step).view(self.reasons))
    }
}

impl PartialEq for Entry<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
            && self.step(Step::Decline) == other.step(Step::Decline)
            && self.step(Step::Delete) == other.step(Step::Delete)
    }
}

impl Eq for Entry<'_> {}

impl std::fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("id", &self.id())
            .field("state", &self.state())
            .field("is_certain", &self.is_certain())
            .finish()
    }
}
