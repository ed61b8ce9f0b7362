//! [`ScopeArguments`]: the accounts and regions of a run.

use std::path::PathBuf;

use clap::Args;
use securityhub_invitations::{AccountId, Region};

/// The accounts and regions of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts and regions")]
pub(crate) struct ScopeArguments {
    /// Reads these settings from a TOML file. Arguments take precedence.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// A region. Can be repeated. Default: the region of the profile or of `AWS_REGION`.
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    pub(crate) regions: Vec<Region>,
    /// All regions of the partition. Regions that an account has not enabled are parked.
    #[arg(long, conflicts_with = "regions")]
    pub(crate) all_regions: bool,
    /// A profile of the AWS configuration. Can be repeated. Default: the credentials of the environment.
    #[arg(long = "profile", value_name = "PROFILE")]
    pub(crate) profiles: Vec<String>,
    /// The name of a role to assume in each of `--accounts`.
    #[arg(long, value_name = "NAME", requires = "accounts")]
    pub(crate) role: Option<String>,
    /// The accounts in which to assume the role: ids separated by commas, or a file with one on each line.
    #[arg(long, value_name = "IDS|FILE", requires = "role")]
    pub(crate) accounts: Option<String>,
    /// An account that the credentials may belong to. Others are skipped. Can be repeated.
    #[arg(long = "expect-account", value_name = "ID", value_delimiter = ',')]
    pub(crate) expect_accounts: Vec<AccountId>,
}
