//! The interface between the suite and an adapter: a client built from a setup, and a report of each call.

use std::{
    fmt::{Debug, Display},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use securityhub_emulator::AccessKey;
use securityhub_invitations::{
    Attempt, Call, CallError, ConfigError, DeclineInvitations, DeclineInvitationsOutput, DeleteInvitations,
    DeleteInvitationsOutput, DisassociateFromAdministratorAccount, DisassociateFromAdministratorAccountOutput, Error,
    ExchangeError, Failure, GetAdministratorAccount, GetAdministratorAccountOutput, ListInvitations,
    ListInvitationsOutput, ListMembers, ListMembersOutput, Operation, Region, RetryPolicy, SecurityHub,
};

/// An adapter under test: a client with its own connections.
pub trait Adapter: Sized + Send + Sync + 'static {
    /// The heading of the table.
    const NAME: &'static str;

    /// The beginning of its `User-Agent`, up to the version. `None` for browsers, which send their own.
    const PRODUCT: Option<&'static str>;

    /// The time after which the connection of a finished call is usually available for the next one.
    ///
    /// Not zero if a separate task returns connections to the pool. A call that starts at once may then open another connection,
    /// so tests wait and retry.
    const SETTLING: Duration = Duration::ZERO;

    /// Creates a client for the setup.
    fn new(setup: &Setup) -> Self;

    /// Creates the client of `Client::new`, with the proxy of the environment and built-in root certificates. Only the setup's
    /// hub counts.
    ///
    /// Never called for an adapter that lacks [`Capability::Environment`].
    fn by_default(setup: &Setup) -> Self;

    /// Calls `Client::from_env`.
    ///
    /// Never called for an adapter that lacks [`Capability::Environment`].
    ///
    /// # Errors
    /// The client's error.
    fn from_env() -> Result<Self, ConfigError>;

    /// Calls the client's `delete_invitations`.
    fn call(&self, operation: DeleteInvitations) -> Report;

    /// Calls the client's `decline_invitations`.
    fn decline_invitations(&self, operation: DeclineInvitations) -> Report<DeclineInvitationsOutput>;

    /// Calls the client's `list_invitations`.
    fn list_invitations(&self, operation: ListInvitations) -> Report<ListInvitationsOutput>;

    /// Calls the client's `list_members`.
    fn list_members(&self, operation: ListMembers) -> Report<ListMembersOutput>;

    /// Calls the client's `get_administrator_account`.
    fn get_administrator_account(&self, operation: GetAdministratorAccount) -> Report<GetAdministratorAccountOutput>;

    /// Calls the client's `disassociate_from_administrator_account`.
    fn disassociate_from_administrator_account(
        &self,
        operation: DisassociateFromAdministratorAccount,
    ) -> Report<DisassociateFromAdministratorAccountOutput>;

    /// Sends a call that was created with another hub through the client's `send`.
    fn send<O: Operation>(&self, call: Call<O>) -> Report<O::Output>;

    /// Calls the client's `exchange`. The transport's error becomes its message.
    ///
    /// # Errors
    /// The client's error.
    fn exchange(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, ExchangeError<String>>;

    /// Starts a call and cancels it when `when` returns. Returns once the adapter has no more work in flight.
    ///
    /// Never called for an adapter that lacks [`Capability::Cancel`].
    fn cancel(&self, operation: DeleteInvitations, when: &mut dyn FnMut()) {
        let _ = (operation, when);
        panic!("{} lacks it", Self::NAME);
    }

    /// Returns the client's `Debug` output.
    fn debug(&self) -> String;
}

/// A capability that not every adapter has. A case declares the one that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// HTTP/2, negotiated by ALPN.
    Http2,
    /// A call that is dropped or aborted ends at once.
    Cancel,
    /// TLS with custom root certificates.
    OwnRoots,
    /// A proxy that is set on the client.
    Proxy,
    /// Settings and a proxy that are read from the environment.
    Environment,
    /// Names resolved by the test. A default port can then be reached without binding it.
    OwnResolver,
    /// A silent address is skipped, in favour of the next one.
    Fallback,
    /// A connection is not used again after a timeout or a 5xx status.
    FreshConnections,
    /// All time limits hold for proxies and name resolution, and errors name the step of the connection and the proxy.
    ConnectionSteps,
    /// Spans and events of the crate `tracing`.
    Tracing,
}

impl Capability {
    /// All capabilities, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Http2,
        Self::Cancel,
        Self::OwnRoots,
        Self::Proxy,
        Self::Environment,
        Self::OwnResolver,
        Self::Fallback,
        Self::FreshConnections,
        Self::ConnectionSteps,
        Self::Tracing,
    ];

    /// Returns the capability's name in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http2 => "HTTP/2",
            Self::Cancel => "cancel",
            Self::OwnRoots => "own TLS roots",
            Self::Proxy => "proxy",
            Self::Environment => "environment",
            Self::OwnResolver => "own resolver",
            Self::Fallback => "next address",
            Self::FreshConnections => "fresh connections",
            Self::ConnectionSteps => "connection steps",
            Self::Tracing => "tracing",
        }
    }
}

/// The setup of a client.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The endpoint.
    pub url: String,
    /// The secret access key of [`AccessKey::EXAMPLE_ID`].
    pub secret: String,
    /// The session token, for temporary credentials.
    pub session_token: Option<String>,
    /// The application's id.
    pub app_id: Option<String>,
    /// The most attempts of a call.
    pub attempts: u32,
    /// The longest backoff. There is no jitter.
    pub max_backoff: Duration,
    /// The time limit of an attempt.
    pub attempt_timeout: Duration,
    /// The time limit of a call.
    pub deadline: Option<Duration>,
    /// The only trusted certificates, as DER.
    pub roots: Vec<Vec<u8>>,
    /// The time limit of a connection.
    pub connect_timeout: Duration,
    /// The URL of the proxy. `None` for no proxy, regardless of the environment.
    pub proxy: Option<String>,
    /// The resolution of names.
    pub names: Names,
    /// Whether the transport's own client has settings that contradict the adapter's guarantees.
    pub hostile: bool,
}

/// The resolution of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// The system's, used only for `localhost`.
    System,
    /// Every name and port resolves to these addresses.
    AreAllAt(Vec<SocketAddr>),
    /// No name resolves.
    AreUnknown,
    /// The resolver never responds.
    Hang,
}

impl Setup {
    /// The region of every call.
    pub const REGION: &'static str = "us-east-1";

    /// Creates a setup for this endpoint, with long timeouts and short backoffs.
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
            connect_timeout: Duration::from_secs(10),
            proxy: None,
            names: Names::System,
            hostile: false,
        }
    }

    /// Returns the region of every call.
    #[must_use]
    pub fn region() -> Region {
        Self::REGION.parse().expect("a valid region")
    }

    /// Returns the hub of the client.
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
        let attempts = self.attempts.try_into().expect("at least 1 attempt");
        let policy =
            RetryPolicy::standard().with_max_attempts(attempts).with_max_backoff(self.max_backoff).without_jitter();
        SecurityHub::from_vars(var).expect("a valid setup").with_retry_policy(policy)
    }
}

/// The result of a call, and its observed attempts.
#[derive(Debug)]
pub struct Report<T = DeleteInvitationsOutput> {
    /// The call's result.
    pub result: Result<T, Failed>,
    /// The attempts that the client's observer saw.
    pub observed: Vec<Observed>,
    /// The duration of the call.
    pub elapsed: Duration,
}

impl<T: Debug> Report<T> {
    /// Returns the output of a call that must succeed after `attempts` attempts.
    #[track_caller]
    pub fn output(&self, attempts: u32) -> &T {
        match &self.result {
            Ok(output) => {
                self.check_observed(attempts);
                output
            }
            Err(failed) => panic!("the call failed: {}", failed.text),
        }
    }

    /// Returns the error of a call that must fail after `attempts` attempts.
    #[track_caller]
    pub fn error(&self, attempts: u32) -> &Failed {
        match &self.result {
            Ok(output) => panic!("the call succeeded: {output:?}"),
            Err(failed) => {
                assert_eq!(failed.attempts, attempts, "attempts of: {}", failed.text);
                self.check_observed(attempts);
                // A chain of errors has each message once.
                for (index, message) in failed.chain.iter().enumerate() {
                    let is_repeated = failed.chain[index + 1..].iter().any(|source| message.contains(source));
                    assert!(!is_repeated, "repeated message: {:?}", failed.chain);
                }
                failed
            }
        }
    }

    /// Returns the reason for the failure of a call that must fail after `attempts` attempts.
    #[track_caller]
    pub fn why(&self, attempts: u32) -> &Why {
        &self.error(attempts).why
    }

    /// Returns the service's error.
    #[track_caller]
    pub fn service_error(&self, attempts: u32) -> &Error {
        match self.why(attempts) {
            Why::Service(error) => {
                assert_eq!(error.attempts(), Some(attempts), "attempts of: {error}");
                error
            }
            other => panic!("expected an error of the service: {other:?}"),
        }
    }

    /// Returns the meaning of the transport's failure.
    #[track_caller]
    pub fn failure(&self, attempts: u32) -> Failure {
        match self.why(attempts) {
            Why::Transport(failure) => *failure,
            other => panic!("expected a failure of the transport: {other:?}"),
        }
    }

    /// Checks that there is one observation for each attempt, and a wait before each attempt but the first.
    #[track_caller]
    fn check_observed(&self, attempts: u32) {
        let numbers: Vec<u32> = self.observed.iter().map(|observed| observed.number).collect();
        assert_eq!(numbers, (1..=attempts).collect::<Vec<_>>(), "observed attempts");
        for observed in &self.observed {
            let is_last = observed.number == attempts;
            assert_eq!(
                observed.wait.is_none(),
                is_last,
                "every attempt but the last is followed by a wait: {observed:?}"
            );
            assert_eq!(observed.why.is_none(), is_last && self.result.is_ok(), "{observed:?}");
        }
    }

    /// Returns everything that the adapter shows of the call.
    #[must_use]
    pub fn texts(&self) -> String {
        let result = match &self.result {
            Ok(output) => format!("{output:?}"),
            Err(failed) => failed.text.clone(),
        };
        self.observed.iter().fold(result, |texts, observed| texts + "\n" + &observed.debug)
    }
}

/// An adapter's error, in terms that all adapters share.
#[derive(Debug)]
pub struct Failed {
    /// The reason.
    pub why: Why,
    /// The number of attempts.
    pub attempts: u32,
    /// The number of unconfirmed attempts.
    pub unconfirmed_attempts: u32,
    /// Whether the call may have changed anything.
    pub may_have_taken_effect: bool,
    /// Its `Display`, and the `Display` of all its sources, one a line.
    pub chain: Vec<String>,
    /// Its `Display` and `Debug`, and both of all its sources.
    pub text: String,
}

impl<T: Debug + Display + 'static> From<CallError<T>> for Failed {
    fn from(error: CallError<T>) -> Self {
        let sources = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let sources: Vec<_> = sources.take(20).collect();
        Self {
            why: Why::from(&error),
            attempts: error.attempts(),
            unconfirmed_attempts: error.unconfirmed_attempts(),
            may_have_taken_effect: error.may_have_taken_effect(),
            chain: sources.iter().map(ToString::to_string).collect(),
            text: sources.iter().map(|error| format!("{error}\n{error:?}\n{error:#?}\n")).collect(),
        }
    }
}

/// The reason why a call or an attempt failed.
#[derive(Clone, Debug)]
pub enum Why {
    /// The service's error.
    Service(Error),
    /// The transport's failure.
    Transport(Failure),
    /// The body is larger than the limit.
    TooLarge,
    /// The deadline, with the error of the last attempt.
    Deadline(Option<Box<Self>>),
}

impl<T> From<&CallError<T>> for Why {
    fn from(error: &CallError<T>) -> Self {
        match error {
            CallError::Service(error) => Self::Service(error.clone()),
            CallError::Transport { failure, .. } => Self::Transport(*failure),
            CallError::ResponseTooLarge { .. } => Self::TooLarge,
            CallError::DeadlineExceeded { last_error, .. } => {
                Self::Deadline(last_error.as_deref().map(|error| Box::new(Self::from(error))))
            }
            _ => panic!("the suite does not know this error"),
        }
    }
}

/// An attempt, as a client's observer saw it.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The operation's name.
    pub operation: &'static str,
    /// The attempt's number.
    pub number: u32,
    /// The reason for its failure, if it failed.
    pub why: Option<Why>,
    /// The wait before the next attempt.
    pub wait: Option<Duration>,
    /// The attempt's `Display` and `Debug`.
    pub debug: String,
}

/// Collects the attempts that a client's observer sees. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Observations(Arc<Mutex<Vec<Observed>>>);

impl Observations {
    /// Adds an attempt.
    pub fn push<T: Debug + Display>(&self, attempt: &Attempt<'_, T>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Observed {
            operation: attempt.operation(),
            number: attempt.number,
            why: attempt.result.err().map(Why::from),
            wait: attempt.wait,
            debug: format!("{attempt}\n{attempt:?}"),
        });
    }

    /// Measures a call, and reports it with its attempts.
    pub fn report<O, T: Debug + Display + 'static>(&self, call: impl FnOnce() -> Result<O, CallError<T>>) -> Report<O> {
        let started = Instant::now();
        let result = call().map_err(Failed::from);
        let elapsed = started.elapsed();
        Report { result, elapsed, observed: self.0.lock().unwrap_or_else(PoisonError::into_inner).clone() }
    }
}

/// Replaces the transport's error by its message.
pub fn with_message<T: Display>(error: ExchangeError<T>) -> ExchangeError<String> {
    match error {
        ExchangeError::TooLarge => ExchangeError::TooLarge,
        ExchangeError::Transport { error, failure, is_retryable } => {
            ExchangeError::Transport { error: error.to_string(), failure, is_retryable }
        }
    }
}
