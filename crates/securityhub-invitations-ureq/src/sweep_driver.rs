//! [`SweepDriver`]: runs a sweep over clients.

use std::{
    fmt,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use securityhub_invitations::{Driver, Next};
use securityhub_invitations_sweep::{
    Event, HubId, Parking, ParkingCause, Sweep, SweepError, SweepNext, SweepOperation, Task, Work,
};

use crate::{Client, Stop};

/// Runs a [`Sweep`] over clients: many calls at a time, the pace of each hub, and events that are stored before a request
/// leaves.
///
/// `clients` returns the client of a hub. It is asked before every call, so that credentials can be refreshed. Calls of one
/// account can ask at the same time. If it fails because of [`ParkingCause::Credentials`], all hubs with the same credential
/// source are parked. Otherwise only the hub is parked.
///
/// The limits, the observer and the tracing of a client apply to its calls. Attempts of all clients are paced by the sweep.
///
/// The clock of the sweep starts with the first [`run`](Self::run). Use one driver for one sweep.
pub struct SweepDriver<C> {
    clients: C,
    started: OnceLock<Instant>,
    concurrency: NonZeroUsize,
    on_progress: Option<Box<Observer>>,
}

type Observer = dyn Fn(&Sweep) + Send + Sync;

impl<C: Fn(HubId) -> Result<Client, Parking> + Sync> SweepDriver<C> {
    /// Creates a driver.
    #[must_use]
    pub fn new(clients: C) -> Self {
        const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(16).expect("16 is not 0");
        Self { clients, started: OnceLock::new(), concurrency: CONCURRENCY, on_progress: None }
    }

    /// Sets the most calls at a time, including those that wait. Each has a thread. Default: 16.
    #[must_use]
    pub fn with_concurrency(self, concurrency: NonZeroUsize) -> Self {
        Self { concurrency, ..self }
    }

    /// Calls `observer` whenever events have been stored, on the thread of the run.
    #[must_use]
    pub fn on_progress(self, observer: impl Fn(&Sweep) + Send + Sync + 'static) -> Self {
        Self { on_progress: Some(Box::new(observer)), ..self }
    }

    /// Runs the sweep until it [asks a question](securityhub_invitations_sweep::Phase::Approval) or ends. Run it again after
    /// [`Sweep::approve`].
    ///
    /// - `persist` stores a batch of events, in order. Requests of a batch leave when it has returned. Earlier calls continue
    ///   meanwhile.
    /// - When `stop` is set, no attempt starts any more, and calls that wait end at once. The run ends when `clients` has
    ///   returned and the attempts in flight have a result, at the latest after the attempt timeout.
    ///
    /// # Errors
    /// The error of `persist`. It also sets `stop`, because no request may leave without a stored event. The results of attempts
    /// in flight are in the sweep, but not stored. Resume a sweep from the stored events. If this one is run again, no request
    /// leaves.
    ///
    /// # Panics
    /// If a closure or an observer panics, or if the system refuses a thread. The panic also sets `stop`.
    pub fn run<E>(
        &self,
        sweep: &mut Sweep,
        stop: &Stop,
        mut persist: impl FnMut(Vec<Event>) -> Result<(), E>,
    ) -> Result<(), E> {
        let started = *self.started.get_or_init(Instant::now);
        let run = Run { driver: self, started, stop, sweep: Mutex::new(sweep) };
        let (work, queue) = channel();
        let queue = Mutex::new(queue);
        thread::scope(|scope| {
            let result = catch_unwind(AssertUnwindSafe(|| {
                run.run(&mut persist, &work, |results| {
                    scope.spawn(|| run.work(&queue, results));
                })
            }));
            if !matches!(result, Ok(Ok(()))) {
                stop.stop();
                run.lock().stop();
            }
            // Ends the idle threads.
            drop(work);
            result.unwrap_or_else(|panic| resume_unwind(panic))
        })
    }
}

/// One run of a driver.
struct Run<'a, C> {
    driver: &'a SweepDriver<C>,
    started: Instant,
    stop: &'a Stop,
    /// Never locked during a call.
    sweep: Mutex<&'a mut Sweep>,
}

/// The end of a call. Its result is in the sweep already.
type Ended = thread::Result<()>;

impl<'a, C: Fn(HubId) -> Result<Client, Parking> + Sync> Run<'a, C> {
    fn run<E>(
        &self,
        persist: &mut impl FnMut(Vec<Event>) -> Result<(), E>,
        work: &Sender<Work>,
        spawn: impl Fn(Sender<Ended>),
    ) -> Result<(), E> {
        let (sender, results) = channel::<Ended>();
        let (mut in_flight, mut threads) = (0, 0);
        loop {
            let (batch, next, events) = self.batch(in_flight);
            // Without a call, nothing can end the waiting: the calls of an earlier run have failed.
            let is_lost = matches!(next, SweepNext::Waiting) && batch.is_empty() && in_flight == 0;
            if !events.is_empty() {
                persist(events)?;
                if let Some(on_progress) = &self.driver.on_progress {
                    on_progress(&self.lock());
                }
            }
            if is_lost || matches!(next, SweepNext::Finished) {
                return Ok(());
            }
            in_flight += batch.len();
            while threads < in_flight {
                spawn(sender.clone());
                threads += 1;
            }
            for call in batch {
                work.send(call).expect("the run has the receiver");
            }
            let first = match next {
                SweepNext::NotBefore(at) => {
                    let wait = at.saturating_sub(self.started.elapsed());
                    if in_flight == 0 {
                        self.stop.sleep(wait);
                        continue;
                    }
                    results.recv_timeout(wait).ok()
                }
                _ => results.recv().ok(),
            };
            for result in first.into_iter().chain(results.try_iter()) {
                in_flight -= 1;
                result.unwrap_or_else(|panic| resume_unwind(panic));
            }
        }
    }

    /// Takes all work that is ready, and the events to store before it.
    fn batch(&self, in_flight: usize) -> (Vec<Work>, SweepNext, Vec<Event>) {
        let mut sweep = self.lock();
        if self.stop.is_stopped() {
            sweep.stop();
        }
        let room = self.driver.concurrency.get().saturating_sub(in_flight);
        let mut batch = Vec::new();
        let next = loop {
            if batch.len() >= room {
                break SweepNext::Waiting;
            }
            match sweep.next(self.started.elapsed()) {
                SweepNext::Ready(work) => batch.push(work),
                next => break next,
            }
        };
        (batch, next, sweep.take_events())
    }

    /// Makes calls until the run ends.
    #[expect(clippy::needless_pass_by_value, reason = "the thread owns it")]
    fn work(&self, queue: &Mutex<Receiver<Work>>, results: Sender<Ended>) {
        loop {
            let Ok(work) = queue.lock().unwrap_or_else(PoisonError::into_inner).recv() else { return };
            // A panic ends the run, instead of a result that it waits for.
            let result = catch_unwind(AssertUnwindSafe(|| self.make(work)));
            if results.send(result).is_err() {
                return;
            }
        }
    }

    fn make(&self, work: Work) {
        match work {
            Work::ListInvitations(task) => self.call(task),
            Work::ListMembers(task) => self.call(task),
            Work::GetAdministratorAccount(task) => self.call(task),
            Work::DisassociateFromAdministratorAccount(task) => self.call(task),
            Work::DeclineInvitations(task) => self.call(task),
            Work::DeleteInvitations(task) => self.call(task),
        }
    }

    fn call<O: SweepOperation>(&self, task: Task<O>) {
        let Task { operation, hub, ticket, .. } = task;
        let result = self.result(hub, operation);
        self.lock().finished(ticket, result);
    }

    /// Makes a call as [`Client::send`] does, with a token for each attempt, until the run is stopped.
    fn result<O: SweepOperation>(&self, hub: HubId, operation: O) -> Result<O::Output, SweepError> {
        let stopped = || SweepError::not_sent("stopped");
        if self.stop.is_stopped() {
            return Err(stopped());
        }
        let client = (self.driver.clients)(hub).map_err(|parking| self.park(hub, parking))?;
        let call = client.hub().call(operation);
        #[cfg(feature = "tracing")]
        let _span = crate::trace::span(&call).entered();
        if !self.may_start(hub, Duration::ZERO) {
            return Err(stopped());
        }
        // The first token does not count towards the deadline of the call.
        let started = Instant::now();
        let mut driver = Driver::new(call, client.limits());
        loop {
            let mut error = None;
            match client.attempt(driver, started, |failed| error = Some(failed.into()))? {
                Next::Done(result) => return result.map_err(SweepError::from),
                Next::Wait(wait, _) if !self.may_start(hub, wait) => return Err(error.unwrap_or_else(stopped)),
                Next::Wait(_, next) => driver = next,
            }
        }
    }

    /// Waits before an attempt, first for `wait` and then for a token. Returns false if the run is stopped.
    fn may_start(&self, hub: HubId, wait: Duration) -> bool {
        self.stop.sleep(wait) && {
            let wait = self.lock().reserve(hub, self.started.elapsed());
            self.stop.sleep(wait)
        }
    }

    /// Parks a hub or its credential source, and returns the error of its call. Until the call is finished, the hub is parked, so
    /// that the call is not queued again.
    fn park(&self, hub: HubId, parking: Parking) -> SweepError {
        let error = SweepError::not_sent(parking.reason().message());
        let mut sweep = self.lock();
        if sweep.ledger().hub(hub).is_none_or(|ledger| ledger.parking().is_some()) {
            return error;
        }
        let source = sweep.plan().hub(hub).map(|hub| hub.source().to_owned());
        if let Some(source) = source.filter(|_| parking.cause() == ParkingCause::Credentials) {
            sweep.park_source(&source, parking.clone());
        }
        // A hub that has nothing left but a check is not parked with its source.
        sweep.park(hub, parking);
        error
    }

    fn lock(&self) -> MutexGuard<'_, &'a mut Sweep> {
        self.sweep.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> fmt::Debug for SweepDriver<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SweepDriver").field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}
