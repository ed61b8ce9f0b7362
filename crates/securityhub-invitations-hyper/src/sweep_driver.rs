//! [`SweepDriver`]: runs a sweep over clients.

use std::{
    fmt,
    future::{Future, pending, poll_fn},
    num::NonZeroUsize,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::Poll,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{Either, Shared, select},
    stream::FuturesUnordered,
};
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use hyper::rt::Timer;
use securityhub_invitations::{Call, Next};
use securityhub_invitations_sweep::{
    Event, HubId, Parking, ParkingCause, Sweep, SweepError, SweepNext, SweepOperation, Task, Work,
};
use tower_service::Service;

use crate::{Client, client::Settings, transport_error::BoxError};

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
    timer: Arc<dyn Timer + Send + Sync>,
    started: OnceLock<Instant>,
    concurrency: NonZeroUsize,
    on_progress: Option<Box<Observer>>,
}

type Observer = dyn Fn(&Sweep) + Send + Sync;

impl<C> SweepDriver<C> {
    /// Creates a driver for clients on tokio.
    #[cfg(feature = "default-client")]
    #[must_use]
    pub fn new<F, S>(clients: C) -> Self
    where
        C: Fn(HubId) -> F,
        F: Future<Output = Result<Client<S>, Parking>>,
    {
        Self::with_timer(clients, crate::runtime::RuntimeTimer::new())
    }

    /// Creates a driver for clients on any runtime. The timer serves the pace, and the waits between attempts.
    #[must_use]
    pub fn with_timer<F, S>(clients: C, timer: impl Timer + Send + Sync + 'static) -> Self
    where
        C: Fn(HubId) -> F,
        F: Future<Output = Result<Client<S>, Parking>>,
    {
        const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not 0");
        let timer = Arc::new(timer);
        Self { clients, timer, started: OnceLock::new(), concurrency: CONCURRENCY, on_progress: None }
    }

    /// Sets the most calls at a time, including those that wait. Default: 64.
    #[must_use]
    pub fn with_concurrency(self, concurrency: NonZeroUsize) -> Self {
        Self { concurrency, ..self }
    }

    /// Calls `observer` whenever events have been stored. It must not block.
    #[must_use]
    pub fn on_progress(self, observer: impl Fn(&Sweep) + Send + Sync + 'static) -> Self {
        Self { on_progress: Some(Box::new(observer)), ..self }
    }

    /// Runs the sweep until it [asks a question](securityhub_invitations_sweep::Phase::Approval) or ends. Run it again after
    /// [`Sweep::approve`].
    ///
    /// - `persist` stores a batch of events, in order. Requests of a batch leave when it has returned. Earlier calls continue
    ///   meanwhile.
    /// - When `stop` is ready, no attempt starts any more, and calls that wait end at once. The run ends when the attempts in
    ///   flight have a result, at the latest after the attempt timeout.
    /// - Dropping the future cancels all calls. No request has left without a stored event.
    ///
    /// After an error, and after the future was dropped, the sweep is stopped and lacks results. Resume it from the stored
    /// events. If it is run again, no request leaves.
    ///
    /// # Errors
    /// The error of `persist`. All calls are cancelled.
    pub async fn run<F, S, B, P, R, E>(
        &self,
        sweep: &mut Sweep,
        stop: impl Future<Output = ()>,
        mut persist: P,
    ) -> Result<(), E>
    where
        C: Fn(HubId) -> F,
        F: Future<Output = Result<Client<S>, Parking>>,
        S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
        B: Body<Error: Into<BoxError>>,
        P: FnMut(Vec<Event>) -> R,
        R: Future<Output = Result<(), E>>,
    {
        let mut run = Run {
            driver: self,
            started: *self.started.get_or_init(|| self.timer.now()),
            stop: stop.shared(),
            sweep: Mutex::new(sweep),
            is_over: false,
        };
        let result = run.run(&mut persist).await;
        run.is_over = result.is_ok();
        result
    }
}

/// One run of a driver.
struct Run<'a, C, Stop: Future<Output = ()>> {
    driver: &'a SweepDriver<C>,
    started: Instant,
    stop: Shared<Stop>,
    /// Never locked across an await.
    sweep: Mutex<&'a mut Sweep>,
    is_over: bool,
}

impl<'a, C, Stop: Future<Output = ()>> Run<'a, C, Stop> {
    async fn run<F, S, B, P, R, E>(&self, persist: &mut P) -> Result<(), E>
    where
        C: Fn(HubId) -> F,
        F: Future<Output = Result<Client<S>, Parking>>,
        S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
        B: Body<Error: Into<BoxError>>,
        P: FnMut(Vec<Event>) -> R,
        R: Future<Output = Result<(), E>>,
    {
        let mut calls = FuturesUnordered::new();
        let mut stopped = self.stop.clone().fuse();
        loop {
            let in_flight = calls.len();
            let (batch, next, events) = self.batch(in_flight);
            // Without a call, nothing can end the waiting: the calls of an earlier run were cancelled.
            let is_lost = matches!(next, SweepNext::Waiting) && batch.is_empty() && in_flight == 0;
            if !events.is_empty() {
                let mut stored = pin!(persist(events));
                poll_fn(|context| {
                    while let Poll::Ready(Some(())) = calls.poll_next_unpin(context) {}
                    stored.as_mut().poll(context)
                })
                .await?;
                if let Some(on_progress) = &self.driver.on_progress {
                    on_progress(&self.lock());
                }
            }
            if is_lost || matches!(next, SweepNext::Finished) {
                return Ok(());
            }
            let has_result = calls.len() < in_flight;
            calls.extend(batch.into_iter().map(|work| self.make(work)));
            if has_result {
                continue;
            }
            let mut due = pin!(async {
                match next {
                    SweepNext::NotBefore(at) => self.sleep(at.saturating_sub(self.elapsed())).await,
                    _ => pending().await,
                }
            });
            poll_fn(|context| {
                let is_stopped = stopped.poll_unpin(context).is_ready();
                let in_flight = calls.len();
                while let Poll::Ready(Some(())) = calls.poll_next_unpin(context) {}
                let is_due = due.as_mut().poll(context).is_ready();
                if is_stopped || is_due || calls.len() < in_flight { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    /// Takes all work that is ready, and the events to store before it.
    fn batch(&self, in_flight: usize) -> (Vec<Work>, SweepNext, Vec<Event>) {
        let mut sweep = self.lock();
        if self.is_stopped() {
            sweep.stop();
        }
        let room = self.driver.concurrency.get().saturating_sub(in_flight);
        let mut batch = Vec::new();
        let next = loop {
            if batch.len() >= room {
                break SweepNext::Waiting;
            }
            match sweep.next(self.elapsed()) {
                SweepNext::Ready(work) => batch.push(work),
                next => break next,
            }
        };
        (batch, next, sweep.take_events())
    }

    async fn make<F, S, B>(&self, work: Work)
    where
        C: Fn(HubId) -> F,
        F: Future<Output = Result<Client<S>, Parking>>,
        S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
        B: Body<Error: Into<BoxError>>,
    {
        match work {
            Work::ListInvitations(task) => self.call(task).await,
            Work::ListMembers(task) => self.call(task).await,
            Work::GetAdministratorAccount(task) => self.call(task).await,
            Work::DisassociateFromAdministratorAccount(task) => self.call(task).await,
            Work::DeclineInvitations(task) => self.call(task).await,
            Work::DeleteInvitations(task) => self.call(task).await,
        }
    }

    async fn call<O: SweepOperation, F, S, B>(&self, task: Task<O>)
    where
        C: Fn(HubId) -> F,
        F: Future<Output = Result<Client<S>, Parking>>,
        S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
        B: Body<Error: Into<BoxError>>,
    {
        let Task { operation, hub, ticket, .. } = task;
        let client = pin!((self.driver.clients)(hub));
        let result = match select(self.stop.clone(), client).await {
            Either::Left(_) => Err(stopped()),
            Either::Right((Err(parking), _)) => {
                let error = SweepError::not_sent(parking.reason().message());
                self.park(hub, parking);
                Err(error)
            }
            Either::Right((Ok(client), _)) => {
                let call = client.hub().call(operation);
                let Client { service, settings, .. } = client;
                #[cfg(feature = "tracing")]
                let span = crate::trace::span(&call);
                let attempts = self.attempts(hub, call, service, settings);
                #[cfg(feature = "tracing")]
                let attempts = tracing::Instrument::instrument(attempts, span);
                attempts.await
            }
        };
        self.lock().finished(ticket, result);
    }

    /// Makes a call as [`Client::send`] does, with a token for each attempt, until the run is stopped.
    async fn attempts<O: SweepOperation, S, B>(
        &self,
        hub: HubId,
        call: Call<O>,
        service: S,
        settings: Settings,
    ) -> Result<O::Output, SweepError>
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
        B: Body<Error: Into<BoxError>>,
    {
        if !self.may_start(hub, Duration::ZERO).await {
            return Err(stopped());
        }
        // The first token does not count towards the deadline of the call.
        let (mut driver, started) = settings.driver(call);
        loop {
            let mut error = None;
            let attempt = settings.attempt(service.clone(), driver, started, |failed| error = Some(failed.into()));
            match attempt.await? {
                Next::Done(result) => return result.map_err(SweepError::from),
                Next::Wait(wait, _) if !self.may_start(hub, wait).await => return Err(error.unwrap_or_else(stopped)),
                Next::Wait(_, next) => driver = next,
            }
        }
    }

    /// Waits before an attempt, first for `wait` and then for a token. Returns false if the run is stopped.
    async fn may_start(&self, hub: HubId, wait: Duration) -> bool {
        self.pause(wait).await && {
            let wait = self.lock().reserve(hub, self.elapsed());
            self.pause(wait).await
        }
    }

    async fn pause(&self, wait: Duration) -> bool {
        if !wait.is_zero() {
            select(self.stop.clone(), pin!(self.sleep(wait))).await;
        }
        !self.is_stopped()
    }

    /// A run parks before it reports the result, so that the call is not queued again.
    fn park(&self, hub: HubId, parking: Parking) {
        let mut sweep = self.lock();
        if sweep.ledger().hub(hub).is_none_or(|ledger| ledger.parking().is_some()) {
            return;
        }
        let source = sweep.plan().hub(hub).map(|hub| hub.source().to_owned());
        if let Some(source) = source.filter(|_| parking.cause() == ParkingCause::Credentials) {
            sweep.park_source(&source, parking.clone());
        }
        // A hub that has nothing left but a check is not parked with its source.
        sweep.park(hub, parking);
    }

    async fn sleep(&self, wait: Duration) {
        self.driver.timer.sleep(wait).await;
    }

    fn is_stopped(&self) -> bool {
        self.stop.clone().now_or_never().is_some()
    }

    fn elapsed(&self) -> Duration {
        self.driver.timer.now().saturating_duration_since(self.started)
    }

    fn lock(&self) -> MutexGuard<'_, &'a mut Sweep> {
        self.sweep.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C, Stop: Future<Output = ()>> Drop for Run<'_, C, Stop> {
    fn drop(&mut self) {
        if !self.is_over {
            self.lock().stop();
        }
    }
}

fn stopped() -> SweepError {
    SweepError::not_sent("stopped")
}

impl<C> fmt::Debug for SweepDriver<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SweepDriver").field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}
