//! [`Flight`]: a request without a result.

use crate::{hub::HubId, hub_run::Job};

/// A request without a result.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) hub: HubId,
    pub(crate) job: Job,
    /// The numbers of the entries that the request names.
    pub(crate) numbers: Vec<u32>,
}
