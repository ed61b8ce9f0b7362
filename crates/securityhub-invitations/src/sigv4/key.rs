//! The signing key: derived once a day, kept as the state of an HMAC.

use std::sync::{OnceLock, PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::date::{self, DateStamp};

type HmacSha256 = Hmac<Sha256>;

/// The keys that one secret has for one region and service, one a day.
///
/// An `Hmac` holds the two SHA-256 states that its key has been mixed into: each later use starts from there, and neither
/// the secret nor a key is kept as a text. The states are wiped on drop.
pub(super) struct SigningKeys {
    secret: HmacSha256,
    region: Box<str>,
    service: Box<str>,
    /// The day of the first signature, mostly the only one that credentials see. Without a lock, since each thread that
    /// reads behind one writes to it, and waits for the others that do.
    first: OnceLock<SigningDay>,
    /// The newest of the days after, or before, it.
    other: RwLock<Option<SigningDay>>,
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
            secret: without_traces(|| keyed(secret.as_bytes())),
            region: region.into(),
            service: service.into(),
            first: OnceLock::new(),
            other: RwLock::new(None),
        }
    }

    /// What `sign` makes of the day. Others can sign meanwhile.
    pub(super) fn on_day<T>(&self, number: u32, sign: impl FnOnce(&SigningDay) -> T) -> T {
        let first = self.first.get_or_init(|| self.day(number));
        if first.number == number {
            return sign(first);
        }
        let other = self.other.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(day) = other.as_ref().filter(|day| day.number == number) {
            return sign(day);
        }
        drop(other);
        let day = self.day(number);
        let signed = sign(&day);
        *self.other.write().unwrap_or_else(PoisonError::into_inner) = Some(day);
        signed
    }

    fn day(&self, number: u32) -> SigningDay {
        let date = date::date_stamp(number);
        SigningDay { number, date, key: without_traces(|| self.derived(&date)) }
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

/// hmac leaves a key's blocks on the stack, in a frame of its own: what is made here is made in frames that are then
/// overwritten.
fn without_traces<T>(make: impl FnOnce() -> T) -> T {
    let made = in_its_frame(make);
    wipe_stack();
    made
}

#[inline(never)]
fn in_its_frame<T>(make: impl FnOnce() -> T) -> T {
    make()
}

/// Its frame lies where that of [`in_its_frame`] and those below it lay, and is larger.
#[inline(never)]
fn wipe_stack() {
    let mut frame = [0_u64; 256];
    frame.zeroize();
    std::hint::black_box(&frame);
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
        let mut keys = SigningKeys::new(SECRET, "us-east-1", "securityhub");
        let signature = |keys: &SigningKeys, day| keys.on_day(day, |day| day.sign(b"text"));
        let fresh = |day| signature(&SigningKeys::new(SECRET, "us-east-1", "securityhub"), day);
        let other = |keys: &SigningKeys| keys.other.read().unwrap().as_ref().map(|day| (day.number, day.date));
        for (number, kept) in [
            (20_779, None),
            (20_779, None),
            (20_780, Some((20_780, *b"20261123"))),
            (20_779, Some((20_780, *b"20261123"))),
            (20_781, Some((20_781, *b"20261124"))),
            (20_778, Some((20_778, *b"20261121"))),
        ] {
            assert_eq!(signature(&keys, number), fresh(number), "{number}");
            assert_eq!(other(&keys), kept, "{number}");
            // From here on it is the kept key that signs: without the secret it is the same.
            let secret = std::mem::replace(&mut keys.secret, keyed(b""));
            assert_eq!(signature(&keys, number), fresh(number), "{number}");
            keys.secret = secret;
        }
        assert_eq!(keys.first.get().map(|day| day.date), Some(*b"20261122"));
    }
}
