//! [`SweepNext`]: the next thing to do for a driver.

use std::time::Duration;

use crate::work::Work;

/// The next thing to do for the driver of a [`Sweep`](crate::Sweep). Deliberately exhaustive.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
#[must_use = "work that is not done blocks the sweep"]
pub enum SweepNext {
    /// Make this call, as soon as the events are stored.
    Ready(Work),
    /// Ask again at this elapsed time, or after a result.
    NotBefore(Duration),
    /// Ask again after a result.
    Waiting,
    /// Nothing is left to do in this phase: see [`Sweep::phase`](crate::Sweep::phase).
    Finished,
}
