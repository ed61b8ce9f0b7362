//! What every adapter promises, in words and as one suite that is run over each of them.
//!
//! # The contract
//!
//! An adapter drives the calls of `securityhub-invitations` over a transport. Whatever the transport, and however a
//! user has set it up:
//!
//! **What is sent** is what was signed. The request line, the body and the signed headers go out as they are, with
//! `host`, `content-length`, at most a `user-agent`, and nothing else. `Host` on the wire (`:authority` in HTTP/2) is
//! the one that was signed: with a port that is not the scheme's default, in lower case, an IPv6 address in brackets.
//! The `User-Agent` names the adapter and, if there is one, the application. An attempt reaches the server once: the
//! transport repeats nothing on its own.
//!
//! **An answer of any status is an answer.** Its body is read to the end, up to
//! [`MAX_RESPONSE_BYTES`](securityhub_invitations::MAX_RESPONSE_BYTES) and not a byte further, whether its length is
//! announced, it comes in chunks, or it ends with the connection. Redirects are answers: what was signed is never sent
//! anywhere else. A body over the cap is an error of its own and is not asked for again. A body that was cut short is
//! never an answer, even if what came is whole to look at.
//!
//! **A failure of the transport** is one of three things, and is tried again as the retry policy says:
//!
//! | failure | when |
//! |---|---|
//! | `NotSent` | certainly nothing reached the server: no name, no connection, no TLS session, no tunnel |
//! | `TimedOut` | no whole answer within the attempt's timeout, which runs from the connection to the last byte |
//! | `Interrupted` | all else: the connection broke, or what came is no HTTP |
//!
//! A certificate that is refused, for its authority, its name or its dates, is `NotSent`, and is neither tried again
//! nor tried without TLS.
//!
//! **Waits** are those that the core asks for, and none is begun that would go past the deadline. The deadline cuts
//! attempts short, too, and the error tells what the latest attempt failed with. A call that is cancelled leaves
//! nothing running and sends nothing more.
//!
//! **Connections** are shared by calls and by clones, after errors as well. One that is to be closed, that was closed
//! while it was idle, or on which more came than the answer, is not used for another request.
//!
//! **What is shown**: the observer is told of each attempt with its number, its outcome and the wait that follows; with
//! `tracing`, a call is a span and an attempt an event in it. Neither they nor any `Debug` or `Display` shows a secret
//! key, a session token or a signature.
//!
//! # What not every adapter can do
//!
//! | | ureq | hyper |
//! |---|---|---|
//! | HTTP/2 | no: ureq speaks HTTP/1.1 | yes |
//! | cancel | no: a call blocks its thread until it is over | yes |
//! | own TLS roots | yes | yes |
//! | proxy | yes | yes |
//! | proxy from the environment | yes | yes |
//! | own resolver | yes | yes, with a service of one's own |
//! | tracing | yes | yes |
//!
//! A case that needs what an adapter lacks is an ignored test with the reason, and a line in the table that each run of
//! an adapter's suite ends with.
//!
//! # Running and extending it
//!
//! ```text
//! cargo test -p securityhub-invitations-tests                     # all adapters
//! cargo test -p securityhub-invitations-tests --test ureq slow    # some cases of one; the table needs them all
//! ```
//!
//! A case is a function in [`cases`] and a line in [`for_each_case`]. An adapter is a file in `tests/` with an
//! implementation of [`Adapter`] and a line:
//!
//! ```text
//! adapter_suite!(Ureq, lacks { Http2: "ureq speaks HTTP/1.1" });
//! ```
//!
//! Everything happens on loopback, against servers that a case starts and ends: the emulator (which verifies every
//! signature), the emulator behind TLS with certificates made on the spot, a server that says what it is told to byte
//! by byte, and a proxy. Default ports are reached by resolving names in the test, since they cannot be bound.

#![allow(clippy::missing_panics_doc, reason = "a case panics where a promise is broken")]

mod adapter;
mod bench;
pub mod cases;
pub mod harness;
mod recorder;
mod servers;

pub use adapter::{Adapter, Capability, Failed, Names, Observed, Report, Setup, Why, text_of};

/// The README's code, compiled and run where the adapters are at hand.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The code of the adapters' READMEs.
#[cfg(doctest)]
#[doc = include_str!("../../crates/securityhub-invitations-ureq/README.md")]
#[doc = include_str!("../../crates/securityhub-invitations-hyper/README.md")]
struct AdaptersReadmes;
