//! The verdict on every id, as the client reports it, and the comparison with the server.

use std::{collections::BTreeMap, error::Error};

use securityhub_invitations::{CallError, DeleteInvitations, DeleteInvitationsOutput, Verdict};

use crate::plan::{Plan, Planned};

/// One entry for each id of the plan, in its own slot.
#[derive(Debug)]
pub(crate) struct Ledger {
    entries: Vec<Option<Entry>>,
    /// The reasons that entries refer to, each once. There are few.
    reasons: Vec<String>,
    repeated: u64,
    strays: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    claim: Claim,
    is_certain: bool,
    /// An index.
    reason: u16,
    /// Whether an attempt of the call is unconfirmed.
    is_unconfirmed: bool,
}

/// The claim of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// The invitation existed and was deleted.
    Deleted,
    /// The service reported the account as unprocessed.
    Unprocessed,
    /// The call failed.
    Failed,
}

/// The comparison with the server.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// The number of planned ids.
    pub(crate) planned: u64,
    /// The number of ids without an entry.
    pub(crate) missing: u64,
    /// The number of entries for an id that already had one.
    pub(crate) repeated: u64,
    /// The number of entries for ids that the call did not have.
    pub(crate) strays: u64,
    pub(crate) certain: Tally,
    pub(crate) uncertain: Tally,
    /// The number of certain deletions despite an unconfirmed attempt.
    pub(crate) deleted_after_gap: u64,
    /// The number of entries by claim and reason.
    pub(crate) reasons: BTreeMap<(Claim, String), u64>,
}

/// The numbers of certain or of uncertain entries.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) deleted: u64,
    pub(crate) unprocessed: u64,
    pub(crate) failed: u64,
    /// The number of entries that the server's state contradicts.
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

    /// Records the result of a call. With `trusts_every_response`, nothing is uncertain.
    pub(crate) fn settle<T>(
        &mut self,
        ids: &[Planned],
        input: &DeleteInvitations,
        result: &Result<DeleteInvitationsOutput, CallError<T>>,
        trusts_every_response: bool,
    ) where
        CallError<T>: Error,
    {
        match result {
            Err(error) => {
                let reason = self.reason(&reason_of(error));
                let is_unconfirmed = error.may_have_taken_effect();
                let is_certain = trusts_every_response || !is_unconfirmed;
                for id in ids {
                    self.record(id.slot, Entry { claim: Claim::Failed, is_certain, reason, is_unconfirmed });
                }
            }
            Ok(output) => {
                let is_unconfirmed = output.unconfirmed_attempts() != Some(0);
                let mut slots = BTreeMap::from_iter(ids.iter().map(|id| (id.account, id.slot)));
                for (account, verdict) in output.verdicts(input) {
                    let (claim, is_certain, entry) = match verdict {
                        Verdict::Done => (Claim::Deleted, true, None),
                        Verdict::NotProcessed(entry) => (Claim::Unprocessed, true, Some(entry)),
                        Verdict::Uncertain(entry) => (Claim::Unprocessed, trusts_every_response, Some(entry)),
                        _ => panic!("unknown verdict: {verdict:?}"),
                    };
                    let reason = self.reason(entry.and_then(|entry| entry.processing_result()).unwrap_or_default());
                    match slots.remove(&account) {
                        Some(slot) => self.record(slot, Entry { claim, is_certain, reason, is_unconfirmed }),
                        None => self.strays += 1,
                    }
                }
            }
        }
    }

    fn record(&mut self, slot: usize, entry: Entry) {
        match self.entries.get_mut(slot) {
            Some(kept) => self.repeated += u64::from(kept.replace(entry).is_some()),
            None => self.strays += 1,
        }
    }

    fn reason(&mut self, reason: &str) -> u16 {
        let index = self.reasons.iter().position(|known| known == reason).unwrap_or_else(|| {
            self.reasons.push(reason.to_owned());
            self.reasons.len() - 1
        });
        u16::try_from(index).expect("there are few reasons")
    }

    /// Compares every entry with the server. `is_left` returns whether the invitation for a call's id still exists.
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
            let tally = if entry.is_certain { &mut audit.certain } else { &mut audit.uncertain };
            let count = match entry.claim {
                Claim::Deleted => &mut tally.deleted,
                Claim::Unprocessed => &mut tally.unprocessed,
                Claim::Failed => &mut tally.failed,
            };
            *count += 1;
            tally.differ += u64::from(!is_true);
            audit.deleted_after_gap += u64::from(entry.is_unconfirmed && entry.claim == Claim::Deleted);
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

/// Describes an error without the parts that differ in every response.
fn reason_of<T>(error: &CallError<T>) -> String
where
    CallError<T>: Error,
{
    match (error.service_error(), error.failure()) {
        (Some(error), _) => error.kind().to_string(),
        (None, Some(failure)) => failure.to_string(),
        (None, None) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::Response;

    use super::*;
    use crate::Settings;

    fn plan() -> Plan {
        Plan::new(&Settings { calls: 2, ..Settings::default() })
    }

    fn ids(call: usize) -> Vec<Planned> {
        plan().ids(call).filter(|id| id.is_invited).collect()
    }

    /// Records a response that lists these ids as unprocessed.
    fn settle(ledger: &mut Ledger, ids: &[Planned], unprocessed: &[Planned], unconfirmed: u32) {
        let input = DeleteInvitations::from_account_ids(ids.iter().map(|id| id.account)).expect("there are ids");
        let accounts = unprocessed.iter().map(|id| format!(r#"{{"AccountId":"{}"}}"#, id.account)).collect::<Vec<_>>();
        let body = format!(r#"{{"UnprocessedAccounts":[{}]}}"#, accounts.join(","));
        let output = DeleteInvitationsOutput::from_response(&Response::new(body)).expect("an output");
        let result: Result<_, CallError<Infallible>> = Ok(output.with_attempts(unconfirmed + 1, unconfirmed));
        ledger.settle(ids, &input, &result, false);
    }

    #[test]
    fn finds_false_certain_entries() {
        let ids = ids(0);
        let mut ledger = Ledger::new(plan());
        settle(&mut ledger, &ids, &ids[2..], 0);
        let differ = |left: &[usize]| {
            let audit = ledger.audit(plan(), |_, id| left.contains(&id.slot));
            (audit.certain.differ, audit.uncertain.differ)
        };
        assert_eq!(differ(&[ids[2].slot]), (0, 0));
        assert_eq!(differ(&[]), (1, 0), "the unprocessed invitation is gone");
        assert_eq!(differ(&[ids[0].slot, ids[2].slot]), (1, 0), "a deleted invitation exists");
    }

    #[test]
    fn only_deletions_are_certain_after_unconfirmed_attempts() {
        let ids = ids(0);
        let mut ledger = Ledger::new(plan());
        settle(&mut ledger, &ids, &ids[2..], 1);
        let audit = ledger.audit(plan(), |_, _| false);
        assert_eq!((audit.certain.deleted, audit.uncertain.unprocessed), (2, 1));
        assert_eq!((audit.certain.differ, audit.uncertain.differ), (0, 1));
    }

    #[test]
    fn foreign_entries_make_the_others_uncertain() {
        let (first, second) = (ids(0), ids(1));
        let mut ledger = Ledger::new(plan());
        settle(&mut ledger, &first, &second[..1], 0);
        let audit = ledger.audit(plan(), |_, _| false);
        assert_eq!((audit.certain.entries(), audit.uncertain.unprocessed), (0, 3));
    }

    #[test]
    fn counts_missing_and_repeated_entries() {
        let first = ids(0);
        let mut ledger = Ledger::new(plan());
        settle(&mut ledger, &first, &[], 0);
        settle(&mut ledger, &first[..1], &[], 0);
        let audit = ledger.audit(plan(), |_, _| false);
        assert_eq!((audit.repeated, audit.strays), (1, 0));
        assert_eq!(audit.missing, audit.planned - 3);
    }
}
