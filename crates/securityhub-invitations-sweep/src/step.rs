//! [`Step`] and [`Steps`]: the changes that a plan makes, in their order.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A change that a plan makes in each hub. Steps sort in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Ends the membership with the administrator account. Once for each hub, optional.
    Disassociate,
    /// Declines the invitations. Optional.
    Decline,
    /// Deletes the invitations.
    Delete,
}

impl Step {
    /// Returns the step's name, as it is serialized, for example `delete`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disassociate => "disassociate",
            Self::Decline => "decline",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The steps of a plan. `delete` is always one of them.
///
/// ```
/// use securityhub_invitations_sweep::{Step, Steps};
///
/// let steps = Steps::new().with_decline();
/// assert!(steps.contains(Step::Decline) && steps.contains(Step::Delete) && steps.verifies());
/// assert!(!steps.contains(Step::Disassociate));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Steps {
    disassociate: bool,
    decline: bool,
    verify: bool,
}

impl Steps {
    /// Returns the default: `delete`, then `verify`, which lists again what is uncertain or not processed. An account that is
    /// no longer listed is done. On the administrator side, an account that is still listed settles nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { disassociate: false, decline: false, verify: true }
    }

    /// Adds the step `disassociate`, which runs first. Only for member accounts.
    #[must_use]
    pub const fn with_disassociate(self) -> Self {
        Self { disassociate: true, ..self }
    }

    /// Adds the step `decline`, which runs before `delete`. Only for member accounts.
    #[must_use]
    pub const fn with_decline(self) -> Self {
        Self { decline: true, ..self }
    }

    /// Removes `verify`. Entries that are uncertain after the last step then stay uncertain.
    #[must_use]
    pub const fn without_verify(self) -> Self {
        Self { verify: false, ..self }
    }

    /// Returns whether `step` is one of the steps.
    #[must_use]
    pub const fn contains(self, step: Step) -> bool {
        match step {
            Step::Disassociate => self.disassociate,
            Step::Decline => self.decline,
            Step::Delete => true,
        }
    }

    /// Returns whether the run lists again at the end, to settle entries that are uncertain or not processed.
    #[must_use]
    pub const fn verifies(self) -> bool {
        self.verify
    }

    pub(crate) fn names(self) -> Vec<StepName> {
        let all = [
            (self.disassociate, StepName::Disassociate),
            (self.decline, StepName::Decline),
            (true, StepName::Delete),
            (self.verify, StepName::Verify),
        ];
        all.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect()
    }

    /// Returns `None` if `delete` is missing.
    pub(crate) fn from_names(names: &[StepName]) -> Option<Self> {
        let has = |name| names.contains(&name);
        has(StepName::Delete).then(|| Self {
            disassociate: has(StepName::Disassociate),
            decline: has(StepName::Decline),
            verify: has(StepName::Verify),
        })
    }
}

impl Default for Steps {
    fn default() -> Self {
        Self::new()
    }
}

/// A step in the encoding of plans and slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepName {
    Disassociate,
    Decline,
    Delete,
    Verify,
}
