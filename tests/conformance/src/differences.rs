//! Known classes of differences, and the number of cases in each.

use std::{
    collections::BTreeMap,
    fmt::{Debug, Write as _},
};

use crate::Result;

/// A property of cases in which a reference differs from the rule. Every `every`th case has it. The numbers are distinct primes, so
/// that classes are combined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) every: usize,
}

impl Class {
    pub(crate) fn is_in(&self, case: usize) -> bool {
        case % self.every == self.every - 1
    }

    /// Returns the number of `cases` that have it, which is the most that may differ.
    fn injected(&self, cases: usize) -> usize {
        cases / self.every
    }
}

/// The results of one reference for all cases.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    agreed: usize,
    differed: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// Counts a case with these differing parts. `explained` has the class of each known difference. A part without a class is
    /// an error.
    pub(crate) fn count<P: Debug + PartialEq>(
        &mut self,
        differing: &[P],
        explained: &[(&'static str, P)],
    ) -> std::result::Result<(), String> {
        if let Some(part) = differing.iter().find(|part| !explained.iter().any(|(_, known)| known == *part)) {
            return Err(format!("{part:?} differs without a class"));
        }
        if differing.is_empty() {
            self.agreed += 1;
        }
        let mut classes: Vec<_> =
            explained.iter().filter(|(_, part)| differing.contains(part)).map(|(class, _)| *class).collect();
        classes.sort_unstable();
        classes.dedup();
        for class in classes {
            *self.differed.entry(class).or_default() += 1;
        }
        Ok(())
    }

    /// Prints the counts. Each class must have occurred, and not more often than its share.
    pub(crate) fn check(&self, reference: &str, cases: usize, classes: &[Class]) -> Result<()> {
        println!("  {reference}: {} of {cases} agree", self.agreed);
        let mut wrong = String::new();
        for class in classes {
            let (count, most) = (self.differed.get(class.name).copied().unwrap_or(0), class.injected(cases));
            println!("    {count:6} (1 to {most}) {}", class.name);
            if !(1..=most).contains(&count) {
                write!(wrong, "; {:?}: {count}, not 1 to {most}", class.name)?;
            }
        }
        for name in self.differed.keys().filter(|name| !classes.iter().any(|class| class.name == **name)) {
            write!(wrong, "; {name:?} is not listed for {reference}")?;
        }
        if wrong.is_empty() { Ok(()) } else { Err(format!("{reference}{wrong}").into()) }
    }
}

/// Checks that the documentation has one row for each class, and no other.
#[cfg(test)]
pub(crate) fn assert_documented(section: &str, classes: &[Class]) {
    let readme = include_str!("../README.md");
    let table = readme.split("\n## ").find(|part| part.starts_with(section)).expect("the section exists");
    let rows = table.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (name, every) = (cells.next()?, cells.next()?);
        Some((name.replace('`', ""), every.parse::<usize>().ok()?))
    });
    let listed: Vec<(String, usize)> = classes.iter().map(|class| (class.name.to_owned(), class.every)).collect();
    assert_eq!(rows.collect::<Vec<_>>(), listed);
}
