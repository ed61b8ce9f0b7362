#![cfg_attr(feature = "default-client", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "default-client"),
    doc = "An async client for AWS Security Hub invitations over any tower service."
)]

#[cfg(feature = "default-client")]
mod addresses;
mod classification;
mod client;
#[cfg(feature = "default-client")]
mod connect_error;
#[cfg(feature = "default-client")]
mod connector;
#[cfg(feature = "default-client")]
mod default_service;
mod exchange;
mod operations;
mod progress;
#[cfg(feature = "default-client")]
mod proxy;
#[cfg(feature = "default-client")]
mod runtime;
#[cfg(feature = "sweep")]
mod sweep_driver;
#[cfg(feature = "tracing")]
mod trace;
mod transport_error;
#[cfg(feature = "default-client")]
mod tunnel;

// The crates whose types are in the bounds of `Client::with_service`.
#[cfg(feature = "default-client")]
pub use rustls;
#[cfg(feature = "sweep")]
pub use securityhub_invitations_sweep as sweep;
pub use {http_body, http_body_util, hyper, tower_service};

#[doc(no_inline)]
pub use securityhub_invitations::*;

pub use client::Client;
#[cfg(feature = "default-client")]
pub use default_service::DefaultService;
#[cfg(feature = "sweep")]
pub use sweep_driver::SweepDriver;
pub use transport_error::TransportError;

/// The reason why a call failed.
pub type CallError = securityhub_invitations::CallError<TransportError>;

/// A finished attempt, as passed to [`Client::on_attempt`].
pub type Attempt<'a> = securityhub_invitations::Attempt<'a, TransportError>;
