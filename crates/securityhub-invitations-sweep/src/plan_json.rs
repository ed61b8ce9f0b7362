//! The encoding of a [`Plan`]: each list of ids, each region and each source is kept once.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use securityhub_invitations::{AccountId, Region};
use serde::{Deserialize, Serialize};

use crate::{
    hub::Hub,
    plan::Plan,
    plan_error::PlanError,
    plan_hash::PlanHash,
    side::Side,
    step::{StepName, Steps},
};

/// A member that is not known could be a rule that must not be ignored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanJson<'a> {
    side: SideName,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    statuses: Vec<Box<str>>,
    steps: Vec<StepName>,
    #[serde(default, skip_serializing_if = "<[AccountId]>::is_empty")]
    keep: Cow<'a, [AccountId]>,
    chunk: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lists: Vec<Cow<'a, [AccountId]>>,
    hubs: Vec<HubJson<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) whole: Option<PlanHash>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SideName {
    Member,
    Administrator,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HubJson<'a> {
    account: AccountId,
    region: Cow<'a, str>,
    /// Missing if the source is named after the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, str>>,
    /// The number of a list of ids. Missing if they are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<u32>,
}

impl SideName {
    pub(crate) fn of(side: &Side) -> (Self, Vec<Box<str>>) {
        match side {
            Side::Member => (Self::Member, Vec::new()),
            Side::Administrator { statuses } => (Self::Administrator, statuses.clone()),
        }
    }

    pub(crate) fn with_statuses(self, statuses: Vec<Box<str>>) -> Side {
        match self {
            Self::Member => Side::Member,
            Self::Administrator => Side::Administrator { statuses },
        }
    }
}

impl<'a> From<&'a Plan> for PlanJson<'a> {
    fn from(plan: &'a Plan) -> Self {
        let mut lists = Vec::new();
        let mut numbers: BTreeMap<&[AccountId], u32> = BTreeMap::new();
        let mut number = |ids: &'a [AccountId]| {
            *numbers.entry(ids).or_insert_with(|| {
                lists.push(Cow::Borrowed(ids));
                u32::try_from(lists.len() - 1).expect("there are at most as many lists as hubs")
            })
        };
        let hubs = plan.hubs().iter().map(|hub| HubJson {
            account: hub.account(),
            region: hub.region().as_str().into(),
            source: Some(hub.source()).filter(|source| *source != hub.account().as_str()).map(Cow::Borrowed),
            list: hub.account_ids().map(&mut number),
        });
        let hubs = hubs.collect();
        let (side, statuses) = SideName::of(plan.side());
        Self {
            side,
            statuses,
            steps: plan.steps().names(),
            keep: plan.keep().into(),
            chunk: plan.chunk_size().get(),
            lists,
            hubs,
            whole: plan.whole(),
        }
    }
}

impl PlanJson<'_> {
    pub(crate) fn into_plan(self) -> Result<Plan, PlanJsonError> {
        let lists: Vec<Arc<[AccountId]>> = self.lists.into_iter().map(|list| list.into_owned().into()).collect();
        let mut regions: BTreeSet<Region> = BTreeSet::new();
        let mut sources: BTreeSet<Arc<str>> = BTreeSet::new();
        let hubs = self.hubs.into_iter().map(|hub| {
            let region = match regions.get(&*hub.region) {
                Some(region) => region.clone(),
                None => {
                    let region: Region = hub.region.parse().map_err(PlanJsonError::Region)?;
                    regions.insert(region.clone());
                    region
                }
            };
            let mut result = Hub::new(hub.account, region);
            if let Some(source) = hub.source {
                let source = sources.get(&*source).cloned().unwrap_or_else(|| source.into());
                sources.insert(Arc::clone(&source));
                result = result.with_source(source);
            }
            if let Some(list) = hub.list {
                let ids = lists.get(list as usize).ok_or(PlanError::UnknownList { list })?;
                result = result.with_account_ids(Arc::clone(ids));
            }
            Ok(result)
        });
        let hubs = hubs.collect::<Result<Vec<Hub>, PlanJsonError>>()?;
        let steps = Steps::from_names(&self.steps).ok_or(PlanError::NoDelete)?;
        let plan = Plan::new(self.side.with_statuses(self.statuses), hubs)?
            .with_steps(steps)?
            .with_keep(self.keep.iter().copied())
            .with_chunk_size(self.chunk)?;
        Ok(plan)
    }
}

/// The reason why the encoding of a plan is rejected.
#[derive(Debug)]
pub(crate) enum PlanJsonError {
    Plan(PlanError),
    Region(securityhub_invitations::ConfigError),
}

impl From<PlanError> for PlanJsonError {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

impl std::fmt::Display for PlanJsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plan(error) => error.fmt(f),
            Self::Region(error) => error.fmt(f),
        }
    }
}
