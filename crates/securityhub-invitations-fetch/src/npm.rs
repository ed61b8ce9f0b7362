//! What the npm package's index.js calls: plain values in, plain objects out. Nothing here throws: what fails comes back as
//! an object with a `name`, which index.js makes an error of.
//!
//! Keys live for the call that they came with. What outlives it, per endpoint, is the retry quota and the clock offset.

#![allow(unreachable_pub)] // JavaScript reaches it

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    num::NonZeroU32,
    pin::{Pin, pin},
    task::Poll,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use js_sys::{Array, Function, Promise};
use securityhub_invitations::{
    ConfigError, Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, EndpointVariant, InputError,
    RetryPolicy, SecurityHub, sigv4::Explanation,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use zeroize::{Zeroize, Zeroizing};

use crate::{Attempt, Client, Error, TransportError, client::copy_headers, error::Fault};

#[wasm_bindgen]
extern "C" {
    /// What index.js makes of the caller's options: checked types, every member there.
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
    // Bytes in UTF-8: of a string the glue could leave a piece behind.
    #[wasm_bindgen(method, getter, js_name = secretAccessKey)]
    fn secret_access_key(this: &Settings) -> Vec<u8>;
    #[wasm_bindgen(method, getter, js_name = sessionToken)]
    fn session_token(this: &Settings) -> Option<Vec<u8>>;
    #[wasm_bindgen(method, getter, js_name = accountIds)]
    fn account_ids(this: &Settings) -> Array;

    #[wasm_bindgen(method, getter)]
    fn now(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = maxAttempts)]
    fn max_attempts(this: &Settings) -> Option<u32>;
    #[wasm_bindgen(method, getter, js_name = attemptTimeoutMs)]
    fn attempt_timeout_ms(this: &Settings) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = deadlineMs)]
    fn deadline_ms(this: &Settings) -> Option<f64>;
    /// Rejects when the call is to be given up, and settles at its end in any case.
    #[wasm_bindgen(method, getter)]
    fn aborted(this: &Settings) -> Option<Promise>;
    /// Never throws.
    #[wasm_bindgen(method, getter, js_name = onAttempt)]
    fn on_attempt(this: &Settings) -> Option<Function>;

    /// A plain object on its way out.
    #[wasm_bindgen(extends = js_sys::Object)]
    type Facts;

    #[wasm_bindgen(constructor, js_class = "Object")]
    fn new() -> Facts;
    #[wasm_bindgen(method, structural, indexing_setter)]
    fn put(this: &Facts, name: &str, value: &JsValue);
}

/// Resolves to the output, or to an error's facts. Rejects with what `aborted` rejects with.
#[wasm_bindgen(js_name = deleteInvitations)]
pub fn delete_invitations(settings: &Settings) -> Promise {
    let operation = operation(settings);
    wipe_stack();
    let (hub, input) = match operation {
        Ok(operation) => operation,
        Err(facts) => return Promise::resolve(&facts),
    };
    let policy = settings.max_attempts().and_then(NonZeroU32::new);
    let policy = policy.map_or_else(RetryPolicy::standard, |n| RetryPolicy::standard().max_attempts(n));
    let mut client = Client::new(hub.with_retry_policy(policy));
    if let Some(timeout) = settings.attempt_timeout_ms() {
        client = client.with_attempt_timeout(milliseconds(timeout));
    }
    if let Some(deadline) = settings.deadline_ms() {
        client = client.with_deadline(milliseconds(deadline));
    }
    if let Some(observer) = settings.on_attempt() {
        client = client.on_attempt(move |attempt| {
            observer.call1(&JsValue::UNDEFINED, &facts_of_attempt(attempt)).ok();
        });
    }
    let aborted = settings.aborted().map(JsFuture::from);
    future_to_promise(unless_aborted(aborted, async move {
        match client.delete_invitations(input).await {
            Ok(output) => facts_of_output(&output),
            Err(error) => facts_of_error(&error),
        }
    }))
}

/// The signed request, or an error's facts.
#[wasm_bindgen(js_name = signRequest)]
pub fn sign_request(settings: &Settings) -> JsValue {
    with_operation(settings, |hub, input| signed(&hub.request(input, time(settings.now()))))
}

fn signed(request: &Request<Bytes>) -> JsValue {
    let headers = Facts::new();
    for (name, value) in request.headers() {
        headers.put(name.as_str(), &value.to_str().unwrap_or_default().into());
    }
    let facts = Facts::new();
    facts.put("url", &request.uri().to_string().into());
    facts.put("method", &request.method().as_str().into());
    facts.put("headers", &headers);
    facts.put("body", &std::str::from_utf8(request.body()).unwrap_or_default().into());
    facts.into()
}

/// What is computed on the way to the signature, or an error's facts.
#[wasm_bindgen]
pub fn explain(settings: &Settings) -> JsValue {
    with_operation(settings, |hub, input| explained(hub.explain(input, time(settings.now()))))
}

fn explained(explanation: Explanation) -> JsValue {
    // It has the token.
    let canonical_request = Zeroizing::new(explanation.canonical_request);
    let facts = Facts::new();
    facts.put("canonicalRequest", &canonical_request.as_str().into());
    facts.put("stringToSign", &explanation.string_to_sign.into());
    facts.put("signedHeaders", &explanation.signed_headers.into());
    facts.put("signature", &explanation.signature.into());
    facts.into()
}

/// The output that a response is, or an error's facts. The status is one from 100 to 999.
#[wasm_bindgen(js_name = parseResponse)]
pub fn parse_response(status: u16, headers: &JsValue, body: Vec<u8>) -> JsValue {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    // What cannot be read is as good as hidden.
    copy_headers(headers, response.headers_mut()).ok();
    match DeleteInvitationsOutput::parse(&response) {
        Ok(output) => facts_of_output(&output),
        Err(error) => facts_of_service_error(&error),
    }
}

/// What `work` makes of the hub with the caller's keys and the input. Nothing is left of the keys.
fn with_operation(settings: &Settings, work: impl FnOnce(&SecurityHub, &DeleteInvitations) -> JsValue) -> JsValue {
    let facts = match operation(settings) {
        Ok((hub, input)) => work(&hub, &input),
        Err(facts) => facts,
    };
    wipe_stack();
    facts
}

/// The hub with the caller's keys, and the input.
fn operation(settings: &Settings) -> Result<(SecurityHub, DeleteInvitations), JsValue> {
    let hub = credentials(settings).and_then(|credentials| {
        let endpoint = endpoint(settings)?;
        Ok(hub_of(endpoint).with_credentials(credentials))
    });
    let hub = hub.map_err(|error| facts_of_config_error(&error))?;
    let ids = settings.account_ids();
    let ids = ids.iter().map(|id| id.as_string().unwrap_or_default());
    let input = DeleteInvitations::new(ids).map_err(|error| facts_of_input_error(&error))?;
    Ok((hub, input))
}

fn credentials(settings: &Settings) -> Result<Credentials, ConfigError> {
    // The bytes become the string that `Credentials` wipes: there is no copy.
    let secret = |bytes| String::from_utf8(bytes).unwrap_or_default();
    let credentials = Credentials::new(settings.access_key_id(), secret(settings.secret_access_key()))?;
    match settings.session_token() {
        Some(token) => credentials.with_session_token(secret(token)),
        None => Ok(credentials),
    }
}

fn endpoint(settings: &Settings) -> Result<Endpoint, ConfigError> {
    let region = settings.region().parse()?;
    let endpoint = match settings.endpoint() {
        Some(url) => Endpoint::custom(&region, &url),
        None => {
            let variant = EndpointVariant { fips: settings.fips(), dual_stack: settings.dual_stack() };
            Endpoint::resolve(&region, variant)
        }
    }?;
    match settings.relay() {
        Some(url) => endpoint.via_relay(&url),
        None => Ok(endpoint),
    }
}

/// The hub of this endpoint, without anyone's keys. The endpoint that was not used for longest is forgotten where there are
/// too many.
fn hub_of(endpoint: Endpoint) -> SecurityHub {
    const AT_MOST: usize = 256;
    thread_local! {
        static HUBS: RefCell<Vec<SecurityHub>> = const { RefCell::new(Vec::new()) };
    }
    HUBS.with_borrow_mut(|hubs| {
        let hub = match hubs.iter().position(|hub| *hub.endpoint() == endpoint) {
            Some(position) => hubs.remove(position),
            None => {
                if hubs.len() == AT_MOST {
                    hubs.remove(0);
                }
                SecurityHub::new(endpoint, Credentials::new("nobody", "none").expect("visible ASCII"))
            }
        };
        hubs.push(hub.clone());
        hub
    })
}

/// The future's output, unless the promise is rejected first. The future is dropped by then.
async fn unless_aborted(
    mut aborted: Option<JsFuture>,
    future: impl Future<Output = JsValue>,
) -> Result<JsValue, JsValue> {
    let result = {
        let mut future = pin!(future);
        poll_fn(|cx| {
            let reason = aborted.as_mut().map(|aborted| Pin::new(aborted).poll(cx));
            let polled = match reason {
                Some(Poll::Ready(Err(reason))) => Poll::Ready(Err(reason)),
                _ => future.as_mut().poll(cx).map(Ok),
            };
            wipe_stack();
            polled
        })
        .await
    };
    wipe_stack();
    result
}

/// Overwrites what functions that have returned left on the stack. What is on the heap wipes itself, but not all code that
/// sees a key cares for its local variables: `hmac` leaves the block that it mixes a key into.
#[inline(never)]
fn wipe_stack() {
    let mut stack = [0_u8; 16 * 1024];
    stack.zeroize();
    std::hint::black_box(&stack);
}

/// `as` saturates, and makes a NaN 0.
fn milliseconds(milliseconds: f64) -> Duration {
    Duration::from_millis(milliseconds as u64)
}

fn time(since_1970: f64) -> SystemTime {
    UNIX_EPOCH.checked_add(milliseconds(since_1970)).unwrap_or(UNIX_EPOCH)
}

fn text(text: Option<&str>) -> JsValue {
    text.map_or(JsValue::UNDEFINED, JsValue::from_str)
}

fn facts_of_output(output: &DeleteInvitationsOutput) -> JsValue {
    let accounts = Array::new();
    for account in output.unprocessed_accounts() {
        let facts = Facts::new();
        facts.put("accountId", &text(account.account_id()));
        facts.put("processingResult", &text(account.processing_result()));
        accounts.push(&facts);
    }
    let facts = Facts::new();
    facts.put("unprocessedAccounts", &accounts);
    facts.put("requestId", &text(output.request_id()));
    facts.put("attempts", &output.attempts().into());
    facts.put("complete", &output.is_complete().into());
    facts.into()
}

fn facts_of_attempt(attempt: &Attempt<'_>) -> JsValue {
    let facts = Facts::new();
    facts.put("attempt", &attempt.number.into());
    match attempt.outcome {
        Ok(output) => facts.put("output", &facts_of_output(output)),
        Err(error) => facts.put("error", &facts_of_error(error)),
    }
    if let Some(wait) = attempt.wait {
        facts.put("waitMs", &f64::from(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)).into());
    }
    facts.into()
}

/// What every error has.
fn facts_named(name: &str, kind: &str, message: &str, is_retryable: bool) -> Facts {
    let facts = Facts::new();
    facts.put("name", &name.into());
    facts.put("kind", &kind.into());
    facts.put("message", &message.into());
    facts.put("retryable", &is_retryable.into());
    facts
}

fn facts_of_error(error: &Error) -> JsValue {
    let message = error.to_string();
    let facts = match error {
        Error::Service(error) => return facts_of_service_error(error),
        Error::Transport(error) => {
            let facts = facts_named("TransportError", kind_of(error), &message, error.is_worth_another_attempt());
            if let Some(thrown) = error.js_value() {
                facts.put("cause", thrown);
            }
            facts
        }
        Error::ResponseTooLarge { .. } => facts_named("ResponseTooLargeError", "ResponseTooLarge", &message, false),
        Error::Deadline { latest, .. } => {
            let facts = facts_named("DeadlineError", "Deadline", &message, true);
            if let Some(latest) = latest {
                facts.put("latest", &facts_of_error(latest));
            }
            facts
        }
    };
    facts.put("attempts", &error.attempts().into());
    facts.into()
}

fn kind_of(error: &TransportError) -> &'static str {
    match error.fault() {
        Fault::NoResponse(_) => "NoResponse",
        Fault::Body(_) => "Interrupted",
        Fault::TimedOut(_) => "TimedOut",
        Fault::Redirect => "Redirect",
        Fault::Engine(_) => "Engine",
    }
}

fn facts_of_service_error(error: &securityhub_invitations::Error) -> JsValue {
    let facts = facts_named("ServiceError", error.kind().as_str(), &error.to_string(), error.is_retryable());
    facts.put("code", &text(error.code()));
    facts.put("status", &error.status().as_u16().into());
    facts.put("requestId", &text(error.request_id()));
    facts.put("serviceMessage", &text(error.message()));
    facts.put("excerpt", &text(error.excerpt()));
    facts.put("notSubscribed", &error.is_not_subscribed().into());
    facts.put("deniedByPolicy", &error.is_denied_by_policy().into());
    facts.put("maybeDisabledRegion", &error.may_be_disabled_region().into());
    facts.put("attempts", &error.attempts().into());
    facts.into()
}

fn facts_of_config_error(error: &ConfigError) -> JsValue {
    let facts = facts_named("ConfigError", "InvalidConfig", &error.to_string(), false);
    facts.put("setting", &error.setting().into());
    facts.put("rule", &error.rule().into());
    facts.into()
}

fn facts_of_input_error(error: &InputError) -> JsValue {
    let refused = Array::new();
    for (index, error) in error.refused() {
        let facts = Facts::new();
        facts.put("index", &u32::try_from(index).unwrap_or(u32::MAX).into());
        facts.put("text", &error.text().into());
        facts.put("rule", &error.rule().into());
        refused.push(&facts);
    }
    let facts = facts_named("InputError", "InvalidAccountIds", &error.to_string(), false);
    facts.put("refused", &refused);
    facts.into()
}
