//! [`HubReplay`]: the part of a hub's state that the ledger does not show.

use crate::invitation_digest::InvitationDigest;

/// The state of a hub that only the run needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct HubReplay {
    /// One for each entry, unless the plan has the ids.
    pub(crate) invitations: Vec<InvitationDigest>,
    /// The entries before this number may be changed.
    pub(crate) approved: u32,
    pub(crate) is_administrator_known: bool,
    pub(crate) is_administrator_approved: bool,
}
