//! The configuration that does not change after an emulator is built.

use std::{sync::Arc, time::Duration};

use securityhub_invitations::{AccountId, Region};

use crate::{cors::CorsPolicy, emulator::Emulator, fault::Fault, rate_limit::RateLimit, received::Received};

/// The configuration that does not change after an emulator is built.
#[derive(Clone)]
pub(crate) struct Setup {
    /// The account of keys that do not name one.
    pub(crate) account: AccountId,
    pub(crate) region: Option<Region>,
    pub(crate) subscribed: bool,
    pub(crate) cors: Option<CorsPolicy>,
    pub(crate) fault_source: Option<Arc<FaultSource>>,
    pub(crate) observer: Option<Arc<Observer>>,
    pub(crate) log_capacity: usize,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) control_api: bool,
    pub(crate) idle_timeout: Duration,
}

pub(crate) type FaultSource = dyn Fn(u64) -> Option<Fault> + Send + Sync;
pub(crate) type Observer = dyn Fn(&Received) + Send + Sync;

impl Default for Setup {
    fn default() -> Self {
        Self {
            account: Emulator::DEFAULT_ACCOUNT.parse().expect("the constant has 12 digits"),
            region: None,
            subscribed: true,
            cors: None,
            fault_source: None,
            observer: None,
            log_capacity: 1000,
            rate_limit: None,
            control_api: false,
            idle_timeout: Duration::from_secs(30),
        }
    }
}
