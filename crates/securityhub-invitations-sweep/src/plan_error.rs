//! [`PlanError`]: the error for a plan that cannot run.

use std::{error, fmt};

use securityhub_invitations::{AccountId, Region};

use crate::step::Step;

/// The reason why a plan cannot run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PlanError {
    /// The plan has no hub.
    NoHubs,
    /// The plan has more hubs than a [`HubId`](crate::HubId) can number.
    TooManyHubs,
    /// An account occurs twice with the same region. Two profiles of one account are the usual cause.
    #[non_exhaustive]
    RepeatedHub {
        /// The account.
        account: AccountId,
        /// The region.
        region: Region,
    },
    /// A hub has an empty list of ids.
    #[non_exhaustive]
    NoAccountIds {
        /// The account.
        account: AccountId,
        /// The region.
        region: Region,
    },
    /// The administrator side has no member status.
    NoStatuses,
    /// The step is for member accounts only.
    #[non_exhaustive]
    StepForMembersOnly {
        /// The step.
        step: Step,
    },
    /// The step `delete` is missing.
    NoDelete,
    /// The chunk size is out of range.
    #[non_exhaustive]
    ChunkSize {
        /// The rejected value.
        chunk_size: u32,
    },
    /// A hub refers to a list of ids that does not exist.
    #[non_exhaustive]
    UnknownList {
        /// The number of the list, from 0.
        list: u32,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHubs => f.write_str("hubs: empty (expected at least one account and region)"),
            Self::TooManyHubs => f.write_str("hubs: too many (expected fewer than 2^32)"),
            Self::RepeatedHub { account, region } => {
                write!(f, "hub \"{account}/{region}\": occurs twice (expected each account and region once)")
            }
            Self::NoAccountIds { account, region } => {
                write!(f, "account ids of hub \"{account}/{region}\": empty (expected at least one)")
            }
            Self::NoStatuses => f.write_str("member statuses: empty (expected at least one, for example Invited)"),
            Self::StepForMembersOnly { step } => {
                write!(f, "step \"{step}\": not available to administrator accounts (expected delete, verify)")
            }
            Self::NoDelete => f.write_str("steps: delete is missing (expected delete)"),
            Self::ChunkSize { chunk_size } => {
                write!(f, "chunk size \"{chunk_size}\": out of range (expected 1–10000)")
            }
            Self::UnknownList { list } => write!(f, "list of ids \"{list}\": does not exist"),
        }
    }
}

impl error::Error for PlanError {}
