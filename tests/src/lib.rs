//! The guarantees of every adapter, as one suite that runs over each of them.
//!
//! # The contract
//!
//! An adapter runs the calls of `securityhub-invitations` over a transport. These guarantees hold for every transport and for
//! all of its settings.
//!
//! **Requests** are sent exactly as they were signed:
//!
//! - The request line, the body and the signed headers do not change. An adapter adds only `host`, `content-length` and
//!   optionally `user-agent`.
//! - `Host` (in HTTP/2 `:authority`) is the signed one: in lower case, without a default port, and with an IPv6 address in
//!   brackets.
//! - The `User-Agent` names the adapter, and the application if there is one.
//! - A GET has no body, `content-type` or `content-length`. A POST without a body has a `content-length` of 0.
//! - Each attempt reaches the server at most once. The transport never repeats a request automatically.
//!
//! **Responses** of any status are read to their end, up to
//! [`MAX_RESPONSE_BYTES`](securityhub_invitations::MAX_RESPONSE_BYTES):
//!
//! - The length may be known, the body may be chunked, or it may end with the connection.
//! - Redirects are responses. A signed request is never sent anywhere else.
//! - A body over the limit is an error of its own, and is not retried.
//! - A truncated body is never a response, even if the part that arrived is complete JSON.
//!
//! **A failure of the transport** is one of three kinds, and is retried according to the retry policy:
//!
//! | failure | when |
//! |---|---|
//! | `NotSent` | certainly nothing reached the server: no name, no connection, no TLS session, no tunnel |
//! | `TimedOut` | no complete response within the attempt's timeout, which includes the connection |
//! | `Interrupted` | everything else: the connection broke, or the response is not HTTP |
//!
//! A certificate that is rejected for its authority, name or dates is `NotSent`. It is neither retried nor bypassed.
//!
//! **Effects**: every result reports how many attempts may have taken effect without a confirmed response.
//!
//! **Waits** are those of the core. A wait that would exceed the deadline is not started. The deadline also ends attempts, and
//! the error then has that of the last attempt. A cancelled call leaves nothing in flight and sends nothing more.
//!
//! **Connections** are shared by calls and by clones, also after errors. A connection is not used again if it is closing, was
//! closed while it was idle, or received more bytes than the response. Nor is one whose attempt timed out or returned a 5xx
//! status.
//!
//! **Observers** see the number, the result and the following wait of each attempt. With `tracing`, a call is a span, and an
//! attempt is an event in it. No event, `Debug` or `Display` shows a secret key, a session token or a signature. Transport
//! errors name the endpoint, and a chain of errors has each message once.
//!
//! # Capabilities
//!
//! | | ureq | ureq with an agent | hyper |
//! |---|---|---|---|
//! | HTTP/2 | no: ureq speaks HTTP/1.1 | no | yes |
//! | cancel | no: a call blocks its thread until it is over | no | yes |
//! | own TLS roots | yes | yes | yes |
//! | proxy | yes | yes | yes |
//! | proxy from the environment | yes | yes | yes |
//! | own resolver | yes | yes | yes |
//! | next address | yes | no: the agent divides the time among the addresses | yes |
//! | fresh connections | yes | no: the agent keeps them | yes |
//! | connection steps | yes | no: the agent opens connections | yes |
//! | tracing | yes | yes | yes |
//!
//! A case that needs a missing capability is an ignored test with the reason. Each run of a suite ends with a table.
//!
//! # Running and extending the suite
//!
//! ```text
//! cargo test -p securityhub-invitations-tests                     # all adapters
//! cargo test -p securityhub-invitations-tests --test ureq slow    # some cases of one adapter, without the table
//! ```
//!
//! A case is a function in [`cases`] and a line in [`for_each_case`]. An adapter is a file in `tests/` with an
//! implementation of [`Adapter`] and a line:
//!
//! ```text
//! adapter_suite!(Ureq, lacks { Http2: "ureq speaks HTTP/1.1" });
//! ```
//!
//! All servers are on loopback, and each case starts its own:
//!
//! - the emulator, which verifies every signature
//! - the emulator behind TLS, with generated certificates
//! - a server that sends exact bytes
//! - an address that never completes a connection
//! - a proxy
//!
//! Default ports cannot be bound, so the test resolves their names to other ports.

#![allow(clippy::missing_panics_doc, reason = "a case panics if a guarantee is broken")]

mod adapter;
pub mod cases;
pub mod harness;
mod recorder;
mod servers;
mod test_server;

pub use adapter::{Adapter, Capability, Failed, Names, Observations, Observed, Report, Setup, Why, with_message};

/// The code of the README, which uses the adapters as well.
#[cfg(doctest)]
#[doc = include_str!("../../docs/CREDENTIALS.md")]
#[doc = include_str!("../../README.md")]
struct Readme;
