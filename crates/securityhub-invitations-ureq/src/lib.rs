//! AWS Security Hub `DeleteInvitations` over [ureq](https://docs.rs/ureq): blocking, one line.
//!
//! ```no_run
//! use securityhub_invitations::{DeleteInvitations, SecurityHub};
//! use securityhub_invitations_ureq::Client;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = SecurityHub::from_vars(|name| std::env::var(name).ok())?;
//! let output = Client::new(hub).delete_invitations(DeleteInvitations::new(["111122223333"])?)?;
//! output.into_result()?;
//! # Ok(())
//! # }
//! ```
//!
//! What this adapter promises, whatever agent it is given:
//!
//! - An answer of any status is an answer: its body is read, and what the service says is kept.
//! - Redirects are never followed: the signed request goes to the endpoint alone.
//! - A response body is read up to [`MAX_RESPONSE_BYTES`](securityhub_invitations::MAX_RESPONSE_BYTES).
//! - Each attempt has a timeout, 30 seconds by default; a deadline for the whole call is up to you.
//! - The `Host` on the wire is the one that is signed.
//! - Besides the signed headers, a request has `host`, `content-length` and `user-agent`.
//! - It is tried again as [`RetryPolicy`](securityhub_invitations::RetryPolicy) says, after a failure of the transport too,
//!   but not where that cannot help: a certificate that is refused, a body over the cap.
//!
//! A blocking call cannot be cancelled; the timeouts bound it.
//!
//! # Features
//!
//! - `rustls` (default): TLS for [`Client::new`], by rustls with ring, trusting the roots of Mozilla's programme. For the
//!   platform's roots, a CA of your own or another TLS, make an agent and use [`Client::with_agent`].
//! - `tracing`: a span `delete_invitations` for each call, and an event for each attempt. Nothing in them is secret.
//!
//! Proxies: [`Client::new`] respects `HTTPS_PROXY` and its kin and `NO_PROXY`, as ureq does.

mod client;
mod error;
mod observer;
#[cfg(feature = "tracing")]
mod trace;

pub use ureq;

pub use client::Client;
pub use error::{Error, TransportError};
pub use observer::Attempt;
