//! Counts by the programs in `bin`. Each count has its own process.

use std::{fs, path::Path, process::Command};

/// The allocations of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocations {
    /// The number of allocations. Each reallocation counts as one more.
    pub count: u64,
    /// The total number of bytes.
    pub bytes: u64,
    /// The largest number of bytes that were allocated at one time.
    pub peak_bytes: u64,
}

/// Counts the allocations of one run, with the program `allocations` at this path.
///
/// # Errors
/// If the program cannot be run, or if its output is invalid. The error is a message for the user.
pub fn allocations(program: &str, workload: &str, implementation: &str) -> Result<Allocations, String> {
    let output = Command::new(program).args([workload, implementation]).output();
    let output = output.map_err(|error| format!("{program} could not be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [count, bytes, peak_bytes] if output.status.success() => Ok(Allocations { count, bytes, peak_bytes }),
        _ => Err(format!("{workload}, {implementation}: {text}{}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// Counts the instructions of one run, with valgrind and the program `instructions` at this path.
///
/// Valgrind's virtual processor has no SHA extensions, so the count applies to processors without them.
///
/// # Errors
/// If valgrind cannot be run, or if its output is invalid. The error is a message for the user.
pub fn instructions(program: &str, workload: &str, implementation: &str, runs: u32) -> Result<u64, String> {
    // Callgrind always writes a file, which is not used.
    let profile = Path::new(program).with_extension("callgrind");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*instructions::counted*"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .args([program, workload, implementation, &runs.to_string()])
        .output()
        .map_err(|error| format!("valgrind could not be run: {error}"))?;
    let _ = fs::remove_file(profile);
    let text = String::from_utf8_lossy(&output.stderr);
    collected(&text)
        .filter(|count| output.status.success() && *count > 0)
        .map(|count| count / u64::from(runs))
        .ok_or_else(|| format!("{workload}, {implementation}: {text}"))
}

/// Returns the count in a line such as `==1234== Collected : 341003`.
fn collected(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.split_once("Collected : "))?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn reads_the_collected_count() {
        assert_eq!(collected("==32515== \n==32515== Events    : Ir\n==32515== Collected : 340003\n"), Some(340_003));
        assert_eq!(collected("valgrind: no such program"), None);
    }
}
