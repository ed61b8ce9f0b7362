//! Roles that can be assumed.

use std::{error::Error, fmt, time::Duration};

use securityhub_invitations::AccountId;

/// A role that every account of the emulator may assume.
///
/// ```
/// use securityhub_emulator::{Emulator, Role};
///
/// let role = Role::new("111122223333".parse()?, "SecurityHubCleanup")?.with_external_id("cleanup");
/// let emulator = Emulator::builder().with_role(role).build();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub(crate) account: AccountId,
    /// With the path but without the first slash.
    pub(crate) name: String,
    pub(crate) external_id: Option<String>,
    pub(crate) max_session: Duration,
}

impl Role {
    /// Creates a role with a maximum session duration of one hour, which is IAM's default.
    ///
    /// `name` may have a path, such as `service/SecurityHubCleanup`.
    ///
    /// # Errors
    /// If a segment is empty, or has characters other than letters, digits and `+=,.@_-`, or if the name has more than 64
    /// characters or the path more than 512.
    pub fn new(account: AccountId, name: &str) -> Result<Self, InvalidRoleName> {
        let (path, last) = name.rsplit_once('/').unwrap_or(("", name));
        let valid = !last.is_empty()
            && last.len() <= 64
            && path.len() <= 512
            && name.split('/').all(|segment| !segment.is_empty() && segment.bytes().all(is_name_byte));
        if !valid {
            return Err(InvalidRoleName { name: name.to_owned() });
        }
        Ok(Self { account, name: name.to_owned(), external_id: None, max_session: Duration::from_secs(3600) })
    }

    /// Requires this external id of every caller.
    #[must_use]
    pub fn with_external_id(self, external_id: &str) -> Self {
        Self { external_id: Some(external_id.to_owned()), ..self }
    }

    /// Sets the longest session, in whole seconds. IAM allows 1 to 12 hours, and other values are clamped.
    #[must_use]
    pub fn with_max_session(self, max_session: Duration) -> Self {
        Self { max_session: max_session.clamp(Duration::from_secs(3600), Duration::from_secs(12 * 3600)), ..self }
    }

    /// Returns the role's ARN in a partition such as `aws`.
    #[must_use]
    pub fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:iam::{}:role/{}", self.account, self.name)
    }

    /// Returns the name without the path.
    pub(crate) fn plain_name(&self) -> &str {
        self.name.rsplit_once('/').map_or(&self.name, |(_, name)| name)
    }
}

/// Whether names of roles and sessions may have this byte.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte)
}

/// The error for a string that is not a role's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRoleName {
    name: String,
}

impl fmt::Display for InvalidRoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid role name {:?} (expected 1–64 letters, digits and +=,.@_-, after an optional path)",
            self.name
        )
    }
}

impl Error for InvalidRoleName {}
