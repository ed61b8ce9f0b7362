#![doc = include_str!("../README.md")]

mod classification;
mod client;
mod connections;
mod dialer;
mod exchange;
mod lookups;
mod operations;
mod progress;
#[cfg(feature = "sweep")]
mod stop;
#[cfg(feature = "sweep")]
mod sweep_driver;
#[cfg(feature = "tracing")]
mod trace;
mod transport_error;
mod tunnel;

#[cfg(feature = "sweep")]
pub use securityhub_invitations_sweep as sweep;
pub use ureq;

#[doc(no_inline)]
pub use securityhub_invitations::*;

pub use client::Client;
pub use connections::Connections;
#[cfg(feature = "sweep")]
pub use stop::Stop;
#[cfg(feature = "sweep")]
pub use sweep_driver::SweepDriver;
pub use transport_error::TransportError;

/// The reason why a call failed.
pub type CallError = securityhub_invitations::CallError<TransportError>;

/// A finished attempt, as passed to [`Client::on_attempt`].
pub type Attempt<'a> = securityhub_invitations::Attempt<'a, TransportError>;
