// The README is the documentation. Its code runs as doctests of the tests package, which has the adapters as well.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]

mod account_id;
mod account_id_error;
mod advice;
mod attempt;
mod call;
mod call_error;
mod call_state;
mod codes;
mod config_error;
mod credentials;
mod date;
mod display;
mod driver;
mod effects;
mod endpoint;
mod environment;
mod error;
mod error_body;
mod give_up;
mod hash;
mod hub;
mod invalid_account_ids;
mod json;
mod no_proxy;
mod operations;
mod partition;
mod percent;
mod proxy_environment;
mod proxy_url;
mod redact;
mod region;
mod response;
mod retry;
pub mod sigv4;
mod skew;

pub use account_id::AccountId;
pub use account_id_error::AccountIdError;
pub use attempt::Attempt;
pub use call::{Call, Cause, Failure, InFlight, Outcome, Retry};
pub use call_error::CallError;
pub use config_error::ConfigError;
pub use credentials::Credentials;
pub use driver::{Driver, Exchange, ExchangeError, Limits, Next, Sent};
pub use effects::Effects;
pub use endpoint::{Endpoint, EndpointVariant};
pub use error::{Error, ErrorKind};
pub use give_up::{GiveUp, GiveUpReason};
pub use hub::SecurityHub;
pub use invalid_account_ids::InvalidAccountIds;
pub use operations::{
    DeclineInvitations, DeclineInvitationsOutput, DeleteInvitations, DeleteInvitationsOutput,
    DisassociateFromAdministratorAccount, DisassociateFromAdministratorAccountOutput, GetAdministratorAccount,
    GetAdministratorAccountOutput, Invitation, ListInvitations, ListInvitationsOutput, ListMembers, ListMembersOutput,
    Member, Operation, PageError, UnprocessedAccount, UnprocessedError, Verdict,
};
pub use partition::{ListedRegion, Partition};
pub use proxy_environment::ProxyEnvironment;
pub use proxy_url::ProxyUrl;
pub use region::Region;
pub use response::MAX_RESPONSE_BYTES;
pub use retry::RetryPolicy;
