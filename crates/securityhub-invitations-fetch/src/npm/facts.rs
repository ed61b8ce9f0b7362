//! [`Facts`]: outputs and errors as plain objects.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use js_sys::Array;
use securityhub_invitations::{
    AccountId, ConfigError, Error, InvalidAccountIds, Invitation, PageError, UnprocessedAccount, Verdict,
    sigv4::Explanation,
};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::{CallError, exchange::milliseconds};

#[wasm_bindgen]
extern "C" {
    /// A plain object for index.js.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type Facts;

    #[wasm_bindgen(constructor, js_class = "Object")]
    pub(super) fn new() -> Facts;
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub(super) fn set(this: &Facts, name: &str, value: &JsValue);
}

impl Facts {
    fn with(self, name: &str, value: impl Into<JsValue>) -> Self {
        self.set(name, &value.into());
        self
    }

    /// Adds what every output has.
    pub(super) fn with_receipt(
        self,
        request_id: Option<&str>,
        attempts: Option<u32>,
        unconfirmed_attempts: Option<u32>,
    ) -> Self {
        self.with("requestId", string(request_id))
            .with("attempts", attempts)
            .with("unconfirmedAttempts", unconfirmed_attempts)
    }

    /// Adds what every error has.
    fn error(name: &str, kind: &str, message: &str, is_retryable: bool) -> Self {
        Self::new().with("name", name).with("kind", kind).with("message", message).with("retryable", is_retryable)
    }
}

fn string(string: Option<&str>) -> JsValue {
    string.map_or(JsValue::UNDEFINED, JsValue::from_str)
}

pub(super) fn request(request: &Request<Bytes>) -> Facts {
    let headers = Facts::new();
    for (name, value) in request.headers() {
        // `as_str` would be compiled a second time, with the names of 81 headers.
        headers.set(name.as_ref(), &value.to_str().unwrap_or_default().into());
    }
    Facts::new()
        .with("url", request.uri().to_string())
        .with("method", request.method().as_str())
        .with("headers", headers)
        .with("body", std::str::from_utf8(request.body()).unwrap_or_default())
}

/// A request for exchange.js.
pub(super) fn exchange(request: &Request<Bytes>, timeout: Duration) -> Facts {
    self::request(request).with("timeoutMs", milliseconds(timeout))
}

pub(super) fn wait(wait: Duration) -> JsValue {
    milliseconds(wait).into()
}

pub(super) fn explanation(explanation: Explanation) -> Facts {
    // It contains the session token.
    let canonical_request = Zeroizing::new(explanation.canonical_request);
    Facts::new()
        .with("canonicalRequest", canonical_request.as_str())
        .with("stringToSign", explanation.string_to_sign)
        .with("signedHeaders", explanation.signed_headers)
        .with("signature", explanation.signature)
}

/// The output of an operation on account ids.
pub(super) fn processed<'a>(
    unprocessed: &[UnprocessedAccount],
    verdicts: Option<impl Iterator<Item = (AccountId, Verdict<'a>)>>,
) -> Facts {
    let accounts = Array::new();
    for account in unprocessed {
        let facts = Facts::new()
            .with("accountId", string(account.account_id()))
            .with("processingResult", string(account.processing_result()));
        accounts.push(&facts);
    }
    let verdicts = verdicts.map(|verdicts| {
        let list = Array::new();
        for (account_id, verdict) in verdicts {
            let (verdict, entry) = match verdict {
                Verdict::Done => ("done", None),
                Verdict::NotProcessed(entry) => ("notProcessed", Some(entry)),
                Verdict::Uncertain(entry) => ("uncertain", Some(entry)),
                _ => ("uncertain", None),
            };
            let mut facts = Facts::new().with("accountId", account_id.as_str()).with("verdict", verdict);
            if let Some(result) = entry.and_then(UnprocessedAccount::processing_result) {
                facts = facts.with("processingResult", result);
            }
            list.push(&facts);
        }
        list
    });
    Facts::new()
        .with("unprocessedAccounts", accounts)
        .with("verdicts", verdicts)
        .with("isComplete", unprocessed.is_empty())
}

/// A page of invitations. Times are in milliseconds since 1970.
pub(super) fn invitations(invitations: &[Invitation], next_token: Option<&str>) -> Facts {
    let list = Array::new();
    for invitation in invitations {
        let since = invitation.invited_at().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let invited_at = since.map(milliseconds);
        let facts = Facts::new()
            .with("accountId", string(invitation.account_id()))
            .with("invitationId", string(invitation.invitation_id()))
            .with("invitedAt", invited_at)
            .with("memberStatus", string(invitation.member_status()));
        list.push(&facts);
    }
    Facts::new().with("invitations", list).with("nextToken", string(next_token))
}

pub(super) fn attempt(attempt: &crate::Attempt<'_>) -> Facts {
    let mut facts = Facts::new()
        .with("operation", attempt.operation())
        .with("number", attempt.number)
        .with("requestId", string(attempt.request_id));
    if let Err(error) = attempt.result {
        facts = facts.with("error", call_error(error));
    }
    if let Some(wait) = attempt.wait {
        facts.set("waitMs", &milliseconds(wait).into());
    }
    facts
}

pub(super) fn call_error(error: &CallError) -> Facts {
    let message = error.to_string();
    let facts = match error {
        CallError::Service(error) => return service_error(error),
        CallError::Transport { error, .. } => {
            let facts = Facts::error("TransportError", error.kind(), &message, error.is_retryable());
            match error.js_value() {
                Some(thrown) => facts.with("cause", thrown),
                None => facts,
            }
        }
        CallError::DeadlineExceeded { last_error, .. } => {
            let facts = Facts::error("DeadlineError", "Deadline", &message, true);
            match last_error {
                Some(error) => facts.with("lastError", call_error(error)),
                None => facts,
            }
        }
        _ => Facts::error("ResponseTooLargeError", "ResponseTooLarge", &message, false),
    };
    facts.with("mayHaveTakenEffect", error.may_have_taken_effect()).with_receipt(
        error.request_id(),
        Some(error.attempts()),
        Some(error.unconfirmed_attempts()),
    )
}

pub(super) fn service_error(error: &Error) -> Facts {
    Facts::error("ServiceError", error.kind().as_str(), &error.to_string(), error.is_retryable())
        .with("code", string(error.code()))
        .with("status", error.status().as_u16())
        .with("serviceMessage", string(error.message()))
        .with("excerpt", string(error.excerpt()))
        .with("notSubscribed", error.is_not_subscribed())
        .with("deniedByPolicy", error.is_denied_by_policy())
        .with("maybeDisabledRegion", error.may_be_disabled_region())
        .with("mayHaveTakenEffect", error.may_have_taken_effect())
        .with_receipt(error.request_id(), error.attempts(), error.unconfirmed_attempts())
}

/// A list that does not end. The list was read, so nothing can have been changed.
pub(super) fn page_error(error: PageError) -> Facts {
    Facts::error("PageError", "InvalidNextToken", &error.to_string(), false)
}

pub(super) fn config_error(error: &ConfigError) -> Facts {
    Facts::error("ConfigError", "InvalidConfig", &error.to_string(), false)
        .with("setting", error.setting())
        .with("reason", error.reason())
}

pub(super) fn invalid_account_ids(error: &InvalidAccountIds) -> Facts {
    let invalid = Array::new();
    for (index, error) in error.iter() {
        let facts = Facts::new()
            .with("index", u32::try_from(index).unwrap_or(u32::MAX))
            .with("value", error.value())
            .with("reason", error.reason());
        invalid.push(&facts);
    }
    Facts::error("InputError", "InvalidAccountIds", &error.to_string(), false).with("invalid", invalid)
}
