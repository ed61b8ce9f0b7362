//! The encoding of a [`Ledger`]: consecutive entries with the same states share them.

use std::{collections::BTreeSet, error, fmt};

use securityhub_invitations::{AccountId, Region};
use serde::{Deserialize, Serialize};

use crate::{
    cell::{Cell, Kind},
    event::{End, Found},
    json::{VersionJson, encode},
    ledger::{AdministratorCell, EntryCells, HubLedger, Ledger},
    parking::Parking,
    plan_hash::PlanHash,
    reason::Reason,
    step::{Step, StepName, Steps},
};

/// The version of the format.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct LedgerJson {
    v: u32,
    plan: PlanHash,
    attempt: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<End>,
    steps: Vec<StepName>,
    hubs: Vec<HubJson>,
}

#[derive(Serialize, Deserialize)]
struct HubJson {
    account: AccountId,
    region: Region,
    listed: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    unreadable: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parking: Option<Box<Parking>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    administrator: Option<AdministratorJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entries: Vec<GroupJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    appeared: Vec<Found>,
}

#[derive(Serialize, Deserialize)]
struct AdministratorJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<AccountId>,
    disassociate: CellJson,
}

#[derive(Serialize, Deserialize)]
struct GroupJson {
    ids: Vec<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decline: Option<CellJson>,
    delete: CellJson,
}

#[derive(Serialize, Deserialize)]
struct CellJson {
    state: Kind,
    #[serde(default, skip_serializing_if = "is_default")]
    uncertain: bool,
    /// The number of a reason of the hub, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<u32>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Ledger {
    /// Encodes the ledger as JSON, without a line end.
    ///
    /// ```
    /// use securityhub_invitations_sweep::{Hub, Ledger, Plan, Replay, Side};
    ///
    /// let hub = Hub::new("111122223333".parse()?, "eu-central-1".parse()?);
    /// let ledger = Replay::new(Plan::new(Side::Member, vec![hub])?.into()).into_ledger();
    /// assert_eq!(Ledger::from_json(ledger.to_json().as_bytes())?, ledger);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = LedgerJson {
            v: VERSION,
            plan: self.plan,
            attempt: self.attempt,
            end: self.end,
            steps: self.steps.names(),
            hubs: self.hubs.iter().map(HubJson::from).collect(),
        };
        encode(&json)
    }

    /// Reads a ledger. Unknown members are ignored.
    ///
    /// # Errors
    /// [`LedgerError`] if the bytes are not a ledger of this version, or if an account, a region or an id occurs twice.
    pub fn from_json(bytes: &[u8]) -> Result<Self, LedgerError> {
        let VersionJson { v } = serde_json::from_slice(bytes).map_err(LedgerError::json)?;
        if v != VERSION {
            return Err(LedgerError(Problem::Version(v)));
        }
        let json: LedgerJson = serde_json::from_slice(bytes).map_err(LedgerError::json)?;
        let steps = Steps::from_names(&json.steps).ok_or(LedgerError(Problem::Steps))?;
        let hubs = json.hubs.into_iter().map(|hub| hub.into_ledger(steps));
        let hubs = hubs.collect::<Result<Vec<HubLedger>, LedgerError>>()?;
        let mut seen = BTreeSet::new();
        if let Some(hub) = hubs.iter().find(|hub| !seen.insert((hub.account, hub.region.as_str()))) {
            return Err(LedgerError(Problem::RepeatedHub(hub.account, hub.region.clone())));
        }
        Ok(Self { plan: json.plan, attempt: json.attempt, end: json.end, steps, hubs })
    }
}

/// Numbers the reasons of a hub in the order in which they are used.
struct Reasons<'a> {
    old: &'a [Reason],
    numbers: Vec<Option<u32>>,
    new: Vec<Reason>,
}

impl Reasons<'_> {
    fn encode(&mut self, cell: Cell) -> CellJson {
        let mut reason = None;
        if matches!(cell.kind(), Kind::NotProcessed | Kind::Failed) {
            let old = cell.reason() as usize;
            if let (Some(text), Some(number)) = (self.old.get(old), self.numbers.get_mut(old)) {
                let next = u32::try_from(self.new.len()).unwrap_or(u32::MAX);
                if number.is_none() {
                    self.new.push(text.clone());
                }
                reason = Some(*number.get_or_insert(next));
            }
        }
        CellJson { state: cell.kind(), uncertain: cell.is_uncertain(), reason }
    }
}

impl From<&HubLedger> for HubJson {
    fn from(hub: &HubLedger) -> Self {
        let mut reasons = Reasons { old: hub.reasons(), numbers: vec![None; hub.reasons().len()], new: Vec::new() };
        let administrator =
            hub.administrator.map(|known| AdministratorJson { id: known.id, disassociate: reasons.encode(known.cell) });
        let declines = hub.steps.contains(Step::Decline);
        let groups = hub.entries.chunk_by(|a, b| (a.decline, a.delete) == (b.decline, b.delete));
        let entries = groups.map(|group| GroupJson {
            ids: group.iter().map(|entry| entry.id).collect(),
            decline: declines.then(|| reasons.encode(group[0].decline)),
            delete: reasons.encode(group[0].delete),
        });
        let entries = entries.collect();
        Self {
            account: hub.account,
            region: hub.region.clone(),
            listed: hub.is_listed,
            unreadable: hub.unreadable,
            parking: hub.parking.clone(),
            administrator,
            entries,
            reasons: reasons.new,
            appeared: hub.appeared().to_vec(),
        }
    }
}

impl HubLedger {
    /// The part of the ledger's JSON that belongs to the hub.
    pub(crate) fn to_json(&self) -> String {
        encode(&HubJson::from(self))
    }
}

impl HubJson {
    fn into_ledger(self, steps: Steps) -> Result<HubLedger, LedgerError> {
        let mut ledger = HubLedger::new(self.account, self.region, steps);
        let reasons = self.reasons.len();
        let repeated = |id| LedgerError(Problem::RepeatedId(id));
        let mut seen = BTreeSet::new();
        for group in self.entries {
            let delete = group.delete.into_cell(reasons)?;
            let decline = group.decline.map_or(Ok(Cell::PENDING), |cell| cell.into_cell(reasons))?;
            for id in group.ids {
                if !seen.insert(id) {
                    return Err(repeated(id));
                }
                ledger.entries.push(EntryCells { id, decline, delete });
            }
        }
        if let Some(known) = self.administrator {
            ledger.administrator =
                Some(AdministratorCell { id: known.id, cell: known.disassociate.into_cell(reasons)? });
        }
        ledger.is_listed = self.listed;
        ledger.unreadable = self.unreadable;
        ledger.parking = self.parking;
        ledger.set_reasons(self.reasons);
        ledger.set_appeared(self.appeared);
        Ok(ledger)
    }
}

impl CellJson {
    fn into_cell(self, reasons: usize) -> Result<Cell, LedgerError> {
        let needs_reason = matches!(self.state, Kind::NotProcessed | Kind::Failed);
        let is_valid = |reason: &u32| (*reason as usize) < reasons.min(Cell::MAX_REASONS);
        let reason = self.reason.filter(|reason| needs_reason && is_valid(reason));
        if needs_reason != reason.is_some() || reason != self.reason {
            return Err(LedgerError(Problem::Reason));
        }
        Ok(Cell::new(self.state, self.uncertain, reason.unwrap_or_default()))
    }
}

/// Bytes that are not a ledger of this version.
#[derive(Debug)]
pub struct LedgerError(Problem);

#[derive(Debug)]
enum Problem {
    Json(serde_json::Error),
    Version(u32),
    Steps,
    RepeatedHub(AccountId, Region),
    RepeatedId(AccountId),
    Reason,
}

impl LedgerError {
    fn json(error: serde_json::Error) -> Self {
        Self(Problem::Json(error))
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Problem::Json(error) => write!(f, "invalid ledger: {error}"),
            Problem::Version(version) => write!(f, "ledger version \"{version}\": not supported (expected {VERSION})"),
            Problem::Steps => f.write_str("steps of the ledger: delete is missing (expected delete)"),
            Problem::RepeatedHub(account, region) => {
                write!(f, "hub \"{account}/{region}\": occurs twice in the ledger")
            }
            Problem::RepeatedId(id) => write!(f, "account id \"{id}\": occurs twice in a hub of the ledger"),
            Problem::Reason => f.write_str("reason in the ledger: missing, unknown or not expected"),
        }
    }
}

impl error::Error for LedgerError {}
