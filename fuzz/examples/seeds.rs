//! Rewrites the seeds of all targets: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`.
//!
//! Requests are the core's and those of its signing tests. Responses are the emulator's. Calls are recordings.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use securityhub_emulator::{AccessKey, Emulator, Fault};
use securityhub_invitations::{
    Credentials, DeleteInvitations, DisassociateFromAdministratorAccount, Endpoint, GetAdministratorAccount,
    ListInvitations, ListMembers, SecurityHub,
};
use securityhub_invitations_fuzz::{KEY_ID, SECRET, now, request, write_request, write_response};
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==";

fn main() -> Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = Seeds(fuzz.join("seeds"));
    if seeds.0.exists() {
        fs::remove_dir_all(&seeds.0)?;
    }
    responses(&seeds)?;
    requests(&seeds)?;
    signer(&seeds, &fs::read_to_string(fuzz.join("../crates/securityhub-invitations/tests/data/signing.json"))?)?;
    config(&seeds)?;
    calls(&seeds)
}

struct Seeds(PathBuf);

impl Seeds {
    fn add(&self, target: &str, name: &str, bytes: &[u8]) -> Result<()> {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(name), bytes)?)
    }
}

fn hub(credentials: Credentials) -> Result<SecurityHub> {
    Ok(SecurityHub::new(Endpoint::regional(&"us-east-1".parse()?)?, credentials))
}

fn long_term() -> Result<Credentials> {
    Ok(Credentials::new(KEY_ID, SECRET)?)
}

fn temporary() -> Result<Credentials> {
    Ok(Credentials::new("ASIAEXAMPLE", SECRET)?.with_session_token(TOKEN)?)
}

fn two_ids() -> Result<DeleteInvitations> {
    Ok(DeleteInvitations::new(["111122223333", "444455556666"])?)
}

fn emulator() -> Emulator {
    Emulator::builder().with_access_key(AccessKey::new("ASIAEXAMPLE", SECRET).with_session_token(TOKEN)).build()
}

fn responses(seeds: &Seeds) -> Result<()> {
    let good = hub(long_term()?)?.signed_request(&two_ids()?, now());
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let faults = [
        ("throttled", Fault::throttled().x_amz_retry_after("250")),
        ("unavailable", Fault::empty(status).retry_after("3")),
        ("html", Fault::html(StatusCode::BAD_GATEWAY)),
        ("cached", Fault::none().age(10)),
        (
            "skewed",
            Fault::front_end_error(StatusCode::FORBIDDEN, "RequestTimeTooSkewed", "too far").date_skewed_by(600),
        ),
        ("url-in-code", Fault::empty(status).error_type("ns#InternalException:http://internal.amazon.com/")),
        ("truncated", Fault::none().body(r#"{"UnprocessedAccounts":[{"AccountId":"1111"#)),
        ("null-list", Fault::none().body(r#"{"UnprocessedAccounts":null,"Other":[1,{"a":-1.5e3}]}"#)),
        ("type-member", Fault::none().body(r#"{"__type":"x#LimitExceededException","message":"m"}"#)),
        // The target replaces the byte 1 with the session token.
        ("quoted-token", Fault::html(StatusCode::FORBIDDEN).body("canonical\nx-amz-security-token:\u{1}\n\u{1}")),
    ];
    for (name, fault) in faults {
        let emulator = emulator();
        emulator.push_fault(fault);
        seeds.add("response", name, &write_response(&emulator.handle(&good, now())))?;
    }
    let emulator = emulator();
    seeds.add("response", "unprocessed", &write_response(&emulator.handle(&good, now())))?;
    let region = "us-east-1".parse()?;
    for id in ["111122223333", "444455556666"] {
        emulator.invite(&region, id.parse()?);
    }
    seeds.add("response", "complete", &write_response(&emulator.handle(&good, now())))?;
    let mut other_body = good.clone();
    *other_body.body_mut() = Bytes::from("{}");
    seeds.add("response", "wrong-signature", &write_response(&emulator.handle(&other_body, now())))?;
    let late = emulator.handle(&good, now() + Duration::from_secs(3600));
    seeds.add("response", "expired-signature", &write_response(&late))?;
    emulator.set_subscribed(&region, false);
    seeds.add("response", "not-subscribed", &write_response(&emulator.handle(&good, now())))?;
    emulator.deny("User: arn:aws:iam::123456789012:user/x is not authorized with an explicit deny");
    seeds.add("response", "denied", &write_response(&emulator.handle(&good, now())))?;

    let responses = [
        ("empty", "200"),
        (
            "invitations",
            r#"200

{"Invitations":[{"AccountId":"111122223333","InvitationId":"i","InvitedAt":"2026-11-22T20:37:05.123Z","MemberStatus":"Invited"},{"InvitedAt":1795379825.5}],"NextToken":"t/+="}"#,
        ),
        ("repeated-token", "200\n\n{\"Invitations\":[],\"NextToken\":\"token\"}"),
        (
            "members",
            r#"200

{"Members":[{"AccountId":"444455556666","Email":"a@example.com","MasterId":"111122223333","AdministratorId":null,"MemberStatus":"Enabled","InvitedAt":null,"UpdatedAt":"x"}],"NextToken":null}"#,
        ),
        (
            "administrator",
            r#"200

{"Administrator":{"AccountId":"111122223333","InvitationId":"i","InvitedAt":"2026-11-22T20:37:05+01:00","MemberStatus":"Enabled"}}"#,
        ),
        ("no-administrator", "200\n\n{\"Administrator\":null}"),
        ("error-with-200", "200\n\n{\"message\":\"Missing Authentication Token\"}"),
        (
            "strays",
            r#"200

{"UnprocessedAccounts":[{"AccountId":"111122223333"},{"ProcessingResult":"no id"},{"AccountId":"999999999999"},{"AccountId":"111122223333","ProcessingResult":"again"}]}"#,
        ),
        ("byte-order-mark", "400\n\n\u{feff}{\"__type\":\"ThrottlingException\"}"),
        (
            "lone-surrogate",
            r#"403

{"message":"\ud800 denied","code":"AccessDeniedException"}"#,
        ),
        ("header-list", "400\nx-amzn-errortype: ThrottlingException:http://x/,Forbidden\nx-amzn-requestid: a,b\n\n{}"),
    ];
    for (name, response) in responses {
        seeds.add("response", name, response.as_bytes())?;
    }
    Ok(())
}

fn requests(seeds: &Seeds) -> Result<()> {
    let long_term = hub(long_term()?)?;
    let custom = SecurityHub::new(
        Endpoint::custom(&"eu-west-1".parse()?, "http://LOCALHOST:4566/base//path")?,
        Credentials::new(KEY_ID, SECRET)?,
    );
    let mut strange = long_term.signed_request(&two_ids()?, now());
    *strange.uri_mut() = "https://securityhub.us-east-1.amazonaws.com//x/../invitations/delete?b=%7e&a=+&a".parse()?;
    let preflight = Request::options("/invitations/delete")
        .header("origin", "null")
        .header("access-control-request-method", "POST")
        .body(Bytes::new())?;
    let requests = [
        ("long-term", long_term.signed_request(&two_ids()?, now())),
        ("temporary", hub(temporary()?)?.signed_request(&two_ids()?, now())),
        ("custom", custom.signed_request(&DeleteInvitations::new(["111122223333"])?, now())),
        ("unsigned", long_term.unsigned_request(&two_ids()?)),
        ("list-invitations", long_term.signed_request(&ListInvitations::new().with_page_size(1)?, now())),
        ("list-members", long_term.signed_request(&ListMembers::new().with_only_associated(false), now())),
        ("administrator", long_term.signed_request(&GetAdministratorAccount::new(), now())),
        ("disassociate", long_term.signed_request(&DisassociateFromAdministratorAccount::new(), now())),
        ("strange", strange),
        ("preflight", preflight),
    ];
    malformed_authorizations(seeds, &requests[0].1)?;
    let mut pipelined = Vec::new();
    for (name, request) in &requests {
        seeds.add("emulator", name, &[&[u8::from(*name == "preflight")][..], &write_request(request)].concat())?;
        let sent = as_sent(request)?;
        seeds.add("connection", name, &sent)?;
        pipelined.extend(sent);
    }
    seeds.add("connection", "pipelined", &pipelined)?;
    // A preface, empty settings, and a request.
    let http_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x03\x01\x05\0\0\0\x01\x82\x84\x86";
    seeds.add("connection", "http-2", http_2)?;
    let chunked =
        b"POST /invitations/delete HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    seeds.add("connection", "chunked", chunked)
}

/// Requests that the emulator once accepted, although their `authorization` is malformed.
fn malformed_authorizations(seeds: &Seeds, good: &Request<Bytes>) -> Result<()> {
    let authorization = good.headers()[header::AUTHORIZATION].to_str()?;
    let rewritten = [
        ("repeated-credential", authorization.replace("Credential=", "Credential=A Credential=")),
        ("repeated-signed-headers", authorization.replace("SignedHeaders=", "SignedHeaders=host,SignedHeaders=")),
        ("repeated-signature", authorization.replace("Signature=", "Signature=0, Signature=")),
        ("unknown-parameter", authorization.replace(", Signature=", ",x-aB/c=d, Signature=")),
        ("no-commas", authorization.replace(", ", " ")),
        ("empty-parameters", authorization.replace(", ", ",, ,")),
        ("no-break-space", format!("{authorization}\u{a0}")),
    ];
    for (name, authorization) in rewritten {
        let mut request = good.clone();
        request.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_bytes(authorization.as_bytes())?);
        seeds.add("emulator", name, &[&[0][..], &write_request(&request)].concat())?;
    }
    Ok(())
}

/// The request in the format of HTTP/1.1.
fn as_sent(request: &Request<Bytes>) -> Result<Vec<u8>> {
    let mut request = request.clone();
    if let Some(host) = request.uri().authority().map(|authority| HeaderValue::from_str(authority.as_str())) {
        request.headers_mut().insert(header::HOST, host?);
    }
    let length = request.body().len();
    request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    let target = request.uri().path_and_query().ok_or("a request has a path")?;
    let mut bytes = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    Ok(bytes)
}

/// A quarter of the signing tests' requests, each with a different byte to change.
fn signer(seeds: &Seeds, data: &str) -> Result<()> {
    let data: Value = serde_json::from_str(data)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for (n, case) in data["cases"].as_array().ok_or("no cases")?.iter().enumerate().step_by(4) {
        let mut seed = format!("{} {}", text(&case["method"]), text(&case["url"]));
        for header in case["headers"].as_array().ok_or("no headers")? {
            seed.push_str(&format!("\n{}: {}", text(&header[0]), text(&header[1])));
        }
        seed.push_str(&format!("\n\n{}", text(&case["body"])));
        if seed.len() < 1000 && request(seed.as_bytes()).is_some() {
            let n = u8::try_from(n)?;
            let change = [n >> 2 & 1, n, n, 0, b'x'];
            seeds.add("signer", &format!("case-{n:02}"), &[&change[..], seed.as_bytes()].concat())?;
        }
    }
    Ok(())
}

fn config(seeds: &Seeds) -> Result<()> {
    let process = r#"{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret", "SessionToken": "t\/t",
        "Expiration": "2026-11-22T20:37:05Z", "AccountId": "111122223333"}"#;
    let variables = "AWS_REGION=eu-west-1\nAWS_ACCESS_KEY_ID=AKIDEXAMPLE\nAWS_SECRET_ACCESS_KEY=secret\n\
        AWS_SESSION_TOKEN=token\nAWS_CREDENTIAL_EXPIRATION=2026-11-22T20:37:05.5+01:00";
    let custom = "AWS_REGION=\nAWS_DEFAULT_REGION=us-gov-west-1\nAWS_ENDPOINT_URL_SECURITYHUB=http://[::1]:4566/base/\n\
        AWS_MAX_ATTEMPTS=5\nAWS_RETRY_MODE=standard\nAWS_SDK_UA_APP_ID=app\nAWS_DISABLE_CLOCK_SKEW_CORRECTION=true";
    let variant = "AWS_REGION=cn-north-1\nAWS_USE_FIPS_ENDPOINT=true\nAWS_USE_DUALSTACK_ENDPOINT=TRUE\n\
        AWS_ENDPOINT_URL=https://example.com\nAWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true";
    let parts =
        "111122223333\nus-east-1\nfips-us-west-2\naws-global\nhttps://Example.com:8443/a/%7e\nhttp://[2001:db8::1]";
    for (name, text) in
        [("process", process), ("variables", variables), ("custom", custom), ("variant", variant), ("parts", parts)]
    {
        seeds.add("config", name, text.as_bytes())?;
    }
    Ok(())
}

/// Choices of the server, the network and the clocks. The first seven bytes choose the setup.
fn calls(seeds: &Seeds) -> Result<()> {
    seeds.add("call", "success", &[0, 0, 0, 0, 0, 0, 1, 0, 0])?;
    // The ends of the attempts, by their number in the model: a throttled one, a lost response, a success.
    seeds.add("call", "lost-response", &[0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 5, 0, 0])?;
    seeds.add("call", "server-ahead", &[0, 0, 0, 0, 9, 0, 1, 0, 0, 0, 0, 0])?;
    seeds.add("call", "small-quota", &[2, 4, 1, 3, 0, 0, 1].into_iter().chain(steps(1, 60)).collect::<Vec<_>>())?;
    for setup in 0..8 {
        let bytes = [setup, setup * 3, setup * 5, setup * 7, setup * 11, 7, setup & 3];
        let bytes: Vec<u8> = bytes.into_iter().chain(steps(u64::from(setup) + 2, 120)).collect();
        seeds.add("call", &format!("mixed-{setup}"), &bytes)?;
    }
    Ok(())
}

/// Bytes from a fixed generator, `SplitMix64`.
fn steps(seed: u64, count: usize) -> impl Iterator<Item = u8> {
    let mut state = seed;
    let next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(count)
}
