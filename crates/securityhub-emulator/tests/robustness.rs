//! No request makes the emulator panic, and only valid signatures are accepted.

mod common;

use bytes::Bytes;
use common::{Call, TOKEN, now};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use securityhub_emulator::{CorsPolicy, Emulator, Role};

/// xorshift64*: good enough for a test, and the same in every run.
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

/// Pieces of valid requests, and invalid ones.
const PIECES: [&str; 40] = [
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
    "MaxResults=",
    "NextToken=",
    "OnlyAssociated=",
    "&",
    "?",
    "%2B",
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
            let ends = ["", "/invitations/delete", "/invitations", "/members", "/administrator", "*"];
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
fn answers_every_request() {
    let emulator = Emulator::builder().with_cors(CorsPolicy::new()).with_log_capacity(0).build();
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
            // Every signed part is unchanged.
            assert_eq!((request.body(), request.method()), (good.body(), good.method()));
            for name in ["authorization", "x-amz-date", "content-type", "host"] {
                assert_eq!(request.headers().get_all(name).iter().count(), 1);
                assert_eq!(request.headers()[name], good.headers()[name]);
            }
        }
    }
    // There was every kind of response, so the requests were neither all valid nor all hopeless.
    assert!(statuses.keys().copied().eq([200, 204, 403, 404]), "{statuses:?}");
    assert!(statuses.values().all(|count| *count > 10), "{statuses:?}");
}

#[test]
fn answers_signed_requests_with_any_body() {
    let emulator = Emulator::builder().with_log_capacity(0).build();
    let mut chance = Chance(0xb0d1);
    for _ in 0..5_000 {
        let call = Call::default().body(text(&mut chance));
        let status = emulator.handle(&call.sign(), now()).status();
        assert_eq!(status, 400, "{}", call.body);
    }
}

#[test]
fn answers_signed_requests_with_any_query() {
    let emulator = Emulator::builder().with_log_capacity(0).build();
    let mut chance = Chance(0x9e7);
    let mut statuses = std::collections::BTreeSet::new();
    for _ in 0..5_000 {
        // A value of unreserved characters is already in canonical form.
        let value: String = text(&mut chance).chars().filter(char::is_ascii_alphanumeric).collect();
        let name = chance.pick(&["MaxResults", "NextToken", "OnlyAssociated", "Other"]);
        let path = chance.pick(&["/invitations", "/members", "/administrator"]);
        let status = emulator.handle(&Call::get(&format!("{path}?{name}={value}")).sign(), now()).status().as_u16();
        statuses.insert(status);
    }
    assert!(statuses.into_iter().eq([200, 400]));
}

#[test]
fn answers_signed_sts_requests_with_any_form() {
    const FORM: [&str; 14] = [
        "&",
        "=",
        "Action=AssumeRole",
        "Action=GetCallerIdentity",
        "RoleArn=arn:aws:iam::444455556666:role/",
        "Cleanup",
        "RoleSessionName=",
        "DurationSeconds=",
        "ExternalId=",
        "900",
        "%00",
        "%ff<",
        "é",
        "+",
    ];
    let role = Role::new("444455556666".parse().unwrap(), "Cleanup").unwrap();
    let emulator = Emulator::builder().with_role(role).with_log_capacity(0).build();
    let mut chance = Chance(0x575);
    let mut statuses = std::collections::BTreeSet::new();
    for _ in 0..5_000 {
        let mut form: Vec<&str> = (0..chance.below(5)).map(|_| chance.pick(&FORM)).collect();
        if chance.below(2) == 0 {
            let role = chance.pick(&["Cleanup", "Other"]);
            form.splice(
                0..0,
                ["Action=AssumeRole&RoleArn=arn:aws:iam::444455556666:role/", role, "&RoleSessionName=me&"],
            );
        }
        let response = emulator.handle(&Call::sts("us-east-1", &form.concat()).sign(), now());
        assert!(response.body().starts_with(b"<") && response.body().ends_with(b">\n"));
        statuses.insert(response.status().as_u16());
    }
    assert!(statuses.into_iter().eq([200, 400, 403]));
}

#[test]
fn answers_control_requests_with_any_document() {
    const DOCUMENT: [&str; 18] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "null",
        "-1",
        "1e999",
        "\"faults\":[",
        "\"times\":3",
        "\"clock_offset\":",
        "\"regions\":[",
        "{\"regions\":[\"us-east-1\"],\"enabled\":false}",
        "{\"response\":\"empty\"}",
        "{\"truncate\":{\"after_bytes\":18446744073709551615}}",
        "{\"padded_to\":5}",
    ];
    let emulator = Emulator::builder().with_control_api().with_log_capacity(0).build();
    let mut chance = Chance(0xc0de);
    let mut applied = 0;
    for _ in 0..4_000 {
        let pieces: String = (0..chance.below(6)).map(|_| chance.pick(&DOCUMENT)).collect();
        let [open, close] = chance.pick(&[["", ""], ["{", "}"], ["{\"faults\":[", "]}"]]);
        let body = Bytes::from([open, &pieces, close].concat());
        let request = Request::post("/_emulator/v1/setup").body(body).unwrap();
        let status = emulator.handle(&request, now()).status().as_u16();
        assert!([200, 400].contains(&status), "{status}");
        applied += u32::from(status == 200);
        // The faults of a document are played.
        emulator.handle(&Call::default().sign(), now());
    }
    assert!(applied > 200, "{applied}");
}
