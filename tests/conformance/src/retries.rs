//! Calls that fail in generated ways: what botocore, the rule and our `Call` make of the answers, how often and after how
//! long they try again, and what is left of the retry quota.

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

/// When each call starts, on the caller's clock.
pub(crate) const NOW: u64 = 1_795_379_825;

/// The calls of one client.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) max_attempts: u32,
    pub(crate) calls: Vec<Call>,
}

/// What each attempt of a call meets, and the parts that botocore is known to see otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) now: u64,
    pub(crate) steps: Vec<Step>,
    known: Vec<(&'static str, &'static str)>,
}

/// The response and its round trip, or the failure.
type Answered = std::result::Result<(Response<Vec<u8>>, Duration), Failure>;

#[derive(Clone)]
pub(crate) enum Step {
    /// By botocore's exception; the first word is our [`Failure`].
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

/// What is compared, by its name in the answers.
const PARTS: [&str; 9] =
    ["outcome", "status", "code", "message", "request_id", "unprocessed", "attempts", "waits", "quota"];
const ALL: &[&str] = &PARTS;

/// A class, the parts in which botocore differs, and the answers that make it.
struct Plant {
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

const fn plant(name: &'static str, every: usize, parts: &'static [&'static str], answers: &'static [Answer]) -> Plant {
    Plant { class: Class { name, every }, parts, answers }
}

const PLANTS: [Plant; 17] = [
    plant(
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
    plant(
        "error code in the header of a 5xx without JSON",
        11,
        &["code", "message", "waits", "quota", "attempts"],
        &[
            answer(503, &[("x-amzn-errortype", "ThrottlingException")], b""),
            answer(500, &[("x-amzn-errortype", "InternalException:http://internal.amazon.com/")], b"   "),
            answer(501, &[("x-amzn-errortype", "SlowDown")], b"<html>Not implemented</html>"),
        ],
    ),
    plant(
        "Code beside __type",
        13,
        &["code", "waits", "quota", "attempts"],
        &[
            answer(400, &[], br#"{"__type":"InvalidInputException","Code":"ThrottlingException"}"#),
            answer(400, &[], br#"{"__type":"com.amazon#ThrottlingException","Code":"InvalidInputException"}"#),
        ],
    ),
    plant(
        "empty or null code before another",
        17,
        &["code", "waits", "quota", "attempts"],
        &[
            answer(400, &[("x-amzn-errortype", "")], br#"{"code":"ThrottlingException"}"#),
            answer(403, &[], br#"{"code":"","__type":"AccessDeniedException"}"#),
            answer(429, &[("x-amzn-errortype", "")], br#"{"__type":"InvalidInputException"}"#),
        ],
    ),
    plant(
        "code that is no text",
        19,
        &["outcome", "status", "code", "message", "request_id", "waits", "quota", "attempts"],
        &[
            answer(400, &[], br#"{"code":5,"__type":"InvalidInputException"}"#),
            answer(400, &[], br#"{"__type":7,"Code":"ThrottlingException"}"#),
        ],
    ),
    plant(
        "Retry-After",
        23,
        &["waits"],
        &[
            answer(503, &[("retry-after", "2")], br#"{"code":"ServiceUnavailable"}"#),
            answer(429, &[("retry-after", "100")], br#"{"code":"TooManyRequestsException"}"#),
            answer(500, &[("Retry-After", "Sun, 22 Nov 2026 21:37:05 GMT")], br#"{"code":"InternalException"}"#),
        ],
    ),
    plant(
        "x-amz-retry-after that only Python reads as a number",
        29,
        &["waits"],
        &[
            answer(503, &[("x-amz-retry-after", "+2000")], br#"{"code":"ServiceUnavailable"}"#),
            answer(503, &[("x-amz-retry-after", "2_000")], br#"{"code":"ServiceUnavailable"}"#),
        ],
    ),
    plant(
        "2xx that is no JSON object",
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
    plant(
        "2xx whose list has other things than objects of texts",
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
    plant(
        "status 300",
        41,
        ALL,
        &[answer(300, &[], b"{}"), answer(300, &[("x-amzn-errortype", "InvalidInputException")], b"{}")],
    ),
    plant(
        "error that is JSON but no object, or no UTF-8",
        43,
        ALL,
        &[
            answer(400, &[], b"[]"),
            answer(404, &[], b"null"),
            answer(403, &[("x-amzn-errortype", "AccessDeniedException")], b"\"text\""),
            answer(400, &[("x-amzn-errortype", "ThrottlingException")], b"\xff\xfe"),
        ],
    ),
    plant(
        "error that is no JSON",
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
    plant(
        "errorMessage",
        53,
        &["message"],
        &[answer(400, &[], br#"{"code":"InvalidInputException","errorMessage":"it is empty"}"#)],
    ),
    plant(
        "empty or null message before another",
        59,
        &["message"],
        &[
            answer(400, &[], br#"{"code":"InvalidInputException","message":null,"Message":"it is empty"}"#),
            answer(400, &[], br#"{"code":"InvalidInputException","message":"","Message":"it is empty"}"#),
        ],
    ),
    plant(
        "x-amz-request-id of an error",
        61,
        &["request_id"],
        &[answer(400, &[("x-amz-request-id", "of-a-proxy")], br#"{"code":"InvalidInputException"}"#)],
    ),
    plant(
        "empty x-amzn-requestid",
        67,
        &["request_id"],
        &[answer(200, &[("x-amzn-requestid", ""), ("x-amz-request-id", "of-a-proxy")], b"{}")],
    ),
    plant(
        "empty code and no other",
        71,
        &["code"],
        &[answer(400, &[("x-amzn-errortype", "")], b"{}"), answer(400, &[], br#"{"code":""}"#)],
    ),
];

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let mut random = settings.random("retries");
    // Each status with each code, by one client a status.
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
            if let Some(part) = PARTS.iter().find(|part| rule[**part] != ours[**part]) {
                return Err(explain(&format!("{part} is not the rule's")).into());
            }
            let differing: Vec<&str> = PARTS.into_iter().filter(|part| rule[*part] != theirs[*part]).collect();
            let tally = if number < of_the_matrix { &mut matrix } else { &mut tally };
            tally.count(&differing, &call.known).map_err(|error| explain(&error))?;
        }
        Ok(())
    })?;
    println!("  {} clients, {number} calls, {attempts} attempts; ours are the rule's", scripts.len());
    println!("  after {exhausted} calls the quota could not pay a retry; the lowest was {lowest}");
    matrix.check("botocore, each status with each code", STATUSES.len() * CODES.len(), &[])?;
    tally.check("botocore", number, &PLANTS.map(|plant| plant.class))?;
    if exhausted == 0 { Err("no script used the quota up".into()) } else { Ok(()) }
}

fn every_code(status: u16, random: &mut Random) -> Script {
    let calls =
        CODES.map(|code| Call::new(NOW, vec![error_with(status, code, random), error_with(status, code, random)]));
    Script { max_attempts: 2, calls: calls.into() }
}

/// Four calls, or so many failures that the quota ends.
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
    // At most one, or one would hide the other.
    if let Some(plant) = PLANTS.iter().rev().find(|plant| plant.class.is_in(number)) {
        let Answer { status, headers, body } = &plant.answers[random.index(plant.answers.len())];
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        // Every attempt meets it, so that the last one does.
        steps.fill(Step::Answer { status: *status, headers, body: body.to_vec(), took: 0 });
        known.extend(plant.parts.iter().map(|part| (plant.class.name, *part)));
    }
    Call { now: NOW, steps, known }
}

/// An answer or a failure that botocore and the rule see alike.
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
        "",
        r#"{"UnprocessedAccounts":null}"#,
        r#"{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"no invitation"}]}"#,
        r#" {"Other":{"a":[1,2,{}]},"UnprocessedAccounts":[{},{"AccountId":null,"More":1},{"ProcessingResult":"é☃"}]} "#,
        r#"{"UnprocessedAccounts":[{"AccountId":"1"}],"UnprocessedAccounts":[{"AccountId":"2"}]}"#,
        r#"{"unprocessedAccounts":[{"AccountId":"1"}]}"#,
        r#"{"UnprocessedAccounts":[{"AccountId":"\u0031\ud83d\ude00","ProcessingResult":"a\"b\\\/\n"}]}"#,
    ]);
    let mut headers = request_id(random);
    if random.one_in(6) {
        headers.push(("x-amzn-errortype", "ThrottlingException".to_owned()));
    }
    Step::Answer { status: random.pick(&[200, 200, 200, 201, 202, 204]), headers, body: body.into(), took: 0 }
}

fn error(random: &mut Random) -> Step {
    // Those that decisions hang on are met more often.
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
        // What the header says goes before all else.
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

    /// The calls by the crate under test.
    pub(crate) fn play(&self) -> Result<Vec<Value>> {
        let policy = RetryPolicy::standard().without_jitter();
        let policy = policy.max_attempts(NonZeroU32::new(self.max_attempts).ok_or("no attempts")?);
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
        let mut call = hub.delete_invitations(DeleteInvitations::new(["111122223333"])?);
        let result = loop {
            let (request, in_flight) = call.sign(now);
            signed.push(request.headers()["x-amz-date"].to_str()?.to_owned());
            let step = self.steps.get(signed.len() - 1).ok_or("there is one attempt too many")?;
            let retry = match step.response()? {
                Ok((response, took)) => {
                    now += took;
                    match in_flight.handle_response(&response, now) {
                        Outcome::Done(result) => break Some(result),
                        Outcome::Retry(retry) => Some(retry),
                    }
                }
                Err(failure) => in_flight.handle_failure(failure),
            };
            let Some(retry) = retry else { break None };
            waits.push(retry.after);
            now += retry.after;
            call = retry.call;
        };
        let mut seen = match result {
            None => json!({ "outcome": "failure" }),
            Some(Ok(output)) => seen_of_output(&output),
            Some(Err(error)) => seen_of_error(&error),
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
    })
}

fn seen_of_error(error: &Error) -> Value {
    json!({
        "outcome": if error.kind() == ErrorKind::Malformed { "malformed" } else { "error" },
        "status": error.status().as_u16(),
        "code": error.code(),
        "message": error.message(),
        "request_id": error.request_id(),
    })
}

/// Seconds since 1970 of `20261122T203705Z`, by counting days: no library is to be trusted on both sides.
fn seconds_of(date: &str) -> Result<u64> {
    let number = |range| date.get(range).and_then(|digits: &str| digits.parse::<u64>().ok()).ok_or("no date");
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let days_of_years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let of_february = if is_leap(year) { 29 } else { 28 };
    let months = [31, of_february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days_of_months: u64 = months.iter().take(usize::try_from(month)? - 1).sum();
    let days = days_of_years + days_of_months + day - 1;
    Ok(((days * 24 + number(9..11)?) * 60 + number(11..13)?) * 60 + number(13..15)?)
}

/// On a line: for whoever looks into a difference.
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

    fn response(&self) -> Result<Answered> {
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
    fn the_classes_are_documented() {
        assert_documented("Responses and retries", &PLANTS.map(|plant| plant.class));
    }

    #[test]
    fn dates_are_counted() {
        assert_eq!(seconds_of("20261122T203705Z").unwrap(), NOW);
        assert_eq!(seconds_of("19700101T000000Z").unwrap(), 0);
        assert_eq!(seconds_of("20000301T000001Z").unwrap(), 951_868_801);
    }
}
