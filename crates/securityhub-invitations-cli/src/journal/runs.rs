//! [`Runs`]: the directory of journals.

use std::{
    collections::hash_map::RandomState,
    env,
    ffi::OsString,
    fs::{self, DirBuilder},
    hash::{BuildHasher as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use securityhub_invitations_sweep::Header;
use time::OffsetDateTime;

use super::{Journal, journal_error::JournalError, run::Run, runs_error::RunsError, sync_parent};

/// The directory of journals. Only the user can read it.
#[derive(Clone, Debug)]
pub(crate) struct Runs {
    directory: PathBuf,
}

const DIRECTORY: &str = "securityhub-invitations";
const EXTENSION: &str = "jsonl";

impl Runs {
    /// Uses the user's directory for the state of programs. It is created with the first journal.
    ///
    /// # Errors
    /// [`RunsError`] if the environment names none.
    pub(crate) fn from_environment() -> Result<Self, RunsError> {
        Self::from_variables(|name| env::var_os(name))
    }

    pub(super) fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, RunsError> {
        // Relative paths must be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
        let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME");
        let state = if cfg!(windows) {
            state.or_else(|| absolute("LOCALAPPDATA"))
        } else {
            let under_home = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/state" };
            state.or_else(|| Some(absolute("HOME")?.join(under_home)))
        };
        state.map(|state| Self::new(state.join(DIRECTORY))).ok_or(RunsError::NoDirectory)
    }

    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Returns a new id, such as `20261125T174501Z-1a2b`. Ids sort by their time. The last part is random.
    pub(crate) fn new_id(now: SystemTime) -> String {
        let since = time::Duration::try_from(now.duration_since(UNIX_EPOCH).unwrap_or_default()).unwrap_or_default();
        let utc = OffsetDateTime::UNIX_EPOCH.checked_add(since).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (date, (hour, minute, second)) = (utc.date(), utc.to_hms());
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        let random = RandomState::new().build_hasher().finish() & 0xffff;
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z-{random:04x}")
    }

    /// Returns the path of a run's journal.
    pub(crate) fn path_of(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}.{EXTENSION}"))
    }

    /// Creates the journal of a new run, and the directory if it does not exist.
    ///
    /// # Errors
    /// [`JournalError`] if the journal exists or cannot be written.
    pub(crate) fn create(&self, header: &Header) -> Result<Journal, JournalError> {
        let created = create_directory(&self.directory);
        created.map_err(|error| JournalError::io(&self.directory, "create", error))?;
        Journal::create(&self.path_of(header.run()), header)
    }

    /// Returns the runs, newest first. A journal that cannot be read is an error in the list.
    ///
    /// # Errors
    /// [`RunsError`] if the directory cannot be read.
    pub(crate) fn list(&self) -> Result<Vec<Result<Run, JournalError>>, RunsError> {
        Ok(self.ids()?.iter().map(|id| Run::read(&self.path_of(id))).collect())
    }

    /// Returns the path of a journal. `name` is `latest`, the beginning of one id, or a path.
    ///
    /// # Errors
    /// [`RunsError`] if there is no such run, or more than one.
    pub(crate) fn find(&self, name: &str) -> Result<PathBuf, RunsError> {
        let mut ids = self.ids()?;
        if name == "latest" {
            return ids.first().map(|id| self.path_of(id)).ok_or_else(|| RunsError::Empty(self.directory.clone()));
        }
        ids.retain(|id| !name.is_empty() && id.starts_with(name));
        match ids.as_slice() {
            [id] => Ok(self.path_of(id)),
            _ if ids.iter().any(|id| id == name) => Ok(self.path_of(name)),
            [] if Path::new(name).is_file() => Ok(name.into()),
            [] => Err(RunsError::NotFound { name: name.into(), directory: self.directory.clone() }),
            _ => Err(RunsError::Ambiguous { name: name.into(), ids }),
        }
    }

    /// Returns the ids, newest first.
    fn ids(&self) -> Result<Vec<String>, RunsError> {
        let paths = match fs::read_dir(&self.directory) {
            Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        };
        let paths: Vec<PathBuf> =
            paths.map_err(|source| RunsError::Io { directory: self.directory.clone(), source })?;
        let journals = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
        let mut ids: Vec<String> = journals.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
        ids.sort_unstable_by(|id, next| next.cmp(id));
        Ok(ids)
    }
}

/// Creates a directory and its parents, durably.
fn create_directory(directory: &Path) -> io::Result<()> {
    let new: Vec<&Path> = directory.ancestors().take_while(|path| !path.exists()).collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    new.into_iter().try_for_each(sync_parent)
}
