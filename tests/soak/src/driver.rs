//! The calls of a soak.

use std::{
    error::Error as StdError,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use hyper_util::rt::TokioTimer;
use securityhub_emulator::{AccessKey, Emulator, Server};
use securityhub_invitations::{
    Attempt, CallError, Credentials, DeleteInvitations, Endpoint, Failure, GiveUpReason, Region, RetryPolicy,
    SecurityHub,
};
use securityhub_invitations_hyper::{Client, DefaultService, TransportError};
use tokio::{
    runtime::{self, Runtime},
    task::JoinSet,
};

use crate::{
    Report, Settings,
    faults::{ATTEMPT_TIMEOUT, Faults},
    ledger::Ledger,
    plan::{Plan, Planned, REGIONS},
    process::{self, Memory},
};

/// The reason why a soak did not finish.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Short, so that a soak takes only seconds.
const MAX_BACKOFF: Duration = Duration::from_millis(50);
/// The time that tasks and sockets may take to end after the last client is dropped.
const WIND_DOWN: Duration = Duration::from_secs(5);

/// Makes the calls, and compares the ledger with the server.
///
/// It measures the whole process, so run one soak at a time.
///
/// # Errors
/// If the system refuses threads or sockets, or if the time limit passes. In the latter case, the soak's threads continue.
pub fn run(settings: &Settings) -> Result<Report, BoxError> {
    let (sender, receiver) = mpsc::channel();
    let soak = {
        let settings = settings.clone();
        // The limit holds even if a task blocks a thread of the runtime forever.
        move || drop(sender.send(soak(&settings)))
    };
    let thread = thread::Builder::new().name("soak".to_owned()).spawn(soak)?;
    match receiver.recv_timeout(settings.time_limit) {
        Ok(report) => {
            // The thread has nothing left to do.
            let _ = thread.join();
            report
        }
        Err(mpsc::RecvTimeoutError::Timeout) => Err(format!("not finished after {:?}", settings.time_limit).into()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err("the soak panicked".into()),
    }
}

fn soak(settings: &Settings) -> Result<Report, BoxError> {
    let plan = Plan::new(settings);
    let regions = REGIONS.map(|name| name.parse::<Region>().expect("a region"));
    let faults = Arc::new(Faults::new(settings.seed));
    let emulator = emulator(plan, &regions, &faults);
    let server = Server::start(emulator.clone())?;
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;

    let job = Arc::new(Job {
        plan,
        trusts_every_response: settings.trusts_every_response,
        next: AtomicUsize::new(0),
        books: Mutex::new(Books::new(plan)),
    });
    let clients = clients(settings, &regions, &server)?;
    let before = Held::now(&server, &runtime);
    let started = Instant::now();
    runtime.block_on(work(&job, clients, settings.concurrency))?;
    let elapsed = started.elapsed();
    // Before this, requests that a client gave up on may still be in progress.
    let after = wind_down(&server, &runtime, &before);

    let left = regions.each_ref().map(|region| emulator.invitations(region));
    let books = lock(&job.books);
    let audit = books.ledger.audit(plan, |call, id| left[plan.region(call)].binary_search(&id.account).is_ok());
    Ok(Report {
        settings: settings.clone(),
        elapsed,
        connections: server.connections(),
        counters: emulator.counters(),
        faults: faults.played().collect(),
        audit,
        attempts: books.attempts,
        failed_calls: books.failed_calls,
        refused_by_quota: books.refused_by_quota,
        memory: (books.memory_early, books.memory_late),
        before,
        after,
    })
}

fn emulator(plan: Plan, regions: &[Region], faults: &Arc<Faults>) -> Emulator {
    let faults = Arc::clone(faults);
    let emulator =
        Emulator::builder().with_log_capacity(0).with_fault_source(move |number| faults.next(number)).build();
    for call in 0..plan.calls() {
        for id in plan.ids(call).filter(|id| id.is_invited) {
            emulator.invite(&regions[plan.region(call)], id.account);
        }
    }
    emulator
}

/// Creates one client for each region, with its own hub and retry quota. They share their connections.
fn clients(settings: &Settings, regions: &[Region], server: &Server) -> Result<Vec<Client>, BoxError> {
    let service = DefaultService::new().without_proxy();
    let policy = RetryPolicy::standard().with_max_backoff(MAX_BACKOFF).with_seed(settings.seed);
    let client = |region| {
        let endpoint = Endpoint::custom(region, &server.url())?;
        let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
        let hub = SecurityHub::new(endpoint, credentials).with_retry_policy(policy);
        let client = Client::with_service(hub, service.clone(), TokioTimer::new());
        Ok(client.with_attempt_timeout(ATTEMPT_TIMEOUT))
    };
    regions.iter().map(client).collect()
}

/// The state that the workers share.
struct Job {
    plan: Plan,
    trusts_every_response: bool,
    /// The next call to make.
    next: AtomicUsize,
    books: Mutex<Books>,
}

/// The results of the workers.
#[derive(Debug)]
struct Books {
    ledger: Ledger,
    attempts: Attempts,
    calls: usize,
    failed_calls: u64,
    refused_by_quota: u64,
    memory_early: Option<Memory>,
    memory_late: Option<Memory>,
}

impl Books {
    fn new(plan: Plan) -> Self {
        Self {
            ledger: Ledger::new(plan),
            attempts: Attempts::default(),
            calls: 0,
            failed_calls: 0,
            refused_by_quota: 0,
            memory_early: None,
            memory_late: None,
        }
    }
}

/// The results of attempts, of one call or of all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempts {
    pub(crate) total: u64,
    /// These certainly had no effect.
    pub(crate) not_sent: u64,
    pub(crate) timed_out: u64,
    pub(crate) interrupted: u64,
    pub(crate) waits: u32,
    pub(crate) waited: Duration,
}

impl Attempts {
    fn note(&mut self, attempt: &Attempt<'_, TransportError>) {
        self.total += 1;
        match attempt.result.err().and_then(CallError::failure) {
            None => {}
            Some(Failure::NotSent) => self.not_sent += 1,
            Some(Failure::TimedOut) => self.timed_out += 1,
            Some(_) => self.interrupted += 1,
        }
        self.waits += u32::from(attempt.wait.is_some());
        self.waited += attempt.wait.unwrap_or_default();
    }

    fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.not_sent += other.not_sent;
        self.timed_out += other.timed_out;
        self.interrupted += other.interrupted;
        self.waits += other.waits;
        self.waited += other.waited;
    }
}

async fn work(job: &Arc<Job>, clients: Vec<Client>, concurrency: usize) -> Result<(), BoxError> {
    let clients = Arc::<[Client]>::from(clients);
    let mut workers = JoinSet::new();
    for _ in 0..concurrency {
        let (job, clients) = (Arc::clone(job), Arc::clone(&clients));
        workers.spawn(async move {
            loop {
                let call = job.next.fetch_add(1, Ordering::Relaxed);
                if call >= job.plan.calls() {
                    return;
                }
                make(&job, &clients[job.plan.region(call)], call).await;
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended?;
    }
    Ok(())
}

/// Makes a call, and records its result.
async fn make(job: &Job, client: &Client, call: usize) {
    let ids: Vec<Planned> = job.plan.ids(call).collect();
    let input = DeleteInvitations::from_account_ids(ids.iter().map(|id| id.account)).expect("there are ids");
    let attempts = Arc::new(Mutex::new(Attempts::default()));
    let result = {
        let attempts = Arc::clone(&attempts);
        // An observer does not know the call, so this call has its own clone of the client.
        let client = client.clone().on_attempt(move |attempt| lock(&attempts).note(attempt));
        client.delete_invitations(input.clone()).await
    };
    let attempts = *lock(&attempts);

    let mut books = lock(&job.books);
    books.ledger.settle(&ids, &input, &result, job.trusts_every_response);
    books.attempts.add(&attempts);
    books.failed_calls += u64::from(result.is_err());
    books.refused_by_quota += u64::from(result.is_err_and(|error| was_refused_by_quota(&error)));
    books.calls += 1;
    if books.calls == job.plan.calls().div_ceil(4) {
        books.memory_early = Memory::now();
    }
    if books.calls == job.plan.calls() {
        books.memory_late = Memory::now();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether attempts were left, but the quota could not pay for a retry.
fn was_refused_by_quota(error: &CallError<TransportError>) -> bool {
    /// The standard policy's number.
    const MAX_ATTEMPTS: u32 = 3;
    match error {
        CallError::Service(error) => error.is_retryable() && error.attempts().is_some_and(|n| n < MAX_ATTEMPTS),
        CallError::Transport { give_up, .. } => *give_up == Some(GiveUpReason::Quota),
        _ => false,
    }
}

/// The resources that a leak would add to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) connections: usize,
    pub(crate) tasks: usize,
    /// `None` if it cannot be measured.
    pub(crate) files: Option<usize>,
}

impl Held {
    fn now(server: &Server, runtime: &Runtime) -> Self {
        Self {
            connections: server.open_connections(),
            tasks: runtime.metrics().num_alive_tasks(),
            files: process::open_files(),
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} connections, {} tasks, ", self.connections, self.tasks)?;
        match self.files {
            Some(files) => write!(f, "{files} files"),
            None => f.write_str("files not measured"),
        }
    }
}

/// Waits until the resources are the same as before.
fn wind_down(server: &Server, runtime: &Runtime, before: &Held) -> Held {
    let started = Instant::now();
    loop {
        let held = Held::now(server, runtime);
        if held == *before || started.elapsed() > WIND_DOWN {
            return held;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
