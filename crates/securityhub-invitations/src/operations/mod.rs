//! The six operations, one file each, and the trait that [`Call`](crate::Call) and the adapters are generic over.
//!
//! A new operation is a new file in this folder, and its lines in the lists below, in `methods.rs`, in `lib.rs` and in
//! `response::is_output_member`.

mod account_ids;
mod decline_invitations;
mod delete_invitations;
mod disassociate_from_administrator_account;
mod get_administrator_account;
mod invitation;
mod list_invitations;
mod list_members;
mod methods;
mod pages;
mod reader;
mod receipt;
mod unprocessed;

use std::fmt;

use bytes::Bytes;
use http::Method;

pub use self::{
    decline_invitations::{DeclineInvitations, DeclineInvitationsOutput},
    delete_invitations::{DeleteInvitations, DeleteInvitationsOutput},
    disassociate_from_administrator_account::{
        DisassociateFromAdministratorAccount, DisassociateFromAdministratorAccountOutput,
    },
    get_administrator_account::{GetAdministratorAccount, GetAdministratorAccountOutput},
    invitation::Invitation,
    list_invitations::{ListInvitations, ListInvitationsOutput},
    list_members::{ListMembers, ListMembersOutput, Member},
    pages::PageError,
    unprocessed::{UnprocessedAccount, UnprocessedError, Verdict},
};
pub(crate) use self::{reader::OutputReader, receipt::Receipt};

/// An operation of Security Hub's API, with its input.
///
/// The trait is sealed: the six operations of this crate implement it. [`SecurityHub::call`](crate::SecurityHub::call) and
/// every adapter's `send` accept any of them.
///
/// ```
/// use securityhub_invitations::{ListInvitations, Operation};
///
/// fn name<O: Operation>(_: &O) -> &'static str {
///     O::NAME
/// }
/// assert_eq!(name(&ListInvitations::new()), "ListInvitations");
/// ```
pub trait Operation: sealed::Sealed + Clone + fmt::Debug + Send + Sync + 'static {
    /// The result of a successful call.
    type Output: fmt::Debug + Send + Sync + 'static;

    /// The operation's name in AWS's API, for example `DeleteInvitations`.
    const NAME: &'static str;

    #[doc(hidden)]
    const METHOD: Method;
    #[doc(hidden)]
    const PATH: &'static str;
    #[doc(hidden)]
    const EFFECT: Effect;
    /// The error codes that the API's model lists for this operation.
    #[doc(hidden)]
    const ERRORS: &'static [&'static str];
    /// The name of the output's main member. `None` for an operation without output members.
    #[doc(hidden)]
    const OUTPUT_MEMBER: Option<&'static str>;

    /// Collects the output's members.
    #[doc(hidden)]
    type Reader: OutputReader;

    /// The canonical query: names in order, values percent-encoded.
    #[doc(hidden)]
    fn query(&self) -> Option<String> {
        None
    }

    /// The JSON body and its SHA-256 in hexadecimal. `None` for an operation without a body.
    #[doc(hidden)]
    fn payload(&self) -> Option<(&Bytes, &[u8; 64])> {
        None
    }

    #[doc(hidden)]
    fn output(members: Self::Reader, receipt: Receipt) -> Self::Output;

    #[doc(hidden)]
    fn receipt(output: &Self::Output) -> &Receipt;
}

mod sealed {
    /// Keeps other crates from implementing [`Operation`](super::Operation).
    #[expect(unnameable_types, reason = "it is a seal")]
    pub trait Sealed {}
}

/// Whether a request can change anything at the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(unnameable_types, reason = "it is part of the sealed `Operation`")]
pub enum Effect {
    /// The request reads.
    Read,
    /// The request changes invitations or members.
    Write,
}
