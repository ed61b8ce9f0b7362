//! The exports that the npm package's index.js calls. They take plain values and return plain objects.
//!
//! No export returns an object, because Node 20 crashes after about 10,000 calls of such a function: its V8 cannot leave code into
//! which it inlined one. An export puts its result into the member `result` of an object that index.js passes.
//!
//! Nothing here throws or waits. index.js runs the loop of [`Client::send`](crate::Client::send) with the functions of exchange.js.
//! An error is returned as an object with a `name`, from which index.js creates an `Error`.
//!
//! Keys are kept only during the call that they came with. The retry quota and the clock offset are kept per endpoint.

#![allow(unreachable_pub, unnameable_types, missing_debug_implementations, reason = "only JavaScript reaches it")]

mod facts;
mod running;
mod settings;

use std::time::SystemTime;

use securityhub_invitations::{
    DeclineInvitations, DeleteInvitations, DeleteInvitationsOutput, ListInvitations, SecurityHub,
};
use wasm_bindgen::prelude::*;

use crate::{
    exchange::{response, system_time},
    npm::{facts::Facts, running::start, settings::Settings},
};

/// Results in a running call, or an error.
#[wasm_bindgen(js_name = deleteInvitations)]
pub fn delete_invitations(settings: &Settings) {
    let input = DeleteInvitations::new(settings.ids()).map_err(|error| facts::invalid_account_ids(&error));
    start(settings, input, |input, output| {
        facts::processed(output.unprocessed_accounts(), Some(output.verdicts(input))).with_receipt(
            output.request_id(),
            output.attempts(),
            output.unconfirmed_attempts(),
        )
    });
}

/// Results in a running call, or an error.
#[wasm_bindgen(js_name = declineInvitations)]
pub fn decline_invitations(settings: &Settings) {
    let input = DeclineInvitations::new(settings.ids()).map_err(|error| facts::invalid_account_ids(&error));
    start(settings, input, |input, output| {
        facts::processed(output.unprocessed_accounts(), Some(output.verdicts(input))).with_receipt(
            output.request_id(),
            output.attempts(),
            output.unconfirmed_attempts(),
        )
    });
}

/// Results in a running call, or an error.
#[wasm_bindgen(js_name = listInvitations)]
pub fn list_invitations(settings: &Settings) {
    let mut input = ListInvitations::new();
    if let Some(token) = settings.string("nextToken") {
        input = input.with_next_token(token);
    }
    let input = match settings.integer("pageSize") {
        Some(page_size) => input
            .with_page_size(u8::try_from(page_size).unwrap_or(u8::MAX))
            .map_err(|error| facts::config_error(&error)),
        None => Ok(input),
    };
    start(settings, input, |input, output| {
        let facts = match input.next_page(output) {
            Ok(_) => facts::invitations(output.invitations(), output.next_token()),
            Err(error) => facts::page_error(error),
        };
        facts.with_receipt(output.request_id(), output.attempts(), output.unconfirmed_attempts())
    });
}

/// Results in the signed request, or an error.
#[wasm_bindgen(js_name = signRequest)]
pub fn sign_request(settings: &Settings) {
    with_hub(settings, |hub, input| facts::request(&hub.signed_request(input, now(settings))));
}

/// Results in the intermediate values of the signature, or an error.
#[wasm_bindgen]
pub fn explain(settings: &Settings) {
    with_hub(settings, |hub, input| facts::explanation(hub.explain(input, now(settings))));
}

/// The time of a signature.
fn now(settings: &Settings) -> SystemTime {
    system_time(settings.number("now").unwrap_or_default())
}

fn with_hub(settings: &Settings, work: impl FnOnce(&SecurityHub, &DeleteInvitations) -> Facts) {
    let input = DeleteInvitations::new(settings.ids()).map_err(|error| facts::invalid_account_ids(&error));
    let facts = input.and_then(|input| Ok(work(&settings.hub()?, &input))).unwrap_or_else(|facts| facts);
    settings.end(&facts);
    wipe_stack();
}

/// Results in the output of a response to `DeleteInvitations`, or an error. The status is one of 100–999.
#[wasm_bindgen(js_name = parseResponse)]
pub fn parse_response(settings: &Settings) {
    let attempts = settings.integer("attempts").zip(settings.integer("unconfirmedAttempts"));
    let facts = match DeleteInvitationsOutput::from_response(&response(settings)) {
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
    };
    settings.end(&facts);
}

/// Overwrites the values that functions left on the stack. The heap is wiped by its owners, but `hmac`, for example, leaves the
/// block with which it mixes a key.
#[inline(never)]
fn wipe_stack() {
    std::hint::black_box(&mut [0_u8; 16 * 1024]);
}
