//! A soak: thousands of calls through the hyper adapter against an emulator that throttles, stalls and drops a fifth of
//! them. It ends with a ledger that says of every account what became of its invitation, and compares it with the
//! server.
//!
//! ```text
//! cargo run --release -p securityhub-invitations-soak -- --calls 20000 --concurrency 64 --seed 1
//! ```
//!
//! # The ledger
//!
//! What a job can say of an id afterwards, and what that claims about the server:
//!
//! | entry | when | claim |
//! |---|---|---|
//! | deleted | an answer of success that does not list the id | the invitation was there and is gone |
//! | unprocessed | an answer of success that lists the id | nothing changed |
//! | failed | the call ended with an error | nothing changed |
//!
//! An attempt whose answer never came may have taken effect, and nothing that comes later tells: the next attempt lists
//! as unprocessed what this one deleted. So *unprocessed* and *failed* are marked **uncertain** if any attempt of the
//! call, the last one included, ended without an answer; only one that was certainly never sent, a
//! [`NotSent`](securityhub_invitations::Failure::NotSent), does not count. *Deleted* needs no mark: whichever attempt
//! did it, the invitation is gone.
//!
//! An answer with an error status counts as an answer. For a gateway's 504 that is a convention, not a proof; a job
//! that has to be sure marks those too.
//!
//! Every certain entry has to be true, and only uncertain ones may be false.
//!
//! # What a seed fixes
//!
//! Which requests, by their number, meet which fault; which ids go to which region. Which call makes the request of a
//! number is up to the scheduler, so that two runs with one seed are alike and not the same.

mod driver;
mod faults;
mod ledger;
mod plan;
mod process;
mod report;

use std::time::Duration;

pub use driver::{BoxError, run};
pub use report::{Check, Report};

/// What to do, and for how long at most.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many calls, each of 3 or 4 ids.
    pub calls: usize,
    /// How many of them at a time.
    pub concurrency: usize,
    /// Fixes the faults and the ids.
    pub seed: u64,
    /// The soak fails if it is not done by then.
    pub time_limit: Duration,
    /// Marks nothing as uncertain. Then the ledger is wrong, and the soak has to find that: the control of the control.
    pub trusts_every_answer: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            calls: 20_000,
            concurrency: 64,
            seed: 1,
            time_limit: Duration::from_secs(170),
            trusts_every_answer: false,
        }
    }
}
