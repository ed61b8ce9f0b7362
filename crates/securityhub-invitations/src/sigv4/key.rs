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

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::Value;

    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// Every key of every case, as the reference client and protocol have them.
    #[test]
    fn each_step_of_the_derivation_has_its_key() {
        let data: Value = serde_json::from_str(include_str!("../../tests/data/signing.json")).unwrap();
        let cases = data["cases"].as_array().unwrap();
        assert!(cases.len() >= 83, "cases were lost");
        for case in cases {
            let text = |name: &str| case[name].as_str().unwrap();
            let keys = SigningKeys::new(text("secret_access_key"), text("region"), text("service"));
            let date = &text("time")[..8];
            let mut state = keys.secret.clone();
            for (name, stage) in [
                (date, "k_date"),
                (text("region"), "k_region"),
                (text("service"), "k_service"),
                ("aws4_request", "k_signing"),
            ] {
                let key = next_key(state, name);
                assert_eq!(hex::encode(*key), text(stage), "{stage} of {}", text("name"));
                state = keyed(&key[..]);
            }
            let mut derived = keys.of_day(date);
            derived.update(text("string_to_sign").as_bytes());
            assert_eq!(hex::encode(derived.finalize().into_bytes()), text("signature"), "{}", text("name"));
        }
    }

    #[test]
    fn a_day_has_one_key_that_is_derived_once() {
        let keys = SigningKeys::new(SECRET, "us-east-1", "securityhub");
        let kept = |keys: &SigningKeys| keys.newest.read().unwrap().as_ref().map(|day| day.date);
        assert_eq!(kept(&keys), None);
        for (seconds, date) in
            [(1_795_379_825, b"20261122"), (1_795_391_999, b"20261122"), (1_795_392_000, b"20261123")]
        {
            let timestamp = Timestamp::at(UNIX_EPOCH + Duration::from_secs(seconds), 0);
            let fresh = SigningKeys::new(SECRET, "us-east-1", "securityhub").sign(&timestamp, |sink| sink(b"text"));
            assert_eq!(keys.sign(&timestamp, |sink| sink(b"text")), fresh);
            assert_eq!(kept(&keys), Some(*date));
            // From here on it is the kept key that signs: without the secret it is the same.
            let without_secret = SigningKeys { secret: keyed(b""), newest: RwLock::new(take(&keys)), ..named() };
            assert_eq!(without_secret.sign(&timestamp, |sink| sink(b"text")), fresh);
        }
    }

    fn named() -> SigningKeys {
        SigningKeys::new("", "us-east-1", "securityhub")
    }

    fn take(keys: &SigningKeys) -> Option<DayKey> {
        let newest = keys.newest.read().unwrap();
        newest.as_ref().map(|day| DayKey { date: day.date, key: day.key.clone() })
    }
}
