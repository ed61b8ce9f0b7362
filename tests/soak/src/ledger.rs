//! What became of every id, as far as the client can know, and the comparison with what the server knows.

use std::collections::BTreeMap;

use securityhub_invitations::DeleteInvitationsOutput;
use securityhub_invitations_hyper::Error;

use crate::plan::{Plan, Planned};

/// Every id of the plan, in a slot of its own that is allocated before the first call.
#[derive(Debug)]
pub(crate) struct Ledger {
    entries: Vec<Option<Entry>>,
    /// The reasons that entries refer to, each once: there are few.
    reasons: Vec<String>,
    repeated: u64,
    strays: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    claim: Claim,
    /// An index.
    reason: u16,
    /// An attempt of the call may have taken effect without an answer.
    has_gap: bool,
}

impl Entry {
    /// That an invitation is gone is true whichever attempt did it.
    fn is_uncertain(self) -> bool {
        self.has_gap && self.claim != Claim::Deleted
    }
}

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// The invitation was there and is gone.
    Deleted,
    /// The service says that it left it.
    Unprocessed,
    /// The call failed.
    Failed,
}

/// The comparison.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// Ids that were planned.
    pub(crate) planned: u64,
    /// Ids without an entry.
    pub(crate) missing: u64,
    /// Entries for an id that had one.
    pub(crate) repeated: u64,
    /// Entries for no planned id, and ids in answers that no request had.
    pub(crate) strays: u64,
    pub(crate) certain: Tally,
    pub(crate) uncertain: Tally,
    /// Certain entries in spite of a gap.
    pub(crate) deleted_after_gap: u64,
    /// How many entries say what, by the claim and its reason.
    pub(crate) reasons: BTreeMap<(Claim, String), u64>,
}

/// Of entries of one kind.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) deleted: u64,
    pub(crate) unprocessed: u64,
    pub(crate) failed: u64,
    /// Those that the server's state contradicts.
    pub(crate) differ: u64,
}

impl Tally {
    pub(crate) fn entries(&self) -> u64 {
        self.deleted + self.unprocessed + self.failed
    }
}

impl Ledger {
    pub(crate) fn new(plan: Plan) -> Self {
        Self { entries: vec![None; plan.slots()], reasons: Vec::new(), repeated: 0, strays: 0 }
    }

    /// Writes down what a call came to. `has_gap` is whether an attempt of it may have taken effect without an answer.
    pub(crate) fn settle(&mut self, ids: &[Planned], outcome: &Result<DeleteInvitationsOutput, Error>, has_gap: bool) {
        let output = match outcome {
            Ok(output) => output,
            Err(error) => {
                let reason = self.reason(&reason_of(error));
                let entry = Entry { claim: Claim::Failed, reason, has_gap };
                return ids.iter().for_each(|id| self.record(id.slot, entry));
            }
        };
        let unprocessed = output.unprocessed_accounts();
        let mut listed = 0;
        for id in ids {
            let found = unprocessed.iter().find(|account| account.account_id() == Some(id.account.as_str()));
            let entry = match found {
                Some(account) => {
                    listed += 1;
                    let reason = self.reason(account.processing_result().unwrap_or("no reason given"));
                    Entry { claim: Claim::Unprocessed, reason, has_gap }
                }
                None => Entry { claim: Claim::Deleted, reason: self.reason(""), has_gap },
            };
            self.record(id.slot, entry);
        }
        self.strays += (unprocessed.len() - listed) as u64;
    }

    fn record(&mut self, slot: usize, entry: Entry) {
        match self.entries.get_mut(slot) {
            Some(kept) => self.repeated += u64::from(kept.replace(entry).is_some()),
            None => self.strays += 1,
        }
    }

    fn reason(&mut self, text: &str) -> u16 {
        let index = self.reasons.iter().position(|known| known == text).unwrap_or_else(|| {
            self.reasons.push(text.to_owned());
            self.reasons.len() - 1
        });
        u16::try_from(index).expect("reasons are few")
    }

    /// Compares every entry with the server, of which `is_left` knows whether the invitation of a call's id is still
    /// there.
    pub(crate) fn audit(&self, plan: Plan, is_left: impl Fn(usize, &Planned) -> bool) -> Audit {
        let mut audit = Audit { repeated: self.repeated, strays: self.strays, ..Audit::default() };
        for (call, id) in (0..plan.calls()).flat_map(|call| plan.ids(call).map(move |id| (call, id))) {
            audit.planned += 1;
            let Some(entry) = self.entries[id.slot] else {
                audit.missing += 1;
                continue;
            };
            let left = is_left(call, &id);
            let is_true = match entry.claim {
                Claim::Deleted => id.is_invited && !left,
                Claim::Unprocessed | Claim::Failed => id.is_invited == left,
            };
            let tally = if entry.is_uncertain() { &mut audit.uncertain } else { &mut audit.certain };
            let count = match entry.claim {
                Claim::Deleted => &mut tally.deleted,
                Claim::Unprocessed => &mut tally.unprocessed,
                Claim::Failed => &mut tally.failed,
            };
            *count += 1;
            tally.differ += u64::from(!is_true);
            audit.deleted_after_gap += u64::from(entry.has_gap && entry.claim == Claim::Deleted);
            if entry.claim != Claim::Deleted {
                let reason = self.reasons[usize::from(entry.reason)].clone();
                *audit.reasons.entry((entry.claim, reason)).or_default() += 1;
            }
        }
        let recorded = self.entries.iter().flatten().count() as u64;
        audit.strays += recorded - (audit.planned - audit.missing);
        audit
    }
}

/// In few words, without what is different in every answer.
fn reason_of(error: &Error) -> String {
    match error {
        Error::Service(error) => error.kind().to_string(),
        Error::Transport(error) => error.failure().to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::{DeleteInvitationsOutput, Error, Ledger, Plan, Planned};
    use crate::Settings;

    fn plan() -> Plan {
        Plan::new(&Settings { calls: 2, ..Settings::default() })
    }

    fn ids(call: usize) -> Vec<Planned> {
        plan().ids(call).filter(|id| id.is_invited).collect()
    }

    fn answer(unprocessed: &[&Planned]) -> Result<DeleteInvitationsOutput, Error> {
        let accounts = unprocessed.iter().map(|id| format!(r#"{{"AccountId":"{}"}}"#, id.account)).collect::<Vec<_>>();
        let body = format!(r#"{{"UnprocessedAccounts":[{}]}}"#, accounts.join(","));
        Ok(DeleteInvitationsOutput::parse(&Response::new(body)).expect("an answer"))
    }

    #[test]
    fn what_is_certain_has_to_be_true() {
        let ids = ids(0);
        let mut ledger = Ledger::new(plan());
        ledger.settle(&ids, &answer(&[&ids[2]]), false);
        let differ = |left: &[usize]| {
            let audit = ledger.audit(plan(), |_, id| left.contains(&id.slot));
            (audit.certain.differ, audit.uncertain.differ)
        };
        assert_eq!(differ(&[ids[2].slot]), (0, 0));
        assert_eq!(differ(&[]), (1, 0), "the one that was left is gone");
        assert_eq!(differ(&[ids[0].slot, ids[2].slot]), (1, 0), "one that was deleted is there");
    }

    #[test]
    fn after_a_gap_only_deletions_are_certain() {
        let ids = ids(0);
        let mut ledger = Ledger::new(plan());
        ledger.settle(&ids, &answer(&[&ids[2]]), true);
        let audit = ledger.audit(plan(), |_, _| false);
        assert_eq!((audit.certain.deleted, audit.uncertain.unprocessed), (2, 1));
        assert_eq!((audit.certain.differ, audit.uncertain.differ), (0, 1));
    }

    #[test]
    fn what_is_missing_repeated_or_astray_is_counted() {
        let (first, second) = (ids(0), ids(1));
        let mut ledger = Ledger::new(plan());
        ledger.settle(&first, &answer(&[&second[0]]), false);
        ledger.settle(&first[..1], &answer(&[]), false);
        let audit = ledger.audit(plan(), |_, _| false);
        assert_eq!((audit.repeated, audit.strays), (1, 1));
        assert_eq!(audit.missing, audit.planned - 3);
    }
}
