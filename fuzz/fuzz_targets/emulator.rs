//! Any request to the emulator: it is answered, by the rules of answers, and takes effect only with a good signature.
#![no_main]

use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use libfuzzer_sys::fuzz_target;
use securityhub_emulator::{CorsPolicy, Emulator};
use securityhub_invitations::{Credentials, DeleteInvitationsOutput, Region, sigv4::Signer};
use securityhub_invitations_fuzz::{KEY_ID, NOW, SECRET, basic_date, now, request};

fuzz_target!(|input: &[u8]| {
    let Some((flags, text)) = input.split_first() else { return };
    let Some(request) = request(text) else { return };
    let region: Region = "us-east-1".parse().unwrap();
    let mut emulator = Emulator::new().with_subscription(flags & 2 == 0);
    if flags & 1 == 1 {
        emulator = emulator.with_cors(CorsPolicy::new());
    }
    if flags & 4 == 4 {
        emulator.set_denied(Some("with an explicit deny"));
    }
    for id in ["111122223333", "444455556666"] {
        emulator.invite(&region, id.parse().unwrap());
    }
    let response = emulator.handle(&request, now());

    let status = response.status().as_u16();
    assert!([200, 204, 400, 401, 403, 404].contains(&status), "{status}");
    assert_eq!(response.headers()["date"], "Sun, 22 Nov 2026 20:37:05 GMT");
    assert!(response.headers().contains_key("x-amzn-requestid"));
    let counters = emulator.counters();
    assert_eq!(counters.requests + counters.preflights, 1);
    assert_eq!(counters.refused, u64::from(status >= 400));
    let left = emulator.invitations(&region).len() as u64;
    assert_eq!(counters.deleted, 2 - left);
    assert!(left == 2 || status == 200);
    // What is kept of a request shows no secret, whatever it was.
    drop(format!("{:?}", emulator.received()));

    match DeleteInvitationsOutput::parse(&response) {
        Ok(output) => assert!(status == 204 || output.unprocessed_accounts().len() as u64 >= left.saturating_sub(2)),
        Err(error) => {
            assert_eq!(error.code(), response.headers()["x-amzn-errortype"].to_str().ok());
            assert!(error.excerpt().is_none(), "an error is JSON");
        }
    }
    if [200, 400, 401].contains(&status) {
        check_signature(&request);
    }
});

/// Who got this far has the secret: the core's signer comes to the same signature, if it would sign these headers.
fn check_signature(request: &Request<Bytes>) {
    let authorization = request.headers()["authorization"].to_str().unwrap();
    let parameter = |name: &str| {
        let rest = authorization.split_once(name).unwrap().1.trim_start_matches('=');
        rest.split([',', ' ', '\t']).next().unwrap()
    };
    let names: Vec<HeaderName> = parameter("SignedHeaders").split(';').map(|name| name.parse().unwrap()).collect();
    let Some(date) = request.headers().get("x-amz-date").and_then(|date| date.to_str().ok()) else { return };
    // A date within the service's tolerance.
    let tolerated = (NOW - 300..=NOW + 300).find(|seconds| basic_date(i64::try_from(*seconds).unwrap()) == date.trim());
    let signed_at =
        UNIX_EPOCH + std::time::Duration::from_secs(tolerated.expect("no date outside of the tolerance is taken"));
    let mut same = request.clone();
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        if names.contains(name) {
            headers.append(name.clone(), HeaderValue::clone(value));
        }
    }
    *same.headers_mut() = headers;
    let region: Region = parameter("Credential").split('/').nth(2).unwrap().parse().unwrap();
    let signer = Signer::new(Credentials::new(KEY_ID, SECRET).unwrap(), &region, "securityhub").unwrap();
    let explanation = signer.explain(&same, signed_at).unwrap();
    let mut names: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
    names.sort_unstable();
    names.dedup();
    if explanation.signed_headers == names.join(";") {
        assert_eq!(explanation.signature, parameter("Signature"), "{:?}", header::AUTHORIZATION);
    }
}
