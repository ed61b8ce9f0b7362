//! A client for AWS Security Hub's invitations over `fetch`: pages, workers, Node and Deno.
//!
//! This is the adapter for Rust programs compiled to wasm32. JavaScript and TypeScript programs use the npm package, which is built
//! from the same crate with `cargo xtask npm`.
//!
//! ```no_run
//! use securityhub_invitations_fetch::{Client, Credentials, DeleteInvitations, Endpoint, SecurityHub};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // A page needs a relay on its own origin, because Security Hub is not known to answer CORS preflights.
//! let endpoint = Endpoint::regional(&"eu-central-1".parse()?)?.via_relay("https://tools.example.com/relay")?;
//! let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
//! let client = Client::new(SecurityHub::new(endpoint, credentials));
//! let output = client.delete_invitations(DeleteInvitations::new(["111122223333"])?).await?;
//! output.into_result()?;
//! # Ok(())
//! # }
//! ```
//!
//! The adapter fulfils the contract of [`Driver`]. In addition:
//!
//! - Redirects are never followed. Browsers hide a redirect's status and target, so it is a [`TransportError`] there.
//! - Only the signed headers are set, because any other header could fail a preflight. Cookies are neither sent nor stored, and
//!   nothing is cached.
//! - A body is read up to [`MAX_RESPONSE_BYTES`] while it streams. Engines without streams buffer the whole body first.
//! - Dropping the future aborts the exchange.
//! - The crate works without `window`. Tampered globals cause errors, not panics.
//!
//! Chromium repeats a `POST` automatically if a reused connection closes without a response. Nothing reports or prevents it. An
//! account that is reported as unprocessed may have been processed by the first request.
//!
//! The adapter does not need what a browser hides from scripts. Without `x-amzn-errortype`, `date` and `x-amzn-requestid`, the body
//! identifies an error, and the clock offset stays as it is.

mod client;
mod exchange;
#[cfg(feature = "npm")]
mod npm;
mod operations;
mod record;
mod task;
mod transport_error;

#[doc(no_inline)]
pub use securityhub_invitations::*;
pub use wasm_bindgen;

pub use client::Client;
pub use transport_error::TransportError;

/// The reason why a call failed.
pub type CallError = securityhub_invitations::CallError<TransportError>;

/// A finished attempt, as passed to [`Client::on_attempt`].
pub type Attempt<'a> = securityhub_invitations::Attempt<'a, TransportError>;
