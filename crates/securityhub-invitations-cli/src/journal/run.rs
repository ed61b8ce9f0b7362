//! [`Run`]: the short description of a run, for a list.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::SystemTime,
};

use securityhub_invitations_sweep::{End, Event, Side};

use super::{journal_error::JournalError, lines::Lines};

/// The short description of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The run's id.
    pub(crate) id: String,
    /// The path of its journal.
    pub(crate) path: PathBuf,
    /// The time of the first event, or `None` if there is none.
    pub(crate) started: Option<SystemTime>,
    /// The kind of its accounts.
    pub(crate) side: Side,
    /// The number of accounts in regions.
    pub(crate) hubs: usize,
    /// The state.
    pub(crate) state: RunState,
}

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    /// A process is working on it.
    Running,
    /// It is complete, or was stopped for a known reason.
    Ended(End),
    /// Its process ended without an event.
    Interrupted,
    /// It was left before anything was approved, so it has changed nothing.
    NotApproved,
}

impl Run {
    /// Reads a journal without keeping its events in memory.
    ///
    /// # Errors
    /// [`JournalError`] if the file cannot be read or is damaged.
    pub(crate) fn read(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(|error| JournalError::io(path, "open", error))?;
        let is_running = is_locked(path, &file)?;
        let (mut lines, header) = Lines::new(path, &file)?;
        let (mut started, mut is_approved, mut end) = (None, false, None);
        while let Some(record) = lines.record()? {
            started = started.or_else(|| Some(record.time()));
            match record.event() {
                Event::Approved { .. } => is_approved = true,
                Event::Resumed { .. } => end = None,
                Event::Ended { end: reason, .. } => end = Some(*reason),
                _ => {}
            }
        }
        let state = match end {
            _ if is_running => RunState::Running,
            None | Some(End::Stopped) if !is_approved => RunState::NotApproved,
            None => RunState::Interrupted,
            Some(end) => RunState::Ended(end),
        };
        let plan = header.plan();
        let (side, hubs) = (plan.side().clone(), plan.hubs().len());
        Ok(Self { id: header.run().to_owned(), path: path.into(), started, side, hubs, state })
    }
}

fn is_locked(path: &Path, file: &File) -> Result<bool, JournalError> {
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| false).map_err(|error| JournalError::io(path, "unlock", error)),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(JournalError::io(path, "lock", error)),
    }
}
