//! Turns a [`Scope`] into hubs: asks for the account of each credential source.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use securityhub_invitations::{AccountId, ListedRegion, Partition, Region};
use securityhub_invitations_sweep::Hub;

use crate::{
    command_error::CommandError,
    credentials::{CredentialStore, Source},
    settings::{Regions, Scope},
};

/// The hubs of a run, without ids.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) hubs: Vec<Hub>,
    /// The sources that belong to an account that is not expected, with that account.
    pub(crate) skipped: Vec<(Source, AccountId)>,
}

/// Asks for the account of each source, and combines accounts and regions.
pub(crate) async fn resolve(
    scope: &Scope,
    regions: &[Region],
    store: &CredentialStore,
) -> Result<Resolved, CommandError> {
    let mut accounts: BTreeMap<AccountId, &Source> = BTreeMap::new();
    let mut order = Vec::new();
    let mut skipped = Vec::new();
    let mut problems = Vec::new();
    let callers = scope.sources.iter().map(|declared| async {
        match declared.account {
            Some(account) => Ok(account),
            None => store.caller(&declared.source).await.map(|caller| caller.account()),
        }
    });
    // Most of them are one request to STS. The store limits how many there are at a time.
    let callers = join_all(callers).await;
    for (declared, account) in scope.sources.iter().zip(callers) {
        let source = &declared.source;
        match account {
            Err(error) => problems.push(error.to_string()),
            Ok(account) if !scope.expected.is_empty() && !scope.expected.contains(&account) => {
                skipped.push((source.clone(), account));
            }
            Ok(account) => match accounts.insert(account, source) {
                Some(other) => problems.push(format!("{source}: account \"{account}\" occurs twice, also as {other}")),
                None => order.push(account),
            },
        }
    }
    if !problems.is_empty() {
        let mut message = problems.join("\n");
        message.push_str("\nnothing was sent to Security Hub");
        let all_failed = order.is_empty() && skipped.is_empty();
        return Err(if all_failed { CommandError::credentials(message) } else { CommandError::usage(message) });
    }
    let hub = |(account, region): (AccountId, &Region)| {
        Hub::new(account, region.clone()).with_source(accounts[&account].to_string())
    };
    // Regions first, so that the first requests go to different accounts.
    let pairs = regions.iter().flat_map(|region| order.iter().map(move |account| (*account, region)));
    Ok(Resolved { hubs: pairs.map(hub).collect(), skipped })
}

/// Returns the regions, given the one of the configuration.
pub(crate) fn regions(scope: &Scope, configured: Option<&Region>) -> Result<Vec<Region>, CommandError> {
    match &scope.regions {
        Regions::Given(regions) => Ok(regions.clone()),
        Regions::All => {
            let partition = configured.map_or_else(|| &Partition::all()[0], Partition::of);
            Ok(partition.regions().iter().map(ListedRegion::region).collect())
        }
        Regions::Configured => configured.map(|region| vec![region.clone()]).ok_or_else(|| {
            CommandError::usage(
                "region: missing (expected --region, --all-regions, AWS_REGION or a region in the profile)",
            )
        }),
    }
}

/// Returns the region whose STS is asked: the one of the configuration, or the first one that every account has.
///
/// Tokens of a regional STS work in every region. Those of the global one do not work in opt-in regions.
pub(crate) fn home(regions: &[Region], configured: Option<Region>) -> Region {
    let partition = Partition::of(&regions[0]);
    let is_default = |region: &&Region| {
        partition.regions().iter().any(|listed| listed.name() == region.as_str() && !listed.is_opt_in())
    };
    let configured = configured.filter(|region| Partition::of(region) == partition);
    configured.or_else(|| regions.iter().find(is_default).cloned()).unwrap_or_else(|| regions[0].clone())
}
