//! [`Settings`]: the caller's options after index.js has checked their types.

use std::{cell::RefCell, num::NonZeroU32};

use js_sys::Array;
use securityhub_invitations::{ConfigError, Credentials, Endpoint, EndpointVariant, Limits, RetryPolicy, SecurityHub};
use wasm_bindgen::prelude::*;

use crate::{
    exchange::duration,
    npm::facts::{self, Facts},
    record::Record,
};

#[wasm_bindgen]
extern "C" {
    /// The caller's options after index.js has checked their types.
    #[wasm_bindgen(extends = Record)]
    pub type Settings;
}

impl Settings {
    /// Sets the result of an export.
    pub(super) fn end(&self, result: &JsValue) {
        self.unchecked_ref::<Facts>().set("result", result);
    }

    /// A whole number that index.js has checked.
    pub(super) fn integer(&self, member: &str) -> Option<u32> {
        self.number(member).map(|number| number as u32)
    }

    /// The account ids, which index.js has checked to be strings.
    pub(super) fn ids(&self) -> Vec<String> {
        let ids: Array = self.value("accountIds").unchecked_into();
        ids.iter().map(|id| id.as_string().unwrap_or_default()).collect()
    }

    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::new();
        if let Some(timeout) = self.number("attemptTimeoutMs") {
            limits = limits.with_attempt_timeout(duration(timeout));
        }
        if let Some(deadline) = self.number("deadlineMs") {
            limits = limits.with_deadline(duration(deadline));
        }
        limits
    }

    /// The hub with the caller's keys.
    pub(super) fn hub(&self) -> Result<SecurityHub, Facts> {
        let hub =
            self.credentials().and_then(|credentials| Ok(shared_hub(self.resolve()?).with_credentials(credentials)));
        let policy = match self.integer("maxAttempts").and_then(NonZeroU32::new) {
            Some(max_attempts) => RetryPolicy::standard().with_max_attempts(max_attempts),
            None => RetryPolicy::standard(),
        };
        hub.map(|hub| hub.with_retry_policy(policy)).map_err(|error| facts::config_error(&error))
    }

    /// The caller's keys.
    pub(super) fn credentials(&self) -> Result<Credentials, ConfigError> {
        // UTF-8 bytes, because the conversion of a string could leave a part of it behind. They become the string that `Credentials`
        // wipes, without a copy.
        let secret = |member| self.bytes(member).map(|bytes| String::from_utf8(bytes).unwrap_or_default());
        let access_key_id = self.string("accessKeyId").unwrap_or_default();
        let credentials = Credentials::new(access_key_id, secret("secretAccessKey").unwrap_or_default())?;
        match secret("sessionToken") {
            Some(token) => credentials.with_session_token(token),
            None => Ok(credentials),
        }
    }

    fn resolve(&self) -> Result<Endpoint, ConfigError> {
        let region = self.string("region").unwrap_or_default().parse()?;
        let endpoint = match self.string("endpoint") {
            Some(url) => Endpoint::custom(&region, &url),
            None => {
                let is_set = |member| self.integer(member) == Some(1);
                let variant = EndpointVariant { fips: is_set("fips"), dual_stack: is_set("dualStack") };
                Endpoint::resolve(&region, variant)
            }
        }?;
        match self.string("relay") {
            Some(url) => endpoint.via_relay(&url),
            None => Ok(endpoint),
        }
    }
}

/// Returns the hub of an endpoint, without keys. The least recently used one is dropped when there are too many.
fn shared_hub(endpoint: Endpoint) -> SecurityHub {
    const MOST_HUBS: usize = 256;
    thread_local! {
        static HUBS: RefCell<Vec<SecurityHub>> = const { RefCell::new(Vec::new()) };
    }
    HUBS.with_borrow_mut(|hubs| {
        let hub = match hubs.iter().position(|hub| *hub.endpoint() == endpoint) {
            Some(position) => hubs.remove(position),
            None => {
                if hubs.len() == MOST_HUBS {
                    hubs.remove(0);
                }
                SecurityHub::new(endpoint, Credentials::new("nobody", "none").expect("both values are valid"))
            }
        };
        hubs.push(hub.clone());
        hub
    })
}
