//! A relay for pages in a browser.
//!
//! Security Hub is not on AWS's list of services that answer CORS, so a plain page cannot call it. It can call its own
//! origin, and a signed request can be carried by anybody: the page signs for AWS's host, posts to this relay, and the
//! relay forwards the very same bytes.
//!
//! ```text
//! page:    POST /relay/securityhub.eu-central-1.amazonaws.com/invitations/delete      signed for that host
//! relay:   POST /invitations/delete, Host: securityhub.eu-central-1.amazonaws.com     the same headers and body
//! ```
//!
//! ```text
//! cargo xtask npm
//! cargo run -p securityhub-invitations-examples-relay -- \
//!     --serve examples/browser/page --serve /pkg=target/npm/securityhub-invitations
//! ```
//!
//! It holds no keys, and cannot change what it forwards without breaking the signature. What it does hold, for the
//! moment of a request, is a session token: put it nowhere but on the page's own origin, and there behind TLS.
//!
//! - Forwarded is `POST /invitations/delete` to Security Hub's own hosts, and to those that are allowed by name.
//! - Of a request go on: `content-type`, `x-amz-date`, `x-amz-security-token`, `authorization`, and a body of at most
//!   1 MiB.
//! - Of an answer come back: the status, `content-type`, `date`, `x-amzn-*`, both ways of asking for patience, and the
//!   body.
//! - Other origins are refused, and there is no answer to preflights.
//! - Nothing of a request is logged but method, path and status.

mod files;
mod hosts;
mod relay;
mod server;

pub use files::Files;
pub use hosts::Hosts;
pub use relay::Relay;
pub use server::{Answer, Question, Site, serve, text};
