//! What is counted by the programs below `bin`, each in a process of its own.

use std::{fs, path::Path, process::Command};

/// What one run allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocations {
    /// How often. What is allocated anew to grow counts again.
    pub count: u64,
    /// How many bytes in all.
    pub bytes: u64,
    /// How many bytes at most at a time.
    pub peak_bytes: u64,
}

/// By the program `allocations`, whose path is given.
///
/// # Errors
/// What went wrong, in words: it could not be run, or prints something else.
pub fn allocations(program: &str, work: &str, contestant: &str) -> Result<Allocations, String> {
    let output = Command::new(program).args([work, contestant]).output();
    let output = output.map_err(|error| format!("{program} could not be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [count, bytes, peak_bytes] if output.status.success() => Ok(Allocations { count, bytes, peak_bytes }),
        _ => Err(format!("{work}, {contestant}: {text}{}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// The instructions of one run, by valgrind over the program `instructions`, whose path is given. Valgrind's processor has no
/// SHA extensions, so that it counts what a processor without them does.
///
/// # Errors
/// What went wrong, in words: there is no valgrind, or it prints something else.
pub fn instructions(program: &str, work: &str, contestant: &str, runs: u32) -> Result<u64, String> {
    // Callgrind insists on a file.
    let unread = Path::new(program).with_extension("callgrind");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*instructions::counted*"])
        .arg(format!("--callgrind-out-file={}", unread.display()))
        .args([program, work, contestant, &runs.to_string()])
        .output()
        .map_err(|error| format!("valgrind could not be run: {error}"))?;
    let _ = fs::remove_file(unread);
    let text = String::from_utf8_lossy(&output.stderr);
    collected(&text)
        .filter(|count| output.status.success() && *count > 0)
        .map(|count| count / u64::from(runs))
        .ok_or_else(|| format!("{work}, {contestant}: {text}"))
}

/// `==1234== Collected : 341003`
fn collected(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.split_once("Collected : "))?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn valgrind_says_what_it_collected() {
        assert_eq!(collected("==32515== \n==32515== Events    : Ir\n==32515== Collected : 340003\n"), Some(340_003));
        assert_eq!(collected("valgrind: no such program"), None);
    }
}
