//! The numbers of a soak, and the checks on them.

use std::{fmt, time::Duration};

use securityhub_emulator::Counters;

use crate::{
    Settings,
    driver::{Attempts, Held},
    ledger::Audit,
    process::Memory,
};

/// The numbers of a soak. `Display` prints them and the checks.
#[derive(Debug)]
pub struct Report {
    pub(crate) settings: Settings,
    pub(crate) elapsed: Duration,
    pub(crate) connections: u64,
    pub(crate) counters: Counters,
    pub(crate) faults: Vec<(&'static str, u64)>,
    pub(crate) audit: Audit,
    pub(crate) attempts: Attempts,
    pub(crate) failed_calls: u64,
    pub(crate) refused_by_quota: u64,
    /// After a quarter of the calls, and after all.
    pub(crate) memory: (Option<Memory>, Option<Memory>),
    pub(crate) before: Held,
    pub(crate) after: Held,
}

/// A condition that must hold after every soak.
#[derive(Debug)]
pub struct Check {
    /// The condition.
    pub claim: &'static str,
    /// Whether it holds.
    pub passed: bool,
}

impl Report {
    /// The growth that is allowed in addition to an eighth, after the first quarter of the calls, in KiB. With 20,000 calls,
    /// none of the last 15,000 can leak more than about 250 bytes.
    const MEMORY_SLACK: u64 = 2 * 1024;

    /// Returns all checks.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        let Self { audit, attempts, counters, before, after, .. } = self;
        let check = |claim, passed| Check { claim, passed };
        let accounted_for = audit.uncertain.differ + audit.certain.deleted;
        vec![
            check("every id is in the ledger exactly once", {
                audit.missing + audit.repeated + audit.strays == 0
                    && audit.certain.entries() + audit.uncertain.entries() == audit.planned
            }),
            check("every certain entry matches the server", audit.certain.differ == 0),
            check("the server deleted what the ledger reports, and what differs", counters.deleted == accounted_for),
            check("the server received no request twice", counters.requests <= attempts.total - attempts.not_sent),
            check("the server accepted every request", counters.refused == 0),
            check("a fifth of the requests met a fault", self.is_a_fifth_faulty()),
            check("connections are closed", after.connections == before.connections),
            check("tasks have ended", after.tasks == before.tasks),
            check("files and sockets are closed", after.files == before.files),
            check("memory is flat", self.is_memory_flat()),
        ]
    }

    /// Returns the checks that failed.
    pub fn failed_checks(&self) -> impl Iterator<Item = Check> {
        self.checks().into_iter().filter(|check| !check.passed)
    }

    /// Returns the number of entries that the server contradicts. They should all be uncertain.
    #[must_use]
    pub fn differences(&self) -> u64 {
        self.audit.certain.differ + self.audit.uncertain.differ
    }

    /// Returns the number of uncertain entries.
    #[must_use]
    pub fn uncertain(&self) -> u64 {
        self.audit.uncertain.entries()
    }

    /// True if there are too few requests for a meaningful share.
    fn is_a_fifth_faulty(&self) -> bool {
        let Counters { requests, faulted, .. } = self.counters;
        requests < 1_000 || (15..=25).contains(&(faulted * 100 / requests))
    }

    /// True if it cannot be measured.
    fn is_memory_flat(&self) -> bool {
        let (Some(early), Some(late)) = self.memory else { return true };
        let is_flat = |early, late| late <= early + early / 8 + Self::MEMORY_SLACK;
        is_flat(early.resident, late.resident) && is_flat(early.peak, late.peak)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { settings, audit, attempts, counters, .. } = self;
        let Settings { calls, concurrency, seed, .. } = settings;
        let seconds = self.elapsed.as_secs_f64();
        let share = |part: u64, of: u64| 100.0 * lossy(part) / lossy(of.max(1));

        writeln!(f, "soak         {calls} calls, {concurrency} at a time, seed {seed}")?;
        writeln!(f, "time         {seconds:.1} s, {:.0} calls/s", lossy(*calls as u64) / seconds)?;
        let received = attempts.total - attempts.not_sent - attempts.timed_out - attempts.interrupted;
        write!(f, "attempts     {}: {received} with a response, {} timed out, ", attempts.total, attempts.timed_out)?;
        writeln!(f, "{} interrupted, {} not sent", attempts.interrupted, attempts.not_sent)?;
        let wait = attempts.waited / attempts.waits.max(1);
        writeln!(f, "waits        {}, {:.1?} on average", attempts.waits, wait)?;
        writeln!(
            f,
            "calls failed {}, {} of them because the retry quota was used up",
            self.failed_calls, self.refused_by_quota
        )?;

        let faulty = share(counters.faulted, counters.requests);
        write!(f, "server       {} requests over {} connections; ", counters.requests, self.connections)?;
        writeln!(f, "{} faults ({faulty:.1} %)", counters.faulted)?;
        for (name, played) in &self.faults {
            writeln!(f, "             {played:>6} {name}")?;
        }

        let (certain, uncertain) = (&audit.certain, &audit.uncertain);
        writeln!(f, "ledger       {} ids        deleted  unprocessed   failed   differ", audit.planned)?;
        for (name, tally) in [("certain", certain), ("uncertain", uncertain)] {
            let (deleted, unprocessed, failed) = (tally.deleted, tally.unprocessed, tally.failed);
            writeln!(f, "             {name:<15} {deleted:>9} {unprocessed:>12} {failed:>8} {:>8}", tally.differ)?;
        }
        writeln!(f, "             {:>6} deleted after an unconfirmed attempt", audit.deleted_after_gap)?;
        for ((claim, reason), count) in &audit.reasons {
            writeln!(f, "             {count:>6} {claim:?}: {reason}")?;
        }

        let quarter = calls.div_ceil(4);
        for (calls, memory) in [(quarter, self.memory.0), (*calls, self.memory.1)] {
            match memory {
                Some(Memory { resident, peak }) => {
                    writeln!(f, "memory       {resident} KiB resident, {peak} KiB peak, after {calls} calls")?;
                }
                None => writeln!(f, "memory       not measured")?,
            }
        }
        writeln!(f, "held         {} before", self.before)?;
        writeln!(f, "             {} after", self.after)?;
        for Check { claim, passed } in self.checks() {
            writeln!(f, "{:<12} {claim}", if passed { "ok" } else { "FAILED" })?;
        }
        Ok(())
    }
}

/// Converts a number for display.
#[allow(clippy::cast_precision_loss)]
fn lossy(number: u64) -> f64 {
    number as f64
}
