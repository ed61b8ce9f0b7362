//! The core and the sweep alone in a WebAssembly module. It runs whole calls with the driver, on clocks that are arguments,
//! and imports nothing.
//!
//! `cargo xtask test` builds it for wasm32-unknown-unknown, and `run.mjs` runs it in Node, where a panic is only a trap.
//! `cargo test --package wasm-probe` runs the same code natively, with messages.

mod sweep;

use std::{
    convert::Infallible,
    process::ExitCode,
    time::{Duration, UNIX_EPOCH},
};

use http::Response;
use securityhub_invitations::{
    CallError, Credentials, DeleteInvitations, Driver, Endpoint, Exchange, Limits, ListInvitations, Next, Operation,
    RetryPolicy, SecurityHub, Verdict,
};

/// 2026-11-22T20:37:05Z.
const START: Duration = Duration::from_secs(1_795_379_825);

/// The signature that botocore computes for this time: `hub: us-east-1` in the core's tests/data/signing.json.
const SIGNATURE: &str = "fa3e41c0076761be2d6c34b4649bec89e0d180330d3fb57d46810939010d110c";

/// The service's responses to the deletion, in order.
const DELETED: [(u16, &str); 3] = [
    (503, r#"{"message":"Service Unavailable"}"#),
    (503, "<html>Service Unavailable</html>"),
    (200, r#"{"UnprocessedAccounts":[{"AccountId":"444455556666","ProcessingResult":"No invitation"}]}"#),
];

/// The service's response to the list.
const LISTED: [(u16, &str); 1] =
    [(200, r#"{"Invitations":[{"AccountId":"111122223333","InvitedAt":"2026-11-22T20:37:05Z"}],"NextToken":"t"}"#)];

fn main() -> ExitCode {
    probe();
    sweep::probe();
    #[cfg(inject_clock)]
    std::hint::black_box(std::time::SystemTime::now());
    #[cfg(inject_import)]
    injected::import();
    ExitCode::SUCCESS
}

#[cfg(inject_import)]
#[allow(unsafe_code)]
mod injected {
    #[link(wasm_import_module = "injected")]
    unsafe extern "C" {
        fn outside();
    }

    pub(crate) fn import() {
        unsafe { outside() }
    }
}

/// Deletes with and without jitter, lists a page, and meets the deadline.
fn probe() {
    let input = DeleteInvitations::new(["111122223333", "444455556666"]).expect("two account ids");
    for (policy, has_jitter) in [(RetryPolicy::standard(), true), (RetryPolicy::standard().without_jitter(), false)] {
        let (result, waits) = run(policy, Limits::new(), input.clone(), &DELETED);
        let output = result.expect("the third response is a success");
        assert_eq!((output.attempts(), output.unconfirmed_attempts()), (Some(3), Some(2)));
        assert_eq!(output.request_id(), Some("probe"));
        // A 503 confirms nothing, so that the account may have been deleted by an earlier attempt.
        let verdicts: Vec<_> = output.verdicts(&input).map(|(_, verdict)| verdict).collect();
        let [Verdict::Done, Verdict::Uncertain(account)] = verdicts[..] else { panic!("{verdicts:?}") };
        assert_eq!(account.processing_result(), Some("No invitation"));

        let backoffs = [Duration::from_millis(50), Duration::from_millis(100)];
        assert_eq!(waits.len(), backoffs.len());
        for (wait, backoff) in waits.into_iter().zip(backoffs) {
            assert!(if has_jitter { wait < backoff } else { wait == backoff }, "{wait:?} of {backoff:?}");
        }
    }

    let list = ListInvitations::new().with_page_size(1).expect("a page size");
    let output = run(RetryPolicy::never(), Limits::new(), list.clone(), &LISTED).0.expect("a page");
    assert_eq!(output.invitations()[0].invited_at(), Some(UNIX_EPOCH + START));
    let next = list.next_page(&output).expect("a new token").expect("a second page");
    assert_eq!(next.next_token(), Some("t"));

    let limits = Limits::new().with_deadline(Duration::from_millis(40));
    let (result, waits) = run(RetryPolicy::standard().without_jitter(), limits, input, &DELETED);
    assert!(matches!(&result, Err(error @ CallError::DeadlineExceeded { .. }) if error.may_have_taken_effect()));
    assert!(waits.is_empty(), "{waits:?}");
}

/// Runs a call with `responses` as the transport. The clocks advance only by the waits.
fn run<O: Operation>(
    policy: RetryPolicy,
    limits: Limits,
    operation: O,
    responses: &[(u16, &'static str)],
) -> (Result<O::Output, CallError<Infallible>>, Vec<Duration>) {
    let endpoint = Endpoint::regional(&"us-east-1".parse().expect("a region")).expect("its endpoint");
    let credentials =
        Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").expect("AWS's example keys");
    let hub = SecurityHub::new(endpoint, credentials).with_retry_policy(policy);

    let (mut elapsed, mut waits) = (Duration::ZERO, Vec::new());
    let mut driver = Driver::new(hub.call(operation), limits);
    for (status, body) in responses {
        let exchange = match driver.start(elapsed, UNIX_EPOCH + START + elapsed) {
            Ok(exchange) => exchange,
            Err(error) => return (Err(error), waits),
        };
        let Exchange { request, in_flight, .. } = exchange;
        let authorization = request.headers()["authorization"].to_str().expect("ASCII");
        if request.method() == "POST" {
            assert_eq!(request.uri(), "https://securityhub.us-east-1.amazonaws.com/invitations/delete");
            assert_eq!(request.body(), &r#"{"AccountIds":["111122223333","444455556666"]}"#);
            // The waits stay within the second in which they began.
            assert!(authorization.ends_with(&format!("Signature={SIGNATURE}")), "{authorization}");
        } else {
            assert_eq!(request.uri(), "https://securityhub.us-east-1.amazonaws.com/invitations?MaxResults=1");
            assert!(authorization.contains("SignedHeaders=host;x-amz-date, "), "{authorization}");
        }

        let response = Response::builder()
            .status(*status)
            .header("date", "Sun, 22 Nov 2026 20:37:05 GMT")
            .header("x-amzn-requestid", "probe")
            .body(*body)
            .expect("a response");
        match in_flight.finish(Ok(response), elapsed, UNIX_EPOCH + START + elapsed, |_| ()) {
            Next::Done(result) => return (result, waits),
            Next::Wait(wait, next) => {
                elapsed += wait;
                waits.push(wait);
                driver = next;
            }
        }
    }
    panic!("more attempts than responses");
}

#[cfg(test)]
mod tests {
    #[test]
    fn probe_passes_natively() {
        super::probe();
    }

    #[test]
    fn sweep_passes_natively() {
        super::sweep::probe();
    }
}
