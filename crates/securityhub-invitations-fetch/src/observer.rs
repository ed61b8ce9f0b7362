//! What an observer is told of each attempt.

use std::time::Duration;

use securityhub_invitations::DeleteInvitationsOutput;

use crate::Error;

/// An attempt that is over, as [`Client::on_attempt`](crate::Client::on_attempt) shows it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The attempt's number, from 1.
    pub number: u32,
    /// What it came to.
    pub outcome: Result<&'a DeleteInvitationsOutput, &'a Error>,
    /// How long the next attempt waits. `None` if this was the last one.
    pub wait: Option<Duration>,
}
