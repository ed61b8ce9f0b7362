//! Nothing that comes in makes it panic, and nothing but a good signature gets through.

mod common;

use bytes::Bytes;
use common::{Call, TOKEN, now};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use securityhub_emulator::{CorsPolicy, Emulator};

/// xorshift64*: enough chance for a test, and the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }

    fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// Pieces that mean something somewhere, and some that mean nothing anywhere.
const PIECES: [&str; 34] = [
    "AWS4-HMAC-SHA256",
    "AWS4-",
    "Credential=",
    "SignedHeaders=",
    "Signature=",
    "AKIDEXAMPLE",
    "/",
    ";",
    ",",
    "=",
    " ",
    "\t",
    "20261122",
    "20261122T203705Z",
    "us-east-1",
    "securityhub",
    "aws4_request",
    "host",
    "x-amz-date",
    "content-type",
    "é",
    "\u{80}",
    "%",
    "%2",
    "%zz",
    "..",
    "//",
    "{",
    "[",
    "\"",
    "\\ud800",
    "AccountIds",
    "Sun, 22 Nov 2026 20:37:05 GMT",
    "00000000",
];

fn text(chance: &mut Chance) -> String {
    (0..chance.below(12)).map(|_| chance.pick(&PIECES)).collect()
}

fn value(chance: &mut Chance) -> Option<HeaderValue> {
    let bytes = if chance.below(4) == 0 { chance.bytes(40) } else { text(chance).into_bytes() };
    HeaderValue::from_bytes(&bytes).ok()
}

fn mangle(request: &mut Request<Bytes>, chance: &mut Chance) {
    const NAMES: [&str; 12] = [
        "authorization",
        "host",
        "x-amz-date",
        "date",
        "content-type",
        "x-amz-security-token",
        "x-amz-content-sha256",
        "origin",
        "access-control-request-method",
        "x-amz-x",
        "x-other",
        "content-length",
    ];
    match chance.below(8) {
        0 => drop(request.headers_mut().remove(chance.pick(&NAMES))),
        1 | 2 => {
            if let Some(value) = value(chance) {
                request.headers_mut().append(HeaderName::from_static(chance.pick(&NAMES)), value);
            }
        }
        3 | 4 => {
            if let Some(value) = value(chance) {
                request.headers_mut().insert(HeaderName::from_static(chance.pick(&NAMES)), value);
            }
        }
        5 => *request.body_mut() = chance.bytes(60).into(),
        6 => {
            let methods = [Method::OPTIONS, Method::GET, Method::CONNECT, Method::from_bytes(b"X-Y").unwrap()];
            *request.method_mut() = chance.pick(&methods);
        }
        _ => {
            let ends = ["", "/invitations/delete", "*"];
            let uri = format!(
                "{}{}{}?{}",
                chance.pick(&["", "http://[::1]:80", "//a"]),
                text(chance),
                chance.pick(&ends),
                text(chance)
            );
            if let Ok(uri) = uri.parse::<Uri>() {
                *request.uri_mut() = uri;
            }
        }
    }
}

#[test]
fn whatever_comes_is_answered() {
    let emulator = Emulator::new().with_cors(CorsPolicy::new()).with_log_capacity(0);
    let mut chance = Chance(0x5eed);
    let good = Call { token: None, ..Call::default() }.sign();
    let with_token = Call { token: Some(TOKEN.to_owned()), ..Call::default() }.sign();
    let preflight = Request::options("/invitations/delete")
        .header("origin", "null")
        .header("access-control-request-method", "POST")
        .body(Bytes::new())
        .unwrap();
    let mut statuses = std::collections::BTreeMap::new();
    for _ in 0..20_000 {
        let mut request = chance.pick(&[good.clone(), with_token.clone(), preflight.clone()]);
        for _ in 0..chance.below(4) {
            mangle(&mut request, &mut chance);
        }
        let response = emulator.handle(&request, now());
        *statuses.entry(response.status().as_u16()).or_insert(0) += 1;
        if response.status() == 200 {
            // All that was signed must be as it was.
            assert_eq!((request.body(), request.method()), (good.body(), good.method()));
            for name in ["authorization", "x-amz-date", "content-type", "host"] {
                assert_eq!(request.headers().get_all(name).iter().count(), 1);
                assert_eq!(request.headers()[name], good.headers()[name]);
            }
        }
    }
    // Every kind of answer was among them, so that the requests were neither all good nor all hopeless.
    assert!(statuses.keys().copied().eq([200, 204, 403, 404]), "{statuses:?}");
    assert!(statuses.values().all(|count| *count > 10), "{statuses:?}");
}

#[test]
fn bodies_of_any_bytes_are_answered_when_they_are_well_signed() {
    let emulator = Emulator::new().with_log_capacity(0);
    let mut chance = Chance(0xb0d1);
    for _ in 0..5_000 {
        let call = Call::default().body(text(&mut chance));
        let status = emulator.handle(&call.sign(), now()).status();
        assert_eq!(status, 400, "{}", call.body);
    }
}
