//! [`HtmlData`]: the entries in the form that the script of the page reads.

use std::{collections::BTreeMap, ptr};

use securityhub_invitations::AccountId;
use securityhub_invitations_sweep::{Reason, Step};
use serde::Serialize;

use super::Report;

/// The entries of a report. Consecutive entries with the same state are one run, so that an entry takes about 13 bytes.
#[derive(Serialize)]
pub(crate) struct HtmlData<'a> {
    /// Account and region of each hub.
    hubs: Vec<(AccountId, &'a str)>,
    /// Code, status and message of each reason.
    reasons: Vec<(Option<&'a str>, Option<u16>, &'a str)>,
    requests: Vec<&'a str>,
    runs: Vec<Run>,
}

/// Hub, state, certainty, reason, request and the ids as numbers.
type Run = (usize, &'static str, bool, Option<usize>, Option<usize>, Vec<u64>);

impl<'a> HtmlData<'a> {
    pub(crate) fn new(report: &Report<'a>) -> Self {
        let ledgers = report.ledger.hubs();
        let hubs = ledgers.iter().map(|hub| (hub.account(), hub.region().as_str())).collect();
        let mut data = Self { hubs, reasons: Vec::new(), requests: Vec::new(), runs: Vec::new() };
        let (mut reasons, mut requests) = (BTreeMap::new(), BTreeMap::new());
        for (number, hub) in ledgers.iter().enumerate() {
            let mut last: Option<(&'static str, bool, Option<&Reason>)> = None;
            for entry in hub.entries().filter(|entry| report.shows(entry)) {
                let Some(step) = entry.step(Step::Delete) else { continue };
                let reason = step.state.reason();
                let id = entry.id().as_str().parse().unwrap_or_default();
                let key = (step.state.as_str(), step.is_certain, reason);
                let is_same = last.is_some_and(|(state, is_certain, known)| {
                    (state, is_certain) == (key.0, key.1) && known.map(ptr::from_ref) == reason.map(ptr::from_ref)
                });
                match data.runs.last_mut() {
                    Some(run) if is_same => run.5.push(id),
                    _ => {
                        let text = reason.map(|reason| (reason.code(), reason.status(), reason.message()));
                        let text = text.map(|text| index(&mut data.reasons, &mut reasons, text));
                        let request = reason.and_then(Reason::request_id);
                        let request = request.map(|id| index(&mut data.requests, &mut requests, id));
                        data.runs.push((number, key.0, key.1, text, request, vec![id]));
                        last = Some(key);
                    }
                }
            }
        }
        data
    }

    /// Encodes the data so that nothing in it can end the script element.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string(self)?.replace('<', "\\u003c"))
    }
}

/// The position of a value in a list of distinct values.
fn index<T: Copy + Ord>(values: &mut Vec<T>, known: &mut BTreeMap<T, usize>, value: T) -> usize {
    *known.entry(value).or_insert_with(|| {
        values.push(value);
        values.len() - 1
    })
}
