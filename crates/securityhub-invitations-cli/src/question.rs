//! [`Question`]: what a run is about to change, and the confirmation.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    io::{self, BufRead, IsTerminal, Write},
    time::Duration,
};

use securityhub_invitations_sweep::{Pacing, Side, State, Step, Sweep};

use crate::{command_error::CommandError, interrupt::Interrupt};

/// The changes that a run is about to make. `Display` is the text above the question.
pub(crate) struct Question {
    /// The number to answer with.
    ids: u64,
    text: String,
}

impl Question {
    /// Describes a sweep that waits for approval.
    pub(crate) fn new(sweep: &Sweep, pacing: Pacing) -> Self {
        let question = sweep.question();
        let ids = question.as_ref().map_or(0, |question| question.ids);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = describe(&mut text, sweep, pacing);
        Self { ids, text }
    }

    /// Checks whether somebody can answer. `expected` names the arguments that need no answer.
    pub(crate) fn check_terminal(expected: &str) -> Result<(), CommandError> {
        if io::stdin().is_terminal() {
            return Ok(());
        }
        let problem = "the standard input is not a terminal, so nobody can confirm";
        Err(CommandError::usage(format!("{problem} (expected {expected})")))
    }

    /// Asks, and returns whether the answer is the number of ids.
    pub(crate) async fn ask(&self, interrupt: &Interrupt) -> bool {
        let mut stderr = io::stderr().lock();
        // A terminal that is gone also has no answer.
        let _ = write!(stderr, "{self}\nType {} to continue: ", self.ids);
        let _ = stderr.flush();
        drop(stderr);
        let (sender, answer) = tokio::sync::oneshot::channel();
        // The thread ends with the process, if nobody answers.
        std::thread::spawn(move || {
            let mut line = String::new();
            let result = io::stdin().lock().read_line(&mut line).map(|_| line);
            let _ = sender.send(result);
        });
        tokio::select! {
            () = interrupt.wait() => false,
            answer = answer => {
                let line = answer.ok().and_then(Result::ok).unwrap_or_default();
                line.trim().parse() == Ok(self.ids)
            }
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn describe(f: &mut String, sweep: &Sweep, pacing: Pacing) -> fmt::Result {
    let plan = sweep.plan();
    let summary = sweep.ledger().summary();
    let mut regions: BTreeMap<&str, u64> = BTreeMap::new();
    let mut accounts: BTreeMap<_, u64> = BTreeMap::new();
    let mut calls = 0;
    let mut longest = 0;
    for (id, hub) in plan.numbered_hubs() {
        let Some(ledger) = sweep.ledger().hub(id).filter(|ledger| ledger.parking().is_none()) else { continue };
        let pending = ledger.entries().filter(|entry| entry.state() == State::Pending).count() as u64;
        if pending > 0 {
            *regions.entry(hub.region().as_str()).or_default() += pending;
            *accounts.entry(hub.account()).or_default() += pending;
            let steps = [Step::Decline, Step::Delete].into_iter().filter(|step| plan.steps().contains(*step)).count();
            let requests = pending.div_ceil(plan.chunk_size().get().into()) * steps as u64;
            calls += requests;
            longest = longest.max(requests);
        }
    }
    let ids = sweep.question().map_or(0, |question| question.ids);
    let administrators = sweep.question().map(|question| question.administrators).unwrap_or_default();
    calls += administrators.len() as u64;
    match plan.side() {
        Side::Member => writeln!(f, "Delete {}", counted(ids, "received invitation"))?,
        _ => writeln!(f, "Delete {}", counted(ids, "sent invitation"))?,
    }
    writeln!(f, "  in {}: {}", counted(accounts.len() as u64, "account"), list(&accounts))?;
    writeln!(f, "  in {}: {}", counted(regions.len() as u64, "region"), list(&regions))?;
    if plan.steps().contains(Step::Decline) {
        writeln!(f, "  after declining each of them")?;
    }
    for (hub, administrator) in administrators {
        if let Some(hub) = plan.hub(hub) {
            writeln!(f, "  after disassociating {hub} from administrator {administrator}")?;
        }
    }
    if summary.kept > 0 {
        writeln!(f, "  and keep {}", summary.kept)?;
    }
    if summary.parked_hubs > 0 {
        writeln!(
            f,
            "  and leave alone what is parked: {} of {} accounts and regions",
            summary.parked_hubs, summary.hubs
        )?;
    }
    write!(f, "  with at least {}", counted(calls, "request"))?;
    match shortest(longest, pacing) {
        Duration::ZERO => writeln!(f),
        shortest => writeln!(f, ", which take at least {} s", shortest.as_secs_f64()),
    }
}

/// `1 account` or `2 accounts`.
fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The shortest time in which one hub can take this number of requests.
fn shortest(requests: u64, pacing: Pacing) -> Duration {
    let waiting = requests.saturating_sub(pacing.burst().get().into());
    let rate = pacing.requests_per_second().get();
    Duration::from_millis(waiting.saturating_mul(1000) / u64::from(rate))
}

/// The first names with their counts, and the number of the others.
fn list<K: fmt::Display>(counts: &BTreeMap<K, u64>) -> String {
    const MOST: usize = 8;
    let more = counts.len().saturating_sub(MOST);
    let mut names: Vec<String> = counts.iter().take(MOST).map(|(name, count)| format!("{name} ({count})")).collect();
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}
