//! Calls that fail in generated ways. botocore, the rule and the crate's `Call` are compared in how they read the responses,
//! in their retries and waits, and in the rest of the retry quota.

use std::{
    fmt,
    num::NonZeroU32,
    time::{Duration, UNIX_EPOCH},
};

use http::{HeaderValue, Response};
use securityhub_invitations::{
    Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Error, ErrorKind, Failure, Outcome, RetryPolicy,
    SecurityHub,
};
use serde_json::{Value, json};

use crate::{
    Result, Settings,
    clocks::is_leap,
    differences::{Class, Tally},
    oracle,
    random::Random,
};

/// The time of each call's start on the caller's clock.
pub(crate) const NOW: u64 = 1_795_379_825;

/// The calls of one client.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) max_attempts: u32,
    pub(crate) calls: Vec<Call>,
}

/// The responses or failures of a call's attempts, and the parts in which botocore is known to differ.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) now: u64,
    pub(crate) steps: Vec<Step>,
    known: Vec<(&'static str, &'static str)>,
}

/// The response and its round trip, or the failure.
type Received = std::result::Result<(Response<Vec<u8>>, Duration), Failure>;

#[derive(Clone)]
pub(crate) enum Step {
    /// A failure by botocore's exception. The first word is the crate's [`Failure`].
    Failure(&'static str),
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
        /// The round trip in seconds.
        took: u64,
    },
}

const FAILURES: [&str; 7] =
    ["NotSent", "NotSent: time", "NotSent: TLS", "NotSent: proxy", "TimedOut", "Interrupted", "Interrupted: other"];

const STATUSES: [u16; 22] =
    [301, 302, 307, 400, 401, 403, 404, 408, 409, 421, 425, 429, 500, 501, 502, 503, 504, 505, 507, 509, 520, 599];

const CODES: [&str; 29] = [
    "InternalException",
    "InvalidInputException",
    "LimitExceededException",
    "ResourceNotFoundException",
    "InvalidAccessException",
    "AccessDeniedException",
    "BadRequestException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "RequestExpired",
    "ServiceUnavailable",
    "InternalFailure",
    "Unheard-Of",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
];

/// The parts that are compared.
const PARTS: [&str; 9] =
    ["outcome", "status", "code", "message", "request_id", "unprocessed", "attempts", "waits", "quota"];
const ALL: &[&str] = &PARTS;
/// The parts in which the crate must equal the rule.
const RULE_PARTS: [&str; 10] =
    ["outcome", "status", "code", "message", "request_id", "unprocessed", "attempts", "waits", "quota", "unconfirmed"];

/// A class, the parts in which botocore differs, and the responses that belong to it.
struct Injection {
    class: Class,
    parts: &'static [&'static str],
    answers: &'static [Answer],
}

struct Answer {
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static [u8],
}

const fn answer(status: u16, headers: &'static [(&'static str, &'static str)], body: &'static [u8]) -> Answer {
    Answer { status, headers, body }
}

const fn inject(
    name: &'static str,
    every: usize,
    parts: &'static [&'static str],
    answers: &'static [Answer],
) -> Injection {
    Injection { class: Class { name, every }, parts, answers }
}

const INJECTIONS: [Injection; 24] = [
    inject(
        "no code anywhere",
        5,
        &["code"],
        &[
            answer(400, &[], b"{}"),
            answer(404, &[], br#"{"message":"nothing here"}"#),
            answer(429, &[], b"{}"),
            answer(500, &[], br#"{"Message":"sorry"}"#),
            answer(307, &[("location", "http://elsewhere.example/")], b"{}"),
        ],
    ),
    inject(
        "error code in the header of a 5xx without JSON",
        11,
        &["code", "message", "waits", "quota", "attempts"],
        &[
            answer(503, &[("x-amzn-errortype", "ThrottlingException")], b""),
            answer(500, &[("x-amzn-errortype", "InternalException:http://internal.amazon.com/")], b"   "),
            answer(501, &[("x-amzn-errortype", "SlowDown")], b"<html>Not implemented</html>"),
        ],
    ),
    inject(
        "Code beside __type",
        13,
        &["code", "waits", "quota", "attempts"],
        &[
            answer(400, &[], br#"{"__type":"InvalidInputException","Code":"ThrottlingException"}"#),
            answer(400, &[], br#"{"__type":"com.amazon#ThrottlingException","Code":"InvalidInputException"}"#),
        ],
    ),
    inject(
        "empty or null code before another",
        17,
        &["code", "waits", "quota", "attempts"],
        &[
            answer(400, &[("x-amzn-errortype", "")], br#"{"code":"ThrottlingException"}"#),
            answer(403, &[], br#"{"code":"","__type":"AccessDeniedException"}"#),
            answer(429, &[("x-amzn-errortype", "")], br#"{"__type":"InvalidInputException"}"#),
        ],
    ),
    inject(
        "code that is not a string",
        19,
        &["outcome", "status", "code", "message", "request_id", "waits", "quota", "attempts"],
        &[
            answer(400, &[], br#"{"code":5,"__type":"InvalidInputException"}"#),
            answer(400, &[], br#"{"__type":7,"Code":"ThrottlingException"}"#),
        ],
    ),
    inject(
        "Retry-After",
        23,
        &["waits"],
        &[
            answer(503, &[("retry-after", "2")], br#"{"code":"ServiceUnavailable"}"#),
            answer(429, &[("retry-after", "100")], br#"{"code":"TooManyRequestsException"}"#),
            answer(500, &[("Retry-After", "Sun, 22 Nov 2026 21:37:05 GMT")], br#"{"code":"InternalException"}"#),
        ],
    ),
    inject(
        "x-amz-retry-after that only Python reads as a number",
        29,
        &["waits"],
        &[
            answer(503, &[("x-amz-retry-after", "+2000")], br#"{"code":"ServiceUnavailable"}"#),
            answer(503, &[("x-amz-retry-after", "2_000")], br#"{"code":"ServiceUnavailable"}"#),
        ],
    ),
    inject(
        "2xx that is not a JSON object",
        31,
        ALL,
        &[
            answer(200, &[], b"<html>captive portal</html>"),
            answer(200, &[], b" "),
            answer(200, &[], br#"{"UnprocessedAccounts":[{"AccountId":"111122223333""#),
            answer(200, &[], br#"{"UnprocessedAccounts":[]} trailing"#),
            answer(202, &[], b"[]"),
            answer(204, &[], b"null"),
            answer(200, &[], b"5"),
            answer(200, &[], b"\"text\""),
            answer(200, &[], b"\xef\xbb\xbf{}"),
            answer(200, &[], b"\xff\xfe"),
        ],
    ),
    inject(
        "2xx whose list has other elements than objects of strings",
        37,
        ALL,
        &[
            answer(200, &[], br#"{"UnprocessedAccounts":[null]}"#),
            answer(200, &[], br#"{"UnprocessedAccounts":[{"AccountId":123}]}"#),
            answer(200, &[], br#"{"UnprocessedAccounts":{}}"#),
            answer(200, &[], br#"{"UnprocessedAccounts":"111122223333"}"#),
            answer(200, &[], br#"{"UnprocessedAccounts":[{"ProcessingResult":["x"]}]}"#),
        ],
    ),
    inject(
        "status 300",
        41,
        ALL,
        &[answer(300, &[], b"{}"), answer(300, &[("x-amzn-errortype", "InvalidInputException")], b"{}")],
    ),
    inject(
        "error that is JSON but not an object, or not UTF-8",
        43,
        ALL,
        &[
            answer(400, &[], b"[]"),
            answer(404, &[], b"null"),
            answer(403, &[("x-amzn-errortype", "AccessDeniedException")], b"\"text\""),
            answer(400, &[("x-amzn-errortype", "ThrottlingException")], b"\xff\xfe"),
        ],
    ),
    inject(
        "error that is not JSON",
        47,
        &["message", "code"],
        &[
            answer(403, &[], b"<html>Forbidden</html>"),
            answer(400, &[("x-amzn-errortype", "InvalidInputException")], b"plain words"),
            answer(502, &[], b"Bad Gateway"),
            answer(503, &[], b""),
            answer(500, &[], b"<!DOCTYPE html><p>500"),
        ],
    ),
    inject(
        "errorMessage",
        53,
        &["message"],
        &[answer(400, &[], br#"{"code":"InvalidInputException","errorMessage":"it is empty"}"#)],
    ),
    inject(
        "empty or null message before another",
        59,
        &["message"],
        &[
            answer(400, &[], br#"{"code":"InvalidInputException","message":null,"Message":"it is empty"}"#),
            answer(400, &[], br#"{"code":"InvalidInputException","message":"","Message":"it is empty"}"#),
        ],
    ),
    inject(
        "x-amz-request-id of an error",
        61,
        &["request_id"],
        &[answer(400, &[("x-amz-request-id", "of-a-proxy")], br#"{"code":"InvalidInputException"}"#)],
    ),
    inject(
        "empty x-amzn-requestid",
        67,
        &["request_id"],
        &[answer(200, &[("x-amzn-requestid", ""), ("x-amz-request-id", "of-a-proxy")], b"{}")],
    ),
    inject(
        "empty code and no other",
        71,
        &["code"],
        &[answer(400, &[("x-amzn-errortype", "")], b"{}"), answer(400, &[], br#"{"code":""}"#)],
    ),
    inject("2xx with an empty body", 73, ALL, &[answer(200, &[], b""), answer(204, &[], b"")]),
    inject(
        "2xx with an error code in the header",
        79,
        ALL,
        &[
            answer(200, &[("x-amzn-errortype", "ThrottlingException")], b"{}"),
            answer(200, &[("x-amzn-errortype", "InternalException:")], br#"{"UnprocessedAccounts":[]}"#),
        ],
    ),
    inject(
        "2xx with the body of an error",
        83,
        ALL,
        &[
            answer(200, &[], br#"{"message":"Missing Authentication Token"}"#),
            answer(200, &[], br#"{"__type":"InternalException","UnprocessedAccounts":null}"#),
            answer(200, &[], br#"{"error":{}}"#),
        ],
    ),
    inject(
        "2xx with the body of another operation",
        89,
        ALL,
        &[
            answer(200, &[], br#"{"Invitations":[],"NextToken":null}"#),
            answer(200, &[], br#"{"Members":[]}"#),
            answer(200, &[], br#"{"Administrator":{"AccountId":"111122223333"}}"#),
        ],
    ),
    inject(
        "2xx with a member given twice",
        97,
        ALL,
        &[
            answer(
                200,
                &[],
                br#"{"UnprocessedAccounts":[{"AccountId":"1"}],"UnprocessedAccounts":[{"AccountId":"2"}]}"#,
            ),
            answer(200, &[], br#"{"UnprocessedAccounts":[{"AccountId":"1","AccountId":"2"}]}"#),
        ],
    ),
    inject(
        "error with a damaged body",
        101,
        ALL,
        &[
            answer(400, &[], b"\xef\xbb\xbf{\"__type\":\"ThrottlingException\"}"),
            answer(400, &[], br#"{"code":"InvalidInputException","message":"it is em"#),
            answer(400, &[], br#"{"__type":"ThrottlingException"} trailing"#),
            answer(403, &[], b"{\"__type\":\"AccessDeniedException\",\"message\":\"\xff\"}"),
            answer(403, &[], br#"{"message":"\ud800 denied","code":"AccessDeniedException"}"#),
        ],
    ),
    inject(
        "header with a list of values",
        103,
        &["code", "request_id", "waits", "quota", "attempts"],
        &[
            answer(400, &[("x-amzn-errortype", "ThrottlingException,ForbiddenException")], b"{}"),
            answer(
                400,
                &[("x-amzn-errortype", ", InvalidInputException"), ("x-amzn-requestid", "of-aws,of-a-proxy")],
                b"{}",
            ),
        ],
    ),
];

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let mut random = settings.random("retries");
    // Each status with each code, with one client for each status.
    let mut scripts: Vec<Script> = STATUSES.map(|status| every_code(status, &mut random)).into();
    let of_the_matrix = scripts.len();
    let mut number = 0;
    while number < settings.cases / 2 {
        let is_long = (scripts.len() - of_the_matrix) % 8 == 7;
        let script = generate(&mut number, is_long, &mut random);
        scripts.push(script);
    }
    let questions: Vec<Value> = scripts.iter().map(|script| script.question("retries")).collect();
    let (mut tally, mut matrix) = (Tally::default(), Tally::default());
    let (mut attempts, mut exhausted, mut lowest) = (0, 0, u32::MAX);
    oracle::ask(settings, &questions, |number, answers| {
        let script = &scripts[number];
        let ours = script.play()?;
        for (index, (call, ours)) in script.calls.iter().zip(&ours).enumerate() {
            let (rule, theirs) = (&answers[index]["rule"], &answers[index]["botocore"]);
            let explain = |error: &str| {
                format!(
                    "script {number}, call {index}: {error}\nrule {rule}\nours {ours}\nbotocore {theirs}\n{call:#?}"
                )
            };
            attempts += ours["attempts"].as_u64().unwrap_or_default();
            let quota = u32::try_from(ours["quota"].as_u64().unwrap_or_default())?;
            exhausted += u32::from(quota < 14);
            lowest = lowest.min(quota);
            if let Some(part) = RULE_PARTS.iter().find(|part| rule[**part] != ours[**part]) {
                return Err(explain(&format!("{part} differs from the rule")).into());
            }
            let differing: Vec<&str> = PARTS.into_iter().filter(|part| rule[*part] != theirs[*part]).collect();
            let tally = if number < of_the_matrix { &mut matrix } else { &mut tally };
            tally.count(&differing, &call.known).map_err(|error| explain(&error))?;
        }
        Ok(())
    })?;
    println!("  {} clients, {number} calls, {attempts} attempts: the crate equals the rule", scripts.len());
    println!("  after {exhausted} calls the quota could not pay for a retry (minimum {lowest})");
    matrix.check("botocore, each status with each code", STATUSES.len() * CODES.len(), &[])?;
    tally.check("botocore", number, &INJECTIONS.map(|injection| injection.class))?;
    if exhausted == 0 { Err("no script used the quota up".into()) } else { Ok(()) }
}

fn every_code(status: u16, random: &mut Random) -> Script {
    let calls =
        CODES.map(|code| Call::new(NOW, vec![error_with(status, code, random), error_with(status, code, random)]));
    Script { max_attempts: 2, calls: calls.into() }
}

/// Generates four calls, or enough failures to use up the quota.
fn generate(number: &mut usize, is_long: bool, random: &mut Random) -> Script {
    let max_attempts = if is_long { 8 } else { random.pick(&[1, 2, 3, 3, 3, 4, 8]) };
    let count = if is_long { 24 } else { 4 };
    let calls = (0..count).map(|_| {
        let call = call(*number, max_attempts, is_long, random);
        *number += 1;
        call
    });
    Script { max_attempts, calls: calls.collect() }
}

fn call(number: usize, max_attempts: u32, failing: bool, random: &mut Random) -> Call {
    let mut steps: Vec<Step> = (0..max_attempts).map(|_| step(failing, random)).collect();
    let mut known = Vec::new();
    // At most one class, because one would hide the other.
    if let Some(injection) = INJECTIONS.iter().rev().find(|injection| injection.class.is_in(number)) {
        let Answer { status, headers, body } = &injection.answers[random.index(injection.answers.len())];
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        // Every attempt receives it, so that the last one does.
        steps.fill(Step::Answer { status: *status, headers, body: body.to_vec(), took: 0 });
        known.extend(injection.parts.iter().map(|part| (injection.class.name, *part)));
    }
    Call { now: NOW, steps, known }
}

/// Generates a response or a failure in which botocore equals the rule.
fn step(failing: bool, random: &mut Random) -> Step {
    let step = random.below(if failing { 7 } else { 10 });
    match step {
        0 => Step::Failure(random.pick(&FAILURES)),
        1..4 if failing => {
            let body = br#"{"__type":"ServiceUnavailable"}"#.to_vec();
            Step::Answer { status: 503, headers: Vec::new(), body, took: 0 }
        }
        1..7 => error(random),
        _ => success(random),
    }
}

fn success(random: &mut Random) -> Step {
    let body = random.pick(&[
        r#"{"UnprocessedAccounts":[]}"#,
        "{}",
        r#"{"UnprocessedAccounts":null}"#,
        r#"{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"no invitation"}]}"#,
        r#" {"Other":{"a":[1,2,{}]},"UnprocessedAccounts":[{},{"AccountId":null,"More":1},{"ProcessingResult":"é☃"}]} "#,
        r#"{"unprocessedAccounts":[{"AccountId":"1"}]}"#,
        r#"{"UnprocessedAccounts":[{"AccountId":"\u0031\ud83d\ude00","ProcessingResult":"a\"b\\\/\n"}]}"#,
    ]);
    let status = random.pick(&[200, 200, 200, 201, 202, 204]);
    Step::Answer { status, headers: request_id(random), body: body.into(), took: 0 }
}

fn error(random: &mut Random) -> Step {
    // Half of them have one of the statuses that matter most.
    let status = if random.one_in(2) { random.pick(&[400, 429, 500, 503]) } else { random.pick(&STATUSES) };
    error_with(status, random.pick(&CODES), random)
}

fn error_with(status: u16, code: &str, random: &mut Random) -> Step {
    let dressed = match random.below(5) {
        0 => format!("com.amazonaws.securityhub#{code}"),
        1 => format!("{code}:http://internal.amazon.com/coral/com.amazon.coral.service/"),
        2 => format!("a#b#{code}:x:y#z"),
        _ => code.to_owned(),
    };
    let mut headers = request_id(random);
    let mut members = Vec::new();
    let mut member = |name: &str, value: &str| members.push(format!("{}:{}", json!(name), json!(value)));
    match random.below(5) {
        0 => headers.push((random.pick(&["x-amzn-errortype", "X-Amzn-ErrorType"]), dressed)),
        // The header has precedence.
        1 => {
            headers.push(("x-amzn-errortype", dressed));
            member(random.pick(&["code", "__type", "Code"]), "OtherException");
        }
        2 => {
            member("code", &dressed);
            if random.one_in(2) {
                member(random.pick(&["__type", "Code"]), "OtherException");
            }
        }
        3 => member("__type", &dressed),
        _ => member("Code", &dressed),
    }
    match random.below(5) {
        0 => {}
        1 => member("Message", "Account 111122223333 is not subscribed to AWS Security Hub"),
        2 => {
            member("message", "first");
            member("Message", "second");
        }
        _ => member("message", random.pick(&["é ☃ \u{1f600}", "two\nlines", "\"quoted\""])),
    }
    if random.one_in(4) {
        members.push(r#""detail":{"code":"Nested","__type":"Nested","message":"nested"}"#.to_owned());
    }
    if random.one_in(3) {
        let asked = random
            .pick(&["0", "1", "30", "200", "1500", "5049", "5050", "5051", "100000", "-1", "1.5", "1e3", "", "x"]);
        headers.push(("x-amz-retry-after", asked.to_owned()));
    }
    Step::Answer { status, headers, body: format!("{{{}}}", members.join(",")).into(), took: 0 }
}

fn request_id(random: &mut Random) -> Vec<(&'static str, String)> {
    if random.one_in(3) { Vec::new() } else { vec![("x-amzn-RequestId", random.text(8, "0123456789abcdef-"))] }
}

impl Script {
    pub(crate) fn question(&self, ask: &str) -> Value {
        let calls = self
            .calls
            .iter()
            .map(|call| json!({ "now": call.now, "steps": call.steps.iter().map(Step::question).collect::<Vec<_>>() }));
        json!({ "ask": ask, "max_attempts": self.max_attempts, "calls": calls.collect::<Vec<_>>() })
    }

    /// Plays the calls with the crate under test.
    pub(crate) fn play(&self) -> Result<Vec<Value>> {
        let policy = RetryPolicy::standard().without_jitter();
        let policy = policy.with_max_attempts(NonZeroU32::new(self.max_attempts).ok_or("no attempts")?);
        let endpoint = Endpoint::custom(&"us-east-1".parse()?, "http://127.0.0.1:9")?;
        let hub = SecurityHub::new(endpoint, Credentials::new("AKIDEXAMPLE", "secret")?).with_retry_policy(policy);
        self.calls.iter().map(|call| call.play(&hub)).collect()
    }
}

impl Call {
    pub(crate) fn new(now: u64, steps: Vec<Step>) -> Self {
        Self { now, steps, known: Vec::new() }
    }

    fn play(&self, hub: &SecurityHub) -> Result<Value> {
        let (mut waits, mut signed) = (Vec::new(), Vec::new());
        let mut now = UNIX_EPOCH + Duration::from_secs(self.now);
        let mut call = hub.call(DeleteInvitations::new(["111122223333"])?);
        let result = loop {
            let (request, in_flight) = call.sign(now);
            signed.push(request.headers()["x-amz-date"].to_str()?.to_owned());
            let step = self.steps.get(signed.len() - 1).ok_or("one attempt too many")?;
            let retry = match step.response()? {
                Ok((response, took)) => {
                    now += took;
                    match in_flight.handle_response(&response, now) {
                        Outcome::Done(result) => break Ok(result),
                        Outcome::Retry(retry) => retry,
                    }
                }
                Err(failure) => match in_flight.handle_failure(failure) {
                    Ok(retry) => retry,
                    Err(give_up) => break Err(give_up),
                },
            };
            waits.push(retry.after);
            now += retry.after;
            call = retry.call;
        };
        let mut seen = match result {
            Err(give_up) => json!({ "outcome": "failure", "unconfirmed": give_up.unconfirmed_attempts() }),
            Ok(Ok(output)) => seen_of_output(&output),
            Ok(Err(error)) => seen_of_error(&error),
        };
        let seconds = signed.iter().map(|date| seconds_of(date)).collect::<Result<Vec<_>>>()?;
        seen["attempts"] = signed.len().into();
        seen["waits"] = waits.iter().map(|wait| json!(wait.as_micros())).collect();
        seen["quota"] = hub.retry_quota().into();
        seen["signed"] = seconds.into();
        seen["offset"] = hub.clock_offset().into();
        Ok(seen)
    }
}

fn seen_of_output(output: &DeleteInvitationsOutput) -> Value {
    let accounts = output.unprocessed_accounts().iter();
    let accounts = accounts.map(|account| json!([account.account_id(), account.processing_result()]));
    json!({
        "outcome": "success",
        "request_id": output.request_id(),
        "unprocessed": accounts.collect::<Vec<_>>(),
        "unconfirmed": output.unconfirmed_attempts(),
    })
}

fn seen_of_error(error: &Error) -> Value {
    json!({
        "outcome": if error.kind() == ErrorKind::Malformed { "malformed" } else { "error" },
        "status": error.status().as_u16(),
        "code": error.code(),
        "message": error.message(),
        "request_id": error.request_id(),
        "unconfirmed": error.unconfirmed_attempts(),
    })
}

/// Converts `20261122T203705Z` to seconds since 1970 by counting days, independently of any library.
fn seconds_of(date: &str) -> Result<u64> {
    let number = |range| date.get(range).and_then(|digits: &str| digits.parse::<u64>().ok()).ok_or("not a date");
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let days_of_years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let of_february = if is_leap(year) { 29 } else { 28 };
    let months = [31, of_february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days_of_months: u64 = months.iter().take(usize::try_from(month)? - 1).sum();
    let days = days_of_years + days_of_months + day - 1;
    Ok(((days * 24 + number(9..11)?) * 60 + number(11..13)?) * 60 + number(13..15)?)
}

/// One line, for the report of a difference.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure(failure) => f.write_str(failure),
            Self::Answer { status, headers, body, took } => {
                write!(f, "{status} {headers:?} {:?} after {took} s", body.escape_ascii().to_string())
            }
        }
    }
}

impl Step {
    fn question(&self) -> Value {
        match self {
            Self::Failure(failure) => json!({ "failure": failure }),
            Self::Answer { status, headers, body, took } => {
                json!({ "status": status, "headers": headers, "body": hex::encode(body), "took": took })
            }
        }
    }

    fn response(&self) -> Result<Received> {
        match self {
            Self::Failure(failure) => Ok(Err(match failure.split(':').next() {
                Some("NotSent") => Failure::NotSent,
                Some("TimedOut") => Failure::TimedOut,
                _ => Failure::Interrupted,
            })),
            Self::Answer { status, headers, body, took } => {
                let mut response = Response::builder().status(*status);
                for (name, value) in headers {
                    response = response.header(*name, HeaderValue::from_str(value)?);
                }
                Ok(Ok((response.body(body.clone())?, Duration::from_secs(*took))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differences::assert_documented;

    #[test]
    fn classes_are_documented() {
        assert_documented("Responses and retries", &INJECTIONS.map(|injection| injection.class));
    }

    #[test]
    fn counts_dates() {
        assert_eq!(seconds_of("20261122T203705Z").unwrap(), NOW);
        assert_eq!(seconds_of("19700101T000000Z").unwrap(), 0);
        assert_eq!(seconds_of("20000301T000001Z").unwrap(), 951_868_801);
    }
}
