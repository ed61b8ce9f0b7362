//! The signing key: derived once a day, kept as the state of an HMAC.

use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::Timestamp;

type HmacSha256 = Hmac<Sha256>;

/// The keys that one secret has for one region and service, one a day.
///
/// An `Hmac` holds the two SHA-256 states that its key has been mixed into: each later use starts from there, and neither
/// the secret nor a key is kept as a text. The states are wiped on drop.
pub(super) struct SigningKeys {
    secret: HmacSha256,
    region: Box<str>,
    service: Box<str>,
    newest: RwLock<Option<DayKey>>,
}

struct DayKey {
    date: [u8; 8],
    key: HmacSha256,
}

impl SigningKeys {
    pub(super) fn new(secret_access_key: &str, region: &str, service: &str) -> Self {
        let secret = Zeroizing::new(["AWS4", secret_access_key].concat());
        Self {
            secret: keyed(secret.as_bytes()),
            region: region.into(),
            service: service.into(),
            newest: RwLock::new(None),
        }
    }

    /// The signature of what `write` passes to its sink, under the key of the timestamp's day.
    pub(super) fn sign(&self, timestamp: &Timestamp, write: impl FnOnce(&mut dyn FnMut(&[u8]))) -> [u8; 32] {
        let mut hmac = self.of_day(timestamp.date());
        write(&mut |piece| hmac.update(piece));
        hmac.finalize().into_bytes().into()
    }

    fn of_day(&self, date: &str) -> HmacSha256 {
        let newest = self.newest.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(day) = newest.as_ref().filter(|day| day.date == *date.as_bytes()) {
            return day.key.clone();
        }
        drop(newest);
        let key = self.derived(date);
        if let Ok(date) = date.as_bytes().try_into() {
            *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Some(DayKey { date, key: key.clone() });
        }
        key
    }

    fn derived(&self, date: &str) -> HmacSha256 {
        let names = [date, &self.region, &self.service, "aws4_request"];
        names.iter().fold(self.secret.clone(), |key, name| keyed(&next_key(key, name)[..]))
    }
}

/// The key of the next step: of the date, the region, the service, the signature.
fn next_key(mut key: HmacSha256, name: &str) -> Zeroizing<[u8; 32]> {
    key.update(name.as_bytes());
    Zeroizing::new(key.finalize().into_bytes().into())
}

fn keyed(key: &[u8]) -> HmacSha256 {
    HmacSha256::new_from_slice(key).expect("HMAC takes a key of any length")
}
