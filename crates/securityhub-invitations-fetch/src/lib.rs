//! AWS Security Hub `DeleteInvitations` over `fetch`: in pages, workers, Node and Deno.
//!
//! This is the adapter for Rust programs that are compiled to wasm32. JavaScript and TypeScript programs use the npm package
//! that is built of the same crate (`cargo xtask npm`).
//!
//! ```no_run
//! use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, SecurityHub};
//! use securityhub_invitations_fetch::Client;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // A page needs a relay on its own origin: Security Hub is not known to answer CORS preflights.
//! let endpoint = Endpoint::regional(&"eu-central-1".parse()?)?.via_relay("https://tools.example.com/relay")?;
//! let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
//! let client = Client::new(SecurityHub::new(endpoint, credentials));
//! let output = client.delete_invitations(DeleteInvitations::new(["111122223333"])?).await?;
//! output.into_result()?;
//! # Ok(())
//! # }
//! ```
//!
//! What this adapter promises:
//!
//! - An answer of any status is an answer: its body is read, and what the service says is kept.
//! - Redirects are never followed. A browser hides what a redirect was; it is an error.
//! - A response body is read up to [`MAX_RESPONSE_BYTES`](securityhub_invitations::MAX_RESPONSE_BYTES), while it streams.
//! - Each attempt has a timeout, 30 seconds by default; a deadline for the whole call is up to you.
//! - No header is set but the signed ones: each further one could break a preflight. Cookies are neither sent nor stored, and
//!   nothing is cached.
//! - Dropping the future aborts the exchange that is under way.
//! - `window` is never assumed, and globals that were tampered with are errors, not panics.
//!
//! Chromium sends a `POST` again by itself where a connection that was used before dies without an answer; nothing tells, and
//! nothing prevents it. An account that comes back as unprocessed may then have been processed after all.
//!
//! What a browser hides from scripts is not needed: without `x-amzn-errortype`, `date` and `x-amzn-requestid`, errors are
//! told apart by their body, and the clock is left as it is.

mod client;
mod error;
mod globals;
#[cfg(feature = "npm")]
mod npm;
mod observer;

pub use wasm_bindgen;

pub use client::Client;
pub use error::{Error, TransportError};
pub use observer::Attempt;
