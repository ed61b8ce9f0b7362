//! The exports that the npm package's index.js calls. They take plain values and return plain objects.
//!
//! Nothing here throws or waits. index.js runs the loop of [`Client::send`](crate::Client::send) with the functions of exchange.js.
//! An error is returned as an object with a `name`, from which index.js creates an `Error`.
//!
//! Keys are kept only during the call that they came with. The retry quota and the clock offset are kept per endpoint.

#![allow(unreachable_pub, unnameable_types, missing_debug_implementations, reason = "only JavaScript reaches it")]

mod facts;
mod running;
mod settings;

use js_sys::Array;
use securityhub_invitations::{
    DeclineInvitations, DeleteInvitations, DeleteInvitationsOutput, ListInvitations, SecurityHub,
};
use wasm_bindgen::prelude::*;

use crate::{
    exchange::{response, system_time},
    npm::{facts::Facts, running::start, settings::Settings},
};

/// Returns a running call, or an error.
#[wasm_bindgen(js_name = deleteInvitations)]
pub fn delete_invitations(settings: &Settings) -> JsValue {
    let input = DeleteInvitations::new(settings.ids()).map_err(|error| facts::invalid_account_ids(&error));
    start(settings, input, |input, output| {
        facts::processed(output.unprocessed_accounts(), Some(output.verdicts(input))).with_receipt(
            output.request_id(),
            output.attempts(),
            output.unconfirmed_attempts(),
        )
    })
}

/// Returns a running call, or an error.
#[wasm_bindgen(js_name = declineInvitations)]
pub fn decline_invitations(settings: &Settings) -> JsValue {
    let input = DeclineInvitations::new(settings.ids()).map_err(|error| facts::invalid_account_ids(&error));
    start(settings, input, |input, output| {
        facts::processed(output.unprocessed_accounts(), Some(output.verdicts(input))).with_receipt(
            output.request_id(),
            output.attempts(),
            output.unconfirmed_attempts(),
        )
    })
}

/// Returns a running call, or an error.
#[wasm_bindgen(js_name = listInvitations)]
pub fn list_invitations(settings: &Settings) -> JsValue {
    let mut input = ListInvitations::new();
    if let Some(token) = settings.next_token() {
        input = input.with_next_token(token);
    }
    let input = match settings.page_size() {
        Some(page_size) => input.with_page_size(page_size).map_err(|error| facts::config_error(&error)),
        None => Ok(input),
    };
    start(settings, input, |input, output| {
        let facts = match input.next_page(output) {
            Ok(_) => facts::invitations(output.invitations(), output.next_token()),
            Err(error) => facts::page_error(error),
        };
        facts.with_receipt(output.request_id(), output.attempts(), output.unconfirmed_attempts())
    })
}

/// Returns the signed request, or an error.
#[wasm_bindgen(js_name = signRequest)]
pub fn sign_request(settings: &Settings) -> Facts {
    with_hub(settings, |hub, input| facts::request(&hub.signed_request(input, system_time(settings.now()))))
}

/// Returns the intermediate values of the signature, or an error.
#[wasm_bindgen]
pub fn explain(settings: &Settings) -> Facts {
    with_hub(settings, |hub, input| facts::explanation(hub.explain(input, system_time(settings.now()))))
}

fn with_hub(settings: &Settings, work: impl FnOnce(&SecurityHub, &DeleteInvitations) -> Facts) -> Facts {
    let input = DeleteInvitations::new(settings.ids()).map_err(|error| facts::invalid_account_ids(&error));
    let facts = input.and_then(|input| Ok(work(&settings.hub()?, &input))).unwrap_or_else(|facts| facts);
    wipe_stack();
    facts
}

/// Returns the output of a response to `DeleteInvitations`, or an error. The status is one of 100–999.
#[wasm_bindgen(js_name = parseResponse)]
pub fn parse_response(settings: &Settings, status: u16, headers: &Array, body: Vec<u8>) -> Facts {
    let attempts = settings.attempts().zip(settings.unconfirmed_attempts());
    match DeleteInvitationsOutput::from_response(&response(status, headers, body)) {
        Ok(mut output) => {
            if let Some((attempts, unconfirmed)) = attempts {
                output = output.with_attempts(attempts, unconfirmed);
            }
            let input = DeleteInvitations::new(settings.ids()).ok();
            facts::processed(output.unprocessed_accounts(), input.as_ref().map(|input| output.verdicts(input)))
                .with_receipt(output.request_id(), output.attempts(), output.unconfirmed_attempts())
        }
        Err(error) => facts::service_error(&match attempts {
            Some((attempts, unconfirmed)) => error.with_attempts(attempts, unconfirmed),
            None => error,
        }),
    }
}

/// Overwrites the values that functions left on the stack. The heap is wiped by its owners, but `hmac`, for example, leaves the
/// block with which it mixes a key.
#[inline(never)]
fn wipe_stack() {
    std::hint::black_box(&mut [0_u8; 16 * 1024]);
}
