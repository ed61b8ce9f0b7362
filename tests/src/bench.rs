//! The emulator behind a socket, ready for a case, and what holds for every request that reaches it.

use std::{fmt::Display, ops::Range};

use http::{HeaderMap, header};
use securityhub_emulator::{AccessKey, Emulator, Fault, Received, Server};
use securityhub_invitations::{AccountId, DeleteInvitations};

use crate::Setup;

/// What may be on the wire, and nothing else.
const ALLOWED: [&str; 7] =
    ["host", "content-type", "content-length", "x-amz-date", "x-amz-security-token", "authorization", "user-agent"];

/// An emulator that checks, when the case is over, every request that it received.
pub(crate) struct Bench {
    server: Server,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(emulator())
    }

    pub(crate) fn with(emulator: Emulator) -> Self {
        Self { server: Server::start(emulator).expect("a free port") }
    }

    /// With these faults to come.
    pub(crate) fn scripted(faults: impl IntoIterator<Item = Fault>) -> Self {
        let bench = Self::new();
        bench.emulator().script(faults);
        bench
    }

    pub(crate) fn setup(&self) -> Setup {
        Setup::to(self.server.url())
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn emulator(&self) -> &Emulator {
        self.server.emulator()
    }

    pub(crate) fn connections(&self) -> usize {
        usize::try_from(self.server.connections()).expect("not that many")
    }

    pub(crate) fn requests(&self) -> u64 {
        self.emulator().requests()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            check_received(self.emulator());
        }
    }
}

/// Every request is well signed, whatever was answered, and has the headers that it needs and no others.
#[track_caller]
pub(crate) fn check_received(emulator: &Emulator) {
    for received in emulator.received() {
        assert_eq!(received.refusal, None, "{received}");
        check_headers(&received);
    }
}

#[track_caller]
fn check_headers(received: &Received) {
    let headers: &HeaderMap = &received.headers;
    for name in headers.keys() {
        assert!(ALLOWED.contains(&name.as_str()), "there is a header {name}");
        assert_eq!(headers.get_all(name).iter().count(), 1, "there is more than one {name}");
    }
    for name in ["content-type", "x-amz-date", "authorization"] {
        assert!(headers.contains_key(name), "there is no {name}");
    }
    assert_eq!(headers["content-type"], "application/json");
    let length = headers.get(header::CONTENT_LENGTH).map(|length| length.to_str().expect("digits"));
    assert_eq!(length, Some(received.body.len().to_string().as_str()), "content-length");
}

/// An emulator that knows one key, and that invites nobody.
pub(crate) fn emulator() -> Emulator {
    Emulator::new().without_access_keys().with_access_key(AccessKey::example())
}

/// Invites the accounts of these numbers.
pub(crate) fn invite(emulator: &Emulator, numbers: Range<u32>) {
    for number in numbers {
        emulator.invite(&Setup::region(), account(number));
    }
}

pub(crate) fn account(number: u32) -> AccountId {
    format!("{number:012}").parse().expect("it has 12 digits")
}

pub(crate) fn ids(numbers: Range<u32>) -> DeleteInvitations {
    DeleteInvitations::from_account_ids(numbers.map(account)).expect("one id or more")
}

pub(crate) fn one_id() -> DeleteInvitations {
    ids(1..2)
}

/// # Panics
/// If the text contains the part; what follows names the occasion.
#[track_caller]
pub(crate) fn assert_hidden(text: &str, part: &str, occasion: impl Display) {
    assert!(!text.contains(part), "a secret shows in {occasion}");
}
