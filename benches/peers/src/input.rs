//! Ids and responses, which are the same for all implementations.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Result;

/// The number of ids in a call, which is also the number of entries in the response.
const SIZES: [usize; 5] = [0, 1, 50, 1000, 10_000];

/// The ids of a call, and a response that reports all of them as unprocessed.
pub(crate) struct Input {
    pub(crate) ids: Vec<String>,
    pub(crate) response: String,
}

impl Input {
    pub(crate) fn new(size: usize) -> Self {
        let ids: Vec<String> = (0..size).map(|number| format!("{:012}", 111_122_223_333 + number)).collect();
        let account = |id| format!(r#"{{"AccountId":"{id}","ProcessingResult":"Invitation not found"}}"#);
        let accounts: Vec<String> = ids.iter().map(account).collect();
        Self { response: format!(r#"{{"UnprocessedAccounts":[{}]}}"#, accounts.join(",")), ids }
    }
}

/// Writes all inputs as files, and returns their paths: ids and response alternate.
pub(crate) fn write(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let mut paths = Vec::new();
    for size in SIZES {
        let input = Input::new(size);
        for (name, text) in [("ids.txt", input.ids.join("\n")), ("response.json", input.response)] {
            let path = folder.join(format!("{size}-{name}"));
            fs::write(&path, text)?;
            paths.push(path);
        }
    }
    Ok(paths)
}
