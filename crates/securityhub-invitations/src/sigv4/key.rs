//! The signing key: derived once a day, kept as the state of an HMAC.

use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::{self, DateStamp};

type HmacSha256 = Hmac<Sha256>;

/// The keys that one secret has for one region and service, one a day.
///
/// An `Hmac` holds the two SHA-256 states that its key has been mixed into: each later use starts from there, and neither
/// the secret nor a key is kept as a text. The states are wiped on drop.
pub(super) struct SigningKeys {
    secret: HmacSha256,
    region: Box<str>,
    service: Box<str>,
    newest: RwLock<Option<SigningDay>>,
}

/// A day, and what there is of it for all signatures: each is made once a day.
pub(super) struct SigningDay {
    number: u32,
    pub(super) date: DateStamp,
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

    /// What `sign` makes of the day. Others can sign meanwhile.
    pub(super) fn on_day<T>(&self, number: u32, sign: impl FnOnce(&SigningDay) -> T) -> T {
        let newest = self.newest.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(day) = newest.as_ref().filter(|day| day.number == number) {
            return sign(day);
        }
        drop(newest);
        let date = clock::date_stamp(number);
        let day = SigningDay { number, date, key: self.derived(&date) };
        let signed = sign(&day);
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Some(day);
        signed
    }

    fn derived(&self, date: &DateStamp) -> HmacSha256 {
        let names = [date, self.region.as_bytes(), self.service.as_bytes(), b"aws4_request"];
        names.iter().fold(self.secret.clone(), |key, name| keyed(&next_key(key, name)[..]))
    }
}

impl SigningDay {
    pub(super) fn sign(&self, string_to_sign: &[u8]) -> [u8; 32] {
        let mut hmac = self.key.clone();
        hmac.update(string_to_sign);
        hmac.finalize().into_bytes().into()
    }
}

/// The key of the next step: of the date, the region, the service, the signature.
fn next_key(mut key: HmacSha256, name: &[u8]) -> Zeroizing<[u8; 32]> {
    key.update(name);
    Zeroizing::new(key.finalize().into_bytes().into())
}

fn keyed(key: &[u8]) -> HmacSha256 {
    HmacSha256::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
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
                let key = next_key(state, name.as_bytes());
                assert_eq!(hex::encode(*key), text(stage), "{stage} of {}", text("name"));
                state = keyed(&key[..]);
            }
            let mut derived = keys.derived(date.as_bytes().try_into().unwrap());
            derived.update(text("string_to_sign").as_bytes());
            assert_eq!(hex::encode(derived.finalize().into_bytes()), text("signature"), "{}", text("name"));
        }
    }

    #[test]
    fn a_day_has_one_key_that_is_derived_once() {
        let keys = SigningKeys::new(SECRET, "us-east-1", "securityhub");
        let kept = |keys: &SigningKeys| keys.newest.read().unwrap().as_ref().map(|day| (day.number, day.date));
        assert_eq!(kept(&keys), None);
        for (number, date) in [(20_779, b"20261122"), (20_779, b"20261122"), (20_780, b"20261123")] {
            let signature = |keys: &SigningKeys| keys.on_day(number, |day| day.sign(b"text"));
            let fresh = signature(&SigningKeys::new(SECRET, "us-east-1", "securityhub"));
            assert_eq!(signature(&keys), fresh);
            assert_eq!(kept(&keys), Some((number, *date)));
            // From here on it is the kept key that signs: without the secret it is the same.
            let newest = keys.newest.write().unwrap().take();
            let without_secret =
                SigningKeys { newest: RwLock::new(newest), ..SigningKeys::new("", "us-east-1", "securityhub") };
            assert_eq!(signature(&without_secret), fresh);
            *keys.newest.write().unwrap() = without_secret.newest.into_inner().unwrap();
        }
    }
}
