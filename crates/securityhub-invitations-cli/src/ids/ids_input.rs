//! [`IdsInput`]: a place that account ids come from.

use std::path::{Path, PathBuf};

use securityhub_invitations::AccountId;

use super::csv_column::CsvColumn;

/// A place that account ids come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IdsInput {
    /// Ids, separated by commas or spaces.
    Argument(String),
    /// A file with one id on each line, or a CSV file with a column of ids.
    File { path: PathBuf, column: Option<CsvColumn> },
    /// The same from the standard input.
    Stdin { column: Option<CsvColumn> },
}

impl IdsInput {
    /// Uses ids of the command line, or the standard input for `-`.
    pub(crate) fn argument(ids: &str) -> Self {
        if ids == "-" { Self::Stdin { column: None } } else { Self::Argument(ids.to_owned()) }
    }

    /// Uses a file, or the standard input for `-`. With a column, it is a CSV file.
    pub(crate) fn file(path: &Path, column: Option<CsvColumn>) -> Self {
        if path == Path::new("-") { Self::Stdin { column } } else { Self::File { path: path.into(), column } }
    }

    /// Uses the value of an option that is either ids or the path of a file. Ids have precedence.
    pub(crate) fn ids_or_file(value: &str) -> Self {
        let first = value.split(',').next().unwrap_or_default().trim();
        let is_list = first.parse::<AccountId>().is_ok();
        let resembles_id = first.starts_with(|c: char| c.is_ascii_digit());
        if is_list || resembles_id && !Path::new(value).exists() {
            Self::Argument(value.to_owned())
        } else {
            Self::file(Path::new(value), None)
        }
    }
}
