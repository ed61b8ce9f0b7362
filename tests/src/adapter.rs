//! What an adapter's tests have to provide: a client made to a plan, and a report of what it did.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use securityhub_emulator::AccessKey;
use securityhub_invitations::{
    Call, DeleteInvitations, DeleteInvitationsOutput, Error, Failure, Region, RetryPolicy, SecurityHub,
};

/// An adapter under test: a client of its own, with connections of its own.
pub trait Adapter: Sized + Send + Sync + 'static {
    /// What the table is headed with.
    const NAME: &'static str;

    /// What its `User-Agent` begins with, up to the version. `None` where browsers send their own.
    const PRODUCT: Option<&'static str>;

    /// How long it takes, mostly, until a connection that served a call is there for the next one. Not zero where that
    /// is left to a task of its own: then a call at once may open another connection, and a test gives it time and some
    /// tries.
    const SETTLING: Duration = Duration::ZERO;

    /// A client made as the setup says.
    fn new(setup: &Setup) -> Self;

    /// The client that `Client::new` makes, with the proxy of the environment and built-in roots. Of the setup, only
    /// the hub counts.
    ///
    /// Never asked of an adapter that lacks [`Capability::Environment`].
    fn by_default(setup: &Setup) -> Self;

    /// Makes a call through the client's `delete_invitations`.
    fn call(&self, input: DeleteInvitations) -> Report;

    /// Drives a call that was made elsewhere, through the client's `send`.
    fn send(&self, call: Call) -> Report;

    /// Begins a call and cancels it when `when` returns. Returns once the adapter knows of no more work.
    ///
    /// Never asked of an adapter that lacks [`Capability::Cancel`].
    fn cancel(&self, input: DeleteInvitations, when: &mut dyn FnMut()) {
        let _ = (input, when);
        panic!("{} lacks it", Self::NAME);
    }

    /// The client's `Debug`.
    fn debug(&self) -> String;
}

/// What not every adapter can do. A case says which of these it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// HTTP/2, agreed on by ALPN.
    Http2,
    /// A call that is dropped or aborted ends there and then.
    Cancel,
    /// TLS with roots of one's own.
    OwnRoots,
    /// A proxy, set on the client.
    Proxy,
    /// A proxy that is taken from the environment.
    Environment,
    /// Names resolved by the test, which is how a default port is reached without binding it.
    OwnResolver,
    /// Spans and events of the crate `tracing`.
    Tracing,
}

impl Capability {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 7] =
        [Self::Http2, Self::Cancel, Self::OwnRoots, Self::Proxy, Self::Environment, Self::OwnResolver, Self::Tracing];

    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http2 => "HTTP/2",
            Self::Cancel => "cancel",
            Self::OwnRoots => "own TLS roots",
            Self::Proxy => "proxy",
            Self::Environment => "environment",
            Self::OwnResolver => "own resolver",
            Self::Tracing => "tracing",
        }
    }
}

/// How a client is to be made.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The endpoint.
    pub url: String,
    /// The secret access key of [`AccessKey::EXAMPLE_ID`].
    pub secret: String,
    /// With temporary credentials.
    pub session_token: Option<String>,
    /// The application's id.
    pub app_id: Option<String>,
    /// Attempts in all.
    pub attempts: u32,
    /// The longest backoff; there is no jitter.
    pub max_backoff: Duration,
    /// How long an attempt may take.
    pub attempt_timeout: Duration,
    /// How long a call may take.
    pub deadline: Option<Duration>,
    /// Certificates to trust, as DER, and no others.
    pub roots: Vec<Vec<u8>>,
    /// The proxy to go through. Without one there is none, whatever the environment says.
    pub proxy: Option<SocketAddr>,
    /// How names become addresses.
    pub names: Names,
    /// Whether the transport's own client is set up against all that the adapter promises.
    pub hostile: bool,
}

/// How names become addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// By the system: for `localhost` alone.
    System,
    /// Every name, with whatever port, is this address.
    AreAllAt(SocketAddr),
    /// No name is known.
    AreUnknown,
}

impl Setup {
    /// The region of every call.
    pub const REGION: &'static str = "us-east-1";

    /// A patient client for this endpoint, which does not wait long between attempts.
    #[must_use]
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            secret: AccessKey::EXAMPLE_SECRET.to_owned(),
            session_token: None,
            app_id: None,
            attempts: 3,
            max_backoff: Duration::from_millis(20),
            attempt_timeout: Duration::from_secs(20),
            deadline: None,
            roots: Vec::new(),
            proxy: None,
            names: Names::System,
            hostile: false,
        }
    }

    /// The region of every call.
    #[must_use]
    pub fn region() -> Region {
        Self::REGION.parse().expect("it is one")
    }

    /// The hub that the client is made with.
    #[must_use]
    pub fn hub(&self) -> SecurityHub {
        let var = |name: &str| match name {
            "AWS_REGION" => Some(Self::REGION.to_owned()),
            "AWS_ACCESS_KEY_ID" => Some(AccessKey::EXAMPLE_ID.to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(self.secret.clone()),
            "AWS_SESSION_TOKEN" => self.session_token.clone(),
            "AWS_ENDPOINT_URL" => Some(self.url.clone()),
            "AWS_SDK_UA_APP_ID" => self.app_id.clone(),
            _ => None,
        };
        let attempts = self.attempts.try_into().expect("1 attempt or more");
        let policy = RetryPolicy::standard().max_attempts(attempts).max_backoff(self.max_backoff).without_jitter();
        SecurityHub::from_vars(var).expect("the setup is a valid one").with_retry_policy(policy)
    }
}

/// What a call came to, and what was observed on the way.
#[derive(Debug)]
pub struct Report {
    /// The call's result.
    pub result: Result<DeleteInvitationsOutput, Failed>,
    /// What the client's observer was told.
    pub observed: Vec<Observed>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Report {
    /// Times a call. `observed` is asked for once it is over.
    pub fn of(
        call: impl FnOnce() -> Result<DeleteInvitationsOutput, Failed>,
        observed: impl FnOnce() -> Vec<Observed>,
    ) -> Self {
        let started = Instant::now();
        let result = call();
        Self { result, elapsed: started.elapsed(), observed: observed() }
    }

    /// The output of a call that is to succeed in `attempts` attempts.
    #[track_caller]
    pub fn output(&self, attempts: u32) -> &DeleteInvitationsOutput {
        match &self.result {
            Ok(output) => {
                assert_eq!(output.attempts(), attempts, "attempts");
                self.check_observed(attempts);
                output
            }
            Err(failed) => panic!("it was to succeed: {}", failed.text),
        }
    }

    /// Why a call failed that is to fail in `attempts` attempts.
    #[track_caller]
    pub fn why(&self, attempts: u32) -> &Why {
        match &self.result {
            Ok(output) => panic!("it was to fail: {output:?}"),
            Err(failed) => {
                assert_eq!(failed.attempts, attempts, "attempts of: {}", failed.text);
                self.check_observed(attempts);
                &failed.why
            }
        }
    }

    /// The service's error.
    #[track_caller]
    pub fn service_error(&self, attempts: u32) -> &Error {
        match self.why(attempts) {
            Why::Service(error) => {
                assert_eq!(error.attempts(), attempts, "attempts of: {error}");
                error
            }
            other => panic!("the service was to answer with an error, not: {other:?}"),
        }
    }

    /// What the failure of the transport means.
    #[track_caller]
    pub fn failure(&self, attempts: u32) -> Failure {
        match self.why(attempts) {
            Why::Transport(failure) => *failure,
            other => panic!("the transport was to fail, not: {other:?}"),
        }
    }

    /// One observation for each attempt, counted from 1, with a wait before each attempt but the first.
    #[track_caller]
    fn check_observed(&self, attempts: u32) {
        let numbers: Vec<u32> = self.observed.iter().map(|observed| observed.number).collect();
        assert_eq!(numbers, (1..=attempts).collect::<Vec<_>>(), "observed attempts");
        for observed in &self.observed {
            let is_last = observed.number == attempts;
            assert_eq!(observed.wait.is_none(), is_last, "a wait follows every attempt but the last: {observed:?}");
            assert_eq!(observed.why.is_none(), is_last && self.result.is_ok(), "{observed:?}");
        }
    }

    /// All that the adapter lets be seen of the call.
    #[must_use]
    pub fn texts(&self) -> String {
        let result = match &self.result {
            Ok(output) => format!("{output:?}"),
            Err(failed) => failed.text.clone(),
        };
        self.observed.iter().fold(result, |texts, observed| texts + "\n" + &observed.debug)
    }
}

/// An adapter's error, in terms that all of them share.
#[derive(Debug)]
pub struct Failed {
    /// Which error it is.
    pub why: Why,
    /// Its number of attempts.
    pub attempts: u32,
    /// Its `Display`, its `Debug`, and both of all its sources.
    pub text: String,
}

/// Which of its errors an adapter gives.
#[derive(Clone, Debug)]
pub enum Why {
    /// The service's.
    Service(Error),
    /// The transport's.
    Transport(Failure),
    /// A body over the cap.
    TooLarge,
    /// The deadline, and what the latest attempt failed with.
    Deadline(Option<Box<Self>>),
}

/// What a client's observer was told of an attempt.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The attempt's number.
    pub number: u32,
    /// Why it failed, if it did.
    pub why: Option<Why>,
    /// The wait before the next one.
    pub wait: Option<Duration>,
    /// The observation's `Debug`.
    pub debug: String,
}

/// `Display` and `Debug` of an error and of all its sources.
#[must_use]
pub fn text_of(error: &(dyn std::error::Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.take(20).map(|error| format!("{error}\n{error:?}\n")).collect()
}
