//! Classes of differences that are known, and how many there are of each.

use std::{
    collections::BTreeMap,
    fmt::{Debug, Write as _},
};

use crate::Result;

/// Something that a reference does otherwise than the rule. Every `every`th case has it, so that a run has as many of them
/// as its number of cases says, and the numbers being prime, together with any other sooner or later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) every: usize,
}

impl Class {
    pub(crate) fn is_in(&self, case: usize) -> bool {
        case % self.every == self.every - 1
    }

    /// How many of `cases` have it: no more may differ because of it.
    fn planted(&self, cases: usize) -> usize {
        cases / self.every
    }
}

/// What one reference did, over all cases.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    agreed: usize,
    differed: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// Counts a case in which the parts of these indices differ. `explained` has the class that each difference is known by;
    /// a part that has none is the error.
    pub(crate) fn count<P: Debug + PartialEq>(
        &mut self,
        differing: &[P],
        explained: &[(&'static str, P)],
    ) -> std::result::Result<(), String> {
        if let Some(part) = differing.iter().find(|part| !explained.iter().any(|(_, known)| known == *part)) {
            return Err(format!("{part:?} differs, and no class explains it"));
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

    /// Prints the counts. Each of the classes must have been met, and not more often than planted.
    pub(crate) fn check(&self, reference: &str, cases: usize, classes: &[Class]) -> Result<()> {
        println!("  {reference}: {} of {cases} agree", self.agreed);
        let mut wrong = String::new();
        for class in classes {
            let (count, most) = (self.differed.get(class.name).copied().unwrap_or(0), class.planted(cases));
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

/// That the documentation has a row for each class, and no other.
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
