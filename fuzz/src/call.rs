//! Operations on calls, as bytes: which of three calls goes on, and what comes of its request.
//!
//! Each byte is an index into a table, so that chance and libFuzzer reach every combination, and what was recorded
//! can be written as well as read.

use http::{HeaderValue, Response};
use securityhub_invitations::Failure;

/// The number of calls at a time.
pub const CALLS: usize = 3;

/// The attempts that a policy allows.
pub const ATTEMPTS: [u32; 6] = [3, 1, 2, 4, 6, u32::MAX];
/// The longest backoff, in milliseconds.
pub const BACKOFFS: [u64; 5] = [20_000, 0, 1, 8_000, u64::MAX];
/// What an answer may have for its status.
pub const STATUSES: [u16; 16] = [200, 400, 503, 429, 403, 500, 502, 504, 204, 299, 302, 401, 404, 408, 501, 599];
/// What an answer may have for its code; the empty one is none.
pub const CODES: [&str; 16] = [
    "",
    "ThrottlingException",
    "InvalidSignatureException",
    "AccessDeniedException",
    "LimitExceededException",
    "InvalidInputException",
    "InternalException",
    "RequestTimeout",
    "PriorRequestNotComplete",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "RequestTimeTooSkewed",
    "ExpiredTokenException",
    "InvalidAccessException",
    "SlowDown",
    "MissingAuthenticationTokenException",
];
/// `x-amz-retry-after`, with what it means in milliseconds.
pub const MILLISECONDS: [(&str, Option<u64>); 8] = [
    ("", None),
    ("0", Some(0)),
    ("250", Some(250)),
    ("100000", Some(100_000)),
    ("-1", None),
    ("1.5", None),
    ("99999999999999999999", Some(u64::MAX)),
    ("soon", None),
];
/// `Retry-After` in seconds, or as a date so many seconds ahead of the caller's clock if it is signed.
pub const SECONDS: [&str; 6] = ["", "3", "99999999999999999999", "+60", "-60", "soon"];
/// `Date`, in seconds ahead of the caller's clock; none in the first place.
pub const AHEAD: [Option<i64>; 12] = [
    None,
    Some(0),
    Some(1),
    Some(239),
    Some(240),
    Some(241),
    Some(600),
    Some(-240),
    Some(-241),
    Some(-600),
    Some(-40_000_000_000),
    Some(251_000_000_000),
];
/// The bodies of answers, and whether one of success is well formed.
pub const BODIES: [(&str, bool); 5] = [
    ("", true),
    ("{}", true),
    (r#"{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"no"}]}"#, true),
    ("{", false),
    ("<html>", false),
];
/// Steps of the caller's clock, in milliseconds.
pub const STEPS: [i64; 10] = [
    1_500,
    60_000,
    900_000,
    900_001,
    -1,
    -3_600_000,
    86_400_000,
    800_000_000_000,
    400_000_000_000_000,
    -3_000_000_000_000,
];

/// What a policy and a hub are made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// Of [`ATTEMPTS`].
    pub attempts: u8,
    /// Of [`BACKOFFS`].
    pub backoff: u8,
    /// Bits: no jitter, a seed, no correction of the clock, two hubs with one quota.
    pub flags: u8,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub enum Operation {
    /// The call is begun, or signed.
    Advance(usize),
    /// No answer came to the call's request.
    Fail(usize, Failure),
    /// An answer came.
    Answer(usize, Answer),
    /// The call is dropped.
    Cancel(usize),
    /// The call gets other credentials.
    Rotate(usize),
    /// The clock goes so many milliseconds.
    Tick(i64),
}

/// Indices into the tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer {
    /// Of [`STATUSES`].
    pub status: u8,
    /// Of [`CODES`].
    pub code: u8,
    /// Of [`MILLISECONDS`].
    pub milliseconds: u8,
    /// Of [`SECONDS`].
    pub seconds: u8,
    /// Of [`AHEAD`].
    pub ahead: u8,
    /// Of [`BODIES`]; above 127 there is an `Age` as well.
    pub body: u8,
}

fn of<T: Copy>(table: &[T], index: u8) -> T {
    table[usize::from(index) % table.len()]
}

const FAILURES: [Failure; 3] = [Failure::NotSent, Failure::TimedOut, Failure::Interrupted];

impl Answer {
    pub fn status(&self) -> u16 {
        of(&STATUSES, self.status)
    }

    pub fn code(&self) -> Option<&'static str> {
        Some(of(&CODES, self.code)).filter(|code| !code.is_empty())
    }

    pub fn milliseconds(&self) -> Option<u64> {
        of(&MILLISECONDS, self.milliseconds).1
    }

    pub fn seconds(&self) -> &'static str {
        of(&SECONDS, self.seconds)
    }

    pub fn ahead(&self) -> Option<i64> {
        of(&AHEAD, self.ahead)
    }

    pub fn has_age(&self) -> bool {
        self.body > 127
    }

    /// Whether a status of success would be one.
    pub fn is_well_formed(&self) -> bool {
        of(&BODIES, self.body).1
    }

    /// The response, received at `now`, in seconds since 1970.
    pub fn response(&self, now: i64) -> Response<&'static str> {
        let mut response = Response::new(of(&BODIES, self.body).0);
        *response.status_mut() = self.status().try_into().expect("a status");
        let mut set = |name: &'static str, value: String| {
            if !value.is_empty() {
                response.headers_mut().insert(name, HeaderValue::try_from(value).expect("ASCII"));
            }
        };
        set("x-amzn-errortype", self.code().unwrap_or_default().to_owned());
        set("x-amz-retry-after", of(&MILLISECONDS, self.milliseconds).0.to_owned());
        let retry_after = self.seconds();
        set(
            "retry-after",
            match retry_after.as_bytes() {
                [b'+' | b'-', ..] => crate::http_date(self.retry_date(now).expect("it is a date")),
                _ => retry_after.to_owned(),
            },
        );
        set("date", self.date(now).map(crate::http_date).unwrap_or_default());
        set("age", if self.has_age() { "1".to_owned() } else { String::new() });
        response
    }

    /// The `Date`, in seconds since 1970.
    pub fn date(&self, now: i64) -> Option<i64> {
        self.ahead().map(|ahead| now.saturating_add(ahead).clamp(0, LAST_SECOND))
    }

    /// The `Retry-After` that is a date.
    pub fn retry_date(&self, now: i64) -> Option<i64> {
        let signed = self.seconds().starts_with(['+', '-']);
        signed.then(|| now.saturating_add(self.seconds().parse().expect("a number")).clamp(0, LAST_SECOND))
    }
}

/// The end of the year 9999.
pub const LAST_SECOND: i64 = 253_402_300_799;

/// Reads what [`write`] wrote; what follows the last whole operation is left out.
pub fn read(bytes: &[u8]) -> (Setup, Vec<Operation>) {
    const AT_MOST: usize = 256;
    let mut bytes = bytes.iter().copied();
    let setup = setup(&mut bytes).unwrap_or_default();
    let operations = std::iter::from_fn(|| operation(&mut bytes)).take(AT_MOST).collect();
    (setup, operations)
}

fn setup(bytes: &mut impl Iterator<Item = u8>) -> Option<Setup> {
    Some(Setup { attempts: bytes.next()?, backoff: bytes.next()?, flags: bytes.next()? })
}

fn operation(bytes: &mut impl Iterator<Item = u8>) -> Option<Operation> {
    let byte = bytes.next()?;
    let call = usize::from(byte & 3) % CALLS;
    Some(match byte >> 2 & 7 {
        0..=2 => Operation::Advance(call),
        3 => Operation::Fail(call, of(&FAILURES, byte >> 5)),
        4 | 5 => Operation::Answer(
            call,
            Answer {
                status: bytes.next()?,
                code: bytes.next()?,
                milliseconds: bytes.next()?,
                seconds: bytes.next()?,
                ahead: bytes.next()?,
                body: bytes.next()?,
            },
        ),
        6 => Operation::Tick(of(&STEPS, bytes.next()?)),
        _ if byte >> 5 & 1 == 0 => Operation::Cancel(call),
        _ => Operation::Rotate(call),
    })
}

/// The bytes of a setup and of those operations that seeds are made of.
pub fn write(setup: Setup, operations: &[Operation]) -> Vec<u8> {
    let mut bytes = vec![setup.attempts, setup.backoff, setup.flags];
    let call_byte = |call: usize, kind: u8| u8::try_from(call).expect("one of three") | kind << 2;
    for operation in operations {
        match *operation {
            Operation::Advance(call) => bytes.push(call_byte(call, 0)),
            Operation::Fail(call, failure) => {
                let index = FAILURES.iter().position(|known| *known == failure).expect("a known failure");
                bytes.push(call_byte(call, 3) | u8::try_from(index).expect("one of three") << 5);
            }
            Operation::Answer(call, Answer { status, code, milliseconds, seconds, ahead, body }) => {
                bytes.extend([call_byte(call, 4), status, code, milliseconds, seconds, ahead, body]);
            }
            Operation::Cancel(call) => bytes.push(call_byte(call, 7)),
            Operation::Rotate(call) => bytes.push(call_byte(call, 7) | 1 << 5),
            Operation::Tick(step) => {
                let index = STEPS.iter().position(|known| *known == step).expect("a known step");
                bytes.extend([call_byte(0, 6), u8::try_from(index).expect("a short table")]);
            }
        }
    }
    bytes
}
