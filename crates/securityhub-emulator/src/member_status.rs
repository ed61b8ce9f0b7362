//! The status of the relation between an administrator and a member.

use std::{error::Error, fmt, str::FromStr};

/// The status of the relation between an administrator and a member.
///
/// The spelling is that of the
/// [API reference](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Member.html). Older editions of the
/// reference have upper case (`ENABLED`), and the AWS CLI's examples show `ASSOCIATED`. Clients should therefore accept
/// any string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MemberStatus {
    /// The administrator added the member and has not invited it yet.
    Created,
    /// The member has not responded to the invitation.
    Invited,
    /// The member accepted the invitation.
    Enabled,
    /// The administrator ended the relation.
    Removed,
    /// The member declined the invitation or ended the relation.
    Resigned,
    /// The administrator deleted the member.
    Deleted,
    /// The account was suspended while the administrator tried to enable it.
    AccountSuspended,
}

impl MemberStatus {
    const ALL: [Self; 7] = [
        Self::Created,
        Self::Invited,
        Self::Enabled,
        Self::Removed,
        Self::Resigned,
        Self::Deleted,
        Self::AccountSuspended,
    ];

    /// Returns the status as responses contain it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Invited => "Invited",
            Self::Enabled => "Enabled",
            Self::Removed => "Removed",
            Self::Resigned => "Resigned",
            Self::Deleted => "Deleted",
            Self::AccountSuspended => "AccountSuspended",
        }
    }

    /// Whether the member has, or had, an invitation. The other members were added without one.
    pub(crate) fn has_invitation(self) -> bool {
        matches!(self, Self::Invited | Self::Enabled | Self::Removed | Self::Resigned)
    }
}

impl fmt::Display for MemberStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Parses the status case-insensitively.
impl FromStr for MemberStatus {
    type Err = ParseMemberStatusError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let status = Self::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(value));
        status.ok_or_else(|| ParseMemberStatusError { value: value.to_owned() })
    }
}

/// The error for a string that is not a [`MemberStatus`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseMemberStatusError {
    value: String,
}

impl fmt::Display for ParseMemberStatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = MemberStatus::ALL.map(MemberStatus::as_str).join(", ");
        write!(f, "invalid member status {:?} (expected {names})", self.value)
    }
}

impl Error for ParseMemberStatusError {}
