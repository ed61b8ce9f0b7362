//! [`Conclusion`]: the last words of a report.

use std::fmt;

use securityhub_invitations_sweep::{End, State, Step, StepState, Summary};

use super::{Report, grouped::Grouped};

/// The last words of a report: what is known, and the commands that come next.
pub(crate) struct Conclusion {
    /// `complete`, `not complete`, `nothing changed yet` or `still running`.
    pub(crate) headline: &'static str,
    /// Short sentences.
    pub(crate) sentences: Vec<String>,
    /// The commands that make sense now, each with its purpose.
    pub(crate) commands: Vec<(String, &'static str)>,
}

impl Conclusion {
    pub(crate) fn new(report: &Report<'_>) -> Self {
        let summary = report.summary();
        let is_untouched = is_untouched(report);
        let headline = match () {
            () if report.is_running => "still running",
            () if report.is_complete() => "complete",
            () if is_untouched => "nothing changed yet",
            () => "not complete",
        };
        Self { headline, sentences: sentences(report, &summary), commands: commands(report, &summary) }
    }
}

fn sentences(report: &Report<'_>, summary: &Summary) -> Vec<String> {
    let mut sentences = vec![entries(report, summary)];
    let mut add = |count: u64, one: &str, many: &str| match count {
        0 => {}
        1 => sentences.push(format!("1 {one}.")),
        _ => sentences.push(format!("{} {many}.", Grouped(count))),
    };
    add(summary.parked_hubs, "hub is parked", "hubs are parked");
    add(
        summary.unlisted_hubs,
        "list was not read to its end, so it may have more entries",
        "lists were not read to their end, so they may have more entries",
    );
    add(
        summary.unreadable,
        "listed entry has no valid account id and was not touched",
        "listed entries have no valid account id and were not touched",
    );
    add(
        summary.administrators_left,
        "account and region may still be associated with its administrator",
        "accounts and regions may still be associated with their administrator",
    );
    add(
        summary.appeared,
        "invitation appeared during the run and was not touched",
        "invitations appeared during the run and were not touched",
    );
    match report.ledger.end() {
        _ if report.is_running => {}
        // Nothing else is expected of a dry run.
        None if !report.is_stored => {}
        Some(End::Unreachable) => {
            sentences.push("The run stopped because ten hubs in a row were unreachable.".to_owned());
        }
        Some(End::Stopped) => sentences.push("The run was stopped.".to_owned()),
        None => sentences.push("The run did not end.".to_owned()),
        _ => {}
    }
    sentences
}

/// The sentence about the entries.
fn entries(report: &Report<'_>, summary: &Summary) -> String {
    let Summary { entries, done, kept, .. } = *summary;
    let kept_part = match kept {
        0 => String::new(),
        1 => " 1 entry is kept.".to_owned(),
        _ => format!(" {} entries are kept.", Grouped(kept)),
    };
    if done + kept == entries && summary.uncertain == 0 {
        let is_all_known = summary.unlisted_hubs + summary.unreadable == 0;
        let known = if is_all_known { "" } else { "known " };
        return match done {
            0 if is_all_known => format!("There was nothing to delete on the {} side.{kept_part}", report.side()),
            0 => format!("Nothing to delete is known.{kept_part}"),
            1 => format!("The only {known}entry to delete is done.{kept_part}"),
            _ => format!("All {} {known}entries to delete are done.{kept_part}", Grouped(done)),
        };
    }
    let left = [(summary.failed, "failed"), (summary.not_processed, "not processed"), (summary.pending, "pending")];
    let left: Vec<String> = left
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", Grouped(*count)))
        .collect();
    let uncertain = match summary.uncertain {
        0 => String::new(),
        count if report.strict => {
            format!(" Of the failed ones, {} may be done: uncertain counts as failed.", Grouped(count))
        }
        1 => " 1 of these is uncertain, so it may be done already.".to_owned(),
        count => format!(" {} of these are uncertain, so they may be done already.", Grouped(count)),
    };
    let noun = if entries == 1 { "entry" } else { "entries" };
    let verb = if done == 1 { "is" } else { "are" };
    format!(
        "{} of {} {noun} {verb} done. Left: {}.{uncertain}{kept_part}",
        Grouped(done),
        Grouped(entries),
        left.join(", ")
    )
}

fn commands(report: &Report<'_>, summary: &Summary) -> Vec<(String, &'static str)> {
    let command = |rest: fmt::Arguments<'_>| format!("securityhub-invitations {rest}");
    let run = report.run;
    let mut commands = Vec::new();
    if !report.is_stored {
        return commands;
    }
    if report.is_running {
        commands.push((command(format_args!("report {run}")), "for newer results"));
        return commands;
    }
    // Resuming does not retry what the service certainly did not process.
    let resumable = summary.failed
        + summary.pending
        + summary.uncertain
        + summary.parked_hubs
        + summary.unlisted_hubs
        + summary.administrators_left;
    if resumable > 0 || report.ledger.end() != Some(End::Complete) {
        commands.push((command(format_args!("resume {run}")), "to continue"));
    }
    if !report.only_failed && summary.failed + summary.not_processed + summary.uncertain > 0 {
        commands.push((command(format_args!("report {run} --failed --format csv")), "for each entry that is left"));
    }
    commands
}

/// Whether it is certain that no request that changes anything was sent.
fn is_untouched(report: &Report<'_>) -> bool {
    let is_untouched = |step: StepState<'_>| step.is_certain && matches!(step.state, State::Pending | State::Kept);
    let mut hubs = report.ledger.hubs().iter();
    hubs.all(|hub| {
        let administrator = hub.administrator().is_none_or(|(_, step)| is_untouched(step));
        administrator
            && hub.entries().all(|entry| {
                [Step::Decline, Step::Delete].into_iter().filter_map(|step| entry.step(step)).all(is_untouched)
            })
    })
}
