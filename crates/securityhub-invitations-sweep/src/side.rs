//! [`Side`]: the kind of the accounts in a plan.

/// The kind of the accounts in a plan, which decides what is listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Side {
    /// Member accounts: the run deletes invitations that they received.
    Member,
    /// Administrator accounts: the run deletes invitations that they sent.
    #[non_exhaustive]
    Administrator {
        /// The member statuses to act on, as the service writes them. Compared without regard to case.
        statuses: Vec<Box<str>>,
    },
}

impl Side {
    /// Returns the administrator side with the default status, `Invited`.
    #[must_use]
    pub fn administrator() -> Self {
        Self::Administrator { statuses: vec!["Invited".into()] }
    }

    /// Returns the administrator side with other statuses, for example `Resigned`.
    pub fn administrator_with_statuses(statuses: impl IntoIterator<Item: Into<Box<str>>>) -> Self {
        Self::Administrator { statuses: statuses.into_iter().map(Into::into).collect() }
    }

    /// Returns whether a member with this status belongs to the run.
    pub(crate) fn includes(&self, status: Option<&str>) -> bool {
        match self {
            Self::Member => true,
            Self::Administrator { statuses } => {
                status.is_some_and(|status| statuses.iter().any(|wanted| wanted.eq_ignore_ascii_case(status)))
            }
        }
    }
}
