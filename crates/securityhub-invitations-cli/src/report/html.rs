//! The report as one page of HTML.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use securityhub_invitations_sweep::Summary;

use super::{
    Report, advice,
    conclusion::Conclusion,
    escaped::Escaped,
    grouped::Grouped,
    html_data::HtmlData,
    hub_state::HubState,
    matrix::{HubReport, Matrix},
    parked_group::ParkedGroup,
    reason_group::{ReasonGroup, times},
    timestamp::{Elapsed, Timestamp},
};

/// The page, with `{{name}}` for each part that [`Page::part`] returns.
///
/// Its content security policy names the hashes of its style and its script, so both are the same in every report.
const PAGE: &str = include_str!("page.html");

impl Report<'_> {
    /// Writes the report as one page of HTML that loads nothing else.
    ///
    /// # Errors
    /// If `out` fails.
    pub(crate) fn write_html(&self, mut out: impl Write) -> io::Result<()> {
        let page = Page { report: self, matrix: Matrix::new(self), conclusion: Conclusion::new(self) };
        let mut rest = PAGE;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").unwrap_or((after, ""));
            out.write_all(before.as_bytes())?;
            out.write_all(page.part(name)?.as_bytes())?;
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }
}

struct Page<'a> {
    report: &'a Report<'a>,
    matrix: Matrix<'a>,
    conclusion: Conclusion,
}

impl Page<'_> {
    fn part(&self, name: &str) -> io::Result<String> {
        Ok(match name {
            "run" => Escaped(self.report.run).to_string(),
            "headline" => self.conclusion.headline.to_owned(),
            "tone" => if self.report.is_complete() { "good" } else { "open" }.to_owned(),
            "facts" => self.facts(),
            "sentences" => list("p", &self.conclusion.sentences),
            "commands" => self.commands(),
            "bar" => self.bar(),
            "tiles" => self.tiles(),
            "matrix" => self.matrix(),
            "legend" => self.legend(),
            "parked" => self.parked(),
            "reasons" => self.reasons(),
            "notes" => self.notes(),
            "hubs" => self.hubs(),
            "filtered" if self.report.only_failed => {
                "<p>Only entries that are left: not done and not kept.</p>".to_owned()
            }
            "data" => HtmlData::new(self.report).to_json()?,
            _ => String::new(),
        })
    }

    fn facts(&self) -> String {
        let Report { started, last, tool, .. } = *self.report;
        let elapsed = Elapsed::between(started, last);
        let accounts = noun(self.matrix.rows.len(), "account");
        let regions = noun(self.matrix.regions.len(), "region");
        let facts = [
            if self.report.side() == "member" { "Member side" } else { "Administrator side" }.to_owned(),
            format!("{accounts}, {regions}"),
            format!("{}, {elapsed}", Timestamp::new(started)),
            Escaped(tool).to_string(),
        ];
        facts.map(|fact| format!("<li>{fact}</li>")).concat()
    }

    fn commands(&self) -> String {
        let command =
            |(command, purpose): &(String, &str)| format!("<li><code>{}</code> {purpose}</li>", Escaped(command));
        self.conclusion.commands.iter().map(command).collect()
    }

    /// The counts of entries by state, with the class of their colour.
    fn counts(&self) -> [(&'static str, u64, &'static str); 5] {
        let Summary { done, kept, failed, not_processed, pending, .. } = self.report.summary();
        [
            ("Done", done, "done"),
            ("Kept", kept, "kept"),
            ("Failed", failed, "failed"),
            ("Not processed", not_processed, "not_processed"),
            ("Pending", pending, "pending"),
        ]
    }

    /// A bar with one part for each state.
    fn bar(&self) -> String {
        let mut bar = String::new();
        let mut from = 0;
        for (_, count, class) in self.counts() {
            let _ = write!(bar, r#"<rect class="s-{class}" x="{from}" width="{count}" height="1"/>"#);
            from += count;
        }
        format!(
            r#"<svg class="bar" viewBox="0 0 {} 1" preserveAspectRatio="none" aria-hidden="true">{bar}</svg>"#,
            from.max(1)
        )
    }

    fn tiles(&self) -> String {
        let summary = self.report.summary();
        let uncertain = if self.report.strict { "Uncertain, counted as failed" } else { "Uncertain" };
        let more = [(uncertain, summary.uncertain, "uncertain"), ("Parked hubs", summary.parked_hubs, "parked")];
        let tile = |(name, count, class): (&str, u64, &str)| {
            let zero = if count == 0 { " zero" } else { "" };
            format!(
                r#"<div class="tile{zero}"><dt><i class="dot s-{class}"></i>{name}</dt><dd>{}</dd></div>"#,
                Grouped(count)
            )
        };
        self.counts().into_iter().chain(more).map(tile).collect()
    }

    fn matrix(&self) -> String {
        let mut html = String::from("<thead><tr><th scope=\"col\">Account</th>");
        for region in &self.matrix.regions {
            let _ = write!(html, r#"<th scope="col"><span>{}</span></th>"#, Escaped(region));
        }
        html += "</tr></thead><tbody>";
        for row in &self.matrix.rows {
            let _ = write!(html, r#"<tr><th scope="row">{}</th>"#, row.account);
            let mut hubs = row.hubs.iter().peekable();
            for region in &self.matrix.regions {
                match hubs.next_if(|hub| hub.region() == *region) {
                    Some(hub) => html += &cell(hub),
                    None => html += "<td></td>",
                }
            }
            html += "</tr>";
        }
        html + "</tbody>"
    }

    /// The symbols that the matrix has.
    fn legend(&self) -> String {
        let mut legend = String::new();
        for state in HubState::ALL {
            let count = self.matrix.hubs().filter(|hub| hub.state == state).count();
            if count > 0 {
                let (class, symbol, name, meaning) = (state.as_str(), state.symbol(), state.name(), state.meaning());
                let count = Grouped(count as u64);
                let _ = write!(
                    legend,
                    r#"<li><i class="key s-{class}">{symbol}</i><span><b>{count} {name}</b> {meaning}</span></li>"#
                );
            }
        }
        legend
    }

    fn parked(&self) -> String {
        let mut html = String::new();
        for group in ParkedGroup::all(&self.matrix) {
            let hubs = noun(group.hubs.len(), "hub");
            let _ = write!(
                html,
                "<article><h3>{} <small>{hubs}</small></h3>{}",
                group.cause,
                list("p", &advice::for_group(&group, self.report.is_stored))
            );
            let reasons: Vec<String> = group
                .reasons
                .iter()
                .take(8)
                .map(|(reason, count)| format!("{}{reason}", times(*count as u64)))
                .collect();
            let _ = write!(html, "<ul>{}</ul>", list("li", &reasons));
            let hubs: Vec<String> = group.hubs.iter().map(|hub| hub.hub.to_string()).collect();
            let _ = write!(
                html,
                "<details><summary>Where</summary><p>{}</p></details></article>",
                Escaped(hubs.join(", "))
            );
        }
        section("Parked hubs", "Hubs that were left alone. Their entries may be unknown.", &html)
    }

    fn reasons(&self) -> String {
        let mut html = String::new();
        for group in ReasonGroup::all(&self.matrix).iter().take(50) {
            let status = group.status.map_or_else(String::new, |status| format!(" <small>HTTP {status}</small>"));
            let examples: Vec<String> = group.examples.iter().map(ToString::to_string).collect();
            let advice: Vec<String> = advice::for_reason(group.first, self.report.is_stored).into_iter().collect();
            let _ = write!(
                html,
                "<article><h3>{}{} {status}</h3>{}<p class=\"message\">{}</p><p><small>For example {}</small></p></article>",
                times(group.count),
                group.title(),
                list("p", &advice),
                Escaped(&group.reason),
                Escaped(examples.join(", "))
            );
        }
        section("Reasons", "Why entries are left, the most frequent reason first.", &html)
    }

    /// The administrators, the invitations that appeared and the unreadable entries.
    fn notes(&self) -> String {
        let (mut administrators, mut appeared, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for hub in self.matrix.hubs() {
            if let Some((id, step)) = hub.ledger.administrator().filter(|(_, step)| self.report.shows_step(*step)) {
                let id = id.map_or_else(|| "unknown administrator".to_owned(), |id| id.to_string());
                let certainty = if step.is_certain { "" } else { ", uncertain" };
                administrators.push(format!("{}: {id}, {}{certainty}", hub.hub, step.state.as_str().replace('_', " ")));
            }
            let found = hub.ledger.appeared().iter();
            appeared.extend(found.map(|found| format!("{}: {}", hub.hub, found.id)));
            if hub.ledger.unreadable() > 0 {
                unreadable.push(format!("{}: {}", hub.hub, hub.ledger.unreadable()));
            }
        }
        let mut html = String::new();
        for (heading, lines) in [
            ("Disassociate from administrators", administrators),
            ("Appeared during the run, not touched", appeared),
            ("Listed without a valid account id, not touched", unreadable),
        ] {
            if !lines.is_empty() {
                let _ = write!(
                    html,
                    "<article><h3>{heading}</h3><ul class=\"columns\">{}</ul></article>",
                    list("li", &lines)
                );
            }
        }
        section("Other findings", "Results that do not belong to one entry.", &html)
    }

    /// One row for each hub, for readers without script too.
    fn hubs(&self) -> String {
        let mut html = String::new();
        for hub in self.matrix.hubs().filter(|hub| !self.report.only_failed || !hub.state.is_complete()) {
            let Summary { done, kept, failed, not_processed, pending, uncertain, .. } = hub.ledger.summary();
            let (number, state) = (hub.number, hub.state);
            let reason = hub.ledger.parking().map(ToString::to_string).unwrap_or_default();
            let _ = write!(
                html,
                r#"<tr id="hub-{number}"><td>{}</td><td>{}</td><td><i class="key s-{}">{}</i> {}</td>"#,
                hub.account(),
                Escaped(hub.region()),
                state.as_str(),
                state.symbol(),
                state.name(),
            );
            for count in [done, not_processed, failed, kept, pending, uncertain] {
                let _ =
                    write!(html, "<td>{}</td>", if count == 0 { "–".to_owned() } else { Grouped(count).to_string() });
            }
            let _ = write!(html, "<td>{}</td></tr>", Escaped(reason));
        }
        html
    }
}

fn cell(hub: &HubReport<'_>) -> String {
    let Summary { done, kept, failed, not_processed, pending, uncertain, .. } = hub.ledger.summary();
    let counts = [
        (done, "done"),
        (kept, "kept"),
        (failed, "failed"),
        (not_processed, "not processed"),
        (pending, "pending"),
        (uncertain, "uncertain"),
    ];
    let mut title = format!("{}: {}", hub.hub, hub.state.name());
    if let Some(parking) = hub.ledger.parking() {
        let _ = write!(title, ", {}", parking.cause());
    }
    for (count, name) in counts.iter().filter(|(count, _)| *count > 0) {
        let _ = write!(title, ", {count} {name}");
    }
    let (number, class, symbol) = (hub.number, hub.state.as_str(), hub.state.symbol());
    format!(r##"<td><a class="s-{class}" href="#hub-{number}" title="{}">{symbol}</a></td>"##, Escaped(title))
}

/// `1 region` or `34 regions`.
fn noun(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", Grouped(count as u64))
}

fn list(tag: &str, items: &[String]) -> String {
    items.iter().map(|item| format!("<{tag}>{}</{tag}>", Escaped(item))).collect()
}

/// A section, or nothing without content.
fn section(heading: &str, about: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!(
        "<section><h2>{heading}</h2><p class=\"about\">{about}</p><div class=\"card groups\">{content}</div></section>"
    )
}
