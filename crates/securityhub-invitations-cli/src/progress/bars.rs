//! [`Bars`]: one bar for each account that is in progress, and one for the run.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use securityhub_invitations::AccountId;
use securityhub_invitations_sweep::{Phase, Sweep};

use super::tally::{Count, Tally};

/// The most bars of accounts at a time, so that the rest of the terminal stays readable.
const MAX_ACCOUNTS: usize = 10;

/// One bar for each account that is in progress, and one for the run.
pub(crate) struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    accounts: BTreeMap<AccountId, ProgressBar>,
}

impl Bars {
    pub(crate) fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let total = all.add(ProgressBar::new(0).with_style(style()));
        Self { all, total, accounts: BTreeMap::new() }
    }

    pub(crate) fn print(&self, line: &str) {
        // Nobody can read it if the terminal is gone.
        let _ = self.all.println(line);
    }

    pub(crate) fn update(&mut self, tally: &Tally, sweep: &Sweep) {
        let name = match sweep.phase() {
            Phase::Listing => "listing",
            Phase::Approval => "listed",
            Phase::Acting => "deleting",
            Phase::Verifying => "verifying",
            _ => "done",
        };
        show(&self.total, name, tally.total());
        self.total.set_message(format!("calls in flight: {}", sweep.in_flight()));
        let is_active = |count: &Count| !count.is_finished() && count.finished > 0;
        let removed = |account: &AccountId| tally.accounts().get(account).is_none_or(|count| count.is_finished());
        self.accounts.retain(|account, bar| {
            let is_removed = removed(account);
            if is_removed {
                bar.finish_and_clear();
                self.all.remove(bar);
            }
            !is_removed
        });
        for (account, count) in tally.accounts() {
            if !self.accounts.contains_key(account) && (self.accounts.len() >= MAX_ACCOUNTS || !is_active(count)) {
                continue;
            }
            let bar = self
                .accounts
                .entry(*account)
                .or_insert_with(|| self.all.insert_before(&self.total, ProgressBar::new(0).with_style(style())));
            show(bar, account.as_str(), *count);
        }
    }

    pub(crate) fn clear(&mut self) {
        for (_, bar) in std::mem::take(&mut self.accounts) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
        // The next phase shows it again.
        self.total.finish_and_clear();
        self.all.remove(&self.total);
        self.total = self.all.add(ProgressBar::new(0).with_style(style()));
    }
}

fn show(bar: &ProgressBar, name: &str, count: Count) {
    bar.set_prefix(name.to_owned());
    bar.set_length(count.total);
    bar.set_position(count.finished);
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:>12} {bar:30} {pos:>7}/{len:7} {msg}").expect("the template is valid")
}
