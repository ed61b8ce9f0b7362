//! AWS Security Hub `DeleteInvitations` over [hyper](https://docs.rs/hyper), or over any tower service: async, without a
//! choice of runtime or TLS.
//!
//! ```no_run
//! # #[cfg(feature = "default-client")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use securityhub_invitations::{DeleteInvitations, SecurityHub};
//! use securityhub_invitations_hyper::Client;
//!
//! let hub = SecurityHub::from_vars(|name| std::env::var(name).ok())?;
//! let output = Client::new(hub).delete_invitations(DeleteInvitations::new(["111122223333"])?).await?;
//! output.into_result()?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::new`] is a ready client on tokio. [`Client::with_service`] takes any service from requests to responses and any
//! timer: a hyper client of your own, an in-process router, a tower stack.
//!
//! What this adapter promises, whatever service it is given:
//!
//! - An answer of any status is an answer: its body is read, and what the service says is kept.
//! - This crate follows no redirects: the signed request goes to the endpoint alone, unless your service sends it on.
//! - A response body is read up to [`MAX_RESPONSE_BYTES`](securityhub_invitations::MAX_RESPONSE_BYTES), while it streams.
//! - Each attempt has a timeout, 30 seconds by default; a deadline for the whole call is up to you.
//! - Besides the signed headers, a request has a `user-agent`; the transport adds `host` and `content-length`.
//! - It is tried again as [`RetryPolicy`](securityhub_invitations::RetryPolicy) says, after a failure of the transport too,
//!   but not where that cannot help: a certificate that is refused, a body over the cap.
//! - Dropping the future cancels the call and the exchange that is under way. The future is `Send` if the service and its
//!   futures are.
//!
//! # Features
//!
//! - `default-client` (default): [`Client::new`] and [`DefaultService`]. Without it, this crate has neither TLS nor a
//!   runtime.
//! - `tracing`: a span `delete_invitations` for each call, and an event for each attempt. Nothing in them is secret.

mod client;
#[cfg(feature = "default-client")]
mod default_service;
mod error;
mod observer;
#[cfg(feature = "tracing")]
mod trace;

// What the bounds of `Client::with_service` are made of.
#[cfg(feature = "default-client")]
pub use rustls;
pub use {http_body, http_body_util, hyper, tower_service};

pub use client::Client;
#[cfg(feature = "default-client")]
pub use default_service::DefaultService;
pub use error::{Error, TransportError};
pub use observer::Attempt;
