//! [`SideArguments`] and [`StepArguments`]: what a run does.

use clap::{Args, ValueEnum};
use serde::Deserialize;

/// The kind of the accounts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Invitations")]
pub(crate) struct SideArguments {
    /// The side that the accounts are on: members received the invitations, administrators sent them.
    #[arg(long, value_enum, required_unless_present = "plan")]
    pub(crate) side: Option<SideName>,
    /// A member status to list on the administrator side. Can be repeated. Default: `Invited`.
    #[arg(long = "status", value_name = "STATUS", value_delimiter = ',')]
    pub(crate) statuses: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SideName {
    /// Member accounts, which received the invitations.
    Member,
    /// Administrator accounts, which sent the invitations.
    Administrator,
}

/// The optional steps of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Invitations")]
pub(crate) struct StepArguments {
    /// Disassociates each account from its administrator first. Member side only.
    #[arg(long)]
    pub(crate) disassociate: bool,
    /// Declines invitations before deleting them. Member side only.
    #[arg(long)]
    pub(crate) decline: bool,
    /// Skips the list at the end. Uncertain entries stay uncertain.
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// Inviters or members whose invitations stay: ids separated by commas, or a file with one on each line.
    #[arg(long, value_name = "IDS|FILE")]
    pub(crate) keep: Option<String>,
}
