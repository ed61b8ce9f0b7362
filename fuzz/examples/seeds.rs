//! Writes the seeds of all targets anew, from traffic: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`.
//!
//! Requests are the core's and those of its signing tests, responses are the emulator's, calls are recorded as they
//! ran.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use securityhub_emulator::{AccessKey, Emulator, Fault};
use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, Failure, Outcome, RetryPolicy, SecurityHub};
use securityhub_invitations_fuzz::{
    KEY_ID, SECRET,
    call::{AHEAD, Answer, BODIES, CODES, MILLISECONDS, Operation, STATUSES, Setup, read, write},
    now, request, write_request, write_response,
};
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
    Emulator::new().with_access_key(AccessKey::new("ASIAEXAMPLE", SECRET).with_session_token(TOKEN))
}

fn responses(seeds: &Seeds) -> Result<()> {
    let good = hub(long_term()?)?.request(&two_ids()?, now());
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
        // The byte 1 is the session token: see the target.
        ("quoted-token", Fault::html(StatusCode::FORBIDDEN).body("canonical\nx-amz-security-token:\u{1}\n\u{1}")),
    ];
    for (name, fault) in faults {
        let emulator = emulator();
        emulator.then(fault);
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
    emulator.set_denied(Some("User: arn:aws:iam::123456789012:user/x is not authorized with an explicit deny"));
    seeds.add("response", "denied", &write_response(&emulator.handle(&good, now())))
}

fn requests(seeds: &Seeds) -> Result<()> {
    let long_term = hub(long_term()?)?;
    let custom = SecurityHub::new(
        Endpoint::custom(&"eu-west-1".parse()?, "http://LOCALHOST:4566/base//path/.")?,
        Credentials::new(KEY_ID, SECRET)?,
    );
    let mut strange = long_term.request(&two_ids()?, now());
    *strange.uri_mut() = "https://securityhub.us-east-1.amazonaws.com//x/../invitations/delete?b=%7e&a=+&a".parse()?;
    let preflight = Request::options("/invitations/delete")
        .header("origin", "null")
        .header("access-control-request-method", "POST")
        .body(Bytes::new())?;
    let requests = [
        ("long-term", long_term.request(&two_ids()?, now())),
        ("temporary", hub(temporary()?)?.request(&two_ids()?, now())),
        ("custom", custom.request(&DeleteInvitations::new(["111122223333"])?, now())),
        ("unsigned", long_term.unsigned_request(&two_ids()?)),
        ("strange", strange),
        ("preflight", preflight),
    ];
    let mut pipelined = Vec::new();
    for (name, request) in &requests {
        seeds.add("emulator", name, &[&[u8::from(*name == "preflight")][..], &write_request(request)].concat())?;
        let sent = as_sent(request)?;
        seeds.add("connection", name, &sent)?;
        pipelined.extend(sent);
    }
    seeds.add("connection", "pipelined", &pipelined)?;
    // A preface, empty settings, and a request for nothing.
    let http_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x03\x01\x05\0\0\0\x01\x82\x84\x86";
    seeds.add("connection", "http-2", http_2)?;
    let chunked =
        b"POST /invitations/delete HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    seeds.add("connection", "chunked", chunked)
}

/// As HTTP/1.1 has it on the wire.
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

/// A quarter of the signing tests' requests, each with another byte to be changed.
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

/// Calls against the emulator, with what came of each attempt written down.
fn calls(seeds: &Seeds) -> Result<()> {
    let throttled = || Fault::throttled().x_amz_retry_after("250");
    let unavailable = || Fault::empty(StatusCode::SERVICE_UNAVAILABLE);
    let scripts: [(&str, i64, Vec<Fault>); 6] = [
        ("success", 0, vec![]),
        ("throttled", 0, vec![throttled(), throttled()]),
        ("unavailable", 0, vec![unavailable(), unavailable(), unavailable()]),
        ("mixed", 1, vec![throttled(), unavailable(), Fault::none().drop_before_answer().after_processing()]),
        ("skewed", 600, vec![]),
        (
            "html",
            0,
            vec![
                Fault::html(StatusCode::BAD_GATEWAY),
                Fault::error(StatusCode::BAD_REQUEST, "InvalidInputException", "no"),
            ],
        ),
    ];
    for (name, ahead, script) in scripts {
        let emulator = emulator();
        emulator.set_clock_offset(ahead);
        emulator.script(script);
        let setup = Setup { attempts: 4, ..Setup::default() };
        let operations = recorded(&emulator, ahead)?;
        let bytes = write(setup, &operations);
        let (_, read) = read(&bytes);
        assert_eq!(format!("{read:?}"), format!("{operations:?}"), "what is written is what is read");
        seeds.add("call", name, &bytes)?;
    }
    // Forty failures of one kind use the quota up, with a second call in between.
    let mut drain = Vec::new();
    for n in 0..40 {
        let (call, other) = (n % 2, 1 - n % 2);
        drain.extend([Operation::Advance(call), Operation::Advance(other), Operation::Fail(call, Failure::TimedOut)]);
        drain.extend([Operation::Tick(1_500), Operation::Advance(call)]);
    }
    seeds.add("call", "drain", &write(Setup { attempts: 5, backoff: 1, flags: 1 }, &drain))
}

fn recorded(emulator: &Emulator, ahead: i64) -> Result<Vec<Operation>> {
    let policy = RetryPolicy::standard().max_attempts(6.try_into()?);
    let mut call = hub(long_term()?)?.with_retry_policy(policy).delete_invitations(two_ids()?);
    let mut operations = vec![Operation::Advance(0)];
    loop {
        let (request, in_flight) = call.sign(now());
        operations.push(Operation::Advance(0));
        let response = emulator.handle(&request, now());
        let is_lost =
            response.extensions().get::<securityhub_emulator::WireFault>().is_some_and(|fault| fault.cut.is_some());
        let retry = if is_lost {
            operations.push(Operation::Fail(0, Failure::Interrupted));
            in_flight.handle_failure(Failure::Interrupted)
        } else {
            operations.push(Operation::Answer(0, answer(&response, ahead)?));
            match in_flight.handle_response(&response, now()) {
                Outcome::Retry(retry) => Some(retry),
                Outcome::Done(_) => None,
            }
        };
        let Some(retry) = retry else { return Ok(operations) };
        operations.push(Operation::Tick(1_500));
        call = retry.call;
    }
}

fn answer(response: &Response<Bytes>, ahead: i64) -> Result<Answer> {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let index = |position: Option<usize>| -> Result<u8> { Ok(u8::try_from(position.ok_or("not in the table")?)?) };
    Ok(Answer {
        status: index(STATUSES.iter().position(|status| *status == response.status().as_u16()))?,
        code: index(CODES.iter().position(|code| *code == header("x-amzn-errortype")))?,
        milliseconds: index(MILLISECONDS.iter().position(|(text, _)| *text == header("x-amz-retry-after")))?,
        seconds: 0,
        ahead: index(AHEAD.iter().position(|known| *known == Some(ahead)))?,
        body: index(BODIES.iter().position(|(body, _)| body.is_empty() == response.body().is_empty()))?,
    })
}
