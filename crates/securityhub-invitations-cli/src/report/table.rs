//! The report for a terminal, readable at 100 columns.

use std::{
    collections::BTreeMap,
    fmt::Display,
    io::{self, Write},
};

use securityhub_invitations_sweep::Step;

use super::{
    Report, advice,
    conclusion::Conclusion,
    grouped::Grouped,
    hub_state::HubState,
    matrix::{HubReport, Matrix, Row},
    one_line::OneLine,
    parked_group::ParkedGroup,
    reason_group::{ReasonGroup, times},
    timestamp::{Elapsed, Timestamp},
};

/// The width in columns.
const WIDTH: usize = 100;
/// The largest number of hubs that are listed one by one.
const MAX_SINGLE_HUBS: usize = 20;
/// The largest number of groups, accounts or messages in a list.
const MAX_LISTED: usize = 12;

impl Report<'_> {
    /// Writes the report for a terminal.
    ///
    /// # Errors
    /// If `out` fails.
    pub(crate) fn write_table(&self, mut out: impl Write) -> io::Result<()> {
        let matrix = Matrix::new(self);
        self.write_head(&mut out)?;
        if matrix.hubs().count() <= MAX_SINGLE_HUBS {
            self.write_hubs(&mut out, &matrix)?;
        } else {
            self.write_accounts(&mut out, &matrix)?;
        }
        self.write_parked(&mut out, &matrix)?;
        self.write_reasons(&mut out, &matrix)?;
        self.write_administrators(&mut out, &matrix)?;
        write_appeared(&mut out, &matrix)?;
        write_unreadable(&mut out, &matrix)?;
        self.write_conclusion(&mut out)
    }

    fn write_head(&self, out: &mut impl Write) -> io::Result<()> {
        let elapsed = Elapsed::between(self.started, self.last);
        let run = if self.is_stored { format!("Run {}", self.run) } else { capitalized(self.run) };
        writeln!(out, "{}, {} side", OneLine(&run), self.side())?;
        writeln!(out, "{}, {elapsed}, {}", Timestamp::new(self.started), OneLine(self.tool))
    }

    /// One row for each hub.
    fn write_hubs(&self, out: &mut impl Write, matrix: &Matrix<'_>) -> io::Result<()> {
        let mut rows = Vec::new();
        for hub in matrix.hubs().filter(|hub| !self.only_failed || !hub.state.is_complete()) {
            let summary = hub.ledger.summary();
            let counts =
                [summary.done, summary.not_processed, summary.failed, summary.kept, summary.pending, summary.uncertain];
            let mut row = vec![hub.account().to_string(), hub.region().to_owned()];
            row.extend(counts.map(count));
            row.push(hub.state.name().to_owned());
            rows.push(row);
        }
        let heads = ["Account", "Region", "Done", "Not processed", "Failed", "Kept", "Pending", "Uncertain", "State"];
        write_columns(out, &heads, &rows, |_| Vec::new())
    }

    /// One row for each account, followed by its regions that are neither fully done nor parked.
    fn write_accounts(&self, out: &mut impl Write, matrix: &Matrix<'_>) -> io::Result<()> {
        let mut rows = Vec::new();
        let is_complete = |row: &Row<'_>| row.hubs.iter().all(|hub| hub.state.is_complete());
        let accounts: Vec<&Row<'_>> = matrix.rows.iter().filter(|row| !self.only_failed || !is_complete(row)).collect();
        for account in &accounts {
            let mut counts = [0; 8];
            counts[0] = account.hubs.len() as u64;
            for hub in &account.hubs {
                let summary = hub.ledger.summary();
                let more = [
                    summary.done,
                    summary.not_processed,
                    summary.failed,
                    summary.kept,
                    summary.pending,
                    summary.uncertain,
                ];
                counts[1..7].iter_mut().zip(more).for_each(|(count, more)| *count += more);
                counts[7] += summary.parked_hubs;
            }
            let mut row = vec![account.account.to_string()];
            row.extend(counts.map(count));
            rows.push(row);
        }
        let heads = ["Account", "Hubs", "Done", "Not processed", "Failed", "Kept", "Pending", "Uncertain", "Parked"];
        write_columns(out, &heads, &rows, |number| regions_left(accounts[number]))
    }

    fn write_parked(&self, out: &mut impl Write, matrix: &Matrix<'_>) -> io::Result<()> {
        let groups = ParkedGroup::all(matrix);
        if !groups.is_empty() {
            writeln!(out, "\nParked")?;
        }
        for group in groups {
            let hubs = if group.hubs.len() == 1 { "hub" } else { "hubs" };
            writeln!(out, "  {}: {} {hubs}", group.cause, Grouped(group.hubs.len() as u64))?;
            for sentence in advice::for_group(&group, self.is_stored).iter().take(MAX_LISTED) {
                write_wrapped(out, 4, sentence)?;
            }
            for place in parked_places(matrix, &group) {
                write_wrapped(out, 4, &place)?;
            }
            for (reason, count) in group.reasons.iter().take(3) {
                write_wrapped(out, 4, &format!("{}{}", times(*count as u64), reason))?;
            }
            write_more(out, 4, group.reasons.len(), 3, "reasons")?;
        }
        Ok(())
    }

    fn write_reasons(&self, out: &mut impl Write, matrix: &Matrix<'_>) -> io::Result<()> {
        let groups = ReasonGroup::all(matrix);
        if !groups.is_empty() {
            writeln!(out, "\nReasons")?;
        }
        for group in groups.iter().take(MAX_LISTED) {
            let status = group.status.map_or_else(String::new, |status| format!(" (HTTP {status})"));
            let (times, title, reason) = (times(group.count), group.title(), &group.reason);
            write_wrapped(out, 2, &format!("{times}{title}: {reason}{status}"))?;
            if let Some(advice) = advice::for_reason(group.first, self.is_stored) {
                write_wrapped(out, 4, &advice)?;
            }
            let mut examples: Vec<String> = group.examples.iter().map(ToString::to_string).collect();
            if group.count > examples.len() as u64 {
                examples.push("…".to_owned());
            }
            write_wrapped(out, 4, &examples.join(", "))?;
        }
        write_more(out, 2, groups.len(), MAX_LISTED, "reasons")
    }

    fn write_administrators(&self, out: &mut impl Write, matrix: &Matrix<'_>) -> io::Result<()> {
        if !self.plan.steps().contains(Step::Disassociate) {
            return Ok(());
        }
        let mut groups: BTreeMap<String, Vec<&HubReport<'_>>> = BTreeMap::new();
        for hub in matrix.hubs() {
            if let Some((id, step)) = hub.ledger.administrator().filter(|(_, step)| self.shows_step(*step)) {
                let id = id.map_or_else(|| "unknown administrator".to_owned(), |id| id.to_string());
                let certainty = if step.is_certain { "" } else { ", uncertain" };
                let title = format!("{id} {}{certainty}", step.state.as_str().replace('_', " "));
                groups.entry(title).or_default().push(hub);
            }
        }
        let lines = groups.into_iter().map(|(title, hubs)| {
            let hubs = hubs.iter().map(|hub| hub.hub.to_string()).collect::<Vec<String>>();
            (title, shortened(hubs))
        });
        write_section(out, "Disassociate from administrators", lines)
    }

    fn write_conclusion(&self, out: &mut impl Write) -> io::Result<()> {
        let Conclusion { headline, sentences, commands } = Conclusion::new(self);
        writeln!(out)?;
        write_wrapped(out, 0, &format!("{}: {}", capitalized(headline), sentences.join(" ")))?;
        for (command, purpose) in commands {
            writeln!(out, "  {} ({purpose})", OneLine(&command))?;
        }
        Ok(())
    }
}

fn capitalized(words: &str) -> String {
    let mut words = words.to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// The regions of an account that are neither fully done nor parked, by state. Parked ones have their own section.
fn regions_left(row: &Row<'_>) -> Vec<String> {
    let mut groups: BTreeMap<HubState, Vec<&str>> = BTreeMap::new();
    for hub in row.hubs.iter().filter(|hub| hub.state != HubState::Parked && !hub.state.is_complete()) {
        groups.entry(hub.state).or_default().push(hub.region());
    }
    let group = |(state, regions): (HubState, Vec<&str>)| format!("{}: {}", state.name(), regions_of(row, &regions));
    let groups: Vec<String> = groups.into_iter().map(group).collect();
    if groups.is_empty() { groups } else { vec![groups.join(" · ")] }
}

/// Some regions of an account, or the other ones if that is shorter.
fn regions_of(row: &Row<'_>, regions: &[&str]) -> String {
    let others: Vec<&str> = row.hubs.iter().map(HubReport::region).filter(|region| !regions.contains(region)).collect();
    match others.len() {
        0 if regions.len() > 1 => format!("all {} regions", regions.len()),
        1.. if others.len() * 2 < regions.len() => {
            format!("{} regions, all except {}", regions.len(), others.join(", "))
        }
        _ => regions.join(", "),
    }
}

/// The places of parked hubs. Accounts with the same regions share a line, and single hubs share the last one.
fn parked_places(matrix: &Matrix<'_>, group: &ParkedGroup<'_>) -> Vec<String> {
    let mut by_regions: BTreeMap<String, Vec<&Row<'_>>> = BTreeMap::new();
    for row in &matrix.rows {
        let is_in_group =
            |hub: &&HubReport<'_>| hub.ledger.parking().is_some_and(|parking| parking.cause() == group.cause);
        let regions: Vec<&str> = row.hubs.iter().filter(is_in_group).map(HubReport::region).collect();
        if !regions.is_empty() {
            by_regions.entry(regions_of(row, &regions)).or_default().push(row);
        }
    }
    let mut places = Vec::new();
    let mut single = Vec::new();
    for (regions, rows) in by_regions {
        match rows[..] {
            [row] if !regions.contains(' ') => single.push(format!("{}/{regions}", row.account)),
            [row] => places.push(format!("{}: {regions}", row.account)),
            _ if rows.len() == matrix.rows.len() => places.push(format!("all {} accounts: {regions}", rows.len())),
            _ if rows.len() > 4 => places.push(format!("{} accounts: {regions}", rows.len())),
            _ => {
                let accounts: Vec<&str> = rows.iter().map(|row| row.account.as_str()).collect();
                places.push(format!("{}: {regions}", accounts.join(", ")));
            }
        }
    }
    if places.len() > MAX_LISTED {
        let more = places.len() - MAX_LISTED;
        places.truncate(MAX_LISTED);
        places.push(format!("and {more} more accounts"));
    }
    if !single.is_empty() {
        places.push(shortened(single));
    }
    places
}

/// The first items, and the number of the others.
fn shortened(mut items: Vec<String>) -> String {
    let more = items.len().saturating_sub(MAX_LISTED);
    items.truncate(MAX_LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    items.join(", ") + &more
}

fn write_appeared(out: &mut impl Write, matrix: &Matrix<'_>) -> io::Result<()> {
    let hubs = matrix.hubs().filter(|hub| !hub.ledger.appeared().is_empty());
    let lines = hubs.map(|hub| {
        let ids: Vec<String> = hub.ledger.appeared().iter().map(|found| found.id.to_string()).collect();
        (hub.hub.to_string(), shortened(ids))
    });
    write_section(out, "Appeared during the run, not touched", lines)
}

fn write_unreadable(out: &mut impl Write, matrix: &Matrix<'_>) -> io::Result<()> {
    let hubs = matrix.hubs().filter(|hub| hub.ledger.unreadable() > 0);
    let lines = hubs.map(|hub| (hub.hub.to_string(), Grouped(hub.ledger.unreadable().into()).to_string()));
    write_section(out, "Listed entries without a valid account id, not touched", lines)
}

/// Writes a heading and lines with an indented continuation. Writes nothing without lines.
fn write_section(out: &mut impl Write, heading: &str, lines: impl Iterator<Item = (String, String)>) -> io::Result<()> {
    let mut count = 0;
    for (title, rest) in lines {
        if count == 0 {
            writeln!(out, "\n{heading}")?;
        }
        count += 1;
        if count > MAX_LISTED {
            continue;
        }
        if title.chars().count() + rest.chars().count() + 4 <= WIDTH {
            writeln!(out, "  {title}: {rest}")?;
        } else {
            write_wrapped(out, 2, &title)?;
            write_wrapped(out, 4, &rest)?;
        }
    }
    write_more(out, 2, count, MAX_LISTED, "lines")
}

fn write_more(out: &mut impl Write, indent: usize, count: usize, shown: usize, noun: &str) -> io::Result<()> {
    match count.checked_sub(shown) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "{:indent$}and {more} more {noun}, see --format csv", ""),
    }
}

/// A count, or a dash for 0, so that the other numbers stand out.
fn count(count: u64) -> String {
    if count == 0 { "-".to_owned() } else { Grouped(count).to_string() }
}

/// Writes rows in aligned columns, with `details` below each. Numbers are aligned right.
fn write_columns(
    out: &mut impl Write,
    heads: &[&str],
    rows: &[Vec<String>],
    details: impl Fn(usize) -> Vec<String>,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let is_number = |column: usize| !matches!(heads[column], "Account" | "Region" | "State");
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].len());
        cells.chain([heads[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &dyn Display>| {
        let mut line = String::new();
        for (column, cell) in cells.enumerate() {
            let width = widths[column];
            let gap = if column == 0 { "" } else { "  " };
            line += &if is_number(column) { format!("{gap}{cell:>width$}") } else { format!("{gap}{cell:width$}") };
        }
        line.truncate(line.trim_end().len());
        line
    };
    writeln!(out, "\n{}", line(&mut heads.iter().map(|head| head as &dyn Display)))?;
    for (number, row) in rows.iter().enumerate() {
        writeln!(out, "{}", line(&mut row.iter().map(|cell| cell as &dyn Display)))?;
        for detail in details(number) {
            write_wrapped(out, 4, &detail)?;
        }
    }
    Ok(())
}

/// Writes words in lines of at most [`WIDTH`] columns. Continuation lines are indented by two more.
fn write_wrapped(out: &mut impl Write, indent: usize, text: &str) -> io::Result<()> {
    let mut line = " ".repeat(indent);
    let mut columns = indent;
    let mut is_empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if !is_empty && columns + 1 + length > WIDTH {
            writeln!(out, "{line}")?;
            line = " ".repeat(indent + 2);
            columns = indent + 2;
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
            columns += 1;
        }
        line.push_str(word);
        columns += length;
        is_empty = false;
    }
    writeln!(out, "{line}")
}
