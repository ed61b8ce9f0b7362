//! [`HubState`]: the state of a hub in one word and one symbol.

use securityhub_invitations_sweep::{HubLedger, State};

/// The state of a hub as a whole: the first of these that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HubState {
    /// The hub was left alone, with a reason.
    Parked,
    /// At least one request certainly failed.
    Failed,
    /// At least one entry was certainly not processed.
    NotProcessed,
    /// The state of at least one entry is not certain.
    Uncertain,
    /// Something is left, or the list was not read to its end.
    Pending,
    /// The rest is done, but the list has entries without a valid account id.
    Unreadable,
    /// Everything is certainly done or kept.
    Done,
    /// Everything is kept.
    Kept,
    /// The list is empty.
    Empty,
}

impl HubState {
    pub(crate) const ALL: [Self; 9] = [
        Self::Done,
        Self::Kept,
        Self::Empty,
        Self::Parked,
        Self::Failed,
        Self::NotProcessed,
        Self::Uncertain,
        Self::Pending,
        Self::Unreadable,
    ];

    pub(crate) fn of(hub: &HubLedger) -> Self {
        if hub.parking().is_some() {
            return Self::Parked;
        }
        let mut worst = if hub.unreadable() > 0 { Self::Unreadable } else { Self::Empty };
        if !hub.is_listed() {
            worst = Self::Pending;
        }
        let administrator = hub.administrator().map(|(_, step)| Self::of_step(step.state, step.is_certain));
        let entries = hub.entries().map(|entry| Self::of_step(entry.state(), entry.is_certain()));
        administrator.into_iter().chain(entries).fold(worst, Self::min)
    }

    fn of_step(state: State<'_>, is_certain: bool) -> Self {
        match state {
            _ if !is_certain => Self::Uncertain,
            State::Failed(_) => Self::Failed,
            State::NotProcessed(_) => Self::NotProcessed,
            State::Done => Self::Done,
            State::Kept => Self::Kept,
            _ => Self::Pending,
        }
    }

    /// Whether nothing is left to do or to find out.
    pub(crate) fn is_complete(self) -> bool {
        self >= Self::Done
    }

    /// The name for programs, for example `not_processed`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::Failed => "failed",
            Self::NotProcessed => "not_processed",
            Self::Uncertain => "uncertain",
            Self::Pending => "pending",
            Self::Unreadable => "unreadable",
            Self::Done => "done",
            Self::Kept => "kept",
            Self::Empty => "empty",
        }
    }

    /// The name for people, for example `not processed`.
    pub(crate) fn name(self) -> &'static str {
        if self == Self::NotProcessed { "not processed" } else { self.as_str() }
    }

    /// The symbol in the matrix.
    pub(crate) fn symbol(self) -> char {
        match self {
            Self::Parked => 'P',
            Self::Failed => 'F',
            Self::NotProcessed => 'N',
            Self::Uncertain => '?',
            Self::Pending => '…',
            Self::Unreadable => '!',
            Self::Done => '✓',
            Self::Kept => 'K',
            Self::Empty => '·',
        }
    }

    /// The explanation in the legend.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Parked => "left alone, with a reason",
            Self::Failed => "a request failed",
            Self::NotProcessed => "the service did not process an entry",
            Self::Uncertain => "the state of an entry is not known for certain",
            Self::Pending => "not tried or not listed to the end",
            Self::Unreadable => "the list has entries without a valid account id",
            Self::Done => "everything is done or kept",
            Self::Kept => "everything is on the keep list",
            Self::Empty => "nothing to delete",
        }
    }
}
