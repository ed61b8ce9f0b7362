//! [`Settings`]: the caller's options after index.js has checked their types.

use std::{cell::RefCell, num::NonZeroU32};

use js_sys::Array;
use securityhub_invitations::{ConfigError, Credentials, Endpoint, EndpointVariant, Limits, RetryPolicy, SecurityHub};
use wasm_bindgen::prelude::*;

use crate::{
    exchange::duration,
    npm::facts::{self, Facts},
};

#[wasm_bindgen]
extern "C" {
    /// The caller's options after index.js has checked their types.
    pub type Settings;

    #[wasm_bindgen(method, getter)]
    fn region(this: &Settings) -> String;
    #[wasm_bindgen(method, getter)]
    fn endpoint(this: &Settings) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn relay(this: &Settings) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn fips(this: &Settings) -> bool;
    #[wasm_bindgen(method, getter, js_name = dualStack)]
    fn dual_stack(this: &Settings) -> bool;
    #[wasm_bindgen(method, getter, js_name = accessKeyId)]
    fn access_key_id(this: &Settings) -> String;
    // UTF-8 bytes, because the conversion of a string could leave a part of it behind.
    #[wasm_bindgen(method, getter, js_name = secretAccessKey)]
    fn secret_access_key(this: &Settings) -> Vec<u8>;
    #[wasm_bindgen(method, getter, js_name = sessionToken)]
    fn session_token(this: &Settings) -> Option<Vec<u8>>;

    #[wasm_bindgen(method, getter, js_name = accountIds)]
    fn account_ids(this: &Settings) -> Array;
    #[wasm_bindgen(method, getter, js_name = pageSize)]
    pub fn page_size(this: &Settings) -> Option<u8>;
    #[wasm_bindgen(method, getter, js_name = nextToken)]
    pub fn next_token(this: &Settings) -> Option<String>;

    /// The time of a signature, in milliseconds since 1970.
    #[wasm_bindgen(method, getter)]
    pub fn now(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter)]
    pub fn attempts(this: &Settings) -> Option<u32>;
    #[wasm_bindgen(method, getter, js_name = unconfirmedAttempts)]
    pub fn unconfirmed_attempts(this: &Settings) -> Option<u32>;

    #[wasm_bindgen(method, getter, js_name = maxAttempts)]
    fn max_attempts(this: &Settings) -> Option<u32>;
    #[wasm_bindgen(method, getter, js_name = attemptTimeoutMs)]
    fn attempt_timeout_ms(this: &Settings) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = deadlineMs)]
    fn deadline_ms(this: &Settings) -> Option<f64>;
}

impl Settings {
    /// The account ids, which index.js has checked to be strings.
    pub(super) fn ids(&self) -> Vec<String> {
        self.account_ids().iter().map(|id| id.as_string().unwrap_or_default()).collect()
    }

    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::new();
        if let Some(timeout) = self.attempt_timeout_ms() {
            limits = limits.with_attempt_timeout(duration(timeout));
        }
        if let Some(deadline) = self.deadline_ms() {
            limits = limits.with_deadline(duration(deadline));
        }
        limits
    }

    /// The hub with the caller's keys.
    pub(super) fn hub(&self) -> Result<SecurityHub, Facts> {
        let hub =
            self.credentials().and_then(|credentials| Ok(shared_hub(self.resolve()?).with_credentials(credentials)));
        let policy = match self.max_attempts().and_then(NonZeroU32::new) {
            Some(max_attempts) => RetryPolicy::standard().with_max_attempts(max_attempts),
            None => RetryPolicy::standard(),
        };
        hub.map(|hub| hub.with_retry_policy(policy)).map_err(|error| facts::config_error(&error))
    }

    fn credentials(&self) -> Result<Credentials, ConfigError> {
        // The bytes become the string that `Credentials` wipes, without a copy.
        let secret = |bytes| String::from_utf8(bytes).unwrap_or_default();
        let credentials = Credentials::new(self.access_key_id(), secret(self.secret_access_key()))?;
        match self.session_token() {
            Some(token) => credentials.with_session_token(secret(token)),
            None => Ok(credentials),
        }
    }

    fn resolve(&self) -> Result<Endpoint, ConfigError> {
        let region = self.region().parse()?;
        let endpoint = match self.endpoint() {
            Some(url) => Endpoint::custom(&region, &url),
            None => {
                let variant = EndpointVariant { fips: self.fips(), dual_stack: self.dual_stack() };
                Endpoint::resolve(&region, variant)
            }
        }?;
        match self.relay() {
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
