//! The core alone in a WebAssembly module: it drives a whole call on a clock that is an argument, and the module imports
//! nothing.
//!
//! `cargo xtask test` builds it for wasm32-unknown-unknown and has `run.mjs` run it in Node, where all that is left of a
//! panic is a trap. `cargo test --package wasm-probe` runs the same natively, with messages.

use std::{
    process::ExitCode,
    time::{Duration, UNIX_EPOCH},
};

use http::Response;
use securityhub_invitations::{
    Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Outcome, RetryPolicy, SecurityHub,
};

/// 2026-11-22T20:37:05Z.
const START: Duration = Duration::from_secs(1_795_379_825);

/// What botocore signs then: `hub: us-east-1` in the core's tests/data/signing.json.
const SIGNATURE: &str = "fa3e41c0076761be2d6c34b4649bec89e0d180330d3fb57d46810939010d110c";

/// What the service answers, one attempt after the other.
const ANSWERS: [(u16, &str); 3] = [
    (503, r#"{"message":"Service Unavailable"}"#),
    (503, "<html>Service Unavailable</html>"),
    (200, r#"{"UnprocessedAccounts":[{"AccountId":"444455556666","ProcessingResult":"No invitation"}]}"#),
];

fn main() -> ExitCode {
    probe();
    #[cfg(plant_clock)]
    std::hint::black_box(std::time::SystemTime::now());
    #[cfg(plant_import)]
    planted::import();
    ExitCode::SUCCESS
}

#[cfg(plant_import)]
#[allow(unsafe_code)]
mod planted {
    #[link(wasm_import_module = "planted")]
    unsafe extern "C" {
        fn outside();
    }

    pub(crate) fn import() {
        unsafe { outside() }
    }
}

/// Two calls: one with jitter, whose waits are a part of the backoff, and one whose waits are all of it.
fn probe() {
    for (policy, is_whole) in [(RetryPolicy::standard(), false), (RetryPolicy::standard().without_jitter(), true)] {
        let (output, waits) = drive(policy);
        assert_eq!(output.attempts(), 3);
        assert_eq!(output.request_id(), Some("probe"));
        assert!(!output.is_complete());
        let [unprocessed] = output.unprocessed_accounts() else { panic!("not one unprocessed account: {output:?}") };
        assert_eq!(unprocessed.account_id(), Some("444455556666"));
        assert_eq!(unprocessed.processing_result(), Some("No invitation"));

        let backoff = [Duration::from_millis(50), Duration::from_millis(100)];
        assert_eq!(waits.len(), backoff.len());
        for (wait, backoff) in waits.into_iter().zip(backoff) {
            assert!(if is_whole { wait == backoff } else { wait < backoff }, "{wait:?} of {backoff:?}");
        }
    }
}

/// The driver's loop, with [`ANSWERS`] for a transport and a clock that goes on only by what is waited.
fn drive(policy: RetryPolicy) -> (DeleteInvitationsOutput, Vec<Duration>) {
    let endpoint = Endpoint::regional(&"us-east-1".parse().expect("a region")).expect("its endpoint");
    let credentials =
        Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").expect("AWS's example keys");
    let hub = SecurityHub::new(endpoint, credentials).with_retry_policy(policy);
    let input = DeleteInvitations::new(["111122223333", "444455556666"]).expect("two account ids");

    let mut now = UNIX_EPOCH + START;
    let mut waits = Vec::new();
    let mut call = hub.delete_invitations(input);
    for (status, body) in ANSWERS {
        let (request, in_flight) = call.sign(now);
        assert_eq!(request.uri(), "https://securityhub.us-east-1.amazonaws.com/invitations/delete");
        assert_eq!(request.body(), &r#"{"AccountIds":["111122223333","444455556666"]}"#);
        let authorization = request.headers()["authorization"].to_str().expect("ASCII");
        // The waits stay within the second that they began in.
        assert!(authorization.ends_with(&format!("Signature={SIGNATURE}")), "{authorization}");

        let response = Response::builder()
            .status(status)
            .header("date", "Sun, 22 Nov 2026 20:37:05 GMT")
            .header("x-amzn-requestid", "probe")
            .body(body)
            .expect("a response");
        match in_flight.handle_response(&response, now) {
            Outcome::Done(result) => return (result.expect("the third answer is a success"), waits),
            Outcome::Retry(retry) => {
                now += retry.after;
                waits.push(retry.after);
                call = retry.call;
            }
        }
    }
    panic!("a third retry");
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_module_does_is_done_natively_too() {
        super::probe();
    }
}
