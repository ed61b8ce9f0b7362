//! The signer alone, tested against every request that the reference client signed.

use std::{
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderName, HeaderValue, Method, Request, Uri};
use securityhub_invitations::sigv4::{SignError, Signer};
use serde_json::Value;

use crate::support::{
    KEY_ID, TOKEN, at, credentials, credentials_of, header_of, headers_of, now, region, rows, signing_data,
    temporary_credentials, text, time_of,
};

fn signer() -> Signer {
    Signer::new(credentials(), &region("us-east-1"), "service").unwrap()
}

fn signer_of(case: &Value) -> Signer {
    Signer::new(credentials_of(case), &region(text(case, "region")), text(case, "service")).unwrap()
}

fn request_of(case: &Value) -> Request<String> {
    let mut request = Request::new(text(case, "body").to_owned());
    *request.method_mut() = text(case, "method").parse().unwrap();
    *request.uri_mut() = text(case, "url").parse().unwrap_or_else(|error| panic!("{error}: {case}"));
    for header in case["headers"].as_array().unwrap() {
        let [name, value] = [0, 1].map(|at| header[at].as_str().unwrap());
        let name: HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request
}

fn get(uri: &str) -> Request<&'static str> {
    Request::get(uri).body("").unwrap()
}

/// A request with every part that is signed.
fn rich_request() -> Request<&'static str> {
    Request::post("https://example.com:8443/a/b?c=d")
        .header("content-type", "application/json")
        .header("user-agent", "curl/8.0")
        .header("x-many", "1")
        .header("x-many", "2")
        .body("{}")
        .unwrap()
}

#[test]
fn every_stage_matches_the_reference_client() {
    let data = signing_data();
    for (list, at_least) in [("cases", 83), ("differs", 12)] {
        assert!(rows(&data, list).len() >= at_least, "{list} lost cases");
        for case in rows(&data, list) {
            let name = text(case, "name");
            let explanation = signer_of(case).explain(&request_of(case), time_of(case)).unwrap();
            assert_eq!(explanation.canonical_request, text(case, "canonical_request"), "{name}");
            assert_eq!(explanation.string_to_sign, text(case, "string_to_sign"), "{name}");
            assert_eq!(explanation.signed_headers, text(case, "signed_headers"), "{name}");
            assert_eq!(explanation.signature, text(case, "signature"), "{name}");
        }
    }
}

#[test]
fn sets_its_headers_and_nothing_else() {
    let data = signing_data();
    for case in [rows(&data, "cases"), rows(&data, "differs")].concat() {
        let name = text(&case, "name");
        let before = request_of(&case);
        let mut signed = before.clone();
        signer_of(&case).sign(&mut signed, time_of(&case)).unwrap();

        assert_eq!(header_of(&signed, "authorization"), text(&case, "authorization"), "{name}");
        assert_eq!(header_of(&signed, "x-amz-date"), text(&case, "time"), "{name}");
        let token = signed.headers().get("x-amz-security-token").map(|token| token.to_str().unwrap());
        assert_eq!(token, case["session_token"].as_str(), "{name}");

        let others = |request: &Request<String>| {
            let mut request = request.clone();
            for ours in ["authorization", "x-amz-date", "x-amz-security-token"] {
                request.headers_mut().remove(ours);
            }
            headers_of(&request)
        };
        assert_eq!(others(&signed), others(&before), "{name}");
        assert_eq!((signed.method(), signed.uri()), (before.method(), before.uri()), "{name}");
        assert_eq!(signed.body(), before.body(), "{name}");
    }
}

/// These signatures were published elsewhere, or computed by other implementations, in case the data is wrong.
#[test]
fn cases_include_published_signatures() {
    let data = signing_data();
    for (name, signature) in [
        ("V1: us-east-1", "5f5be536d4c91b13e5a57e0edb7480e95849a2fe642b31da7f4e563776686f05"),
        ("V2: session token, FIPS", "fd4ec8f7bc81ea685283949177753e42a5309a7c61267b4ab0348e43eca16840"),
        ("V3: custom endpoint with a port", "05eb984dad0bac6e61c2419a3d0fa9d61b7f13c4775cfab680d52fb997b933d3"),
        ("V4: hostile base path and query", "441a3a80ef22c0066c7d9f044ce22abb7e99f7891c964b35519a9661cf75220d"),
        ("V5: China, empty list", "1f74c960de60c53f26ee9df6e821b45c9d9eac953f313e4e6665cdd11b16aea2"),
        ("plain host", "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3"),
        ("empty query", "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3"),
        ("fragment", "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3"),
        ("base path that cancels itself", "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3"),
        ("user information in the URL", "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3"),
        ("IPv6 host", "7cf52b8e36db4bd385a90bb5094bbbe2c28aad6871fd64271f6bee0663758550"),
        ("base path with reserved characters", "e5b0f51cd3c39831255f12271c95f10d7b32dfd81e06d92a20f40d5b2ea1657e"),
        ("upper-case host, default port of https", "c220baf1c10c5dd3d250adadf74fa34e0001feaadd36d9f9dd09c6e45b5f390e"),
        ("default port of http", "c220baf1c10c5dd3d250adadf74fa34e0001feaadd36d9f9dd09c6e45b5f390e"),
        ("hub: us-east-1", "fa3e41c0076761be2d6c34b4649bec89e0d180330d3fb57d46810939010d110c"),
        ("suite: get-vanilla", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("documentation: IAM ListUsers", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
    ] {
        let case = rows(&data, "cases").iter().find(|case| text(case, "name") == name);
        assert_eq!(case.map(|case| text(case, "signature")), Some(signature), "{name}");
    }
}

#[test]
fn http_crate_rejects_unrepresentable_urls() {
    for case in rows(&signing_data(), "unrepresentable") {
        assert!(text(case, "url").parse::<Uri>().is_err(), "the http crate accepts this URL now: {case}");
    }
}

#[test]
fn a_request_can_be_signed_again() {
    let signer = signer();
    let mut request = rich_request();
    Signer::new(temporary_credentials(), &region("eu-west-1"), "other").unwrap().sign(&mut request, at(0)).unwrap();
    assert_eq!(header_of(&request, "x-amz-security-token"), TOKEN);

    signer.sign(&mut request, now()).unwrap();
    let mut fresh = rich_request();
    signer.sign(&mut fresh, now()).unwrap();
    // Nothing is left of the first signature, not even a token that no longer belongs.
    assert_eq!(headers_of(&request), headers_of(&fresh));

    signer.sign(&mut request, now()).unwrap();
    assert_eq!(headers_of(&request), headers_of(&fresh));
}

#[test]
fn replaces_all_values_of_signed_headers() {
    let mut request = rich_request();
    for name in ["authorization", "x-amz-date", "x-amz-security-token"] {
        request.headers_mut().append(name, HeaderValue::from_static("a"));
        request.headers_mut().append(name, HeaderValue::from_static("b"));
    }
    let mut fresh = rich_request();
    signer().sign(&mut request, now()).unwrap();
    signer().sign(&mut fresh, now()).unwrap();
    assert_eq!(headers_of(&request), headers_of(&fresh));
}

#[test]
fn follows_day_changes_in_both_directions() {
    let day = Duration::from_secs(24 * 60 * 60);
    let kept = signer();
    let clone = kept.clone();
    for time in [now(), now() + day, now() + day, now(), now() - day, now()] {
        let fresh = signer().explain(&rich_request(), time).unwrap();
        assert_eq!(kept.explain(&rich_request(), time).unwrap(), fresh);
        assert_eq!(clone.explain(&rich_request(), time).unwrap(), fresh);
    }
}

#[test]
fn leaves_unsignable_requests_unchanged() {
    const NO_HOST: &str = "request has no host: the URI has no authority and there is no Host header";
    let no_host = Request::get("/path").header("authorization", "kept").body("").unwrap();
    // `http` accepts an authority that consists of a port.
    let port_alone = Request::get("http://:80/path").header("authorization", "kept").body("").unwrap();
    let not_utf8 = Request::get("https://example.com/")
        .header("x-good", "kept")
        .header("x-bad", "fine")
        .header("x-bad", HeaderValue::from_bytes(b"\xff").unwrap())
        .body("")
        .unwrap();
    for (request, expected, message) in [
        (no_host, SignError::NoHost, NO_HOST),
        (port_alone, SignError::NoHost, NO_HOST),
        (
            not_utf8,
            SignError::NotUtf8(HeaderName::from_static("x-bad")),
            "header x-bad: value is not UTF-8 (expected UTF-8 in signed headers)",
        ),
    ] {
        let mut signed = request.clone();
        let signer = Signer::new(temporary_credentials(), &region("us-east-1"), "service").unwrap();
        assert_eq!(signer.sign(&mut signed, now()), Err(expected.clone()));
        assert_eq!(signer.explain(&request, now()), Err(expected.clone()));
        assert_eq!(expected.to_string(), message);
        assert_eq!(format!("{expected:?}"), message);
        assert_eq!(signed.headers(), request.headers());
    }
}

#[test]
fn ignores_values_of_unsigned_headers() {
    let mut request = get("https://example.com/");
    for name in ["user-agent", "authorization", "x-amz-date", "x-amz-security-token", "proxy-x"] {
        request.headers_mut().insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
    }
    let explanation = signer().explain(&request, now()).unwrap();
    assert_eq!(explanation, signer().explain(&get("https://example.com/"), now()).unwrap());
    signer().sign(&mut request, now()).unwrap();
}

#[test]
fn rejects_requests_with_too_many_headers() {
    let mut full = get("https://example.com/");
    let mut count = 0;
    while full.headers_mut().try_insert(format!("x-{count}").parse::<HeaderName>().unwrap(), 0.into()).is_ok() {
        count += 1;
    }
    let signer = Signer::new(temporary_credentials(), &region("us-east-1"), "service").unwrap();
    for free in 0..3 {
        let mut request = full.clone();
        (0..free).for_each(|n| drop(request.headers_mut().remove(format!("x-{n}"))));
        let before = request.headers().clone();
        assert_eq!(signer.sign(&mut request, now()), Err(SignError::TooManyHeaders));
        assert_eq!(*request.headers(), before);
    }
    (0..3).for_each(|n| drop(full.headers_mut().remove(format!("x-{n}"))));
    signer.sign(&mut full, now()).unwrap();
    assert_eq!(full.headers().len(), count);
    assert_eq!(
        SignError::TooManyHeaders.to_string(),
        "request has too many headers: those of the signature do not fit"
    );
}

#[test]
fn marks_authorization_and_token_sensitive() {
    let mut request = rich_request();
    let signer = Signer::new(temporary_credentials(), &region("us-east-1"), "service").unwrap();
    signer.sign(&mut request, now()).unwrap();
    for (name, value) in request.headers() {
        let is_secret = ["authorization", "x-amz-security-token"].contains(&name.as_str());
        assert_eq!(value.is_sensitive(), is_secret, "{name}");
    }
}

#[test]
fn leaves_headers_unsigned_that_proxies_change() {
    let bare = signer().explain(&get("https://example.com/"), now()).unwrap();
    for name in [
        "authorization",
        "baggage",
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "proxy-status",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
    ] {
        let mut request = get("https://example.com/");
        request.headers_mut().insert(name, HeaderValue::from_static("1"));
        assert_eq!(signer().explain(&request, now()).unwrap(), bare, "{name}");
    }
}

#[test]
fn signs_every_other_header() {
    for name in ["accept", "amz-sdk-request", "cookie", "content-type", "date", "origin", "proxy", "via", "x-amz-x"] {
        let mut request = get("https://example.com/");
        request.headers_mut().insert(name, HeaderValue::from_static("1"));
        let explanation = signer().explain(&request, now()).unwrap();
        let mut names = [name, "host", "x-amz-date"];
        names.sort_unstable();
        assert_eq!(explanation.signed_headers, names.join(";"));
        assert!(explanation.canonical_request.contains(&format!("\n{name}:1\n")), "{explanation}");
    }
}

#[test]
fn signs_the_host_that_transports_send() {
    for (uri, host_header, host) in [
        ("https://Example.COM/", None, "example.com"),
        ("https://example.com:443/", None, "example.com"),
        ("http://example.com:80/", None, "example.com"),
        ("http://example.com:443/", None, "example.com:443"),
        ("https://example.com:80/", None, "example.com:80"),
        ("https://user:password@example.com:8443/", None, "example.com:8443"),
        ("https://[2001:DB8::1]:443/", None, "[2001:db8::1]"),
        // There is no scheme, so there is no default port.
        ("example.com:443", None, "example.com:443"),
        ("/path", Some("Host.Example:443"), "Host.Example:443"),
        ("https://example.com/", Some("other.example"), "other.example"),
        // `http` accepts a second colon before a bracket. The host ends at the first, and the port begins after the last.
        ("x://a:1b[::1]:8443/", None, "a:8443"),
    ] {
        let mut request = get(uri);
        if let Some(host) = host_header {
            request.headers_mut().insert("host", HeaderValue::from_static(host));
        }
        let canonical_request = signer().explain(&request, now()).unwrap().canonical_request;
        assert!(canonical_request.contains(&format!("\nhost:{host}\n")), "{uri}: {canonical_request}");
    }
}

#[test]
fn signs_methods_in_upper_case() {
    for (method, signed) in [("GET", "GET"), ("get", "GET"), ("Purge", "PURGE")] {
        let mut request = get("https://example.com/");
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        let canonical_request = signer().explain(&request, now()).unwrap().canonical_request;
        assert!(canonical_request.starts_with(&format!("{signed}\n/\n\n")), "{canonical_request}");
    }
}

#[test]
fn uses_the_payload_hash_of_the_request() {
    let mut request = rich_request();
    request.headers_mut().insert("x-amz-content-sha256", HeaderValue::from_static("  UNSIGNED-PAYLOAD\t"));
    let explanation = signer().explain(&request, now()).unwrap();
    assert!(explanation.canonical_request.contains("\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n"), "{explanation}");
    assert!(explanation.canonical_request.ends_with("\nUNSIGNED-PAYLOAD"), "{explanation}");
    signer().sign(&mut request, now()).unwrap();

    let mut request = rich_request();
    signer().sign(&mut request, now()).unwrap();
    assert!(!request.headers().contains_key("x-amz-content-sha256"), "the signer never adds this header");
}

#[test]
fn signs_fips_pseudo_regions_as_plain_regions() {
    let plain = signer().explain(&rich_request(), now()).unwrap();
    for name in ["fips-us-east-1", "us-east-1-fips"] {
        let signer = Signer::new(credentials(), &region(name), "service").unwrap();
        assert_eq!(signer.explain(&rich_request(), now()).unwrap(), plain, "{name}");
        assert!(format!("{signer:?}").contains("/us-east-1/service/aws4_request"), "{signer:?}");
    }
}

#[test]
fn clamps_times_beyond_the_calendar() {
    let far_future = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 60)).unwrap();
    for (time, date) in [
        (UNIX_EPOCH - Duration::from_nanos(1), "19700101T000000Z"),
        (UNIX_EPOCH.checked_sub(Duration::from_secs(1 << 60)).unwrap(), "19700101T000000Z"),
        (at(253_402_300_799), "99991231T235959Z"),
        (far_future, "99991231T235959Z"),
    ] {
        let mut request = rich_request();
        signer().sign(&mut request, time).unwrap();
        assert_eq!(header_of(&request, "x-amz-date"), date);
        let scope = format!("Credential={KEY_ID}/{}/us-east-1/service/aws4_request,", &date[..8]);
        assert!(header_of(&request, "authorization").contains(&scope));
    }
}

#[test]
fn accepts_service_names_of_scopes() {
    for name in ["securityhub", "execute-api", "vpc-lattice-svcs", "a.b_C-1", "s3vectors", "s3tables", "my-s3"] {
        assert!(Signer::new(credentials(), &region("us-east-1"), name).is_ok(), "{name}");
    }
    let longest = Signer::new(credentials(), &region("us-east-1"), &"s".repeat(64)).unwrap();
    assert!(longest.explain(&rich_request(), now()).is_ok());
}

#[test]
fn rejects_other_service_names() {
    let too_long = "s".repeat(65);
    for (name, problem) in [
        ("", "empty (expected a name such as securityhub)"),
        ("a/b", "'/' at position 2 (allowed: A-Z, a-z, 0-9, -, _, .)"),
        ("a\n", "'\\n' at position 2 (allowed: A-Z, a-z, 0-9, -, _, .)"),
        ("ä", "'ä' at position 1 (allowed: A-Z, a-z, 0-9, -, _, .)"),
        (&too_long, "65 characters (expected at most 64)"),
    ] {
        let error = Signer::new(credentials(), &region("us-east-1"), name).unwrap_err();
        assert_eq!(error.setting(), "service");
        assert!(error.to_string().ends_with(&format!(": {problem}")), "{error}");
    }
}

/// B8: S3 neither normalises paths nor encodes them a second time.
#[test]
fn rejects_s3_services() {
    for name in ["s3", "s3express", "s3-object-lambda", "s3-outposts", "S3", "S3Express"] {
        let error = Signer::new(credentials(), &region("us-east-1"), name).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("service \"{name}\": S3 paths are signed by other rules (expected a service other than S3)")
        );
    }
}

#[test]
fn leaves_headers_unsigned_on_request() {
    let [via, forwarded, cookie] = ["via", "x-forwarded-for", "cookie"].map(HeaderName::from_static);
    let mut request = get("https://example.com/");
    for name in [&via, &forwarded, &cookie] {
        request.headers_mut().insert(name, HeaderValue::from_static("1"));
    }
    let plain = signer();
    let first = plain.clone().with_unsigned_headers([via]);
    let both = first.clone().with_unsigned_headers([forwarded]);
    for (signer, signed) in [
        (&plain, "cookie;host;via;x-amz-date;x-forwarded-for"),
        (&first, "cookie;host;x-amz-date;x-forwarded-for"),
        (&both, "cookie;host;x-amz-date"),
    ] {
        assert_eq!(signer.explain(&request, now()).unwrap().signed_headers, signed);
    }
    both.sign(&mut request, now()).unwrap();
    assert!(header_of(&request, "authorization").contains(" SignedHeaders=cookie;host;x-amz-date,"));
    assert_eq!(header_of(&request, "via"), "1");
}

#[test]
fn always_signs_host_and_amz_headers() {
    let names = ["host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-target"];
    let signer = Signer::new(temporary_credentials(), &region("us-east-1"), "service")
        .unwrap()
        .with_unsigned_headers(names.map(HeaderName::from_static));
    for host_header in [false, true] {
        let mut request = get("https://example.com/");
        for name in &names[usize::from(!host_header)..] {
            request.headers_mut().insert(*name, HeaderValue::from_static("1"));
        }
        assert_eq!(
            signer.explain(&request, now()).unwrap().signed_headers,
            "host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target"
        );
    }
}

/// B11: the first day is not special.
#[test]
fn threads_sign_for_two_days_at_once() {
    let shared = signer();
    let days = [now(), now() + Duration::from_secs(24 * 60 * 60)];
    let expected = days.map(|day| signer().explain(&rich_request(), day).unwrap().signature);
    let round = |first: usize| {
        for n in (first..).take(200) {
            let explanation = shared.explain(&rich_request(), days[n % 2]).unwrap();
            assert_eq!(explanation.signature, expected[n % 2]);
        }
    };
    thread::scope(|scope| (0..4).for_each(|first| drop(scope.spawn(move || round(first)))));
}

#[test]
fn explanations_have_headings() {
    let explanation = signer().explain(&rich_request(), now()).unwrap();
    let canonical_request = &explanation.canonical_request;
    let (string_to_sign, signature) = (&explanation.string_to_sign, &explanation.signature);
    assert_eq!(
        explanation.to_string(),
        format!(
            "canonical request:\n{canonical_request}\n\nstring to sign:\n{string_to_sign}\n\nsignature:\n{signature}"
        )
    );
    let debugged = format!("{explanation:?}");
    for part in [canonical_request, string_to_sign, &explanation.signed_headers, signature] {
        assert!(debugged.contains(&format!("{part:?}")), "{debugged}");
    }
}
