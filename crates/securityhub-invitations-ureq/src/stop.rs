//! [`Stop`]: ends the runs of a sweep.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Stops the run of a [`SweepDriver`](crate::SweepDriver), from any thread. Clones share the state.
///
/// ```
/// use securityhub_invitations_ureq::Stop;
///
/// let stop = Stop::new();
/// let of_another_thread = stop.clone();
/// of_another_thread.stop();
/// assert!(stop.is_stopped());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    is_stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Creates a stop that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the stop, and wakes all threads that wait for their next attempt.
    pub fn stop(&self) {
        *self.lock() = true;
        self.0.changed.notify_all();
    }

    /// Returns whether the stop is set.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.lock()
    }

    /// Sleeps until the stop is set, and returns whether it is not.
    pub(crate) fn sleep(&self, wait: Duration) -> bool {
        let waited = self.0.changed.wait_timeout_while(self.lock(), wait, |is_stopped| !*is_stopped);
        let (is_stopped, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !*is_stopped
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.0.is_stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
