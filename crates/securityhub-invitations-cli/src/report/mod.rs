//! [`Report`]: the results of a run for a person, a spreadsheet, a program or a browser.
//!
//! A report only shows what its ledger knows. An entry without a confirmed state is *uncertain*, and a hub whose list was not read to
//! its end never looks finished.

mod advice;
mod conclusion;
mod csv;
mod escaped;
mod grouped;
mod html;
mod html_data;
mod hub_state;
mod json;
mod line;
mod matrix;
mod one_line;
mod parked_group;
mod reason_group;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod timestamp;

use std::time::SystemTime;

use securityhub_invitations_sweep::{End, Entry, HubLedger, Ledger, Plan, Side, State, StepState, Summary};

pub(crate) use line::{ErrorLine, FoundLine, IdentityLine, Line, RegionLine, RunLine};

/// The results of a run, as far as its events tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report<'a> {
    /// The run's id, or a name if it is not stored.
    pub(crate) run: &'a str,
    /// Whether the run has a journal, so that it can be resumed.
    pub(crate) is_stored: bool,
    /// The name and version of the program that made the run.
    pub(crate) tool: &'a str,
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// The ledger of the same plan.
    pub(crate) ledger: &'a Ledger,
    /// The time of the first event.
    pub(crate) started: SystemTime,
    /// The time of the last event.
    pub(crate) last: SystemTime,
    /// Whether the run is still going.
    pub(crate) is_running: bool,
    /// Whether to leave out rows that are done or kept. Counts always cover the whole run.
    pub(crate) only_failed: bool,
    /// Whether uncertain entries count as failed in the summary.
    pub(crate) strict: bool,
}

impl Report<'_> {
    /// Returns the counts. With `strict`, an uncertain entry counts as failed instead of by its state.
    pub(crate) fn summary(&self) -> Summary {
        let mut summary = self.ledger.summary();
        if self.strict {
            let entries = self.ledger.hubs().iter().flat_map(HubLedger::entries);
            for entry in entries.filter(|entry| !entry.is_certain()) {
                let count = match entry.state() {
                    State::Done => &mut summary.done,
                    State::NotProcessed(_) => &mut summary.not_processed,
                    State::Failed(_) => &mut summary.failed,
                    State::Kept => &mut summary.kept,
                    _ => &mut summary.pending,
                };
                *count -= 1;
                summary.failed += 1;
            }
        }
        summary
    }

    /// Returns whether the run reached its end and nothing is left to do or to find out.
    pub(crate) fn is_complete(&self) -> bool {
        !self.is_running && self.ledger.end() == Some(End::Complete) && self.ledger.summary().is_complete()
    }

    /// Whether an entry belongs in the report.
    fn shows(&self, entry: &Entry<'_>) -> bool {
        !self.only_failed || is_left(entry.state(), entry.is_certain())
    }

    /// Whether the step `disassociate` of a hub belongs in the report.
    fn shows_step(&self, step: StepState<'_>) -> bool {
        !self.only_failed || is_left(step.state, step.is_certain)
    }

    /// The name of the side, for example `member`.
    fn side(&self) -> &'static str {
        if *self.plan.side() == Side::Member { "member" } else { "administrator" }
    }
}

/// Whether a state is neither certainly done nor certainly kept.
fn is_left(state: State<'_>, is_certain: bool) -> bool {
    !matches!(state, State::Done | State::Kept) || !is_certain
}
