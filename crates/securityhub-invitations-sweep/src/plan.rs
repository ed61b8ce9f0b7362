//! [`Plan`]: the hubs of a run, its steps and its rules.

use std::{collections::BTreeSet, num::NonZeroU32};

use securityhub_invitations::AccountId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    hub::{Hub, HubId},
    plan_error::PlanError,
    plan_hash::PlanHash,
    plan_json::PlanJson,
    side::Side,
    step::{Step, Steps},
};

/// The hubs of a run, its steps and its rules. It serializes as JSON in which each list of ids occurs once.
///
/// ```
/// use securityhub_invitations_sweep::{Hub, Plan, Side, Steps};
///
/// let account = "111122223333".parse()?;
/// let hubs = vec![Hub::new(account, "eu-central-1".parse()?), Hub::new(account, "us-east-1".parse()?)];
/// let plan = Plan::new(Side::Member, hubs)?.with_steps(Steps::new().with_decline())?;
/// assert_eq!(plan.hubs().len(), 2);
/// assert_eq!(plan.chunk_size().get(), 50);
///
/// let json = serde_json::to_string(&plan)?;
/// assert_eq!(serde_json::from_str::<Plan>(&json)?.hash(), plan.hash());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    side: Side,
    hubs: Vec<Hub>,
    steps: Steps,
    /// Sorted, without duplicates.
    keep: Vec<AccountId>,
    chunk_size: NonZeroU32,
    /// Set for the plan of a slice, which belongs to a larger plan.
    whole: Option<PlanHash>,
}

impl Plan {
    /// The largest [`chunk_size`](Self::chunk_size).
    pub const MAX_CHUNK_SIZE: u32 = 10_000;

    /// Creates a plan with the default steps, an empty keep list and chunks of 50 ids.
    ///
    /// # Errors
    /// [`PlanError`] if there is no hub, if a hub occurs twice, if a list of ids is empty, or if the administrator side has no
    /// status.
    pub fn new(side: Side, hubs: Vec<Hub>) -> Result<Self, PlanError> {
        const CHUNK_SIZE: NonZeroU32 = NonZeroU32::new(50).expect("50 is not 0");
        let plan = Self { side, hubs, steps: Steps::new(), keep: Vec::new(), chunk_size: CHUNK_SIZE, whole: None };
        plan.check()?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), PlanError> {
        if self.hubs.is_empty() {
            return Err(PlanError::NoHubs);
        }
        if u32::try_from(self.hubs.len()).is_err() {
            return Err(PlanError::TooManyHubs);
        }
        if matches!(&self.side, Side::Administrator { statuses } if statuses.is_empty()) {
            return Err(PlanError::NoStatuses);
        }
        let mut seen = BTreeSet::new();
        for hub in &self.hubs {
            if !seen.insert((hub.account(), hub.region().as_str())) {
                return Err(PlanError::RepeatedHub { account: hub.account(), region: hub.region().clone() });
            }
            if hub.account_ids().is_some_and(<[AccountId]>::is_empty) {
                return Err(PlanError::NoAccountIds { account: hub.account(), region: hub.region().clone() });
            }
        }
        Ok(())
    }

    /// Sets the steps. Default: delete, then verify.
    ///
    /// # Errors
    /// [`PlanError`] if the plan is for administrator accounts and has a step that only member accounts have.
    pub fn with_steps(self, steps: Steps) -> Result<Self, PlanError> {
        let only_member = [Step::Disassociate, Step::Decline];
        match only_member.into_iter().find(|step| steps.contains(*step)) {
            Some(step) if self.side != Side::Member => Err(PlanError::StepForMembersOnly { step }),
            _ => Ok(Self { steps, ..self }),
        }
    }

    /// Sets the accounts that the run never acts on: inviters, members or administrators. Default: none.
    #[must_use]
    pub fn with_keep(self, keep: impl IntoIterator<Item = AccountId>) -> Self {
        let keep: BTreeSet<AccountId> = keep.into_iter().collect();
        Self { keep: keep.into_iter().collect(), ..self }
    }

    /// Sets the maximum number of ids in one request, 1–10,000. Default: 50.
    ///
    /// # Errors
    /// [`PlanError`] if the number is out of range.
    pub fn with_chunk_size(self, chunk_size: u32) -> Result<Self, PlanError> {
        let in_range = NonZeroU32::new(chunk_size).filter(|size| size.get() <= Self::MAX_CHUNK_SIZE);
        let chunk_size = in_range.ok_or(PlanError::ChunkSize { chunk_size })?;
        Ok(Self { chunk_size, ..self })
    }

    /// Makes the plan a part of a larger one.
    pub(crate) fn part_of(self, whole: PlanHash) -> Self {
        Self { whole: Some(whole), ..self }
    }

    /// Returns the kind of the accounts.
    #[must_use]
    pub fn side(&self) -> &Side {
        &self.side
    }

    /// Returns the hubs, in the order of their [`HubId`].
    #[must_use]
    pub fn hubs(&self) -> &[Hub] {
        &self.hubs
    }

    /// Returns a hub, or `None` if the number belongs to another plan.
    #[must_use]
    pub fn hub(&self, id: HubId) -> Option<&Hub> {
        self.hubs.get(id.index())
    }

    /// Returns the number and the hub of every hub.
    pub fn numbered_hubs(&self) -> impl Iterator<Item = (HubId, &Hub)> {
        (0..).map(HubId::new).zip(&self.hubs)
    }

    /// Returns the steps.
    #[must_use]
    pub fn steps(&self) -> Steps {
        self.steps
    }

    /// Returns the accounts that the run never acts on, sorted.
    #[must_use]
    pub fn keep(&self) -> &[AccountId] {
        &self.keep
    }

    /// Returns whether the run never acts on this account.
    #[must_use]
    pub fn keeps(&self, id: AccountId) -> bool {
        self.keep.binary_search(&id).is_ok()
    }

    /// Returns the maximum number of ids in one request.
    #[must_use]
    pub fn chunk_size(&self) -> NonZeroU32 {
        self.chunk_size
    }

    /// Returns the plan's identity. The plan of a slice has the identity of the plan that it is a part of.
    ///
    /// The hash is computed on each call, in time proportional to the plan.
    #[must_use]
    pub fn hash(&self) -> PlanHash {
        self.whole.unwrap_or_else(|| PlanHash::of(&PlanJson::from(self)))
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        PlanJson::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Plan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = PlanJson::deserialize(deserializer)?;
        let whole = json.whole;
        let plan = json.into_plan().map_err(de::Error::custom)?;
        Ok(Self { whole, ..plan })
    }
}

impl Plan {
    pub(crate) fn whole(&self) -> Option<PlanHash> {
        self.whole
    }
}
