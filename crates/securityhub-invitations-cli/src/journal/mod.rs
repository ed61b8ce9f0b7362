//! [`Journal`]: the file of a run. [`Contents`] reads it, and [`Runs`] finds it.
//!
//! A journal has one JSON object on each line: a header with the plan, then events. It is only ever appended to. Each line ends
//! with a checksum that covers all lines before it. Only the last line may be incomplete.

mod chain;
mod contents;
mod journal_error;
mod lines;
mod run;
mod runs;
mod runs_error;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use securityhub_invitations_sweep::{Event, Header, Record};

use self::{chain::Chain, lines::Lines};
pub(crate) use self::{
    contents::Contents,
    journal_error::JournalError,
    run::{Run, RunState},
    runs::Runs,
    runs_error::RunsError,
};

/// The file of a run, open for appending. No other process can open it for appending at the same time.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    chain: Chain,
    /// The length of the lines in bytes, if an incomplete one follows them.
    torn_at: Option<u64>,
    is_broken: bool,
}

impl Journal {
    /// Creates the journal of a new run. The header is durable when this returns. Only the user can read the file.
    ///
    /// # Errors
    /// [`JournalError`] if the file exists or cannot be written.
    pub(crate) fn create(path: &Path, header: &Header) -> Result<Self, JournalError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| JournalError::io(path, "create", error))?;
        let mut journal = Self { path: path.into(), file, chain: Chain::new(), torn_at: None, is_broken: false };
        let written = lock(path, &journal.file).and_then(|()| {
            let line = journal.chain.seal(&header.to_line());
            let written = journal.file.write_all(line.as_bytes()).and_then(|()| journal.file.sync_all());
            written.and_then(|()| sync_parent(path)).map_err(|error| JournalError::io(path, "write", error))
        });
        if written.is_err() {
            // The run has not started, so the file has no use. The error that is reported is the first one.
            let _ = fs::remove_file(path);
        }
        written.map(|()| journal)
    }

    /// Opens the journal of an earlier run, and reads it. The file is unchanged until the first [`append`](Self::append).
    ///
    /// # Errors
    /// [`JournalError`] if the file is in use, is damaged or cannot be read.
    pub(crate) fn open(path: &Path) -> Result<(Self, Contents), JournalError> {
        let file = OpenOptions::new().read(true).write(true).open(path);
        let mut file = file.map_err(|error| JournalError::io(path, "open", error))?;
        lock(path, &file)?;
        let (contents, chain, end) = Contents::read_file(path, &file)?;
        let length = file.seek(SeekFrom::End(0)).and_then(|length| {
            file.seek(SeekFrom::Start(end))?;
            Ok(length)
        });
        let length = length.map_err(|error| JournalError::io(path, "read", error))?;
        let torn_at = Some(end).filter(|end| *end < length);
        Ok((Self { path: path.into(), file, chain, torn_at, is_broken: false }, contents))
    }

    /// Appends events in one write. They are durable when this returns, if a request may follow them.
    ///
    /// # Errors
    /// [`JournalError`] if this write or an earlier one failed. Send nothing then.
    pub(crate) fn append(&mut self, events: &[Event], now: SystemTime) -> Result<(), JournalError> {
        if self.is_broken {
            return Err(JournalError::Broken { path: self.path.clone() });
        }
        let lines = events.iter().map(|event| self.chain.seal(&Record::new(event.clone(), now).to_line()));
        let lines: String = lines.collect();
        let written = self.write(lines.as_bytes(), events.iter().any(is_durable));
        self.is_broken = written.is_err();
        written.map_err(|error| JournalError::io(&self.path, "write", error))
    }

    fn write(&mut self, lines: &[u8], is_durable: bool) -> io::Result<()> {
        if let Some(end) = self.torn_at {
            self.file.set_len(end)?;
            self.torn_at = None;
        }
        self.file.write_all(lines)?;
        if is_durable { self.file.sync_data() } else { Ok(()) }
    }

    /// Returns the path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Returns whether an event must survive a power failure before the run continues. After the loss of another one, the run does
/// the work again or reports an entry as uncertain.
fn is_durable(event: &Event) -> bool {
    !matches!(
        event,
        Event::Found { .. }
            | Event::Administrator { .. }
            | Event::Done { .. }
            | Event::Failed { .. }
            | Event::Verified { .. }
            | Event::AdministratorVerified { .. }
            | Event::Parked { .. }
            | Event::SourceParked { .. }
    )
}

/// Locks the file of a run that is at its start. The lock ends with the process.
fn lock(path: &Path, file: &File) -> Result<(), JournalError> {
    for _ in 0..3 {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(JournalError::io(path, "lock", error)),
            // A list of the runs holds each lock for an instant.
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
        }
    }
    let run = Lines::new(path, file).ok().map(|(_, header)| header.run().to_owned());
    Err(JournalError::InUse { path: path.into(), run })
}

/// Makes the name of a new file or directory durable. On Windows and some network file systems, only the system can do this.
fn sync_parent(path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent().filter(|_| cfg!(unix)) else { return Ok(()) };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    match File::open(parent)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}
