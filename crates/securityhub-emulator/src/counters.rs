//! The numbers of events.

/// The numbers of events since the emulator was created or reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Requests, except preflights.
    pub requests: u64,
    /// Preflights.
    pub preflights: u64,
    /// Refused requests, even if a fault hid the refusal.
    pub refused: u64,
    /// Requests with a fault.
    pub faulted: u64,
    /// Deleted invitations.
    pub deleted: u64,
    /// Requests that exceeded the [rate limit](crate::RateLimit).
    pub rate_violations: u64,
}
