//! Sessions of assumed roles.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use securityhub_invitations::AccountId;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{access_key::AccessKey, clock::Moment};

/// A session of an assumed role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) account: AccountId,
    /// The role's name without its path.
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) expires: Moment,
    /// Whether the global endpoint issued the session.
    pub(crate) global: bool,
}

impl Session {
    pub(crate) fn role_id(&self) -> String {
        id("AROA", &format!("{}/{}", self.account, self.role))
    }
}

/// The credentials of all sessions.
///
/// The session token contains the session with a MAC, as tokens of AWS do. Sessions therefore take no memory.
#[derive(Clone, Default)]
pub(crate) struct Sessions {
    issued: u64,
    /// Tokens of another generation are invalid.
    generation: u64,
}

impl Sessions {
    /// Every token begins like those of AWS. The slashes and `=` need percent-encoding in a query.
    const PREFIX: &str = "FwoGZXIvYXdzEMULATOR//////////wEa";
    const SUFFIX: &str = "==";

    /// Ends all sessions.
    pub(crate) fn end_all(&mut self, earlier: &Self) {
        *self = Self { issued: earlier.issued, generation: earlier.generation + 1 };
    }

    /// Returns new credentials for a session.
    pub(crate) fn issue(&mut self, session: Session) -> AccessKey {
        self.issued += 1;
        let key_id = id("ASIA", &format!("{}/{}", self.generation, self.issued));
        let payload = json!([
            key_id,
            session.account,
            session.role,
            session.name,
            session.expires.seconds(),
            session.global,
            self.generation
        ]);
        let payload = payload.to_string();
        let tag = &mac(b"session", &payload)[..16];
        let token = [Self::PREFIX, &hex::encode(&payload), &hex::encode(tag), Self::SUFFIX].concat();
        key(&key_id, &token, session)
    }

    /// Returns the key of a session that is not ended. It may have expired.
    pub(crate) fn find_key(&self, key_id: &str, token: &[u8]) -> Option<AccessKey> {
        let token = str::from_utf8(token).ok()?;
        let hex_digits = token.strip_prefix(Self::PREFIX)?.strip_suffix(Self::SUFFIX)?;
        // Only lower case, so that every session has one token.
        let decoded = hex::decode(hex_digits).ok().filter(|decoded| hex::encode(decoded) == hex_digits)?;
        let (payload, tag) = decoded.split_at_checked(decoded.len().checked_sub(16)?)?;
        let payload = str::from_utf8(payload).ok()?;
        let verified = Hmac::<Sha256>::new_from_slice(b"session").ok()?.chain_update(payload);
        verified.verify_truncated_left(tag).ok()?;
        let (id, account, role, name, expires, global, generation) =
            serde_json::from_str::<(String, AccountId, String, String, i64, bool, u64)>(payload).ok()?;
        if id != key_id || generation != self.generation {
            return None;
        }
        let session = Session { account, role, name, expires: Moment::from_seconds(expires), global };
        Some(key(key_id, token, session))
    }
}

fn key(id: &str, token: &str, session: Session) -> AccessKey {
    // The dates of sessions are clamped to four-digit years.
    let expires = UNIX_EPOCH + Duration::from_secs(session.expires.seconds().unsigned_abs());
    // 40 characters, as in AWS's secrets.
    let secret = hex::encode(&mac(b"secret", id)[..20]);
    let key = AccessKey::new(id, &secret).with_session_token(token).with_expiry(expires).with_account(session.account);
    AccessKey { session: Some(Arc::new(session)), ..key }
}

/// Returns a prefix and 16 upper-case hex digits, which look like an id of IAM.
pub(super) fn id(prefix: &str, name: &str) -> String {
    let hash = Sha256::digest(name);
    prefix.to_owned() + &hex::encode_upper(&hash[..8])
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            account: "111122223333".parse().unwrap(),
            role: "Cleanup".to_owned(),
            name: "test@example.com".to_owned(),
            expires: Moment::from_seconds(1_795_379_825),
            global: true,
        }
    }

    #[test]
    fn finds_issued_keys_only() {
        let mut sessions = Sessions::default();
        let key = sessions.issue(session());
        let token = key.session_token.clone().unwrap();
        let found = sessions.find_key(key.id(), token.as_bytes()).unwrap();
        assert_eq!((&found.secret, found.expiry, &found.session), (&key.secret, key.expiry, &key.session));
        assert_eq!(found.expiry, Some(UNIX_EPOCH + Duration::from_secs(1_795_379_825)));

        let second = sessions.issue(session());
        assert_ne!(
            (second.id(), &second.secret, second.session_token.as_ref().unwrap()),
            (key.id(), &key.secret, &token)
        );
        assert!(sessions.find_key(second.id(), token.as_bytes()).is_none());
        for index in 0..token.len() {
            let mut changed = token.as_bytes().to_vec();
            changed[index] ^= 1;
            assert!(sessions.find_key(key.id(), &changed).is_none(), "{index}");
            assert!(sessions.find_key(key.id(), &token.as_bytes()[..index]).is_none(), "{index}");
        }

        let mut next = Sessions::default();
        next.end_all(&sessions);
        assert!(next.find_key(key.id(), token.as_bytes()).is_none());
        assert_ne!(next.issue(session()).id(), key.id());
    }
}
