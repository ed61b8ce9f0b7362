//! [`PlanFile`]: the settings of a run in TOML, under the names of the arguments.

use std::{
    fmt, fs,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::arguments::SideName;

/// The settings of a run in TOML.
///
/// ```toml
/// side = "member"
/// regions = ["eu-central-1", "us-east-1"]
/// profiles = ["dev", { name = "prod", account = "111122223333" }]
/// keep = "keep.txt"
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PlanFile {
    pub(crate) side: Option<SideName>,
    pub(crate) statuses: Vec<String>,
    pub(crate) regions: Vec<String>,
    pub(crate) all_regions: bool,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) role: Option<String>,
    pub(crate) accounts: Option<IdList>,
    pub(crate) expect_accounts: Vec<String>,
    pub(crate) ids: Option<IdList>,
    pub(crate) keep: Option<IdList>,
    pub(crate) disassociate: bool,
    pub(crate) decline: bool,
    pub(crate) no_verify: bool,
    pub(crate) rate: Option<u32>,
    pub(crate) concurrency: Option<NonZeroU32>,
    pub(crate) timeout: Option<f64>,
    pub(crate) max_attempts: Option<NonZeroU32>,
    pub(crate) strict: bool,
    /// The directory of the file, which relative paths start from.
    #[serde(skip)]
    directory: PathBuf,
}

/// A profile, optionally with its account. With the account, the run parks the profile if it has no valid credentials.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Profile {
    Name(String),
    WithAccount { name: String, account: String },
}

/// Account ids, or the path of a file that contains them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum IdList {
    Ids(Vec<String>),
    File(PathBuf),
}

impl PlanFile {
    /// Reads a plan file, if there is one.
    pub(crate) fn read_optional(path: Option<&Path>) -> Result<Self, PlanFileError> {
        path.map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// Reads a plan file.
    pub(crate) fn read(path: &Path) -> Result<Self, PlanFileError> {
        let failed = |message| PlanFileError { path: path.into(), message };
        let toml = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let file: Self = toml::from_str(&toml).map_err(|error| failed(error.to_string().trim_end().to_owned()))?;
        let directory = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { directory, ..file })
    }

    /// Returns a list with its path relative to the current directory.
    pub(crate) fn list(&self, list: Option<&IdList>) -> Option<IdList> {
        list.map(|list| match list {
            IdList::File(path) => IdList::File(self.directory.join(path)),
            IdList::Ids(ids) => IdList::Ids(ids.clone()),
        })
    }
}

/// A plan file that cannot be used.
#[derive(Debug)]
pub(crate) struct PlanFileError {
    path: PathBuf,
    message: String,
}

impl fmt::Display for PlanFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plan file \"{}\": {}", self.path.display(), self.message)
    }
}

impl std::error::Error for PlanFileError {}
