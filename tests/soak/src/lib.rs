//! A soak test: thousands of calls through the hyper adapter, against an emulator that throttles, stalls and drops a fifth of
//! them. It records the client's verdict on every account in a ledger, and compares the ledger with the server.
//!
//! ```text
//! cargo run --release -p securityhub-invitations-soak -- --calls 20000 --concurrency 64 --seed 1
//! ```
//!
//! # The ledger
//!
//! The ledger has no logic of its own. It records what the client reports:
//!
//! | entry | source | claim |
//! |---|---|---|
//! | deleted | `Verdict::Done` | the invitation existed and was deleted |
//! | unprocessed | `Verdict::NotProcessed` | nothing changed |
//! | unprocessed, uncertain | `Verdict::Uncertain` | none |
//! | failed | an error | nothing changed |
//! | failed, uncertain | an error with `may_have_taken_effect()` | none |
//!
//! Every certain entry must be true. Only uncertain entries may be false.
//!
//! # The seed
//!
//! A seed determines which request numbers meet which fault, and which ids belong to which region. The scheduler determines
//! which call makes the request with a given number. Two runs with one seed are therefore similar, but not identical.

mod driver;
mod faults;
mod ledger;
mod plan;
mod process;
mod report;

use std::time::Duration;

pub use driver::{BoxError, run};
pub use report::{Check, Report};

/// The calls to make, and the time limit.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The number of calls. Each has 3 or 4 ids.
    pub calls: usize,
    /// The number of calls at a time.
    pub concurrency: usize,
    /// Determines the faults and the ids.
    pub seed: u64,
    /// The time after which the soak fails.
    pub time_limit: Duration,
    /// Treats every entry as certain. The soak must then find false entries, which proves that it can fail.
    pub trusts_every_response: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            calls: 20_000,
            concurrency: 64,
            seed: 1,
            time_limit: Duration::from_secs(170),
            trusts_every_response: false,
        }
    }
}
