//! The soak itself.

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
    Credentials, DeleteInvitations, Endpoint, ErrorKind, Failure, Region, RetryPolicy, SecurityHub,
};
use securityhub_invitations_hyper::{Attempt, Client, DefaultService, Error};
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

/// Whatever kept a soak from its end.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Short, so that a soak takes seconds.
const MAX_BACKOFF: Duration = Duration::from_millis(50);
/// How long tasks and sockets may take to end after the last client is gone.
const WIND_DOWN: Duration = Duration::from_secs(5);

/// Makes the calls, compares the ledger with the server, and says how it went.
///
/// It measures the whole process: run one at a time.
///
/// # Errors
/// If the system refuses threads or sockets, and when the time limit passes. Then the soak's threads are left behind.
pub fn run(settings: &Settings) -> Result<Report, BoxError> {
    let (sender, receiver) = mpsc::channel();
    let soak = {
        let settings = settings.clone();
        // The limit holds even where a task blocks a thread of the runtime for good. After it, nobody listens.
        move || drop(sender.send(soak(&settings)))
    };
    let thread = thread::Builder::new().name("soak".to_owned()).spawn(soak)?;
    match receiver.recv_timeout(settings.time_limit) {
        Ok(report) => {
            // It has nothing left to do.
            let _ = thread.join();
            report
        }
        Err(mpsc::RecvTimeoutError::Timeout) => Err(format!("not done after {:?}", settings.time_limit).into()),
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
        trusts_every_answer: settings.trusts_every_answer,
        next: AtomicUsize::new(0),
        books: Mutex::new(Books::new(plan)),
    });
    let clients = clients(settings, &regions, &server)?;
    let before = Held::now(&server, &runtime);
    let started = Instant::now();
    runtime.block_on(work(&job, clients, settings.concurrency))?;
    let elapsed = started.elapsed();
    // No state is looked at before this: what a client gave up waiting for may still be under way.
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
    let emulator = Emulator::new().with_log_capacity(0).with_fault_source(move |number| faults.next(number));
    for call in 0..plan.calls() {
        for id in plan.ids(call).filter(|id| id.is_invited) {
            emulator.invite(&regions[plan.region(call)], id.account);
        }
    }
    emulator
}

/// One for each region, with a hub of its own and so a retry quota of its own. They share their connections.
fn clients(settings: &Settings, regions: &[Region], server: &Server) -> Result<Vec<Client>, BoxError> {
    let service = DefaultService::new().without_proxy();
    let policy = RetryPolicy::standard().max_backoff(MAX_BACKOFF).seed(settings.seed);
    let client = |region| {
        let endpoint = Endpoint::custom(region, &server.url())?;
        let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
        let hub = SecurityHub::new(endpoint, credentials).with_retry_policy(policy);
        let client = Client::with_service(hub, service.clone(), TokioTimer::new());
        Ok(client.with_attempt_timeout(ATTEMPT_TIMEOUT))
    };
    regions.iter().map(client).collect()
}

/// What the workers share.
struct Job {
    plan: Plan,
    trusts_every_answer: bool,
    /// The next call to make.
    next: AtomicUsize,
    books: Mutex<Books>,
}

/// What the workers write down.
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

/// What became of attempts: of those of one call, or of all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempts {
    pub(crate) total: u64,
    /// They certainly had no effect.
    pub(crate) not_sent: u64,
    pub(crate) timed_out: u64,
    pub(crate) interrupted: u64,
    pub(crate) waits: u32,
    pub(crate) waited: Duration,
}

impl Attempts {
    fn note(&mut self, attempt: &Attempt<'_>) {
        self.total += 1;
        match attempt.outcome {
            Ok(_) => {}
            Err(Error::Service(error)) if error.kind() != ErrorKind::Malformed => {}
            Err(Error::Transport(error)) if error.failure() == Failure::NotSent => self.not_sent += 1,
            Err(Error::Transport(error)) if error.failure() == Failure::TimedOut => self.timed_out += 1,
            // The connection broke, or what came is no whole answer.
            Err(_) => self.interrupted += 1,
        }
        self.waits += u32::from(attempt.wait.is_some());
        self.waited += attempt.wait.unwrap_or_default();
    }

    /// Whether one of them may have taken effect without an answer.
    fn has_gap(&self) -> bool {
        self.timed_out + self.interrupted > 0
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

/// Makes a call, and writes down what came of it.
async fn make(job: &Job, client: &Client, call: usize) {
    let ids: Vec<Planned> = job.plan.ids(call).collect();
    let input = DeleteInvitations::from_account_ids(ids.iter().map(|id| id.account)).expect("there are ids");
    let attempts = Arc::new(Mutex::new(Attempts::default()));
    let outcome = {
        let attempts = Arc::clone(&attempts);
        // An observer is told of attempts and not of which call: a clone of the client has this call alone.
        let client = client.clone().on_attempt(move |attempt| lock(&attempts).note(attempt));
        client.delete_invitations(input).await
    };
    let attempts = *lock(&attempts);

    let mut books = lock(&job.books);
    books.ledger.settle(&ids, &outcome, attempts.has_gap() && !job.trusts_every_answer);
    books.attempts.add(&attempts);
    books.failed_calls += u64::from(outcome.is_err());
    books.refused_by_quota += u64::from(outcome.is_err_and(|error| was_refused_by_quota(&error)));
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

/// Whether attempts were left, and the retry could not be paid. There are no certificates and no deadlines here.
fn was_refused_by_quota(error: &Error) -> bool {
    /// The standard policy's.
    const MAX_ATTEMPTS: u32 = 3;
    let is_retryable = match error {
        Error::Service(error) => error.is_retryable(),
        Error::Transport(_) => true,
        _ => false,
    };
    is_retryable && error.attempts() < MAX_ATTEMPTS
}

/// What a leak would add to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) connections: usize,
    pub(crate) tasks: usize,
    /// `None` where it cannot be measured.
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

/// Waits until all is as it was before.
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
