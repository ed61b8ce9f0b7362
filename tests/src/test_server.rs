//! The emulator on loopback, and checks of every request that reaches it.

use std::{fmt::Display, ops::Range};

use http::{HeaderMap, Method, header};
use securityhub_emulator::{AccessKey, Emulator, Fault, Received, Server};
use securityhub_invitations::{AccountId, DeleteInvitations};

use crate::Setup;

/// The only headers that a request may have.
const ALLOWED: [&str; 7] =
    ["host", "content-type", "content-length", "x-amz-date", "x-amz-security-token", "authorization", "user-agent"];

/// An emulator that checks all received requests at the end of the case.
pub(crate) struct TestServer {
    server: Server,
}

impl TestServer {
    pub(crate) fn new() -> Self {
        Self::with(emulator())
    }

    pub(crate) fn with(emulator: Emulator) -> Self {
        Self { server: Server::start(emulator).expect("a free port") }
    }

    /// Starts an emulator with scripted faults.
    pub(crate) fn scripted(faults: impl IntoIterator<Item = Fault>) -> Self {
        let server = Self::new();
        server.emulator().script_faults(faults);
        server
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
        usize::try_from(self.server.connections()).expect("few connections")
    }

    pub(crate) fn requests(&self) -> u64 {
        self.emulator().request_count()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            check_received(self.emulator());
        }
    }
}

/// Checks that every request has a valid signature, whatever the response, and exactly the expected headers.
#[track_caller]
pub(crate) fn check_received(emulator: &Emulator) {
    for received in emulator.received_requests() {
        assert_eq!(received.refusal, None, "{received}");
        check_headers(&received);
    }
}

#[track_caller]
fn check_headers(received: &Received) {
    let headers: &HeaderMap = &received.headers;
    for name in headers.keys() {
        assert!(ALLOWED.contains(&name.as_str()), "unexpected header {name}");
        assert_eq!(headers.get_all(name).iter().count(), 1, "repeated header {name}");
    }
    for name in ["x-amz-date", "authorization"] {
        assert!(headers.contains_key(name), "missing header {name}");
    }
    let content_type = headers.get("content-type").map(|value| value.to_str().expect("ASCII"));
    assert_eq!(content_type, (!received.body.is_empty()).then_some("application/json"), "content-type");
    let length = headers.get(header::CONTENT_LENGTH).map(|length| length.to_str().expect("digits").to_owned());
    // A GET without a body has no content-length, and a POST always has one.
    let expected = (received.method == Method::POST).then(|| received.body.len().to_string());
    assert_eq!(length, expected, "content-length");
}

/// Creates an emulator with one access key and no invitations.
pub(crate) fn emulator() -> Emulator {
    Emulator::builder().without_access_keys().with_access_key(AccessKey::example()).build()
}

/// Adds invitations from the accounts with these numbers.
pub(crate) fn invite(emulator: &Emulator, numbers: Range<u32>) {
    for number in numbers {
        emulator.invite(&Setup::region(), account(number));
    }
}

pub(crate) fn account(number: u32) -> AccountId {
    format!("{number:012}").parse().expect("12 digits")
}

pub(crate) fn ids(numbers: Range<u32>) -> DeleteInvitations {
    DeleteInvitations::from_account_ids(numbers.map(account)).expect("at least one id")
}

pub(crate) fn one_id() -> DeleteInvitations {
    ids(1..2)
}

/// Checks that `text` does not contain `part`.
#[track_caller]
pub(crate) fn assert_hidden(text: &str, part: &str, occasion: impl Display) {
    assert!(!text.contains(part), "a secret is visible in {occasion}");
}
