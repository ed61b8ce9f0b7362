//! The core's tests through its public API, one file per subject, in one binary: it links once. Those that need internals
//! stand beside them in `src`.

mod account_ids;
mod calls;
mod clock_skew;
mod credentials;
mod endpoints;
mod environment;
mod jitter;
mod properties;
mod public_types;
mod request;
mod responses;
mod scenario;
mod secrets;
mod signing;
mod support;
mod walk;
