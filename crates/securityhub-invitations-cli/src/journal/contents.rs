//! [`Contents`]: everything that a journal says.

use std::{fs::File, path::Path, time::SystemTime};

use securityhub_invitations_sweep::{Event, Header, Record};

use super::{chain::Chain, journal_error::JournalError, lines::Lines};

/// The header and the records of a journal.
#[derive(Debug)]
pub(crate) struct Contents {
    header: Header,
    records: Vec<Record>,
}

impl Contents {
    /// Reads a journal, also while a run still writes it.
    ///
    /// # Errors
    /// [`JournalError`] if the file cannot be read or is damaged.
    pub(crate) fn read(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(|error| JournalError::io(path, "open", error))?;
        Ok(Self::read_file(path, &file)?.0)
    }

    /// Reads a file from its start. Also returns the checksum and the length in bytes of the complete lines.
    pub(super) fn read_file(path: &Path, file: &File) -> Result<(Self, Chain, u64), JournalError> {
        let (mut lines, header) = Lines::new(path, file)?;
        let mut records = Vec::new();
        while let Some(record) = lines.record()? {
            records.push(record);
        }
        let (chain, end) = lines.into_end();
        Ok((Self { header, records }, chain, end))
    }

    /// Returns the run and its plan.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the events.
    pub(crate) fn into_events(self) -> impl Iterator<Item = Event> {
        self.records.into_iter().map(Record::into_event)
    }

    /// Returns the time of the first event, or `None` if there is none.
    pub(crate) fn started(&self) -> Option<SystemTime> {
        self.records.first().map(Record::time)
    }

    /// Returns the time of the last event, or `None` if there is none.
    pub(crate) fn last_time(&self) -> Option<SystemTime> {
        self.records.last().map(Record::time)
    }
}
