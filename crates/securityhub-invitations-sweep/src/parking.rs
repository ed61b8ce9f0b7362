//! [`Parking`]: the reason why a hub is left alone for the rest of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::reason::Reason;

/// The reason why a hub is left alone for the rest of a run. The next run tries it again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parking {
    cause: ParkingCause,
    reason: Reason,
}

impl Parking {
    /// Creates a parking.
    #[must_use]
    pub fn new(cause: ParkingCause, reason: Reason) -> Self {
        Self { cause, reason }
    }

    /// Returns the cause.
    #[must_use]
    pub fn cause(&self) -> ParkingCause {
        self.cause
    }

    /// Returns the details.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

/// `not subscribed: InvalidAccessException: …`.
impl fmt::Display for Parking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.cause, self.reason)
    }
}

/// The cause of a parking. An unknown name deserializes as [`Other`](Self::Other).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ParkingCause {
    /// Security Hub is not enabled for the account in this region.
    NotSubscribed,
    /// The region is not enabled for the account. The same response has other causes:
    /// [`may_be_disabled_region`](securityhub_invitations::Error::may_be_disabled_region).
    RegionDisabled,
    /// The identity does not have permission, or a policy denies the request.
    Denied,
    /// The credentials are missing, expired or rejected.
    Credentials,
    /// No connection, after all rounds.
    Unreachable,
    /// The list could not be read to its end.
    List,
    /// The ledger of the hub is missing: see [`merge`](crate::merge()).
    Lost,
    /// Another reason.
    #[serde(other)]
    Other,
}

impl ParkingCause {
    /// Returns a short description, for example `not subscribed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSubscribed => "not subscribed",
            Self::RegionDisabled => "region may be disabled",
            Self::Denied => "denied",
            Self::Credentials => "no valid credentials",
            Self::Unreachable => "unreachable",
            Self::List => "list incomplete",
            Self::Lost => "ledger missing",
            Self::Other => "parked",
        }
    }
}

impl fmt::Display for ParkingCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
