//! Tracing: a span for each call, an event for each attempt, nothing secret.

use securityhub_invitations::Call;
use tracing::{Span, debug, info_span, warn};

use crate::{Attempt, Error};

pub(crate) fn span(call: &Call) -> Span {
    info_span!(
        "delete_invitations",
        region = %call.hub().endpoint().region(),
        endpoint = %call.hub().endpoint().url(),
        account_ids = call.input().account_ids().len(),
    )
}

pub(crate) fn event(attempt: &Attempt<'_>) {
    let number = attempt.number;
    match attempt.outcome {
        Ok(output) => debug!(
            attempt = number,
            unprocessed_accounts = output.unprocessed_accounts().len(),
            request_id = output.request_id(),
            "answered"
        ),
        Err(error) => warn!(
            attempt = number,
            request_id = request_id(error),
            wait_ms = attempt.wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            %error,
            "failed"
        ),
    }
}

fn request_id(error: &Error) -> Option<&str> {
    match error {
        Error::Service(error) => error.request_id(),
        _ => None,
    }
}
