//! [`Run`]: drives a sweep with its journal, progress and confirmation.

use std::{
    future::ready,
    sync::Arc,
    time::{Duration, SystemTime},
};

use securityhub_invitations::{AccountId, DeleteInvitations};
use securityhub_invitations_hyper::SweepDriver;
use securityhub_invitations_sweep::{Event, Ledger, Phase, Plan, State, Sweep};
use tokio::time::Instant;

use crate::{
    clients::{Access, Clients},
    command_error::CommandError,
    interrupt::Interrupt,
    journal::Journal,
    progress::Reporter,
    question::Question,
    settings::CallSettings,
};

/// A run of the command, in its two phases.
pub(crate) struct Run {
    sweep: Sweep,
    journal: Option<Journal>,
    clients: Clients,
    reporter: Reporter,
    interrupt: Interrupt,
    settings: CallSettings,
    /// The events of lists. Only kept for `list`.
    found: Option<Vec<Event>>,
    /// The time after which no attempt starts.
    deadline: Option<Duration>,
}

/// The way in which a run goes on after listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// The user answers a question.
    Ask,
    /// The user has agreed in advance.
    Yes,
    /// Nothing is changed.
    DryRun,
}

impl Run {
    /// Prepares a run without a journal.
    pub(crate) fn new(sweep: Sweep, access: Access, settings: CallSettings) -> Result<Self, CommandError> {
        let reporter = Reporter::new(settings.progress);
        let clients = Clients::new(Arc::clone(sweep.plan()), access, settings, reporter.clone())?;
        let interrupt = Interrupt::listen({
            let reporter = reporter.clone();
            move || {
                let seconds = settings.attempt_timeout.as_secs_f64();
                let calls = reporter.in_flight();
                reporter.print(&format!(
                    "stopping: waiting at most {seconds} s for the calls in flight ({calls}). Press Ctrl-C again to stop at once"
                ));
            }
        });
        let interrupt = interrupt.map_err(|error| CommandError::usage(format!("cannot listen to signals: {error}")))?;
        let sweep = sweep.with_pacing(settings.pacing);
        Ok(Self { sweep, journal: None, clients, reporter, interrupt, settings, found: None, deadline: None })
    }

    /// Stores events before requests leave.
    pub(crate) fn with_journal(self, journal: Journal) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// Keeps the events of lists.
    pub(crate) fn with_found(self) -> Self {
        Self { found: Some(Vec::new()), ..self }
    }

    /// Stops after this time. Attempts in flight may take longer, by the attempt timeout at most.
    pub(crate) fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Lists, asks, acts and verifies. Returns after listing in a dry run.
    pub(crate) async fn execute(&mut self, confirmation: Confirmation) -> Result<(), CommandError> {
        let result = self.phases(confirmation).await;
        self.reporter.clear();
        result
    }

    async fn phases(&mut self, confirmation: Confirmation) -> Result<(), CommandError> {
        let _ticker = self.reporter.tick();
        let clients = self.clients.clone();
        let driver =
            SweepDriver::new(move |hub| clients.clone().client(hub)).with_concurrency(self.settings.concurrency);
        let driver = driver.on_progress({
            let reporter = self.reporter.clone();
            move |sweep: &Sweep| reporter.update(sweep)
        });
        let deadline = self.deadline.map(|deadline| Instant::now() + deadline);
        loop {
            self.reporter.update(&self.sweep);
            let interrupt = self.interrupt.wait();
            let stop = async move {
                match deadline {
                    // A timer is never ready at once.
                    Some(deadline) if deadline <= Instant::now() => {}
                    Some(deadline) => tokio::select! {
                        () = interrupt => {}
                        () = tokio::time::sleep_until(deadline) => {}
                    },
                    None => interrupt.await,
                }
            };
            let Self { sweep, journal, reporter, found, .. } = self;
            let persist = |events: Vec<Event>| {
                reporter.note(&events);
                // It blocks for the time of one write, and nothing may be sent before.
                let result = journal.as_mut().map_or(Ok(()), |journal| {
                    tokio::task::block_in_place(|| journal.append(&events, SystemTime::now()))
                });
                if let Some(found) = found {
                    found.extend(events);
                }
                ready(result)
            };
            let result = driver.run(sweep, stop, persist).await;
            reporter.update(sweep);
            // Whatever could not be stored is uncertain after a resume.
            result.map_err(|error| CommandError::not_tried(error.to_string()))?;
            if sweep.phase() != Phase::Approval || self.interrupt.is_set() || confirmation == Confirmation::DryRun {
                return Ok(());
            }
            self.reporter.clear();
            if confirmation == Confirmation::Ask
                && !Question::new(sweep, self.settings.pacing).ask(&self.interrupt).await
            {
                return Ok(());
            }
            sweep.approve();
        }
    }

    /// Returns the plan.
    pub(crate) fn plan(&self) -> &Plan {
        self.sweep.plan()
    }

    /// Returns the sweep.
    pub(crate) fn sweep(&self) -> &Sweep {
        &self.sweep
    }

    /// Returns the ledger.
    pub(crate) fn ledger(&self) -> &Ledger {
        self.sweep.ledger()
    }

    /// Returns the first request that the run would send after the question, without a signature.
    pub(crate) async fn first_request(&self) -> Option<String> {
        let plan = self.sweep.plan();
        for (id, _) in plan.numbered_hubs() {
            let ledger = self.sweep.ledger().hub(id).filter(|ledger| ledger.parking().is_none())?;
            let pending = ledger.entries().filter(|entry| entry.state() == State::Pending).map(|entry| entry.id());
            let ids: Vec<AccountId> = pending.take(plan.chunk_size().get() as usize).collect();
            let Ok(operation) = DeleteInvitations::from_account_ids(ids) else { continue };
            let client = self.clients.clone().client(id).await.ok()?;
            return Some(describe(&client.hub().unsigned_request(&operation)));
        }
        None
    }

    /// Returns the events of lists.
    pub(crate) fn found(&self) -> &[Event] {
        self.found.as_deref().unwrap_or_default()
    }

    /// Returns whether a signal stopped the run.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.is_set()
    }
}

/// Writes a request as in HTTP/1.1.
fn describe(request: &http::Request<bytes::Bytes>) -> String {
    let mut lines = vec![format!("{} {}", request.method(), request.uri())];
    lines.extend(request.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?"))));
    lines.extend([String::new(), String::from_utf8_lossy(request.body()).into_owned()]);
    lines.join("\n")
}
