//! [`Work`]: a call that a sweep wants to have made.

use securityhub_invitations::{
    DeclineInvitations, DeleteInvitations, DisassociateFromAdministratorAccount, GetAdministratorAccount,
    ListInvitations, ListMembers, Operation,
};

use crate::{
    hub::HubId,
    outcome::{Outcome, administrator, done, invitations, members, verdicts},
};

/// A call that a [`Sweep`](crate::Sweep) wants to have made. Deliberately exhaustive: a driver has to make every call.
#[derive(Debug)]
#[must_use = "the sweep waits for the result"]
pub enum Work {
    /// Reads a page of invitations.
    ListInvitations(Task<ListInvitations>),
    /// Reads a page of members.
    ListMembers(Task<ListMembers>),
    /// Looks up the administrator account.
    GetAdministratorAccount(Task<GetAdministratorAccount>),
    /// Ends the relation with the administrator account.
    DisassociateFromAdministratorAccount(Task<DisassociateFromAdministratorAccount>),
    /// Declines a chunk of invitations.
    DeclineInvitations(Task<DeclineInvitations>),
    /// Deletes a chunk of invitations.
    DeleteInvitations(Task<DeleteInvitations>),
}

impl Work {
    /// Returns the hub.
    #[must_use]
    pub fn hub(&self) -> HubId {
        match self {
            Self::ListInvitations(task) => task.hub,
            Self::ListMembers(task) => task.hub,
            Self::GetAdministratorAccount(task) => task.hub,
            Self::DisassociateFromAdministratorAccount(task) => task.hub,
            Self::DeclineInvitations(task) => task.hub,
            Self::DeleteInvitations(task) => task.hub,
        }
    }
}

/// An operation, the hub to call it in, and the ticket for its result.
#[derive(Debug)]
#[non_exhaustive]
pub struct Task<O> {
    /// The operation.
    pub operation: O,
    /// The hub.
    pub hub: HubId,
    /// The ticket for [`Sweep::finished`](crate::Sweep::finished).
    pub ticket: Ticket<O>,
}

/// The claim of one result. It is consumed when the result is reported, so no result counts twice.
///
/// A ticket of an earlier run is ignored. If a ticket is dropped, the sweep waits for its result forever.
#[derive(Debug)]
#[must_use = "the sweep waits for the result"]
pub struct Ticket<O> {
    pub(crate) run: u32,
    pub(crate) number: u64,
    /// It shares its memory with the one of the task.
    pub(crate) operation: O,
}

impl<O: Clone> Task<O> {
    pub(crate) fn new(operation: O, hub: HubId, run: u32, number: u64) -> Self {
        Self { operation: operation.clone(), hub, ticket: Ticket { run, number, operation } }
    }
}

/// The operations of a sweep. The trait is sealed.
pub trait SweepOperation: Operation + sealed::Sealed {
    #[doc(hidden)]
    fn outcome(input: &Self, output: Self::Output) -> Outcome;
}

mod sealed {
    /// Keeps other crates from implementing [`SweepOperation`](super::SweepOperation).
    #[expect(unnameable_types, reason = "it is a seal")]
    pub trait Sealed {}
}

macro_rules! operations {
    ($($operation:ty => |$input:ident, $output:ident| $outcome:expr,)*) => {$(
        impl sealed::Sealed for $operation {}

        impl SweepOperation for $operation {
            fn outcome($input: &Self, $output: Self::Output) -> Outcome {
                $outcome
            }
        }
    )*};
}

operations! {
    ListInvitations => |input, output| invitations(input, &output),
    ListMembers => |input, output| members(input, &output),
    GetAdministratorAccount => |_input, output| administrator(&output),
    DisassociateFromAdministratorAccount => |_input, output| done(output.attempts(), output.request_id()),
    DeclineInvitations => |input, output| verdicts(output.verdicts(input), output.attempts(), output.request_id()),
    DeleteInvitations => |input, output| verdicts(output.verdicts(input), output.attempts(), output.request_id()),
}
