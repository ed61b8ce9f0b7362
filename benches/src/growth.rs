//! What one account more costs.

use std::{collections::BTreeMap, fmt};

/// The times of works that differ by their number of accounts alone.
#[derive(Debug, Default)]
pub struct Growth {
    /// By the kind of work and the contestant: accounts, and nanoseconds.
    times: BTreeMap<(String, String), Vec<(f64, f64)>>,
}

impl Growth {
    /// A work with so many accounts took so long.
    pub fn add(&mut self, work: &str, contestant: &str, accounts: u64, nanoseconds: f64) {
        let kind = work.split(',').next().unwrap_or(work);
        let accounts = f64::from(u32::try_from(accounts).unwrap_or(u32::MAX));
        self.times.entry((kind.to_owned(), contestant.to_owned())).or_default().push((accounts, nanoseconds));
    }
}

/// A fixed part, and one that grows: the line whose largest relative distance from a measured time is smallest would need
/// more than two numbers to be trusted, so it is the one through the first and the last.
fn line(times: &[(f64, f64)]) -> Option<(f64, f64)> {
    let (first, last) = (times.first()?, times.last()?);
    let slope = (last.1 - first.1) / (last.0 - first.0);
    (last.0 > first.0).then_some((first.1 - slope * first.0, slope))
}

/// A Markdown table.
impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| work | contestant | fixed, ns | per account, ns |\n|---|---|--:|--:|")?;
        for ((kind, contestant), times) in &self.times {
            if let Some((fixed, slope)) = line(times) {
                writeln!(f, "| {kind} | {contestant} | {fixed:.0} | {slope:.1} |")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_start_and_a_slope() {
        let mut growth = Growth::default();
        growth.add("parse, 0 entries", "ours", 0, 100.0);
        growth.add("parse, 50 entries", "ours", 50, 700.0);
        growth.add("parse, 1000 entries", "ours", 1000, 12_100.0);
        assert!(growth.to_string().contains("| parse | ours | 100 | 12.0 |"), "{growth}");
        assert_eq!(line(&[(1.0, 5.0)]), None);
    }
}
