//! Signatures by other signers, and their changes.

mod common;

use bytes::Bytes;
use common::{Call, ONE_ID, TOKEN, TWO_IDS, authorization, error, json, now};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use securityhub_emulator::{AccessKey, Emulator};

const NAMES: &str = "content-type;host;x-amz-date";

/// Host (`None` if only the URI has it), URI, region, token, body, signature.
///
/// Signed by botocore 1.44.5, and most also by the aws-sigv4 crate 1.6.4, with the example key at 2026-11-22T20:37:05Z.
type Vector = (Option<&'static str>, &'static str, &'static str, Option<&'static str>, &'static str, &'static str);

const VECTORS: [Vector; 14] = [
    (
        None,
        "https://securityhub.us-east-1.amazonaws.com/invitations/delete",
        "us-east-1",
        None,
        TWO_IDS,
        "5f5be536d4c91b13e5a57e0edb7480e95849a2fe642b31da7f4e563776686f05",
    ),
    (
        Some("securityhub.us-east-1.amazonaws.com"),
        "/invitations/delete",
        "us-east-1",
        None,
        r#"{"AccountIds":["111122223333","444455556666"]}"#,
        "fa3e41c0076761be2d6c34b4649bec89e0d180330d3fb57d46810939010d110c",
    ),
    (
        None,
        "https://securityhub-fips.us-gov-west-1.amazonaws.com/invitations/delete",
        "us-gov-west-1",
        Some(TOKEN),
        ONE_ID,
        "fd4ec8f7bc81ea685283949177753e42a5309a7c61267b4ab0348e43eca16840",
    ),
    (
        Some("localhost:4566"),
        "/invitations/delete",
        "eu-west-1",
        None,
        ONE_ID,
        "05eb984dad0bac6e61c2419a3d0fa9d61b7f13c4775cfab680d52fb997b933d3",
    ),
    (
        None,
        "https://gw.example.com:8443/a//b/../c%20d/~x/invitations/delete?z=1&a=2&a=1&e=&k",
        "us-east-1",
        None,
        r#"{"AccountIds": ["\u00e9\u2603"]}"#,
        "441a3a80ef22c0066c7d9f044ce22abb7e99f7891c964b35519a9661cf75220d",
    ),
    (
        None,
        "https://securityhub.cn-north-1.amazonaws.com.cn/invitations/delete",
        "cn-north-1",
        None,
        r#"{"AccountIds": []}"#,
        "1f74c960de60c53f26ee9df6e821b45c9d9eac953f313e4e6665cdd11b16aea2",
    ),
    (
        None,
        "https://example.com/invitations/delete",
        "us-east-1",
        None,
        ONE_ID,
        "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3",
    ),
    (
        None,
        "https://example.com/invitations/delete?",
        "us-east-1",
        None,
        ONE_ID,
        "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3",
    ),
    (
        None,
        "https://example.com/a/../invitations/delete",
        "us-east-1",
        None,
        ONE_ID,
        "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3",
    ),
    (
        None,
        "https://user:pw@example.com/invitations/delete",
        "us-east-1",
        None,
        ONE_ID,
        "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3",
    ),
    (
        None,
        "http://[::1]:8080/invitations/delete",
        "us-east-1",
        None,
        ONE_ID,
        "7cf52b8e36db4bd385a90bb5094bbbe2c28aad6871fd64271f6bee0663758550",
    ),
    (
        None,
        "https://example.com/a+b*c(d)/invitations/delete",
        "us-east-1",
        None,
        ONE_ID,
        "e5b0f51cd3c39831255f12271c95f10d7b32dfd81e06d92a20f40d5b2ea1657e",
    ),
    (
        None,
        "https://Example.COM:443/invitations/delete",
        "us-east-1",
        None,
        TWO_IDS,
        "c220baf1c10c5dd3d250adadf74fa34e0001feaadd36d9f9dd09c6e45b5f390e",
    ),
    (
        None,
        "http://example.com:80/invitations/delete",
        "us-east-1",
        None,
        TWO_IDS,
        "c220baf1c10c5dd3d250adadf74fa34e0001feaadd36d9f9dd09c6e45b5f390e",
    ),
];

fn request((host, uri, region, token, body, signature): Vector) -> Request<Bytes> {
    let mut request =
        Request::post(uri).header("content-type", "application/json").header("x-amz-date", "20261122T203705Z");
    if let Some(host) = host {
        request = request.header("host", host);
    }
    let mut names = NAMES.to_owned();
    if let Some(token) = token {
        request = request.header("x-amz-security-token", token);
        names.push_str(";x-amz-security-token");
    }
    let scope = format!("20261122/{region}/securityhub/aws4_request");
    let authorization = authorization(AccessKey::EXAMPLE_ID, &scope, &names, signature);
    request.header("authorization", authorization).body(Bytes::from_static(body.as_bytes())).unwrap()
}

fn handle(request: &Request<Bytes>) -> Response<Bytes> {
    emulator_for(request).handle(request, now())
}

fn emulator_for(request: &Request<Bytes>) -> Emulator {
    let token = request.headers().contains_key("x-amz-security-token");
    let key = AccessKey::example();
    Emulator::builder().with_access_key(if token { key.with_session_token(TOKEN) } else { key }).build()
}

/// Requests of the other operations by botocore 1.44.8, with the example key at 2026-11-22T20:37:05Z: method, path, body,
/// signature, and the status.
const SIBLINGS: [(Method, &str, &str, &str, u16); 5] = [
    (
        Method::GET,
        "/invitations?MaxResults=3&NextToken=313030303030303030303033%2Bbca4fbe132a8078f888d4273605e63a8%2F%3D%3D",
        "",
        "547799d4ecf0afe907d19e6336a5bbe9692fc68a1f281dfe2af8a575b2ab2d92",
        200,
    ),
    (
        Method::GET,
        "/members?OnlyAssociated=false&MaxResults=50",
        "",
        "0e7a081c55bba2b9c44d7f2071de7e5efb40b9a117ab6c6b5265c4bb1034d9a1",
        200,
    ),
    (Method::GET, "/administrator", "", "af6788b5bf7cf05f53badec14eda8d6a1edcd3b1e7e56f5d591603f8430d65cc", 200),
    (
        Method::POST,
        "/administrator/disassociate",
        "",
        "aba05693f9b4241a7c2db5c160a3b93b981c913cb4a0a92daa420d9837af94d4",
        400,
    ),
    (
        Method::POST,
        "/invitations/decline",
        ONE_ID,
        "24c34a939207dfe871442ac6b25f87f706807754534290c24307eca12f2ecdcf",
        200,
    ),
];

#[test]
fn accepts_every_operation_of_botocore() {
    for (method, path, body, signature, status) in SIBLINGS {
        let uri = format!("https://securityhub.us-east-1.amazonaws.com{path}");
        let mut request = Request::builder().method(method).uri(uri).header("x-amz-date", "20261122T203705Z");
        let mut names = "host;x-amz-date".to_owned();
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
            names.insert_str(0, "content-type;");
        }
        let scope = "20261122/us-east-1/securityhub/aws4_request";
        let request = request.header("authorization", authorization(AccessKey::EXAMPLE_ID, scope, &names, signature));
        let request = request.body(Bytes::from_static(body.as_bytes())).unwrap();
        let response = handle(&request);
        assert_eq!(response.status(), status, "{path} {response:?}");
        assert!(status == 200 || error(&response).1 == "BadRequestException", "{path}");
    }
}

#[test]
fn accepts_other_signers() {
    for vector in VECTORS {
        let response = handle(&request(vector));
        if vector.4.contains("[]") {
            // The signature is valid, and the input is not.
            assert_eq!(error(&response).1, "InvalidInputException", "{vector:?}");
        } else {
            assert_eq!(response.status(), 200, "{vector:?} {response:?}");
            assert!(json(&response)["UnprocessedAccounts"].is_array());
        }
    }
}

#[test]
fn shows_canonical_request_of_other_signers() {
    let mut vector = VECTORS[4];
    vector.5 = "0000000000000000000000000000000000000000000000000000000000000000";
    let (_, _, message, _) = error(&handle(&request(vector)));
    assert_eq!(
        message,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details.\n\n\
         The Canonical String for this request should have been\n\
         'POST\n/a/c%2520d/~x/invitations/delete\na=1&a=2&e=&k=&z=1\ncontent-type:application/json\n\
         host:gw.example.com:8443\nx-amz-date:20261122T203705Z\n\ncontent-type;host;x-amz-date\n\
         8456457771c79735fc7fb192280bd7f14cd4a4c1f51727ff4604d56e21ab9761'\n\n\
         The String-to-Sign should have been\n\
         'AWS4-HMAC-SHA256\n20261122T203705Z\n20261122/us-east-1/securityhub/aws4_request\n\
         4dd606035ad4c8af27fa919e0ed0e4823976d06e96261238b0b070c3fd4490fd'\n"
    );
}

/// Changes every signed byte, one at a time.
#[test]
fn refuses_every_changed_byte() {
    for vector in [VECTORS[0], VECTORS[2], VECTORS[4], VECTORS[11]] {
        let good = request(vector);
        assert_eq!(handle(&good).status(), 200);
        let mut refused = 0;
        for changed in changed_bodies(&good).chain(changed_headers(&good)).chain(changed_uris(&good)) {
            let response = handle(&changed);
            assert!(!response.status().is_success(), "{changed:?}");
            refused += 1;
        }
        assert!(refused > 250, "{refused}");
    }
}

fn changed_bodies(good: &Request<Bytes>) -> impl Iterator<Item = Request<Bytes>> {
    (0..good.body().len()).map(|at| {
        let mut body = good.body().to_vec();
        body[at] ^= 1;
        let mut changed = good.clone();
        *changed.body_mut() = body.into();
        changed
    })
}

fn changed_headers(good: &Request<Bytes>) -> impl Iterator<Item = Request<Bytes>> {
    good.headers().iter().flat_map(move |(name, value)| {
        (0..value.len()).filter_map(move |at| {
            let mut bytes = value.as_bytes().to_vec();
            // `authorization` may have spaces instead of commas, and no space after a comma.
            if name == "authorization" && matches!(bytes[at], b' ' | b',') {
                return None;
            }
            bytes[at] ^= 1;
            let mut changed = good.clone();
            changed.headers_mut().insert(name, HeaderValue::from_bytes(&bytes).ok()?);
            Some(changed)
        })
    })
}

fn changed_uris(good: &Request<Bytes>) -> impl Iterator<Item = Request<Bytes>> {
    let uri = good.uri().to_string();
    // A segment that `..` removes is not signed.
    let from = uri.find("/../").map_or_else(|| uri.find("://").unwrap() + 3, |at| at + 4);
    (from..uri.len()).filter_map(move |at| {
        let mut bytes = uri.clone().into_bytes();
        bytes[at] ^= 1;
        let changed_uri: Uri = String::from_utf8(bytes).ok()?.parse().ok()?;
        let mut changed = good.clone();
        *changed.uri_mut() = changed_uri;
        Some(changed)
    })
}

#[test]
fn accepts_unsigned_changes_and_spaces() {
    let mut request = request(VECTORS[0]);
    request.headers_mut().insert("user-agent", HeaderValue::from_static("anything"));
    request.headers_mut().insert("amz-sdk-request", HeaderValue::from_static("attempt=1; max=3"));
    request.headers_mut().insert("content-type", HeaderValue::from_static(" \t application/json  "));
    assert_eq!(handle(&request).status(), 200);
}

#[test]
fn accepts_additional_signed_headers() {
    let hash = "1a9d8b76f99a00abb4534f22e017960fefda3996ed03b964dbe4d157a4b6d153";
    let call = Call {
        more_signed: vec![
            ("x-amz-content-sha256", hash.to_owned()),
            ("x-amz-user-agent", "aws-sdk".to_owned()),
            ("content-length", "32".to_owned()),
        ],
        ..Call::default()
    };
    let mut request = call.sign();
    assert_eq!(handle(&request).status(), 200);
    // Other separators, and other case and order of the names.
    let text = request.headers()["authorization"].to_str().unwrap().to_owned();
    let text = text.replace(", ", ",").replace("content-length;content-type", "Content-Type;content-length");
    request.headers_mut().insert("authorization", text.parse().unwrap());
    assert_eq!(handle(&request).status(), 200);
}

#[test]
fn joins_repeated_headers_in_order() {
    let call = Call { more_signed: vec![("x-amz-meta", "b,a c".to_owned())], ..Call::default() };
    let mut request = call.sign();
    let name = HeaderName::from_static("x-amz-meta");
    request.headers_mut().insert(&name, HeaderValue::from_static(" b"));
    request.headers_mut().append(&name, HeaderValue::from_static("a   c "));
    assert_eq!(handle(&request).status(), 200);
    request.headers_mut().insert(&name, HeaderValue::from_static("a   c "));
    request.headers_mut().append(&name, HeaderValue::from_static(" b"));
    assert_eq!(error(&handle(&request)).1, "InvalidSignatureException");
}

#[test]
fn accepts_date_header_without_x_amz_date() {
    let good = Call { more_signed: vec![("date", "Sun, 22 Nov 2026 20:37:05 GMT".to_owned())], ..Call::default() };
    // x-amz-date takes precedence over a wrong Date.
    let both = Call { more_signed: vec![("date", "Sun, 22 Nov 2020 20:37:05 GMT".to_owned())], ..Call::default() };
    assert_eq!(handle(&good.sign()).status(), 200);
    assert_eq!(handle(&both.sign()).status(), 200);
    // No x-amz-date, as botocore can do.
    let scope = "20261122/us-east-1/securityhub/aws4_request";
    let mut request = Request::post("https://securityhub.us-east-1.amazonaws.com/invitations/delete")
        .header("date", "Sun, 22 Nov 2026 20:37:05 -0000")
        .header("authorization", authorization(AccessKey::EXAMPLE_ID, scope, "host", &"0".repeat(64)))
        .body(Bytes::from_static(ONE_ID.as_bytes()))
        .unwrap();
    assert_eq!(error(&handle(&request)).2, "'date' must be a 'SignedHeader' in the AWS Authorization.");
    let signed = authorization(AccessKey::EXAMPLE_ID, scope, "date;host", &"0".repeat(64));
    request.headers_mut().insert("authorization", signed.parse().unwrap());
    assert!(error(&handle(&request)).2.contains("\n'AWS4-HMAC-SHA256\n20261122T203705Z\n"));
}

#[test]
fn tolerates_exactly_five_minutes() {
    for (date, status) in
        [("20261122T203205Z", 200), ("20261122T203204Z", 403), ("20261122T204205Z", 200), ("20261122T204206Z", 403)]
    {
        let response = handle(&Call::default().dated(date).sign());
        assert_eq!(response.status(), status, "{date}");
    }
}

#[test]
fn rejects_upper_case_signatures() {
    let mut vector = VECTORS[0];
    let upper = vector.5.to_uppercase();
    vector.5 = Box::leak(upper.into_boxed_str());
    assert_eq!(error(&handle(&request(vector))).1, "InvalidSignatureException");
}

#[test]
fn accepts_unsigned_content_type() {
    let request = Call { unsigned_content_type: true, ..Call::default() }.sign();
    assert!(request.headers().contains_key("content-type"));
    assert_eq!(Emulator::new().handle(&request, now()).status(), 200);
}
