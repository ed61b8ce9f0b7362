//! The cost of each additional account.

use std::{collections::BTreeMap, fmt};

/// The times of workloads that differ only in their number of accounts.
#[derive(Debug, Default)]
pub struct Growth {
    /// Accounts and nanoseconds, by the kind of workload and the implementation.
    times: BTreeMap<(String, String), Vec<(f64, f64)>>,
}

impl Growth {
    /// Adds the time of a workload with this number of accounts.
    pub fn add(&mut self, workload: &str, implementation: &str, accounts: u64, nanoseconds: f64) {
        let kind = workload.split(',').next().unwrap_or(workload);
        let accounts = f64::from(u32::try_from(accounts).unwrap_or(u32::MAX));
        self.times.entry((kind.to_owned(), implementation.to_owned())).or_default().push((accounts, nanoseconds));
    }
}

/// Returns the fixed part and the part per account, on the line through the first and the last measurement.
fn line(times: &[(f64, f64)]) -> Option<(f64, f64)> {
    let (first, last) = (times.first()?, times.last()?);
    let slope = (last.1 - first.1) / (last.0 - first.0);
    (last.0 > first.0).then_some((first.1 - slope * first.0, slope))
}

/// Writes a Markdown table.
impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| workload | implementation | fixed, ns | per account, ns |\n|---|---|--:|--:|")?;
        for ((kind, implementation), times) in &self.times {
            if let Some((fixed, slope)) = line(times) {
                writeln!(f, "| {kind} | {implementation} | {fixed:.0} | {slope:.1} |")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separates_fixed_and_growing_parts() {
        let mut growth = Growth::default();
        growth.add("parse, 0 entries", "ours", 0, 100.0);
        growth.add("parse, 50 entries", "ours", 50, 700.0);
        growth.add("parse, 1000 entries", "ours", 1000, 12_100.0);
        assert!(growth.to_string().contains("| parse | ours | 100 | 12.0 |"), "{growth}");
        assert_eq!(line(&[(1.0, 5.0)]), None);
    }
}
