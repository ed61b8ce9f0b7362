//! The core's tests through its public API, one file per subject, in one binary that links once. Tests of internals are in `src`.

mod account_ids;
mod calls;
mod clock_skew;
mod credentials;
mod driver;
mod endpoints;
mod environment;
mod error_codes;
mod errors;
mod hub;
mod jitter;
mod model;
mod operations;
mod pages;
mod properties;
mod public_types;
mod request;
mod responses;
mod scenario;
mod search;
mod secrets;
mod signing;
mod support;
mod verdicts;
