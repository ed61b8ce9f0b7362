//! The ids and the region of each call, determined by a seed.

use securityhub_invitations::AccountId;

use crate::{Settings, faults::mix};

/// The regions of the calls. Each has its own hub.
pub(crate) const REGIONS: [&str; 3] = ["us-east-1", "eu-central-1", "ap-southeast-2"];

const INVITED: usize = 3;
/// The slots of a call: the invited ids, and one that was never invited.
const SLOTS: usize = INVITED + 1;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    calls: usize,
    seed: u64,
}

/// One id of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    /// The index of its entry in the ledger.
    pub(crate) slot: usize,
    pub(crate) account: AccountId,
    pub(crate) is_invited: bool,
}

impl Plan {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { calls: settings.calls, seed: mix(settings.seed) }
    }

    pub(crate) fn calls(self) -> usize {
        self.calls
    }

    /// Returns the number of slots that a ledger needs. Not all are used.
    pub(crate) fn slots(self) -> usize {
        self.calls * SLOTS
    }

    /// Returns the index of the call's region. Most calls are in the first.
    pub(crate) fn region(self, call: usize) -> usize {
        match self.random(call)[0] {
            0..192 => 0,
            192..224 => 1,
            224.. => 2,
        }
    }

    /// Returns the ids of a call. No id is in two calls. About every fourth call has one that was never invited.
    pub(crate) fn ids(self, call: usize) -> impl Iterator<Item = Planned> {
        let has_stranger = self.random(call)[1] < 64;
        let slots = if has_stranger { SLOTS } else { INVITED };
        (0..slots).map(move |index| {
            let slot = call * SLOTS + index;
            Planned { slot, account: account(slot), is_invited: index < INVITED }
        })
    }

    fn random(self, call: usize) -> [u8; 8] {
        mix(self.seed ^ call as u64).to_le_bytes()
    }
}

fn account(slot: usize) -> AccountId {
    format!("{:012}", 100_000_000_000 + slot).parse().expect("a number of 12 digits")
}
