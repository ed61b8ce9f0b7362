//! The report as JSON lines.

use std::io::{self, Write};

use securityhub_invitations_sweep::{Hub, HubLedger, Parking, Step};

use super::{
    Report,
    hub_state::HubState,
    line::{AdministratorLine, EntryLine, FoundLine, HubLine, Line, SummaryLine},
    timestamp::Timestamp,
};

impl Report<'_> {
    /// Writes the report as JSON lines. The last one is the summary.
    ///
    /// # Errors
    /// If `out` fails.
    pub(crate) fn write_json(&self, mut out: impl Write) -> io::Result<()> {
        for (hub, ledger) in self.plan.hubs().iter().zip(self.ledger.hubs()) {
            self.write_hub_lines(&mut out, hub, ledger)?;
        }
        self.summary_line().write(out)
    }

    fn write_hub_lines(&self, mut out: impl Write, hub: &Hub, ledger: &HubLedger) -> io::Result<()> {
        let (account, region) = (hub.account(), hub.region().as_str());
        let state = HubState::of(ledger);
        if !self.only_failed || !state.is_complete() {
            let line = HubLine {
                account,
                region,
                state: state.as_str(),
                listed: ledger.is_listed(),
                entries: ledger.entries().len() as u64,
                unreadable: ledger.unreadable().into(),
                cause: ledger.parking().map(Parking::cause),
                reason: ledger.parking().map(Parking::reason).into(),
            };
            Line::Hub(line).write(&mut out)?;
        }
        if let Some((id, step)) = ledger.administrator().filter(|(_, step)| self.shows_step(*step)) {
            Line::Administrator(AdministratorLine { account, region, id, step: step.into() }).write(&mut out)?;
        }
        for entry in ledger.entries().filter(|entry| self.shows(entry)) {
            let Some(step) = entry.step(Step::Delete) else { continue };
            let decline = entry.step(Step::Decline).map(Into::into);
            Line::Entry(EntryLine { account, region, id: entry.id(), step: step.into(), decline }).write(&mut out)?;
        }
        for found in ledger.appeared() {
            Line::Appeared(FoundLine::new(hub, found)).write(&mut out)?;
        }
        Ok(())
    }

    /// Returns the summary of the run as a line.
    pub(crate) fn summary_line(&self) -> Line<'_> {
        let summary = self.summary();
        Line::Summary(SummaryLine {
            run: self.run,
            tool: self.tool,
            side: self.side(),
            started: Timestamp::new(self.started).rfc3339(),
            last: Timestamp::new(self.last).rfc3339(),
            running: self.is_running,
            end: self.ledger.end(),
            complete: self.is_complete(),
            strict: self.strict,
            entries: summary.entries,
            done: summary.done,
            not_processed: summary.not_processed,
            failed: summary.failed,
            kept: summary.kept,
            pending: summary.pending,
            uncertain: summary.uncertain,
            appeared: summary.appeared,
            unreadable: summary.unreadable,
            hubs: summary.hubs,
            parked_hubs: summary.parked_hubs,
            unlisted_hubs: summary.unlisted_hubs,
            administrators_left: summary.administrators_left,
        })
    }
}
