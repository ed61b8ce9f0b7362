//! [`Phase`] of a sweep, and the [`Question`] between two of them.

use securityhub_invitations::AccountId;

use crate::hub::HubId;

/// The phase of a [`Sweep`](crate::Sweep).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// It lists invitations or members, and changes nothing.
    Listing,
    /// It waits for [`Sweep::approve`](crate::Sweep::approve).
    Approval,
    /// It disassociates, declines and deletes.
    Acting,
    /// It lists again.
    Verifying,
    /// It has ended.
    Ended,
}

/// The question before the first change: see [`Sweep::question`](crate::Sweep::question).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// The number of entries to delete.
    pub ids: u64,
    /// The number of hubs that have such entries.
    pub hubs: u64,
    /// The administrator accounts to disassociate from.
    pub administrators: Vec<(HubId, AccountId)>,
}
