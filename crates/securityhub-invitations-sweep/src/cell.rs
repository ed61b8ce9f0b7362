//! [`Cell`]: the state of one entry in one step, in four bytes. [`State`] is its public form.

use serde::{Deserialize, Serialize};

use crate::reason::Reason;

/// The state of an entry in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State<'a> {
    /// Not tried, or to be tried again.
    Pending,
    /// Sent, without a result so far. After a crash, this stays until the run is resumed.
    InFlight,
    /// The service confirmed it, or a later list shows it.
    Done,
    /// The service did not process it.
    NotProcessed(&'a Reason),
    /// The request failed.
    Failed(&'a Reason),
    /// The account is on the keep list.
    Kept,
}

impl<'a> State<'a> {
    /// Returns the reason, if the state has one.
    #[must_use]
    pub fn reason(&self) -> Option<&'a Reason> {
        match self {
            Self::NotProcessed(reason) | Self::Failed(reason) => Some(reason),
            _ => None,
        }
    }

    /// Returns the state's name, as it is serialized, for example `not_processed`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "in_flight",
            Self::Done => "done",
            Self::NotProcessed(_) => "not_processed",
            Self::Failed(_) => "failed",
            Self::Kept => "kept",
        }
    }
}

/// The state of an entry in one step, and whether it is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StepState<'a> {
    /// The state.
    pub state: State<'a>,
    /// Whether the state is certain. A request without a confirmed response makes it uncertain.
    pub is_certain: bool,
}

/// The kind of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Pending,
    InFlight,
    Done,
    NotProcessed,
    Failed,
    Kept,
}

/// Three bits for the kind, one for the uncertainty, and 28 for the number of the reason.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell(u32);

impl Cell {
    pub(crate) const PENDING: Self = Self(Kind::Pending as u32);
    pub(crate) const KEPT: Self = Self(Kind::Kept as u32);
    const UNCERTAIN: u32 = 1 << 3;
    const REASON: u32 = 4;
    pub(crate) const MAX_REASONS: usize = 1 << 28;

    pub(crate) fn new(kind: Kind, is_uncertain: bool, reason: u32) -> Self {
        let uncertain = if is_uncertain { Self::UNCERTAIN } else { 0 };
        Self(kind as u32 | uncertain | (reason << Self::REASON))
    }

    pub(crate) fn kind(self) -> Kind {
        match self.0 & 0b111 {
            0 => Kind::Pending,
            1 => Kind::InFlight,
            2 => Kind::Done,
            3 => Kind::NotProcessed,
            4 => Kind::Failed,
            _ => Kind::Kept,
        }
    }

    /// Whether the outcome is open. A request in flight is always uncertain, whatever this says.
    pub(crate) fn is_uncertain(self) -> bool {
        self.0 & Self::UNCERTAIN != 0
    }

    pub(crate) fn is_certain(self) -> bool {
        !self.is_uncertain() && self.kind() != Kind::InFlight
    }

    pub(crate) fn reason(self) -> u32 {
        self.0 >> Self::REASON
    }

    pub(crate) fn with_kind(self, kind: Kind) -> Self {
        Self::new(kind, self.is_uncertain(), self.reason())
    }

    pub(crate) fn with_uncertain(self, is_uncertain: bool) -> Self {
        Self::new(self.kind(), is_uncertain, self.reason())
    }

    /// Whether `verify` can settle it.
    pub(crate) fn is_unsettled(self) -> bool {
        match self.kind() {
            Kind::NotProcessed => true,
            Kind::Failed => self.is_uncertain(),
            _ => false,
        }
    }

    pub(crate) fn view(self, reasons: &[Reason]) -> StepState<'_> {
        let reason = || reasons.get(self.reason() as usize);
        let state = match self.kind() {
            Kind::Pending => State::Pending,
            Kind::InFlight => State::InFlight,
            Kind::Done => State::Done,
            Kind::NotProcessed => reason().map_or(State::Pending, State::NotProcessed),
            Kind::Failed => reason().map_or(State::Pending, State::Failed),
            Kind::Kept => State::Kept,
        };
        StepState { state, is_certain: self.is_certain() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_kind_uncertainty_and_reason() {
        for kind in [Kind::Pending, Kind::InFlight, Kind::Done, Kind::NotProcessed, Kind::Failed, Kind::Kept] {
            for (is_uncertain, reason) in [(false, 0), (true, 1), (true, (1 << 28) - 1)] {
                let cell = Cell::new(kind, is_uncertain, reason);
                assert_eq!((cell.kind(), cell.is_uncertain(), cell.reason()), (kind, is_uncertain, reason));
            }
        }
    }
}
