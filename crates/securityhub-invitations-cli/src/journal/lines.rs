//! [`Lines`]: the checked lines of a journal, one at a time.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use securityhub_invitations_sweep::{Header, Record, RecordError};

use super::{chain::Chain, journal_error::JournalError};

/// Reads a journal line by line, and checks each one. The last line is left out if it has no line end. Its write was
/// interrupted, or has not finished yet. Zeros after a power failure have no line end either.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<&'a File>,
    line: Vec<u8>,
    number: u64,
    chain: Chain,
    /// The length of the lines so far, in bytes.
    end: u64,
}

impl<'a> Lines<'a> {
    /// Reads the first line. The file must be at its start.
    pub(super) fn new(path: &'a Path, file: &'a File) -> Result<(Self, Header), JournalError> {
        let reader = BufReader::with_capacity(1 << 16, file);
        let mut lines = Self { path, reader, line: Vec::new(), number: 0, chain: Chain::new(), end: 0 };
        if !lines.read_line()? {
            return Err(lines.damage(&"incomplete (expected the header of a run, this one never started)"));
        }
        let header = Header::from_line(&String::from_utf8_lossy(&lines.line));
        // Another version may have other checksums.
        if let Some(version) = header.as_ref().err().and_then(RecordError::unsupported_version) {
            return Err(JournalError::UnsupportedVersion { path: path.into(), version });
        }
        lines.check()?;
        let header = header.map_err(|error| lines.damage(&error))?;
        Ok((lines, header))
    }

    /// Reads the next line. `None` at the end.
    pub(super) fn record(&mut self) -> Result<Option<Record>, JournalError> {
        if !self.read_line()? {
            return Ok(None);
        }
        self.check()?;
        let record = Record::from_line(&String::from_utf8_lossy(&self.line));
        record.map(Some).map_err(|error| self.damage(&error))
    }

    /// Returns the checksum and the length in bytes of the lines so far.
    pub(super) fn into_end(self) -> (Chain, u64) {
        (self.chain, self.end)
    }

    fn read_line(&mut self) -> Result<bool, JournalError> {
        self.line.clear();
        self.number += 1;
        let read = self.reader.read_until(b'\n', &mut self.line);
        let length = read.map_err(|error| JournalError::io(self.path, "read", error))?;
        let is_complete = self.line.pop_if(|end| *end == b'\n').is_some();
        if is_complete {
            self.end += length as u64;
        }
        Ok(is_complete)
    }

    fn check(&mut self) -> Result<(), JournalError> {
        match self.chain.accepts(&self.line) {
            true => Ok(()),
            false if self.number == 1 => Err(self.damage(&"wrong checksum (expected the unchanged header of a run)")),
            false => Err(self.damage(&"wrong checksum (expected a line as the run wrote it, in its place)")),
        }
    }

    fn damage(&self, reason: &impl ToString) -> JournalError {
        JournalError::Damaged { path: self.path.into(), line: self.number, reason: reason.to_string() }
    }
}
