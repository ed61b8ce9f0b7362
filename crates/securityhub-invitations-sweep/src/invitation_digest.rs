//! [`InvitationDigest`]: the identity of an invitation, in eight bytes.

use sha2::{Digest, Sha256};

/// The first 64 bits of the SHA-256 of an invitation's identity. 0 if it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvitationDigest(u64);

impl InvitationDigest {
    pub(crate) const UNKNOWN: Self = Self(0);

    pub(crate) fn of(invitation: Option<&str>) -> Self {
        let digest = |invitation: &str| {
            let hash: [u8; 32] = Sha256::digest(invitation).into();
            Self(u64::from_le_bytes(*hash.first_chunk().expect("a hash has 32 bytes")))
        };
        invitation.map_or(Self::UNKNOWN, digest)
    }

    /// Compares two identities. `None` if one of them is not known.
    pub(crate) fn is_same(self, other: Self) -> Option<bool> {
        (self != Self::UNKNOWN && other != Self::UNKNOWN).then_some(self == other)
    }
}
