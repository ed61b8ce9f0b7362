//! AWS Security Hub `DeleteInvitations` as a sans-IO protocol.

mod account_id;
mod config_error;
mod region;
mod text;

pub use account_id::{AccountId, AccountIdError, InputError};
pub use config_error::ConfigError;
pub use region::Region;
