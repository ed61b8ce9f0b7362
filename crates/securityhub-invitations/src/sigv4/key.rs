//! The signing key: derived once per day and kept as the state of an HMAC.

use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::date::{self, DateStamp};

type HmacSha256 = Hmac<Sha256>;

/// The keys of one secret for one region and service: one key per day.
///
/// An `Hmac` holds the two SHA-256 states that its key was mixed into, and each signature continues from a copy of them.
/// Neither the secret nor a key is kept in another form. The states are wiped on drop.
pub(super) struct SigningKeys {
    secret: HmacSha256,
    region: Box<str>,
    service: Box<str>,
    /// The day that was signed for last.
    latest: RwLock<Option<SigningDay>>,
}

/// A day and its key, which signs once. Clones sign for the same day.
#[derive(Clone)]
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
            latest: RwLock::new(None),
        }
    }

    /// Returns a day's key, derived if the latest signature was of another day.
    ///
    /// The lock is held for a copy only. Deriving and signing happen without it.
    pub(super) fn on_day(&self, number: u32) -> SigningDay {
        if let Some(day) = &*self.latest.read().unwrap_or_else(PoisonError::into_inner)
            && day.number == number
        {
            return day.clone();
        }
        let date = date::date_stamp(number);
        let day = SigningDay { number, date, key: self.derived(&date) };
        *self.latest.write().unwrap_or_else(PoisonError::into_inner) = Some(day.clone());
        day
    }

    fn derived(&self, date: &DateStamp) -> HmacSha256 {
        let names = [date, self.region.as_bytes(), self.service.as_bytes(), b"aws4_request"];
        names.iter().fold(self.secret.clone(), |key, name| keyed(&next_key(key, name)[..]))
    }
}

impl SigningDay {
    pub(super) fn sign(mut self, string_to_sign: &[u8]) -> [u8; 32] {
        self.key.update(string_to_sign);
        self.key.finalize().into_bytes().into()
    }
}

/// Returns the next key of the chain: date, region, service, `aws4_request`.
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

    /// Every key of every case equals the reference client's.
    #[test]
    fn derives_every_key_of_the_chain() {
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
    fn derives_a_key_once_per_day() {
        let mut keys = SigningKeys::new(SECRET, "us-east-1", "securityhub");
        let signature = |keys: &SigningKeys, day| keys.on_day(day).sign(b"string");
        for (number, date) in [(20_779, b"20261122"), (20_780, b"20261123"), (20_779, b"20261122")] {
            let fresh = signature(&SigningKeys::new(SECRET, "us-east-1", "securityhub"), number);
            assert_eq!(signature(&keys, number), fresh, "{number}");
            assert_eq!(keys.on_day(number).date, *date);
            // The kept key signs from here on: it is the same without the secret.
            let secret = std::mem::replace(&mut keys.secret, keyed(b""));
            assert_eq!(signature(&keys, number), fresh, "{number}");
            keys.secret = secret;
        }
    }

    /// B11: a thread that signs, or waits, must not make another one wait.
    #[test]
    fn holds_no_lock_while_signing() {
        let keys = SigningKeys::new(SECRET, "us-east-1", "securityhub");
        for number in [20_779, 20_780] {
            let day = keys.on_day(number);
            assert!(keys.latest.try_write().is_ok(), "{number}");
            day.sign(b"string");
        }
    }

    /// An HMAC consists of SHA-256 states, and has no such marker itself.
    #[test]
    fn keys_are_of_types_that_wipe() {
        fn assert_wiped<T: zeroize::ZeroizeOnDrop>() {}
        assert_wiped::<Sha256>();
        assert_wiped::<Zeroizing<[u8; 32]>>();
    }
}
