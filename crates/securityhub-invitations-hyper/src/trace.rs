//! Tracing: a span for each call, and an event for each attempt.

use securityhub_invitations::{Call, Operation};
use tracing::{Span, debug, info_span, warn};

use crate::Attempt;

pub(crate) fn span<O: Operation>(call: &Call<O>) -> Span {
    let endpoint = call.hub().endpoint();
    info_span!("call", operation = O::NAME, region = %endpoint.region(), endpoint = %endpoint.url())
}

pub(crate) fn event(attempt: &Attempt<'_>) {
    let (number, request_id) = (attempt.number, attempt.request_id);
    match attempt.result {
        Ok(()) => debug!(attempt = number, request_id, "attempt succeeded"),
        Err(error) => warn!(
            attempt = number,
            request_id,
            unconfirmed_attempts = error.unconfirmed_attempts(),
            wait_ms = attempt.wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            %error,
            "attempt failed"
        ),
    }
}
