//! Ids and answers, the same for everyone.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Result;

/// How many ids a call has, and how many entries its answer.
const SIZES: [usize; 5] = [0, 1, 50, 1000, 10_000];

/// The ids of a call, and an answer in which all of them come back as unprocessed.
pub(crate) struct Input {
    pub(crate) ids: Vec<String>,
    pub(crate) answer: String,
}

impl Input {
    pub(crate) fn new(size: usize) -> Self {
        let ids: Vec<String> = (0..size).map(|number| format!("{:012}", 111_122_223_333 + number)).collect();
        let account = |id| format!(r#"{{"AccountId":"{id}","ProcessingResult":"Invitation not found"}}"#);
        let accounts: Vec<String> = ids.iter().map(account).collect();
        Self { answer: format!(r#"{{"UnprocessedAccounts":[{}]}}"#, accounts.join(",")), ids }
    }
}

/// Writes all inputs as files, and gives their paths: of ids and of the answer, by twos.
pub(crate) fn write(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let mut paths = Vec::new();
    for size in SIZES {
        let input = Input::new(size);
        for (name, text) in [("ids.txt", input.ids.join("\n")), ("answer.json", input.answer)] {
            let path = folder.join(format!("{size}-{name}"));
            fs::write(&path, text)?;
            paths.push(path);
        }
    }
    Ok(paths)
}
