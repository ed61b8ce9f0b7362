//! [`Event`]: a change of a run's state. A ledger is a fold over events.

use securityhub_invitations::AccountId;
use serde::{Deserialize, Serialize};

use crate::{hub::HubId, parking::Parking, reason::Reason, step::Step};

/// A change of a run's state.
///
/// [`Sweep::take_events`](crate::Sweep::take_events) returns events in their order. Store them before the next request leaves.
/// [`Event::Sent`] exists before its request, so a crash leaves an entry uncertain rather than a false report.
///
/// Entries of a hub are numbered from 0, in the order in which they were given or found. Numbers are never reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "e", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The run began.
    #[non_exhaustive]
    Started {
        /// The number of earlier attempts of the engine that runs the plan, 0 for the first. With an earlier attempt, every entry
        /// starts as uncertain.
        attempt: u32,
    },
    /// A page of a list arrived.
    #[non_exhaustive]
    Found {
        /// The hub.
        hub: HubId,
        /// The invitations or members on the page. Those already known are not numbered again.
        invitations: Vec<Found>,
        /// The entries without a valid account id, on this page and on those before it.
        #[serde(default, skip_serializing_if = "is_zero")]
        unreadable: u32,
        /// Whether the page is the last one.
        last: bool,
    },
    /// The administrator account of a hub is known.
    #[non_exhaustive]
    Administrator {
        /// The hub.
        hub: HubId,
        /// The administrator, or `None` if there is none.
        administrator: Option<AccountId>,
    },
    /// Everything found so far may be changed.
    #[non_exhaustive]
    Approved {
        /// The number of entries to delete, as confirmed.
        ids: u64,
    },
    /// A request that changes something is about to be sent.
    #[non_exhaustive]
    Sent {
        /// The hub.
        hub: HubId,
        /// The step.
        step: Step,
        /// The first entry. 0 for the step `disassociate`.
        from: u32,
        /// The length of the range. Entries in it that the step has finished with, and kept ones, are not part of the request.
        count: u32,
    },
    /// The request succeeded.
    #[non_exhaustive]
    Done {
        /// The hub.
        hub: HubId,
        /// The step.
        step: Step,
        /// The first entry.
        from: u32,
        /// The length of the range.
        count: u32,
        /// The entries that the service did not process.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unprocessed: Vec<Unprocessed>,
        /// The number of attempts. 0 if it is not known.
        attempts: u32,
        /// The service's id of the last request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<Box<str>>,
    },
    /// The request failed.
    #[non_exhaustive]
    Failed {
        /// The hub.
        hub: HubId,
        /// The step.
        step: Step,
        /// The first entry.
        from: u32,
        /// The length of the range.
        count: u32,
        /// The reason.
        reason: Reason,
        /// Whether the request may have changed something.
        uncertain: bool,
        /// Whether the entries are pending again, rather than failed.
        again: bool,
    },
    /// A hub was listed again at the end of the run. Entries that were uncertain or not processed and are not named are gone.
    #[non_exhaustive]
    Verified {
        /// The hub.
        hub: HubId,
        /// The entries whose invitation is still the one that was found.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        same: Vec<u32>,
        /// The entries that are listed, but cannot be compared with an earlier list. All entries that were uncertain or not
        /// processed, if the list has an entry without a valid id.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        listed: Vec<u32>,
        /// Invitations that were not there before: sent again, or new. They are never deleted without approval.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        appeared: Vec<Found>,
    },
    /// The administrator of a hub was looked up again, because the step `disassociate` was uncertain.
    #[non_exhaustive]
    AdministratorVerified {
        /// The hub.
        hub: HubId,
        /// The administrator, or `None` if there is none.
        administrator: Option<AccountId>,
    },
    /// A hub is left alone for the rest of the run.
    #[non_exhaustive]
    Parked {
        /// The hub.
        hub: HubId,
        /// The reason.
        parking: Parking,
    },
    /// All unfinished hubs of a credential source are left alone for the rest of the run.
    #[non_exhaustive]
    SourceParked {
        /// The name of the source.
        source: Box<str>,
        /// The reason.
        parking: Parking,
    },
    /// The run was resumed. Requests in flight are uncertain, and parked hubs and failed entries are tried again.
    #[non_exhaustive]
    Resumed {},
    /// The run ended.
    #[non_exhaustive]
    Ended {
        /// The reason.
        end: End,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// An invitation or member that a list contains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Found {
    /// The account: the inviter, or the member.
    pub id: AccountId,
    /// The identity of the invitation: its `InvitationId`, or for a member the time of the invitation. `None` if the service
    /// did not return it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Box<str>>,
}

impl Found {
    /// Creates an entry of a list.
    #[must_use]
    pub fn new(id: AccountId, invitation: Option<Box<str>>) -> Self {
        Self { id, invitation }
    }
}

/// An entry that the service did not process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unprocessed {
    /// The entry's number.
    pub index: u32,
    /// Whether an earlier attempt of the same call may have processed it.
    pub uncertain: bool,
    /// The service's reason.
    pub reason: Reason,
}

/// The reason why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum End {
    /// There is nothing left to do.
    Complete,
    /// The caller stopped the run.
    Stopped,
    /// Ten hubs in a row were unreachable.
    Unreachable,
}
