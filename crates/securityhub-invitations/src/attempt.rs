//! [`Attempt`]: a finished attempt, for observers.

use std::{fmt, time::Duration};

use crate::{call_error::CallError, display::Rounded, endpoint::Endpoint};

/// A finished attempt, as an observer sees it. Nothing in it is secret.
///
/// One observer serves every operation. `T` is the transport's own error.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Attempt<'a, T> {
    pub(crate) operation: &'static str,
    /// The attempt's number, from 1.
    pub number: u32,
    /// The attempt's result.
    pub result: Result<(), &'a CallError<T>>,
    /// The service's id of the request, if there was a response with one.
    pub request_id: Option<&'a str>,
    /// The endpoint that the request was sent to.
    pub endpoint: &'a Endpoint,
    /// The wait before the next attempt. `None` if this was the last one.
    pub wait: Option<Duration>,
}

impl<T> Attempt<'_, T> {
    /// Returns the operation's name in AWS's API, for example `DeleteInvitations`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }
}

/// One line, for example `attempt 1 of DeleteInvitations failed: … (next attempt in 50ms)`.
impl<T: fmt::Display> fmt::Display for Attempt<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {} of {} ", self.number, self.operation)?;
        match self.result {
            Ok(()) => write!(f, "succeeded"),
            Err(error) => write!(f, "failed: {error}"),
        }?;
        self.wait.map_or(Ok(()), |wait| write!(f, " (next attempt in {})", Rounded(wait)))
    }
}

impl<T: fmt::Debug + fmt::Display> fmt::Debug for Attempt<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("operation", &self.operation)
            .field("number", &self.number)
            .field("result", &self.result)
            .field("request_id", &self.request_id)
            .field("endpoint", &self.endpoint.url())
            .field("wait", &self.wait)
            .finish()
    }
}
