//! A relay for pages in a browser.
//!
//! Security Hub is not on AWS's list of services that support CORS, so a plain page cannot call it. The page can call its own
//! origin instead. It signs for AWS's host and posts to this relay, which forwards the same bytes.
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
//! The relay has no keys, and cannot change a request without breaking its signature. However, it sees the session token. Run it
//! only on the page's own origin and behind TLS.
//!
//! - It forwards only `POST /invitations/delete`, `POST /invitations/decline` and `GET /invitations`.
//! - It forwards to Security Hub's own hosts and to hosts that are allowed by name.
//! - It forwards `content-type`, `x-amz-date`, `x-amz-security-token`, `authorization`, and a body of at most 1 MiB.
//! - It gives a client 10 seconds for a body, and the service 30 seconds for the response.
//! - It serves a limited number of connections at once ([`Limits`]), and survives a lack of file descriptors.
//! - It returns the status, `content-type`, `date`, `x-amzn-*`, both headers that request a wait, and the body.
//! - It rejects other origins, and does not respond to preflights.
//! - It logs only method, path and status.
//!
//! `README.md` explains how to run it in a container and behind a reverse proxy.

mod files;
mod hosts;
mod limits;
mod relay;
mod server;

pub use files::Files;
pub use hosts::Hosts;
pub use limits::Limits;
pub use relay::Relay;
pub use server::{Site, SiteRequest, SiteResponse, serve, text};
