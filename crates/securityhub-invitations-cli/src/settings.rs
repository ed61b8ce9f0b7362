//! [`Settings`]: the arguments and the plan file of a run, merged and checked.

use std::{
    io,
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use securityhub_invitations::{AccountId, Region};
use securityhub_invitations_sweep::{Pacing, Side, Steps};

use crate::{
    arguments::{self, CallArguments, ScopeArguments, SideArguments, SideName, StepArguments},
    command_error::CommandError,
    credentials::{Base, RoleName, Source},
    ids::{self, IdsInput},
    plan_file::{IdList, PlanFile, Profile},
};

/// The behaviour of calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallSettings {
    pub(crate) pacing: Pacing,
    pub(crate) concurrency: NonZeroUsize,
    pub(crate) attempt_timeout: Duration,
    /// `None` if the environment decides.
    pub(crate) max_attempts: Option<NonZeroU32>,
    pub(crate) is_verbose: bool,
    pub(crate) progress: arguments::Progress,
}

impl CallSettings {
    pub(crate) fn new(arguments: &CallArguments, file: &PlanFile) -> Result<Self, CommandError> {
        const CONCURRENCY: NonZeroU32 = NonZeroU32::new(64).expect("64 is not 0");
        const MAX_RATE: u32 = 10;
        let mut pacing = Pacing::new();
        if let Some(rate) = arguments.rate.or(file.rate) {
            let in_range = NonZeroU32::new(rate).filter(|rate| rate.get() <= MAX_RATE);
            let rate = in_range.ok_or_else(|| {
                CommandError::usage(format!(
                    "rate \"{rate}\": out of range (expected 1–{MAX_RATE} requests per second)"
                ))
            })?;
            pacing = pacing.with_requests_per_second(rate).with_burst(rate.min(pacing.burst()));
        }
        let timeout = match (arguments.timeout, file.timeout) {
            (Some(timeout), _) => Some(timeout),
            (None, Some(seconds)) => {
                let timeout = arguments::seconds(&seconds.to_string());
                Some(timeout.map_err(|rule| CommandError::usage(format!("timeout \"{seconds}\": {rule}")))?)
            }
            (None, None) => None,
        };
        let concurrency = arguments.concurrency.or(file.concurrency).unwrap_or(CONCURRENCY);
        Ok(Self {
            pacing,
            concurrency: NonZeroUsize::try_from(concurrency).unwrap_or(NonZeroUsize::MIN),
            attempt_timeout: timeout.unwrap_or(Duration::from_secs(30)),
            max_attempts: arguments.max_attempts.or(file.max_attempts),
            is_verbose: arguments.verbose,
            progress: arguments.progress,
        })
    }
}

/// The accounts and regions that the user asks for.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) regions: Regions,
    pub(crate) sources: Vec<DeclaredSource>,
    /// Empty if every account is expected.
    pub(crate) expected: Vec<AccountId>,
    /// Whether both accounts and regions are named, instead of taken from the environment.
    pub(crate) is_explicit: bool,
}

#[derive(Debug)]
pub(crate) enum Regions {
    /// The region of the configuration.
    Configured,
    Given(Vec<Region>),
    /// All regions of the partition.
    All,
}

/// A credential source, and its account if the user names it.
#[derive(Debug)]
pub(crate) struct DeclaredSource {
    pub(crate) source: Source,
    pub(crate) account: Option<AccountId>,
}

impl Scope {
    pub(crate) fn new(arguments: &ScopeArguments, file: &PlanFile) -> Result<Self, CommandError> {
        let from_file: Vec<Region> = file
            .regions
            .iter()
            .map(|region| region.parse())
            .collect::<Result<_, securityhub_invitations::ConfigError>>()?;
        if file.all_regions && !from_file.is_empty() {
            return Err(CommandError::usage("regions: not allowed with all-regions (expected one of them)"));
        }
        let regions = match () {
            () if !arguments.regions.is_empty() => Regions::Given(without_repeated(&arguments.regions)),
            () if arguments.all_regions => Regions::All,
            () if !from_file.is_empty() => Regions::Given(without_repeated(&from_file)),
            () if file.all_regions => Regions::All,
            () => Regions::Configured,
        };
        let mut expected = arguments.expect_accounts.clone();
        if expected.is_empty() {
            let parse = |id: &String| account_id("expect-accounts", id);
            expected = file.expect_accounts.iter().map(parse).collect::<Result<_, _>>()?;
        }
        let sources = Self::sources(arguments, file)?;
        let has_accounts = sources.iter().any(|declared| declared.source != Source::ENVIRONMENT);
        let is_explicit = !matches!(regions, Regions::Configured) && (has_accounts || !expected.is_empty());
        Ok(Self { regions, sources, expected, is_explicit })
    }

    fn sources(arguments: &ScopeArguments, file: &PlanFile) -> Result<Vec<DeclaredSource>, CommandError> {
        let mut bases: Vec<(Base, Option<AccountId>)> = Vec::new();
        for name in &arguments.profiles {
            bases.push((Base::Profile(name.parse()?), None));
        }
        if bases.is_empty() {
            for profile in &file.profiles {
                let (name, account) = match profile {
                    Profile::Name(name) => (name, None),
                    Profile::WithAccount { name, account } => (name, Some(account_id("account", account)?)),
                };
                bases.push((Base::Profile(name.parse()?), account));
            }
        }
        if bases.is_empty() {
            bases.push((Base::Environment, None));
        }
        let role = arguments.role.as_ref().or(file.role.as_ref());
        let accounts = match &arguments.accounts {
            Some(accounts) => Some(ids_or_file(accounts)?),
            None => file.list(file.accounts.as_ref()).map(|list| read(&list)).transpose()?,
        };
        match (role, accounts) {
            (None, None) => {
                let declared = |(base, account)| DeclaredSource { source: Source::Base(base), account };
                Ok(bases.into_iter().map(declared).collect())
            }
            (Some(role), Some(accounts)) => {
                let [(base, _)] = &bases[..] else {
                    let count = bases.len();
                    return Err(CommandError::usage(format!(
                        "role \"{role}\": {count} profiles to assume it with (expected one)"
                    )));
                };
                let role: RoleName = role.parse()?;
                let declared = |account| DeclaredSource {
                    source: Source::Role { role: role.clone(), account, base: base.clone() },
                    account: Some(account),
                };
                Ok(accounts.into_iter().map(declared).collect())
            }
            (Some(role), None) => {
                Err(CommandError::usage(format!("role \"{role}\": no accounts to assume it in (expected --accounts)")))
            }
            (None, Some(_)) => Err(CommandError::usage("accounts: no role to assume in them (expected --role)")),
        }
    }
}

fn without_repeated(regions: &[Region]) -> Vec<Region> {
    let mut distinct: Vec<Region> = Vec::new();
    for region in regions {
        if !distinct.contains(region) {
            distinct.push(region.clone());
        }
    }
    distinct
}

/// The side, the steps and the accounts to keep.
#[derive(Debug)]
pub(crate) struct StepSettings {
    pub(crate) side: Side,
    pub(crate) steps: Steps,
    pub(crate) keep: Vec<AccountId>,
}

impl StepSettings {
    pub(crate) fn new(
        side: &SideArguments,
        steps: Option<&StepArguments>,
        file: &PlanFile,
    ) -> Result<Self, CommandError> {
        let statuses = if side.statuses.is_empty() { &file.statuses } else { &side.statuses };
        let side = match side.side.or(file.side) {
            None => return Err(CommandError::usage("side: missing (expected member or administrator)")),
            Some(SideName::Member) if !statuses.is_empty() => {
                return Err(CommandError::usage(
                    "statuses: not allowed on the member side (expected --side administrator)",
                ));
            }
            Some(SideName::Member) => Side::Member,
            Some(SideName::Administrator) if statuses.is_empty() => Side::administrator(),
            Some(SideName::Administrator) => Side::administrator_with_statuses(statuses.iter().map(String::as_str)),
        };
        let mut result = Steps::new();
        if steps.is_some_and(|steps| steps.disassociate) || file.disassociate {
            result = result.with_disassociate();
        }
        if steps.is_some_and(|steps| steps.decline) || file.decline {
            result = result.with_decline();
        }
        if steps.is_some_and(|steps| steps.no_verify) || file.no_verify {
            result = result.without_verify();
        }
        let keep = match steps.and_then(|steps| steps.keep.as_ref()) {
            Some(keep) => ids_or_file(keep)?,
            None => file.list(file.keep.as_ref()).map(|list| read(&list)).transpose()?.unwrap_or_default(),
        };
        Ok(Self { side, steps: result, keep })
    }
}

/// Reads an argument that is a list of ids or the path of a file.
fn ids_or_file(argument: &str) -> Result<Vec<AccountId>, CommandError> {
    Ok(ids::read(&[IdsInput::ids_or_file(argument)], io::stdin())?.ids)
}

/// Reads a list of ids.
pub(crate) fn read(list: &IdList) -> Result<Vec<AccountId>, CommandError> {
    let inputs: Vec<IdsInput> = match list {
        IdList::Ids(ids) => ids.iter().map(|id| IdsInput::Argument(id.clone())).collect(),
        IdList::File(path) => vec![IdsInput::file(path, None)],
    };
    Ok(ids::read(&inputs, io::stdin())?.ids)
}

fn account_id(setting: &str, id: &str) -> Result<AccountId, CommandError> {
    id.parse().map_err(|error| CommandError::usage(format!("{setting}: {error}")))
}
