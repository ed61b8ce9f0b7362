//! Sends any request to the emulator. Every response follows the protocol, and only signed requests have an effect.
#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use libfuzzer_sys::fuzz_target;
use securityhub_emulator::{CorsPolicy, Emulator};
use securityhub_invitations::{
    Credentials, DeleteInvitationsOutput, GetAdministratorAccountOutput, ListInvitationsOutput, ListMembersOutput,
    Region, sigv4::Signer,
};
use securityhub_invitations_fuzz::{KEY_ID, NOW, SECRET, basic_date, mutation, now, request};

const BLANKS: [char; 2] = [' ', '\t'];

fuzz_target!(|input: &[u8]| mutation::run(input, check_input));

fn check_input(input: &[u8]) {
    let Some((flags, text)) = input.split_first() else { return };
    let Some(request) = request(text) else { return };
    let region: Region = "us-east-1".parse().unwrap();
    let mut builder = Emulator::builder().with_subscription(flags & 2 == 0);
    if flags & 1 == 1 {
        builder = builder.with_cors(CorsPolicy::new());
    }
    let emulator = builder.build();
    if flags & 4 == 4 {
        emulator.deny("with an explicit deny");
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
    // The record of any request can be printed.
    drop(format!("{:?}", emulator.received_requests()));

    if status == 200 {
        // Every success is one of the six operations'.
        let is_output = DeleteInvitationsOutput::from_response(&response).is_ok()
            || ListInvitationsOutput::from_response(&response).is_ok()
            || ListMembersOutput::from_response(&response).is_ok()
            || GetAdministratorAccountOutput::from_response(&response).is_ok();
        assert!(is_output, "{response:?}");
    } else if status >= 400 {
        let error = DeleteInvitationsOutput::from_response(&response).unwrap_err();
        assert_eq!(error.code(), response.headers()["x-amzn-errortype"].to_str().ok());
        assert!(error.excerpt().is_none(), "an error response is JSON");
    }
    if [200, 400, 401].contains(&status) {
        check_signature(&request);
    }
}

/// Checks an accepted request against the core's signer, if that would sign the same headers.
fn check_signature(request: &Request<Bytes>) {
    let values: Vec<&HeaderValue> = request.headers().get_all(header::AUTHORIZATION).iter().collect();
    let parsed = match values[..] {
        [value] => value.to_str().ok().and_then(parse),
        _ => None,
    };
    let Some([credential, signed_headers, signature]) = parsed else {
        panic!("the emulator accepted a malformed authorization: {values:?}")
    };
    let names: Option<Vec<HeaderName>> = signed_headers.split(';').map(|name| name.parse().ok()).collect();
    let names = names.expect("an accepted list names headers of the request");
    let Some(date) = request.headers().get("x-amz-date").and_then(|date| date.to_str().ok()) else { return };
    let tolerated = (NOW - 300..=NOW + 300).find(|seconds| basic_date(i64::try_from(*seconds).unwrap()) == date.trim());
    let signed_at = UNIX_EPOCH + Duration::from_secs(tolerated.expect("an accepted date is within the tolerance"));
    let mut same = request.clone();
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        if names.contains(name) {
            headers.append(name.clone(), HeaderValue::clone(value));
        }
    }
    *same.headers_mut() = headers;
    let region = credential.split('/').nth(2).and_then(|region| region.parse::<Region>().ok());
    let region = region.expect("an accepted scope has a region");
    let signer = Signer::new(Credentials::new(KEY_ID, SECRET).unwrap(), &region, "securityhub").unwrap();
    let explanation = signer.explain(&same, signed_at).unwrap();
    let mut names: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
    names.sort_unstable();
    names.dedup();
    if explanation.signed_headers == names.join(";") {
        assert_eq!(explanation.signature, signature);
    }
}

/// The values of `Credential`, `SignedHeaders` and `Signature`, if each is present once and nothing else is.
fn parse(authorization: &str) -> Option<[&str; 3]> {
    let parameters = authorization.trim_matches(BLANKS).strip_prefix("AWS4-HMAC-SHA256")?.strip_prefix(BLANKS)?;
    let parameters: Vec<&str> = parameters.split(',').map(|parameter| parameter.trim_matches(BLANKS)).collect();
    if parameters.len() != 3 || parameters.iter().any(|parameter| parameter.contains(BLANKS)) {
        return None;
    }
    let value = |name: &str| parameters.iter().find_map(|parameter| parameter.strip_prefix(name)?.strip_prefix('='));
    Some([value("Credential")?, value("SignedHeaders")?, value("Signature")?])
}
