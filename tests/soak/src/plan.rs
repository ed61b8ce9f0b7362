//! Which ids each call deletes, and where: the same for one seed each time.

use securityhub_invitations::AccountId;

use crate::{Settings, faults::mix};

/// Where the calls go, one hub each.
pub(crate) const REGIONS: [&str; 3] = ["us-east-1", "eu-central-1", "ap-southeast-2"];

const INVITED: usize = 3;
/// Of a call: the invited ones, and one that was never invited.
const SLOTS: usize = INVITED + 1;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    calls: usize,
    seed: u64,
}

/// One id of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    /// Its place in the ledger.
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

    /// The slots that a ledger needs. Not every one is used.
    pub(crate) fn slots(self) -> usize {
        self.calls * SLOTS
    }

    /// The index of the call's region: most are in the first.
    pub(crate) fn region(self, call: usize) -> usize {
        match self.random(call)[0] {
            0..192 => 0,
            192..224 => 1,
            224.. => 2,
        }
    }

    /// The ids of a call. No id is in two calls. About every fourth call has one that was never invited.
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
    format!("{:012}", 100_000_000_000 + slot).parse().expect("it has 12 digits")
}
