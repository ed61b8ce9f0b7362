//! [`Slice`]: the part of a plan that belongs to one hub, for any engine.

use std::{error, fmt, sync::Arc, time::Duration};

use securityhub_invitations::{AccountId, Region};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    hub::Hub,
    json::{VersionJson, encode},
    plan::Plan,
    plan_error::PlanError,
    plan_hash::PlanHash,
    plan_json::SideName,
    step::{Step, StepName, Steps},
};

/// The version of the format.
const VERSION: u32 = 1;

/// The part of a plan that belongs to one hub. An engine hands slices to workers, and [merges](crate::merge()) their ledgers.
///
/// ```
/// use securityhub_invitations_sweep::{Hub, Plan, Side, Slice, Sweep};
///
/// let hub = Hub::new("111122223333".parse()?, "eu-central-1".parse()?);
/// let plan = Plan::new(Side::Member, vec![hub])?;
/// let slice = Slice::all(&plan).next().expect("there is one").with_role("SecurityCleanup").with_attempt(1);
///
/// let json = slice.to_json()?;
/// let slice = Slice::from_json(json.as_bytes())?;
/// let sweep = Sweep::for_attempt(slice.plan()?, slice.attempt());
/// assert_eq!(sweep.ledger().plan_hash(), plan.hash());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    json: SliceJson,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SliceJson {
    v: u32,
    plan: PlanHash,
    account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Box<str>>,
    region: Region,
    side: SideName,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    statuses: Vec<Box<str>>,
    steps: Vec<StepName>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keep: Vec<AccountId>,
    chunk: u32,
    ids: Ids,
    #[serde(default)]
    attempt: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline_ms: Option<u64>,
}

/// A list of ids, or the word `list`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ids {
    List,
    Given(Arc<[AccountId]>),
}

impl Slice {
    /// The most bytes of an encoded slice. Step Functions accepts no more.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Returns one slice for each hub of a plan, in its order.
    pub fn all(plan: &Plan) -> impl Iterator<Item = Self> {
        let hash = plan.hash();
        plan.hubs().iter().map(move |hub| Self::new(plan, hash, hub))
    }

    fn new(plan: &Plan, hash: PlanHash, hub: &Hub) -> Self {
        let (side, statuses) = SideName::of(plan.side());
        let ids = hub.account_ids().map_or(Ids::List, |ids| Ids::Given(ids.into()));
        // Without a list, only the given ids matter.
        let is_relevant = |id: &AccountId| match &ids {
            Ids::Given(ids) if !plan.steps().contains(Step::Disassociate) => ids.contains(id),
            _ => true,
        };
        let keep = plan.keep().iter().copied().filter(is_relevant).collect();
        let json = SliceJson {
            v: VERSION,
            plan: hash,
            account: hub.account(),
            role: None,
            region: hub.region().clone(),
            side,
            statuses,
            steps: plan.steps().names(),
            keep,
            chunk: plan.chunk_size().get(),
            ids,
            attempt: 0,
            deadline_ms: None,
        };
        Self { json }
    }

    /// Sets the name of the role to assume in the account.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<Box<str>>) -> Self {
        self.json.role = Some(role.into());
        self
    }

    /// Sets the number of earlier attempts of the engine. Unless it is 0, every entry starts as uncertain.
    #[must_use]
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.json.attempt = attempt;
        self
    }

    /// Sets the time that the worker has, in whole milliseconds. Entries that it does not try are returned as pending.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.json.deadline_ms = Some(u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Returns the identity of the whole plan.
    #[must_use]
    pub fn plan_hash(&self) -> PlanHash {
        self.json.plan
    }

    /// Returns the account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.json.account
    }

    /// Returns the region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.json.region
    }

    /// Returns the name of the role to assume in the account.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.json.role.as_deref()
    }

    /// Returns the number of earlier attempts of the engine.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.json.attempt
    }

    /// Returns the time that the worker has.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.json.deadline_ms.map(Duration::from_millis)
    }

    /// Returns the plan of this slice. Its hash is that of the whole plan.
    ///
    /// # Errors
    /// [`PlanError`] if the slice contradicts itself, for example with an empty list of ids.
    pub fn plan(&self) -> Result<Plan, PlanError> {
        let json = &self.json;
        let mut hub = Hub::new(json.account, json.region.clone());
        if let Ids::Given(ids) = &json.ids {
            hub = hub.with_account_ids(Arc::clone(ids));
        }
        let steps = Steps::from_names(&json.steps).ok_or(PlanError::NoDelete)?;
        let plan = Plan::new(json.side.with_statuses(json.statuses.clone()), vec![hub])?
            .with_steps(steps)?
            .with_keep(json.keep.iter().copied())
            .with_chunk_size(json.chunk)?;
        Ok(plan.part_of(json.plan))
    }

    /// Encodes the slice as JSON, without a line end.
    ///
    /// # Errors
    /// [`SliceError`] if it has more than [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn to_json(&self) -> Result<String, SliceError> {
        let json = encode(&self.json);
        if json.len() > Self::MAX_BYTES { Err(SliceError(Problem::TooLarge(json.len()))) } else { Ok(json) }
    }

    /// Reads a slice. Unknown members are rejected, because they could be rules.
    ///
    /// # Errors
    /// [`SliceError`] if the bytes are not a slice of this version, or have more than [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn from_json(bytes: &[u8]) -> Result<Self, SliceError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(SliceError(Problem::TooLarge(bytes.len())));
        }
        let VersionJson { v } = serde_json::from_slice(bytes).map_err(SliceError::json)?;
        if v != VERSION {
            return Err(SliceError(Problem::Version(v)));
        }
        let slice = Self { json: serde_json::from_slice(bytes).map_err(SliceError::json)? };
        slice.plan().map_err(|error| SliceError(Problem::Plan(error)))?;
        Ok(slice)
    }
}

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::List => serializer.serialize_str("list"),
            Self::Given(ids) => serializer.collect_seq(ids.iter()),
        }
    }
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Ids;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of account ids or \"list\"")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Ids, E> {
                if word == "list" { Ok(Ids::List) } else { Err(E::invalid_value(de::Unexpected::Str(word), &self)) }
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut sequence: A) -> Result<Ids, A::Error> {
                let mut ids: Vec<AccountId> = Vec::new();
                while let Some(id) = sequence.next_element()? {
                    ids.push(id);
                }
                Ok(Ids::Given(ids.into()))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// Bytes that are not a slice of this version, or a slice that is too large.
#[derive(Debug)]
pub struct SliceError(Problem);

#[derive(Debug)]
enum Problem {
    Json(serde_json::Error),
    Version(u32),
    TooLarge(usize),
    Plan(PlanError),
}

impl SliceError {
    fn json(error: serde_json::Error) -> Self {
        Self(Problem::Json(error))
    }
}

impl fmt::Display for SliceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Problem::Json(error) => write!(f, "invalid slice: {error}"),
            Problem::Version(version) => write!(f, "slice version \"{version}\": not supported (expected {VERSION})"),
            Problem::TooLarge(bytes) => {
                write!(f, "slice: {bytes} bytes are too many (expected at most {})", Slice::MAX_BYTES)
            }
            Problem::Plan(error) => write!(f, "invalid slice: {error}"),
        }
    }
}

impl error::Error for SliceError {}
