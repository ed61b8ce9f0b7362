//! [`Sweep`]: a run over all hubs of a plan.

use std::{collections::BTreeMap, fmt, mem, sync::Arc, time::Duration};

use securityhub_invitations::{
    DeclineInvitations, DeleteInvitations, DisassociateFromAdministratorAccount, GetAdministratorAccount,
    ListInvitations, ListMembers,
};

use crate::{
    event::{End, Event},
    event_error::EventError,
    flight::Flight,
    hub::HubId,
    hub_run::{Chunk, HubRun, Job, Need, pending},
    ledger::Ledger,
    next::SweepNext,
    outcome::ListPage,
    pacing::{Bucket, Pacing},
    parking::Parking,
    phase::{Phase, Question},
    plan::Plan,
    replay::Replay,
    schedule::Schedule,
    side::Side,
    step::Step,
    work::{Task, Work},
};

/// A run over all hubs of a plan. It decides what to call next, and keeps the ledger.
///
/// The run has two phases. First it lists everything. Then it waits for [`approve`](Self::approve), and acts on exactly the
/// entries that were found. At the end it lists hubs with uncertain or unprocessed entries again.
///
/// # The driver contract
///
/// - `elapsed` is the time since the sweep was created, on a monotonic clock.
/// - After every call of a method that takes `&mut self`, store what [`take_events`](Self::take_events) returns. The work that
///   [`next`](Self::next) returns may start only when the events are durable.
/// - Before every attempt of a call, retries included, call [`reserve`](Self::reserve) and wait.
/// - Report every result to [`finished`](Self::finished), in any order. Work can be done concurrently.
///
/// ```
/// use std::time::Duration;
/// use securityhub_invitations_sweep::{Hub, Plan, Side, Sweep, SweepError, SweepNext, SweepOperation, Task, Work};
///
/// fn run<O: SweepOperation>(sweep: &mut Sweep, task: Task<O>) {
///     let wait = sweep.reserve(task.hub, Duration::ZERO);
///     assert!(wait.is_zero());
///     // A driver calls `task.operation` in the hub here. This one has no network.
///     sweep.finished(task.ticket, Err(SweepError::not_sent("no network")));
/// }
///
/// let hub = Hub::new("111122223333".parse()?, "eu-central-1".parse()?);
/// let mut sweep = Sweep::new(Plan::new(Side::Member, vec![hub])?);
/// let SweepNext::Ready(work) = sweep.next(Duration::ZERO) else { panic!("there is a hub to list") };
/// let journal = sweep.take_events();
/// assert_eq!(journal.len(), 1);
/// match work {
///     Work::ListInvitations(task) => run(&mut sweep, task),
///     _ => panic!("the first request lists"),
/// }
/// assert!(matches!(sweep.next(Duration::ZERO), SweepNext::NotBefore(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sweep {
    pub(crate) replay: Replay,
    pub(crate) runs: Vec<HubRun>,
    pub(crate) schedule: Schedule,
    pub(crate) flights: BTreeMap<u64, Flight>,
    events: Vec<Event>,
    pacing: Pacing,
    has_full_buckets: bool,
    phase: Phase,
    pub(crate) stopping: Option<End>,
    /// The hubs that were unreachable, without any other result since the first of them.
    pub(crate) unreachable: Vec<HubId>,
    next_ticket: u64,
    /// Tells tickets of this run from those of earlier ones.
    pub(crate) run: u32,
    pub(crate) now: Duration,
}

impl fmt::Debug for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { phase, flights, replay, .. } = self;
        f.debug_struct("Sweep")
            .field("phase", phase)
            .field("in_flight", &flights.len())
            .field("ledger", replay.ledger())
            .finish_non_exhaustive()
    }
}

impl Sweep {
    /// Starts a run.
    #[must_use]
    pub fn new(plan: impl Into<Arc<Plan>>) -> Self {
        Self::for_attempt(plan, 0)
    }

    /// Starts a run for an engine that may have tried the plan before. `attempt` is the number of earlier attempts. Unless it is 0,
    /// every entry starts as uncertain.
    #[must_use]
    pub fn for_attempt(plan: impl Into<Arc<Plan>>, attempt: u32) -> Self {
        let mut sweep = Self::from_replay(Replay::new(plan.into()), attempt == 0, 0);
        sweep.emit(Event::Started { attempt });
        sweep
    }

    /// Resumes a run from its events. Requests without a result are uncertain, and parked hubs and failed entries are tried
    /// again. Without events, this starts a run.
    ///
    /// # Errors
    /// [`EventError`] if an event does not fit the plan.
    pub fn resume(plan: impl Into<Arc<Plan>>, events: impl IntoIterator<Item = Event>) -> Result<Self, EventError> {
        let mut replay = Replay::new(plan.into());
        let mut has_started = false;
        let mut run = 1;
        for event in events {
            replay.apply(&event)?;
            has_started = true;
            run += u32::from(event == Event::Resumed {});
        }
        let mut sweep = Self::from_replay(replay, false, run);
        sweep.emit(if has_started { Event::Resumed {} } else { Event::Started { attempt: 0 } });
        Ok(sweep)
    }

    fn from_replay(replay: Replay, has_full_buckets: bool, run: u32) -> Self {
        let mut sweep = Self {
            replay,
            runs: Vec::new(),
            schedule: Schedule::default(),
            flights: BTreeMap::new(),
            events: Vec::new(),
            pacing: Pacing::new(),
            has_full_buckets,
            phase: Phase::Listing,
            stopping: None,
            unreachable: Vec::new(),
            next_ticket: 0,
            run,
            now: Duration::ZERO,
        };
        let bucket = sweep.new_bucket();
        sweep.runs = sweep.plan().hubs().iter().map(|_| HubRun::new(bucket)).collect();
        sweep.enter(Phase::Listing);
        sweep
    }

    /// Sets the rate of requests in each hub, before the first request. Default: [`Pacing::new`].
    #[must_use]
    pub fn with_pacing(mut self, pacing: Pacing) -> Self {
        self.pacing = pacing;
        let bucket = self.new_bucket();
        for run in &mut self.runs {
            run.bucket = bucket;
        }
        self
    }

    fn new_bucket(&self) -> Bucket {
        if self.has_full_buckets { Bucket::FULL } else { Bucket::with_one_token(self.pacing) }
    }

    /// Returns the plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        self.replay.plan()
    }

    /// Returns the state of every entry.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        self.replay.ledger()
    }

    /// Returns the phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Returns the number of requests without a result.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Returns the events since the last call, in order.
    #[must_use = "events that are not stored are lost"]
    pub fn take_events(&mut self) -> Vec<Event> {
        mem::take(&mut self.events)
    }

    /// Takes a token of a hub, and returns the wait until the next attempt may be sent. Call it before every attempt.
    pub fn reserve(&mut self, hub: HubId, elapsed: Duration) -> Duration {
        self.now = self.now.max(elapsed);
        let now = self.now;
        self.runs.get_mut(hub.index()).map_or(Duration::ZERO, |run| run.bucket.take(self.pacing, now))
    }

    /// Returns the next thing to do.
    pub fn next(&mut self, elapsed: Duration) -> SweepNext {
        self.now = self.now.max(elapsed);
        loop {
            if matches!(self.phase, Phase::Approval | Phase::Ended) && self.stopping.is_none() {
                return SweepNext::Finished;
            }
            if let Some(end) = self.stopping {
                if !self.flights.is_empty() {
                    return SweepNext::Waiting;
                }
                self.stopping = None;
                if self.phase != Phase::Ended {
                    self.end(end);
                }
                return SweepNext::Finished;
            }
            while let Some(hub) = self.schedule.pop(self.now) {
                match self.need(hub) {
                    Need::Job(job) => {
                        let work = self.start(hub, job);
                        // Only chunks do not wait for each other.
                        if matches!(job, Job::Chunk(_)) {
                            self.schedule.push(hub);
                        }
                        if let Some(work) = work {
                            return SweepNext::Ready(work);
                        }
                    }
                    Need::Later(at) => self.schedule.delay(hub, at),
                    Need::Blocked => {}
                    Need::Idle => self.schedule.set_idle(hub),
                }
            }
            if !self.schedule.is_idle() || !self.flights.is_empty() {
                return self.schedule.next_at().map_or(SweepNext::Waiting, SweepNext::NotBefore);
            }
            self.leave_phase();
        }
    }

    fn need(&mut self, hub: HubId) -> Need {
        if self.replay.hub(hub).parking.is_some() {
            return Need::Idle;
        }
        let run = &mut self.runs[hub.index()];
        let need = match self.phase {
            Phase::Listing => run.listing_need(hub, &self.replay, self.now),
            Phase::Acting => run.acting_need(hub, &self.replay, self.now),
            Phase::Verifying => run.verifying_need(hub, &self.replay, self.now),
            Phase::Approval | Phase::Ended => Need::Idle,
        };
        let token_at = run.bucket.ready_at(self.pacing);
        if matches!(need, Need::Job(_)) && token_at > self.now { Need::Later(token_at) } else { need }
    }

    /// Turns a job into work. `None` if there is nothing left of it.
    fn start(&mut self, hub: HubId, job: Job) -> Option<Work> {
        let (run, number) = (self.run, self.next_ticket);
        let mut numbers = Vec::new();
        let work = match job {
            Job::Administrator | Job::VerifyAdministrator => {
                Work::GetAdministratorAccount(Task::new(GetAdministratorAccount::new(), hub, run, number))
            }
            Job::List | Job::VerifyList => match self.page(hub) {
                ListPage::Invitations(page) => Work::ListInvitations(Task::new(page, hub, run, number)),
                ListPage::Members(page) => Work::ListMembers(Task::new(page, hub, run, number)),
            },
            Job::Disassociate => {
                self.emit(Event::Sent { hub, step: Step::Disassociate, from: 0, count: 1 });
                let operation = DisassociateFromAdministratorAccount::new();
                Work::DisassociateFromAdministratorAccount(Task::new(operation, hub, run, number))
            }
            Job::Chunk(chunk) => {
                self.runs[hub.index()].start(chunk);
                let Chunk { step, from, count, .. } = chunk;
                numbers = pending(hub, step, from, from.saturating_add(count), &self.replay).collect();
                let entries = &self.replay.hub(hub).entries;
                let ids = numbers.iter().map(|number| entries[*number as usize].id);
                let work = if step == Step::Decline {
                    let operation = DeclineInvitations::from_account_ids(ids).ok()?;
                    Work::DeclineInvitations(Task::new(operation, hub, run, number))
                } else {
                    let operation = DeleteInvitations::from_account_ids(ids).ok()?;
                    Work::DeleteInvitations(Task::new(operation, hub, run, number))
                };
                self.emit(Event::Sent { hub, step, from, count });
                work
            }
        };
        self.next_ticket += 1;
        self.runs[hub.index()].in_flight += 1;
        self.flights.insert(number, Flight { hub, job, numbers });
        Some(work)
    }

    /// The page of a list at which a hub continues.
    fn page(&mut self, hub: HubId) -> ListPage {
        let first = || {
            let most = "50 is a valid page size";
            Box::new(match self.replay.plan().side() {
                Side::Member => ListPage::Invitations(ListInvitations::new().with_page_size(50).expect(most)),
                Side::Administrator { .. } => {
                    ListPage::Members(ListMembers::new().with_page_size(50).expect(most).with_only_associated(false))
                }
            })
        };
        (**self.runs[hub.index()].page.get_or_insert_with(first)).clone()
    }

    fn leave_phase(&mut self) {
        match self.phase {
            Phase::Listing => {
                let question = self.count_question();
                let is_open = question.ids > 0 || !question.administrators.is_empty();
                self.enter(if is_open { Phase::Approval } else { Phase::Acting });
            }
            Phase::Acting if self.plan().steps().verifies() => self.enter(Phase::Verifying),
            Phase::Acting | Phase::Verifying => self.end(End::Complete),
            Phase::Approval | Phase::Ended => {}
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        let hubs: Vec<HubId> = self.plan().numbered_hubs().map(|(id, _)| id).collect();
        self.schedule.restart(hubs.into_iter());
        for run in &mut self.runs {
            run.round = 0;
        }
    }

    fn end(&mut self, end: End) {
        self.phase = Phase::Ended;
        self.emit(Event::Ended { end });
    }

    /// Returns the question to confirm, in [`Phase::Approval`]. The caller can also approve without asking.
    #[must_use]
    pub fn question(&self) -> Option<Question> {
        (self.phase == Phase::Approval).then(|| self.count_question())
    }

    fn count_question(&self) -> Question {
        let mut question = Question { ids: 0, hubs: 0, administrators: Vec::new() };
        for (hub, _) in self.plan().numbered_hubs() {
            let ids = self.replay.unapproved(hub);
            question.ids += ids;
            question.hubs += u64::from(ids > 0);
            question.administrators.extend(self.replay.unapproved_administrator(hub).map(|id| (hub, id)));
        }
        question
    }

    /// Approves everything that was found, and starts the second phase. Returns false outside of [`Phase::Approval`].
    pub fn approve(&mut self) -> bool {
        let Some(question) = self.question() else { return false };
        self.emit(Event::Approved { ids: question.ids });
        self.enter(Phase::Acting);
        true
    }

    /// Starts no new request. The run ends when those in flight have a result.
    pub fn stop(&mut self) {
        if self.phase != Phase::Ended {
            self.stopping.get_or_insert(End::Stopped);
        }
    }

    /// Leaves a hub alone for the rest of the run. Results of requests in flight still count.
    pub fn park(&mut self, hub: HubId, parking: Parking) {
        if self.ledger().hub(hub).is_some_and(|ledger| ledger.parking.is_none()) {
            self.emit(Event::Parked { hub, parking });
            self.schedule.wake(hub);
        }
    }

    /// Leaves all unfinished hubs of a credential source alone for the rest of the run.
    pub fn park_source(&mut self, source: &str, parking: Parking) {
        self.emit(Event::SourceParked { source: source.into(), parking });
        let hubs: Vec<HubId> = self.replay.hubs_of_source(source).to_vec();
        for hub in hubs {
            self.schedule.wake(hub);
        }
    }

    /// Applies an event, and keeps it for the caller.
    pub(crate) fn emit(&mut self, event: Event) {
        self.replay.apply(&event).expect("a sweep's own events fit its plan");
        self.events.push(event);
    }
}
