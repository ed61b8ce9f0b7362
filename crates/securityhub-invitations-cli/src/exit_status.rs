//! [`ExitStatus`]: the documented exit statuses of the command.

use std::process::ExitCode;

use securityhub_invitations_sweep::{End, Ledger, Parking, ParkingCause};

/// The exit statuses. They are stable, and `docs/CLEAN_UP.md` has the same table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// Everything is certainly done or kept.
    Done = 0,
    /// Some entries were not processed, failed, or are still uncertain.
    Failed = 1,
    /// The arguments or the configuration are invalid. Nothing was sent.
    Usage = 2,
    /// Everything else is done, and some hubs are parked.
    Parked = 3,
    /// No hub could start for lack of credentials.
    Credentials = 4,
    /// Not everything was tried.
    NotTried = 5,
    /// Another process uses the journal.
    JournalInUse = 11,
    /// A signal interrupted the run.
    Interrupted = 130,
}

impl ExitStatus {
    /// The status of a run: the first one that applies. `skipped` is the number of accounts that are not part of the plan,
    /// although they were asked for.
    pub(crate) fn of(ledger: &Ledger, is_interrupted: bool, skipped: usize) -> Self {
        let summary = ledger.summary();
        // Entries of parked hubs are pending, and the hub says why.
        let active = || ledger.hubs().iter().filter(|hub| hub.parking().is_none());
        let untried = active().filter(|hub| !hub.is_listed() || hub.summary().pending > 0).count();
        let administrators_left: u64 = active().map(|hub| hub.summary().administrators_left).sum();
        let touched = summary.done + summary.not_processed + summary.failed + summary.uncertain;
        match () {
            () if is_interrupted => Self::Interrupted,
            () if lacks_credentials(ledger) && touched == 0 => Self::Credentials,
            () if untried > 0 || matches!(ledger.end(), Some(End::Stopped | End::Unreachable)) => Self::NotTried,
            () if summary.is_complete() && skipped == 0 => Self::Done,
            () if summary.not_processed + summary.failed + summary.uncertain + summary.unreadable > 0 => Self::Failed,
            () if administrators_left > 0 => Self::Failed,
            () => Self::Parked,
        }
    }

    /// Returns the status with this code.
    pub(crate) fn from_code(code: i32) -> Option<Self> {
        let all = [
            Self::Done,
            Self::Failed,
            Self::Usage,
            Self::Parked,
            Self::Credentials,
            Self::NotTried,
            Self::JournalInUse,
            Self::Interrupted,
        ];
        all.into_iter().find(|status| *status as i32 == code)
    }

    /// The status of a command that only lists.
    pub(crate) fn of_listing(ledger: &Ledger, is_interrupted: bool, skipped: usize) -> Self {
        let summary = ledger.summary();
        match () {
            () if is_interrupted => Self::Interrupted,
            () if lacks_credentials(ledger) => Self::Credentials,
            () if ledger.hubs().iter().any(|hub| hub.parking().is_none() && !hub.is_listed()) => Self::NotTried,
            () if summary.unreadable > 0 => Self::Failed,
            () if summary.parked_hubs > 0 || skipped > 0 => Self::Parked,
            () => Self::Done,
        }
    }
}

fn lacks_credentials(ledger: &Ledger) -> bool {
    let mut causes = ledger.hubs().iter().map(|hub| hub.parking().map(Parking::cause));
    causes.all(|cause| cause == Some(ParkingCause::Credentials))
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}
