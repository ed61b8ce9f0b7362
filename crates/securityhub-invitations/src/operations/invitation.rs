//! [`Invitation`]: an invitation, or the association that came from one.

use std::{fmt, time::SystemTime};

use crate::{display::Bounded, json::Fields, redact::Redactor};

/// An invitation to the calling account, or its association to the administrator account. All members are optional on the wire.
///
/// Source: [`Invitation`](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Invitation.html).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Invitation {
    account_id: Option<Box<str>>,
    invitation_id: Option<Box<str>>,
    invited_at: Option<SystemTime>,
    member_status: Option<Box<str>>,
}

/// Bounded, because a hostile response can be long.
impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("account_id", &self.account_id().map(Bounded))
            .field("invitation_id", &self.invitation_id().map(Bounded))
            .field("invited_at", &self.invited_at)
            .field("member_status", &self.member_status().map(Bounded))
            .finish()
    }
}

impl Invitation {
    /// Returns the id of the account that sent the invitation, as the service wrote it.
    #[must_use]
    pub fn account_id(&self) -> Option<&str> {
        self.account_id.as_deref()
    }

    /// Returns the id of the invitation. An invitation that is sent again has another id.
    #[must_use]
    pub fn invitation_id(&self) -> Option<&str> {
        self.invitation_id.as_deref()
    }

    /// Returns the time at which the invitation was sent. `None` if it is missing or not a date.
    #[must_use]
    pub fn invited_at(&self) -> Option<SystemTime> {
        self.invited_at
    }

    /// Returns the status of the association as the service wrote it, for example `Invited` or `Enabled`.
    #[must_use]
    pub fn member_status(&self) -> Option<&str> {
        self.member_status.as_deref()
    }

    /// The members in a response.
    pub(super) fn fields<'de>() -> Fields<'de> {
        Fields::new(&["AccountId", "InvitationId", "MemberStatus"], &["InvitedAt"])
    }

    pub(super) fn new(fields: &mut Fields<'_>, redactor: Redactor<'_>) -> Self {
        let mut string = |index| fields.string(index).map(|value| redactor.redact(&value).into());
        Self { account_id: string(0), invitation_id: string(1), member_status: string(2), invited_at: fields.time(0) }
    }
}
