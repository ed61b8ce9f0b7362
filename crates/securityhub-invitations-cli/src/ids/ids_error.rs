//! [`IdsError`]: all problems of the given account ids.

use std::{error, fmt, path::Path, sync::Arc};

/// All problems of the given account ids, one on each line. Each names its place, the value and the reason.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IdsError {
    /// Empty if there is no id.
    problems: Vec<Problem>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) location: Location,
    pub(super) problem: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) origin: Origin,
    /// Lines and columns count from 1.
    pub(super) line: Option<u64>,
    pub(super) column: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The number counts from 1.
    Argument(usize),
    File(Arc<Path>),
    Stdin,
}

impl IdsError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    pub(super) fn empty() -> Self {
        Self { problems: Vec::new() }
    }
}

impl Location {
    pub(super) fn of(origin: &Origin) -> Self {
        Self { origin: origin.clone(), line: None, column: None }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Argument(number) => write!(f, "argument {number}")?,
            Origin::File(path) => write!(f, "{path:?}")?,
            Origin::Stdin => f.write_str("standard input")?,
        }
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        self.column.map_or(Ok(()), |column| write!(f, ", column {column}"))
    }
}

impl fmt::Display for IdsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [] => f.write_str("no account ids (expected at least one)"),
            [Problem { location, problem }] => write!(f, "{location}: {problem}"),
            problems => {
                write!(f, "{} problems with the account ids, nothing was sent:", problems.len())?;
                problems.iter().try_for_each(|Problem { location, problem }| write!(f, "\n  {location}: {problem}"))
            }
        }
    }
}

impl error::Error for IdsError {}
