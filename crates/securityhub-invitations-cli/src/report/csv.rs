//! The report for a spreadsheet.
//!
//! There is one row for each entry, with the state of its last step, `delete`. Other rows have a state that no entry has:
//!
//! | state | row |
//! |---|---|
//! | `parked` | a hub that was left alone, without an id. The reason begins with the cause |
//! | `unlisted` | a hub that is not parked and whose list was not read to its end, without an id |
//! | `unreadable` | listed entries without a valid account id, one row for each hub, without an id |
//! | `disassociate_…` | the step `disassociate`, for example `disassociate_done`. The id is the administrator, if it is known |
//! | `appeared` | an invitation that appeared during the run and was not touched |
//!
//! A value from the service that a spreadsheet would run as a formula begins with an apostrophe, and its control characters are
//! escaped. `certain` is empty in rows about a hub as a whole. An entry that is `decline`d without success has no row of its own, because its
//! last step decides.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use ::csv::Writer;
use securityhub_invitations_sweep::{HubLedger, Reason, StepState};

use super::{Report, one_line::OneLine};

const COLUMNS: [&str; 9] = ["account", "region", "id", "state", "certain", "code", "status", "reason", "request_id"];

impl Report<'_> {
    /// Writes the report as CSV with a header.
    ///
    /// # Errors
    /// If `out` fails.
    pub(crate) fn write_csv(&self, out: impl Write) -> io::Result<()> {
        let mut writer = Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        for hub in self.ledger.hubs() {
            self.write_hub(&mut Rows { writer: &mut writer, hub })?;
        }
        writer.flush()
    }

    fn write_hub<W: Write>(&self, rows: &mut Rows<'_, W>) -> io::Result<()> {
        let hub = rows.hub;
        match hub.parking() {
            Some(parking) => {
                let message = format!("{}: {}", parking.cause(), parking.reason().message());
                rows.write("", "parked", "", Some(parking.reason()), &message)?;
            }
            None if !hub.is_listed() => rows.write("", "unlisted", "", None, "the list was not read to its end")?,
            None => {}
        }
        if hub.unreadable() > 0 {
            let message = format!("{} listed entries without a valid account id", hub.unreadable());
            rows.write("", "unreadable", "", None, &message)?;
        }
        if let Some((id, step)) = hub.administrator().filter(|(_, step)| self.shows_step(*step)) {
            let id = id.map_or(Cow::Borrowed(""), |id| id.to_string().into());
            rows.write_step(&id, &format!("disassociate_{}", step.state.as_str()), step)?;
        }
        for entry in hub.entries().filter(|entry| self.shows(entry)) {
            if let Some(step) = entry.step(securityhub_invitations_sweep::Step::Delete) {
                rows.write_step(entry.id().as_str(), step.state.as_str(), step)?;
            }
        }
        for found in hub.appeared() {
            rows.write(found.id.as_str(), "appeared", "true", None, "appeared during the run, not touched")?;
        }
        Ok(())
    }
}

struct Rows<'a, W: Write> {
    writer: &'a mut Writer<W>,
    hub: &'a HubLedger,
}

impl<W: Write> Rows<'_, W> {
    fn write_step(&mut self, id: &str, state: &str, step: StepState<'_>) -> io::Result<()> {
        let certain = if step.is_certain { "true" } else { "false" };
        let reason = step.state.reason();
        self.write(id, state, certain, reason, reason.map_or("", Reason::message))
    }

    fn write(
        &mut self,
        id: &str,
        state: &str,
        certain: &str,
        reason: Option<&Reason>,
        message: &str,
    ) -> io::Result<()> {
        let status = reason.and_then(Reason::status).map_or(Cow::Borrowed(""), |status| status.to_string().into());
        let code = harmless(reason.and_then(Reason::code).unwrap_or_default());
        let request_id = harmless(reason.and_then(Reason::request_id).unwrap_or_default());
        let account = self.hub.account();
        let region = self.hub.region().as_str();
        let message = harmless(message);
        let row = [account.as_str(), region, id, state, certain, &code, &status, &message, &request_id];
        Ok(self.writer.write_record(row)?)
    }
}

/// Puts a value on one line, with an apostrophe if a spreadsheet would run it as a formula.
fn harmless(value: &str) -> String {
    let quote = if value.trim_start().starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("{quote}{}", OneLine(value))
}
