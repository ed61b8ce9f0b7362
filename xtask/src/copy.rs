//! Copies of sources, for what is built from them elsewhere.

use std::{fs, path::Path};

use crate::Result;

/// Copies the sources: all but what is built, installed or hidden. `target` is where cargo builds.
pub(crate) fn sources(from: &Path, to: &Path, target: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if path == target || name == "target" || name == "node_modules" || name.to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            sources(&path, &to.join(name), target)?;
        } else if path.is_file() {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
