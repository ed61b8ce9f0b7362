//! The memory and open files of this process, on Linux only.

use std::fs;

/// Memory in KiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) peak: u64,
}

impl Memory {
    /// Returns `None` if it cannot be measured.
    pub(crate) fn now() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let field = |name| {
            let mut values = status.lines().filter_map(|line| line.strip_prefix(name));
            values.next()?.trim().strip_suffix("kB")?.trim().parse().ok()
        };
        Some(Self { resident: field("VmRSS:")?, peak: field("VmHWM:")? })
    }
}

/// Returns the number of open files and sockets, or `None` if it cannot be measured.
pub(crate) fn open_files() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}
