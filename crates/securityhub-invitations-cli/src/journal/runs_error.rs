//! [`RunsError`]: the reasons why a run is not found.

use std::{error, fmt, io, path::PathBuf};

/// The reason why a run is not found.
#[derive(Debug)]
pub(crate) enum RunsError {
    /// The environment names no directory.
    NoDirectory,
    /// The directory has no journal.
    Empty(PathBuf),
    /// No run has this name.
    NotFound { name: String, directory: PathBuf },
    /// More than one id begins like this.
    Ambiguous { name: String, ids: Vec<String> },
    /// The directory cannot be read.
    Io { directory: PathBuf, source: io::Error },
}

impl fmt::Display for RunsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDirectory if cfg!(windows) => f.write_str("LOCALAPPDATA is not set (expected an absolute path)"),
            Self::NoDirectory => f.write_str("XDG_STATE_HOME and HOME are not set (expected an absolute path)"),
            Self::Empty(directory) => write!(f, "run \"latest\": there are no runs in {directory:?}"),
            Self::NotFound { name, directory } => {
                write!(
                    f,
                    "run {name:?}: not found in {directory:?} (expected \"latest\", an id or the path of a journal)"
                )
            }
            Self::Ambiguous { name, ids } => {
                write!(f, "run {name:?}: the beginning of {} ids (expected one): {}", ids.len(), ids.join(", "))
            }
            Self::Io { directory, source } => write!(f, "runs in {directory:?}: cannot read: {source}"),
        }
    }
}

impl error::Error for RunsError {}
