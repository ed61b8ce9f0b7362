// The README is the documentation. Its code runs as doctests of the tests package, which has the adapters as well.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]

mod account_id;
mod body;
mod call;
mod config_error;
mod credentials;
mod date;
mod display;
mod endpoint;
mod environment;
mod error;
mod hash;
mod hub;
mod json;
mod operation;
mod partition;
mod redact;
mod region;
mod response;
mod retry;
pub mod sigv4;
mod skew;

pub use account_id::{AccountId, AccountIdError, InputError};
pub use call::{Call, Cause, Failure, InFlight, Outcome, Retry};
pub use config_error::ConfigError;
pub use credentials::Credentials;
pub use endpoint::{Endpoint, EndpointVariant};
pub use error::{Error, ErrorKind};
pub use hub::SecurityHub;
pub use operation::{DeleteInvitations, DeleteInvitationsOutput, Unprocessed, UnprocessedAccount};
pub use region::Region;
pub use response::MAX_RESPONSE_BYTES;
pub use retry::RetryPolicy;
