//! [`JournalError`]: the reasons why a journal cannot be read or written.

use std::{
    error, fmt, io,
    path::{Path, PathBuf},
};

/// The reason why a journal cannot be read or written. Nothing was changed, unless it is [`Io`](Self::Io).
#[derive(Debug)]
pub(crate) enum JournalError {
    /// Another process has the journal open for writing.
    InUse {
        path: PathBuf,
        /// The id of the run, if the header can be read.
        run: Option<String>,
    },
    /// A line, counted from 1, is not as it was written.
    Damaged { path: PathBuf, line: u64, reason: String },
    /// Another version of this program wrote the journal.
    UnsupportedVersion { path: PathBuf, version: u32 },
    /// An earlier write failed, so nothing may be sent any more.
    Broken { path: PathBuf },
    /// The file system failed.
    Io { path: PathBuf, action: &'static str, source: io::Error },
}

impl JournalError {
    pub(super) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        /// On Windows, a file that another process has locked cannot even be read.
        const ERROR_LOCK_VIOLATION: i32 = 33;
        if cfg!(windows) && source.raw_os_error() == Some(ERROR_LOCK_VIOLATION) {
            return Self::InUse { path: path.into(), run: None };
        }
        Self::Io { path: path.into(), action, source }
    }

    /// Returns whether another process uses the journal.
    pub(crate) fn is_in_use(&self) -> bool {
        matches!(self, Self::InUse { .. })
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::InUse { path, .. }
        | Self::Damaged { path, .. }
        | Self::UnsupportedVersion { path, .. }
        | Self::Broken { path }
        | Self::Io { path, .. }) = self;
        write!(f, "journal {path:?}: ")?;
        match self {
            Self::InUse { run: Some(run), .. } => {
                write!(f, "in use by run {run}, in another process (wait until it ends)")
            }
            Self::InUse { run: None, .. } => f.write_str("in use by another process (wait until it ends)"),
            Self::Damaged { line, reason, .. } => write!(f, "line {line}: {reason}"),
            Self::UnsupportedVersion { version, .. } => {
                write!(f, "version {version} is not supported (expected 1), another release of this command wrote it")
            }
            Self::Broken { .. } => f.write_str("an earlier write failed, so nothing more is written or sent"),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                f.write_str("already exists (expected a new file, `resume` continues a run)")
            }
            Self::Io { action, source, .. } => write!(f, "cannot {action}: {source}"),
        }
    }
}

impl error::Error for JournalError {}
