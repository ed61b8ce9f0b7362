//! [`EventError`]: the error for an event that does not fit the plan.

use std::{error, fmt};

use crate::hub::HubId;

/// An event that does not fit the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventError {
    pub(crate) hub: HubId,
    pub(crate) problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Problem {
    Hub,
    Entry,
}

impl EventError {
    /// Returns the hub that the event names.
    #[must_use]
    pub fn hub(&self) -> HubId {
        self.hub
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem {
            Problem::Hub => write!(f, "hub \"{}\": not in the plan", self.hub),
            Problem::Entry => write!(f, "entries of hub \"{}\": out of range or out of order", self.hub),
        }
    }
}

impl error::Error for EventError {}
