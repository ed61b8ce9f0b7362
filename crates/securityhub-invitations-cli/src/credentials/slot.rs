//! [`Slot`]: the cached credentials of one source.

use std::time::{Duration, SystemTime};

use securityhub_invitations::Credentials;

use super::CredentialsError;

/// The shortest time between two loads of one source.
const PAUSE: Duration = Duration::from_secs(30);

/// The cached credentials of one source, or the reason why it has none.
#[derive(Debug, Default)]
pub(super) struct Slot {
    held: Option<Held>,
    failed: Option<Failed>,
}

#[derive(Debug)]
struct Held {
    credentials: Credentials,
    /// `None` if they do not expire.
    refresh_at: Option<SystemTime>,
}

#[derive(Debug)]
struct Failed {
    error: CredentialsError,
    /// `None` for the rest of the run.
    until: Option<SystemTime>,
}

impl Slot {
    /// Returns the cached result, or `None` if the source must be loaded.
    pub(super) fn cached(&self, now: SystemTime) -> Option<Result<Credentials, CredentialsError>> {
        if let Some(held) = &self.held
            && held.refresh_at.is_none_or(|refresh_at| now < refresh_at)
        {
            return Some(Ok(held.credentials.clone()));
        }
        let failed = self.failed.as_ref().filter(|failed| failed.until.is_none_or(|until| now < until))?;
        Some(self.fall_back(failed.error.clone(), now))
    }

    /// Records the result of a load. They are loaded again when less than `margin` is left.
    pub(super) fn record(
        &mut self,
        result: Result<Credentials, CredentialsError>,
        margin: Duration,
        now: SystemTime,
    ) -> Result<Credentials, CredentialsError> {
        match result {
            Ok(credentials) => {
                let expiry = credentials.expires_at();
                // Credentials that are always short-lived are not loaded for every call.
                let refresh_at = expiry.map(|expiry| expiry.checked_sub(margin).unwrap_or(expiry).max(now + PAUSE));
                *self = Self { held: Some(Held { credentials: credentials.clone(), refresh_at }), failed: None };
                Ok(credentials)
            }
            Err(error) => {
                self.fail(error.clone(), now);
                self.fall_back(error, now)
            }
        }
    }

    /// Fails if the credentials in use are still the held ones, because the service has rejected them.
    pub(super) fn reject(&mut self, used: &Credentials, error: &CredentialsError, now: SystemTime) {
        if self.held.as_ref().is_some_and(|held| held.credentials.access_key_id() == used.access_key_id()) {
            self.held = None;
            self.fail(error.clone(), now);
        }
    }

    /// A network failure counts for a short time. Any other failure counts for the rest of the run, because each load may ask
    /// the user, start a process or be one of ten thousand. The next run loads again.
    fn fail(&mut self, error: CredentialsError, now: SystemTime) {
        let until = error.is_transient().then(|| now + PAUSE);
        self.failed = Some(Failed { error, until });
    }

    /// During a network failure, credentials are used until they expire.
    fn fall_back(&self, error: CredentialsError, now: SystemTime) -> Result<Credentials, CredentialsError> {
        match &self.held {
            Some(Held { credentials, .. })
                if error.is_transient() && credentials.expires_at().is_none_or(|expiry| now < expiry) =>
            {
                Ok(credentials.clone())
            }
            _ => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::{
        super::{Source, credentials_error::Problem},
        *,
    };

    const MARGIN: Duration = Duration::from_secs(120);

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn credentials(expiry: u64) -> Credentials {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").unwrap();
        credentials.with_expiry(at(expiry))
    }

    /// The times at which the slot has credentials, has an error and must be loaded.
    fn states(slot: &Slot, times: [u64; 3]) -> [Option<bool>; 3] {
        times.map(|seconds| slot.cached(at(seconds)).map(|result| result.is_ok()))
    }

    #[test]
    fn refreshes_before_the_margin() {
        let mut slot = Slot::default();
        slot.record(Ok(credentials(3600)), MARGIN, at(0)).unwrap();
        assert_eq!(states(&slot, [0, 3479, 3480]), [Some(true), Some(true), None]);
    }

    #[test]
    fn pauses_between_loads_of_short_lived_credentials() {
        let mut slot = Slot::default();
        slot.record(Ok(credentials(60)), MARGIN, at(0)).unwrap();
        assert_eq!(states(&slot, [0, 29, 30]), [Some(true), Some(true), None]);
    }

    #[test]
    fn network_failures_count_for_a_short_time() {
        let mut slot = Slot::default();
        let failure = || Problem::unreachable("no route").of(Source::ENVIRONMENT);
        slot.record(Err(failure()), MARGIN, at(0)).unwrap_err();
        assert_eq!(states(&slot, [0, 29, 30]), [Some(false), Some(false), None]);

        slot.record(Ok(credentials(3600)), MARGIN, at(0)).unwrap();
        slot.record(Err(failure()), MARGIN, at(3580)).unwrap();
        assert_eq!(states(&slot, [3580, 3599, 3600]), [Some(true), Some(true), Some(false)]);
    }

    #[test]
    fn other_failures_count_for_the_run() {
        let mut slot = Slot::default();
        slot.record(Ok(credentials(3600)), MARGIN, at(0)).unwrap();
        let failure = Problem::rejected("expired").of(Source::ENVIRONMENT);
        slot.record(Err(failure), MARGIN, at(3500)).unwrap_err();
        assert_eq!(states(&slot, [3500, 3599, 1_000_000]), [Some(false); 3]);
    }
}
