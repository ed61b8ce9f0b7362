//! What the process holds: memory and open files. Linux tells; elsewhere nothing is measured.

use std::fs;

/// In KiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) peak: u64,
}

impl Memory {
    /// `None` where it cannot be measured.
    pub(crate) fn now() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let field = |name| {
            let mut values = status.lines().filter_map(|line| line.strip_prefix(name));
            values.next()?.trim().strip_suffix("kB")?.trim().parse().ok()
        };
        Some(Self { resident: field("VmRSS:")?, peak: field("VmHWM:")? })
    }
}

/// How many files and sockets are open. `None` where it cannot be measured.
pub(crate) fn open_files() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}
