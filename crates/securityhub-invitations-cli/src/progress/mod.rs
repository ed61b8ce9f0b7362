//! [`Reporter`]: the progress of a run on the standard error.

mod bars;
mod tally;

use std::{
    io::{self, IsTerminal},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use securityhub_invitations_sweep::{Event, HubId, Phase, Sweep};

use crate::arguments::Progress;
use bars::Bars;
use tally::Tally;

/// The pause between two lines about the whole run.
const PAUSE: Duration = Duration::from_secs(10);

/// The progress of a run on the standard error. Clones share it.
#[derive(Clone)]
pub(crate) struct Reporter(Arc<Mutex<Inner>>);

struct Inner {
    tally: Tally,
    bars: Option<Bars>,
    has_lines: bool,
    phase: Option<Phase>,
    in_flight: usize,
}

impl Reporter {
    pub(crate) fn new(progress: Progress) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let has_bars = progress == Progress::Bars || (progress == Progress::Auto && is_terminal);
        let has_lines = progress == Progress::Lines || (progress == Progress::Auto && !is_terminal);
        let bars = has_bars.then(Bars::new);
        Self(Arc::new(Mutex::new(Inner { tally: Tally::default(), bars, has_lines, phase: None, in_flight: 0 })))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a line above the bars.
    pub(crate) fn print(&self, line: &str) {
        self.lock().print(line);
    }

    /// Notes events before [`update`](Self::update).
    pub(crate) fn note(&self, events: &[Event]) {
        self.lock().tally.note(events);
    }

    /// Shows what has changed.
    pub(crate) fn update(&self, sweep: &Sweep) {
        self.lock().update(sweep);
    }

    /// Returns the number of calls in flight at the last update.
    pub(crate) fn in_flight(&self) -> usize {
        self.lock().in_flight
    }

    /// Prints a line every ten seconds, until the returned guard is dropped.
    pub(crate) fn tick(&self) -> Ticker {
        let reporter = self.clone();
        Ticker(tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                let inner = reporter.lock();
                if inner.has_lines {
                    inner.print(&inner.status());
                }
            }
        }))
    }

    /// Removes the bars.
    pub(crate) fn clear(&self) {
        if let Some(bars) = &mut self.lock().bars {
            bars.clear();
        }
    }
}

/// Ends the lines of [`Reporter::tick`] when it is dropped.
pub(crate) struct Ticker(tokio::task::JoinHandle<()>);

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Inner {
    #[expect(clippy::print_stderr, reason = "it is the command's progress")]
    fn print(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.print(line),
            None => eprintln!("{line}"),
        }
    }

    fn update(&mut self, sweep: &Sweep) {
        self.in_flight = sweep.in_flight();
        let finished = self.tally.update(sweep);
        self.phase = Some(sweep.phase());
        if let Some(bars) = &mut self.bars {
            bars.update(&self.tally, sweep);
        }
        if self.has_lines {
            for hub in finished {
                if let Some(line) = describe(sweep, hub) {
                    self.print(&line);
                }
            }
        }
    }

    fn status(&self) -> String {
        let total = self.tally.total();
        let in_flight = self.in_flight;
        match self.phase {
            Some(Phase::Listing) | None => {
                format!(
                    "listed {} of {} accounts and regions, calls in flight: {in_flight}",
                    total.finished, total.total
                )
            }
            _ => format!("finished {} of {} entries, calls in flight: {in_flight}", total.finished, total.total),
        }
    }
}

/// `111122223333/eu-central-1: 60 done, 2 not processed`.
fn describe(sweep: &Sweep, hub: HubId) -> Option<String> {
    let ledger = sweep.ledger().hub(hub)?;
    let name = sweep.plan().hub(hub)?;
    if let Some(parking) = ledger.parking() {
        return Some(format!("{name}: parked, {parking}"));
    }
    let summary = ledger.summary();
    if matches!(sweep.phase(), Phase::Listing | Phase::Approval) {
        return Some(format!("{name}: {} found, {} kept", summary.entries, summary.kept));
    }
    let counts = [
        (summary.done, "done"),
        (summary.not_processed, "not processed"),
        (summary.failed, "failed"),
        (summary.kept, "kept"),
        (summary.uncertain, "uncertain"),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    Some(format!("{name}: {}", counts.join(", ")))
}
