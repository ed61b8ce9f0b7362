//! [`ReasonGroup`]: the entries with one reason.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use securityhub_invitations::AccountId;
use securityhub_invitations_sweep::{Reason, Step, StepState};

use super::{grouped::Grouped, matrix::Matrix, one_line::OneLine};

/// The entries with one reason. Reasons that differ only in account ids or request ids are one.
pub(crate) struct ReasonGroup<'a> {
    pub(crate) step: Step,
    /// `not_processed` or `failed`.
    pub(crate) state: &'static str,
    /// Whether the state is certain.
    pub(crate) is_certain: bool,
    /// `code: message`. Account ids are masked.
    pub(crate) reason: String,
    pub(crate) status: Option<u16>,
    /// One of the reasons.
    pub(crate) first: &'a Reason,
    pub(crate) count: u64,
    /// The first ids, at most [`Self::EXAMPLES`]. `None` for an administrator that could not be looked up.
    pub(crate) examples: Vec<Example>,
}

/// An entry with its hub.
pub(crate) struct Example {
    pub(crate) id: Option<AccountId>,
    pub(crate) account: AccountId,
    pub(crate) region: String,
}

/// `000000000001 in 111122223333/eu-central-1`.
impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            Some(id) => write!(f, "{id}")?,
            None => f.write_str("unknown administrator")?,
        }
        write!(f, " in {}/{}", self.account, self.region)
    }
}

/// The values that are equal in a group.
type Key = (Step, &'static str, bool, Option<u16>, String);

impl<'a> ReasonGroup<'a> {
    pub(crate) const EXAMPLES: usize = 3;

    /// Groups all reasons of entries and administrators, the largest group first.
    pub(crate) fn all(matrix: &Matrix<'a>) -> Vec<Self> {
        let mut groups: BTreeMap<Key, (&'a Reason, u64, Vec<Example>)> = BTreeMap::new();
        for hub in matrix.hubs() {
            let administrator = hub.ledger.administrator();
            let administrator = administrator.map(|(id, step)| (Step::Disassociate, id, step));
            let entries = hub.ledger.entries().flat_map(|entry| {
                let steps = [Step::Decline, Step::Delete];
                steps.into_iter().filter_map(move |step| Some((step, Some(entry.id()), entry.step(step)?)))
            });
            // Entries of one request usually share the reason.
            let mut last: Option<(&Reason, String)> = None;
            for (step, id, StepState { state, is_certain, .. }) in administrator.into_iter().chain(entries) {
                let Some(reason) = state.reason() else { continue };
                let masked = match last.take() {
                    Some((known, masked)) if std::ptr::eq(known, reason) => masked,
                    _ => without_ids(&OneLine(&reason.to_string()).to_string()),
                };
                let key = (step, state.as_str(), is_certain, reason.status(), masked.clone());
                last = Some((reason, masked));
                let (_, count, examples) = groups.entry(key).or_insert_with(|| (reason, 0, Vec::new()));
                *count += 1;
                if examples.len() < Self::EXAMPLES {
                    examples.push(Example { id, account: hub.account(), region: hub.region().to_owned() });
                }
            }
        }
        let group = |((step, state, is_certain, status, reason), (first, count, examples)): (Key, _)| Self {
            step,
            state,
            is_certain,
            reason,
            status,
            first,
            count,
            examples,
        };
        let mut groups: Vec<Self> = groups.into_iter().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        groups
    }

    /// The state with its step, for example `not processed` or `decline failed, uncertain`.
    pub(crate) fn title(&self) -> String {
        let state = if self.state == "failed" { "failed" } else { "not processed" };
        let step = if self.step == Step::Delete { Cow::Borrowed("") } else { Cow::Owned(format!("{} ", self.step)) };
        let certainty = if self.is_certain { "" } else { ", uncertain" };
        format!("{step}{state}{certainty}")
    }
}

/// The number of equal lines, if there are several.
pub(crate) fn times(count: u64) -> String {
    if count == 1 { String::new() } else { format!("{}× ", Grouped(count)) }
}

/// Replaces each account id by `<account>`, so that messages about different accounts are equal.
pub(crate) fn without_ids(message: &str) -> String {
    let mut masked = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let length = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
        masked.push_str(&rest[..start]);
        masked.push_str(if length == 12 { "<account>" } else { &rest[start..start + length] });
        rest = &rest[start + length..];
    }
    masked + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_only_account_ids() {
        let masked = without_ids("é 111122223333/1111222233334, 42 and 444455556666");
        assert_eq!(masked, "é <account>/1111222233334, 42 and <account>");
    }
}
