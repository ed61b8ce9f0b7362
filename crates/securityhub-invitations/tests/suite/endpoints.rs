//! Regions and endpoints: the rule set's results, and invalid values.

use std::collections::BTreeSet;

use securityhub_invitations::{ConfigError, Credentials, Endpoint, EndpointVariant, Partition, Region, SecurityHub};

use crate::support::{KEY_ID, SECRET, endpoint_data, flag, one_id, region, rows, text};

#[test]
fn resolves_like_the_rule_set() {
    let data = endpoint_data();
    for (list, at_least) in [("listed", 192), ("unlisted", 100), ("unmatched", 44)] {
        assert!(rows(&data, list).len() >= at_least, "{list} lost rows");
        for row in rows(&data, list) {
            let region = region(text(row, "region"));
            let variant = EndpointVariant { fips: flag(row, "fips"), dual_stack: flag(row, "dual_stack") };
            let endpoint = Endpoint::resolve(&region, variant).unwrap();
            assert_eq!(endpoint.url(), text(row, "url"));
            assert_eq!(format!("https://{}", endpoint.signing_host()), text(row, "url"));
            assert_eq!(endpoint.region(), &region);
            if variant == EndpointVariant::default() {
                assert_eq!(Endpoint::regional(&region).unwrap(), endpoint);
            }
        }
    }
}

#[test]
fn rejects_global_regions() {
    let data = endpoint_data();
    for row in rows(&data, "global") {
        assert!(text(row, "region").parse::<Region>().is_err(), "{row}");
    }
    for name in ["aws-global", "aws-us-gov-global", "fips-aws-global", "aws-global-fips"] {
        let error = name.parse::<Region>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "invalid region \"{name}\": Security Hub has no global endpoint (expected a region such as us-east-1)"
            )
        );
    }
}

#[test]
fn rejects_variants_of_custom_endpoints() {
    let data = endpoint_data();
    for row in rows(&data, "custom").iter().filter(|row| row["region"].is_string()) {
        let variables = |name: &str| {
            let yes = |on: bool| on.then(|| "true".to_owned());
            match name {
                "AWS_REGION" => Some(text(row, "region").to_owned()),
                "AWS_ACCESS_KEY_ID" => Some(KEY_ID.to_owned()),
                "AWS_SECRET_ACCESS_KEY" => Some(SECRET.to_owned()),
                "AWS_ENDPOINT_URL" => Some(text(row, "custom").to_owned()),
                "AWS_USE_FIPS_ENDPOINT" => yes(flag(row, "fips")),
                "AWS_USE_DUALSTACK_ENDPOINT" => yes(flag(row, "dual_stack")),
                _ => None,
            }
        };
        match SecurityHub::from_vars(variables) {
            Ok(hub) => assert_eq!(hub.endpoint().url(), text(row, "url")),
            Err(error) => assert!(error.reason().starts_with(text(row, "error")), "{error}"),
        }
    }
}

#[test]
fn fips_pseudo_regions_select_fips() {
    for (name, plain, url) in [
        ("fips-us-east-1", "us-east-1", "https://securityhub-fips.us-east-1.amazonaws.com"),
        ("us-gov-west-1-fips", "us-gov-west-1", "https://securityhub-fips.us-gov-west-1.amazonaws.com"),
        ("fips-us-east-1-fips", "us-east-1", "https://securityhub-fips.us-east-1.amazonaws.com"),
        ("fips-fips-us-east-1", "us-east-1", "https://securityhub-fips.us-east-1.amazonaws.com"),
    ] {
        let given = region(name);
        assert_eq!(given.as_str(), name, "the name is kept");
        let endpoint = Endpoint::regional(&given).unwrap();
        assert_eq!(endpoint.url(), url);
        assert_eq!(endpoint.region().as_str(), plain);
        let fips = EndpointVariant { fips: true, dual_stack: false };
        assert_eq!(Endpoint::resolve(&given, fips).unwrap(), endpoint);
        assert_eq!(Endpoint::resolve(&region(plain), fips).unwrap(), endpoint);
        assert_eq!(
            Endpoint::custom(&given, "https://example.com").unwrap_err().to_string(),
            format!("invalid region \"{name}\": Invalid Configuration: FIPS and custom endpoint are not supported")
        );
    }
    let dual_stack = EndpointVariant { fips: false, dual_stack: true };
    let endpoint = Endpoint::resolve(&region("fips-cn-north-1"), dual_stack).unwrap();
    assert_eq!(endpoint.url(), "https://securityhub-fips.cn-north-1.api.amazonwebservices.com.cn");
}

#[test]
fn accepts_lower_case_host_labels() {
    let longest = "x".repeat(63);
    for name in [
        "us-east-1",
        "mars-north-1",
        "a",
        "a1",
        "1a",
        "a--b",
        "fips",
        "global",
        "xn--a",
        "cn-north-1-2",
        "us-gov-west-1-1",
        &longest,
    ] {
        let region = region(name);
        assert_eq!(region.as_str(), name);
        assert_eq!(region.as_ref(), name);
        assert_eq!(region.to_string(), name);
        assert_eq!(String::from(region.clone()), name);
        assert_eq!(region, *name);
        assert_eq!(region, name);
        assert!(BTreeSet::from([region.clone()]).contains(name), "borrows as a string");
        assert_eq!(format!("{region:?}"), format!("Region({name})"));
        assert_eq!(Region::try_from(name).unwrap(), region);
        assert_eq!(serde_json::to_string(&region).unwrap(), format!("\"{name}\""));
        assert_eq!(serde_json::from_str::<Region>(&format!("\"{name}\"")).unwrap(), region);
    }
    assert_eq!(format!("[{:>10}]", region("us-east-1")), "[ us-east-1]");
}

#[test]
fn rejects_invalid_regions() {
    let too_long = "x".repeat(64);
    let characters =
        |position: usize, character: &str| format!("{character} at position {position} (allowed: a-z, 0-9, -)");
    let hyphen = || "hyphen at the start or end (expected a region such as us-east-1)".to_owned();
    let digits = || "only digits (expected a region such as us-east-1)".to_owned();
    for (name, reason) in [
        ("", "empty (expected a region such as us-east-1)".to_owned()),
        ("us_east_1", characters(3, "'_'")),
        ("bad region", characters(4, "' '")),
        (" us-east-1", characters(1, "' '")),
        ("us-east-1\n", characters(10, "'\\n'")),
        ("us-east-1.", characters(10, "'.'")),
        ("a.b", characters(2, "'.'")),
        ("é", characters(1, "'é'")),
        ("us-east-１", characters(9, "'１'")),
        ("us-east-1\u{202e}", characters(10, "'\\u{202e}'")),
        ("evil.com/", characters(5, "'.'")),
        ("evil/", characters(5, "'/'")),
        ("evil#", characters(5, "'#'")),
        ("evil@", characters(5, "'@'")),
        ("127.0.0.1", characters(4, "'.'")),
        ("US-EAST-1", characters(1, "'U'")),
        ("-us", hyphen()),
        ("us-", hyphen()),
        ("-", hyphen()),
        ("fips-", hyphen()),
        ("-fips", hyphen()),
        ("fips--us", hyphen()),
        ("12345", digits()),
        ("fips-12345", digits()),
        (&too_long, "has 64 characters (expected at most 63)".to_owned()),
    ] {
        let error = name.parse::<Region>().unwrap_err();
        assert_eq!((error.setting(), error.value()), ("region", Some(name)));
        assert_eq!(error.reason(), reason, "{name}");
        assert_eq!(Region::try_from(name).unwrap_err(), error);
        assert!(serde_json::from_value::<Region>(name.into()).unwrap_err().to_string().contains(&reason), "{name}");
    }
    assert!(serde_json::from_str::<Region>("1").unwrap_err().to_string().contains("an AWS region as a string"));
}

#[test]
fn rejects_zones_with_their_region() {
    for (zone, expected) in [
        ("us-east-1a", "us-east-1"),
        ("ap-northeast-2d", "ap-northeast-2"),
        ("us-gov-west-1b", "us-gov-west-1"),
        ("cn-north-1a", "cn-north-1"),
        ("eusc-de-east-1c", "eusc-de-east-1"),
        ("mars-north-1a", "mars-north-1"),
        ("fips-us-east-1a", "us-east-1"),
        // Local zones and their groups.
        ("us-west-2-lax-1a", "us-west-2"),
        ("us-west-2-lax-1", "us-west-2"),
        ("us-east-1-bos-1a-fips", "us-east-1"),
        // Wavelength zones.
        ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
        ("us-east-1-wl1", "us-east-1"),
    ] {
        let error = zone.parse::<Region>().unwrap_err();
        let message = format!("invalid region \"{zone}\": a zone, not a region (expected {expected})");
        assert_eq!(error.to_string(), message);
        assert_eq!(region(expected).as_str(), expected);
    }
}

#[test]
fn rejects_dot_segments_in_every_spelling() {
    let usual = Endpoint::regional(&region("us-east-1")).unwrap();
    for segment in [".", "..", "%2e", "%2E", "%2e%2e", "%2E.", ".%2e", "%2e%2E"] {
        for path in [format!("/{segment}"), format!("/a/{segment}/b"), format!("/{segment}/"), format!("/a/{segment}")]
        {
            let url = format!("https://example.com{path}");
            let reason = format!("dot segment \"{segment}\" in the path (expected none)");
            let error = Endpoint::custom(&region("us-east-1"), &url).unwrap_err();
            assert_eq!(error.to_string(), format!("endpoint URL \"{url}\": {reason}"));
            let error = usual.clone().via_relay(&url).unwrap_err();
            assert_eq!(error.to_string(), format!("relay URL \"{url}\": {reason}"));
        }
    }
}

#[test]
fn lists_every_region_with_security_hub() {
    let counts: Vec<_> = Partition::all().iter().map(|partition| (partition.id(), partition.regions().len())).collect();
    let expected = [
        ("aws", 34),
        ("aws-cn", 2),
        ("aws-eusc", 1),
        ("aws-iso", 2),
        ("aws-iso-b", 2),
        ("aws-iso-e", 1),
        ("aws-iso-f", 2),
        ("aws-us-gov", 2),
    ];
    assert_eq!(counts, expected);
    for listed in Partition::all().iter().flat_map(Partition::regions) {
        assert_eq!(listed.region(), listed.name());
        let host = Endpoint::regional(&listed.region()).unwrap();
        assert!(host.signing_host().ends_with(Partition::of(&listed.region()).dns_suffix()));
    }
}

#[test]
fn error_values_are_escaped_and_bounded() {
    let error = format!("\u{1b}[31m{}", "x".repeat(100_000)).parse::<Region>().unwrap_err();
    let expected = format!(
        "invalid region \"\\u{{1b}}[31m{}…\": '\\u{{1b}}' at position 1 (allowed: a-z, 0-9, -)",
        "x".repeat(75)
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.value().unwrap().len(), 100_005, "the value is complete");
}

#[test]
fn normalizes_custom_endpoints() {
    let label = "x".repeat(63);
    let long_host = [label.as_str(); 4].join(".");
    assert_eq!(long_host.len(), 255);
    let long_url = format!("https://{long_host}");
    for (url, normal, host) in [
        ("http://localhost:4566", "http://localhost:4566", "localhost:4566"),
        ("https://LOCALHOST", "https://localhost", "localhost"),
        ("HtTpS://example.com/", "https://example.com", "example.com"),
        ("https://example.com:443/", "https://example.com", "example.com"),
        ("http://example.com:80", "http://example.com", "example.com"),
        ("http://example.com:443", "http://example.com:443", "example.com:443"),
        ("https://example.com:65535", "https://example.com:65535", "example.com:65535"),
        ("https://example.com:00001", "https://example.com:1", "example.com:1"),
        ("https://example.com./x", "https://example.com./x", "example.com."),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443", "127.0.0.1:8443"),
        ("https://1password.example", "https://1password.example", "1password.example"),
        ("https://7.example", "https://7.example", "7.example"),
        ("http://[::1]", "http://[::1]", "[::1]"),
        ("http://[::1]:80", "http://[::1]", "[::1]"),
        ("http://[0:0::1]:81", "http://[::1]:81", "[::1]:81"),
        ("http://[::FFFF:1.2.3.4]", "http://[::ffff:102:304]", "[::ffff:102:304]"),
        ("http://[::1]:8080/x/", "http://[::1]:8080/x", "[::1]:8080"),
        ("http://[2001:DB8:0:0:0:0:0:A]:8080", "http://[2001:db8::a]:8080", "[2001:db8::a]:8080"),
        ("https://h/base", "https://h/base", "h"),
        ("https://h/base/", "https://h/base", "h"),
        ("https://h/a//b/c%20d/~x", "https://h/a//b/c%20d/~x", "h"),
        ("https://h/.../..a/a./%2e%2e%2e/%252e", "https://h/.../..a/a./%2e%2e%2e/%252e", "h"),
        ("https://h/-._~!$&'()*+,;=:@%7E", "https://h/-._~!$&'()*+,;=:@%7E", "h"),
        (&long_url, &long_url, &long_host),
    ] {
        let endpoint = Endpoint::custom(&region("eu-west-1"), url).unwrap();
        assert_eq!(endpoint.url(), normal);
        assert_eq!(endpoint.signing_host(), host, "{url}");
        assert_eq!(endpoint.region().as_str(), "eu-west-1");
        let hub = SecurityHub::new(endpoint, Credentials::new(KEY_ID, SECRET).unwrap());
        assert_eq!(hub.unsigned_request(&one_id()).uri().to_string(), format!("{normal}/invitations/delete"));
    }
}

/// Invalid URLs, the reason, and whether the error has the URL. It does not if the URL may contain a password.
fn invalid_urls() -> Vec<(String, String, bool)> {
    let row = |url: &str, reason: &str| (url.to_owned(), reason.to_owned(), !url.contains('@'));
    let scheme_missing = "missing scheme (expected http:// or https://)";
    let scheme = "unsupported scheme (expected http or https)";
    let user = "user information before the @ (expected none)";
    let port = "invalid port (expected 1–65535)";
    let label = "empty label in the host";
    let hyphen = "host label starts or ends with a hyphen";
    let character = |c: &str| format!("{c} in the host (allowed: a-z, 0-9, -, .)");
    let address = "invalid IPv6 address in brackets";
    let number = "host ends in a number (expected a name, or an IPv4 address such as 127.0.0.1)";
    let encoded = |byte: usize, c: &str| format!("{c} at byte {byte} (expected it percent-encoded)");
    let escape = |byte: usize| format!("'%' at byte {byte} (expected two hexadecimal digits after it)");
    vec![
        row("", scheme_missing),
        row("example.com", scheme_missing),
        row("127.0.0.1:1", scheme_missing),
        row("//example.com", scheme_missing),
        row("https:/example.com", scheme_missing),
        row("user:hunter2@example.com", scheme_missing),
        row("ftp://example.com", scheme),
        row("://example.com", scheme),
        row(" https://example.com", scheme),
        row("https", scheme_missing),
        row("https://user:hunter2@example.com", user),
        row("https://@example.com", user),
        row("https://user:hunter2@example.com:99999/?q#f", user),
        // A slash in a password ends the host early.
        row("https://user:hunter2/x@example.com", port),
        row("https://example.com?x=1", "has a query (expected none)"),
        row("https://example.com/?", "has a query (expected none)"),
        row("https://example.com#frag", "has a fragment (expected none)"),
        row("https://example.com/#", "has a fragment (expected none)"),
        row("https://example.com/?x#frag", "has a fragment (expected none)"),
        row("https://", "missing host"),
        row("https:///path", "missing host"),
        row("https://:8080", "missing host"),
        row("https://example.com:", port),
        row("https://example.com:0", port),
        row("https://example.com:99999", port),
        row("https://example.com:65536", port),
        row("https://example.com:-1", port),
        row("https://example.com:+80", port),
        row("https://example.com:abc", port),
        row("https://example.com:8０", port),
        row("https://example.com:80 ", port),
        row("https://.", label),
        row("https://.example.com", label),
        row("https://example..com", label),
        row("https://example.com..", label),
        row("https://-example.com", hyphen),
        row("https://example-.com", hyphen),
        row("https://under_score.example", &character("'_'")),
        row("https://exa mple.com", &character("' '")),
        row("https://exa\nmple.com", &character("'\\n'")),
        row("https://exa%41mple.com", &character("'%'")),
        row("https://exämple.com", "non-ASCII host (expected its xn-- form)"),
        row("https://１２７.0.0.1", "non-ASCII host (expected its xn-- form)"),
        row("https://::1", "colon in the host (expected brackets around an IPv6 address: http://[::1]:4566)"),
        row("https://a:80:80", "colon in the host (expected brackets around an IPv6 address: http://[::1]:4566)"),
        row("https://[::1", address),
        row("https://[]", address),
        row("https://[::1]x:80", address),
        row("https://[::1%25eth0]", address),
        row("https://[127.0.0.1]", address),
        row("https://127.1", number),
        row("https://2130706433", number),
        row("https://0x7f.1", number),
        row("https://0x7f000001", number),
        row("https://0x", number),
        row("https://010.0.0.1", number),
        row("https://256.0.0.1", number),
        row("https://1.2.3.4.5", number),
        row("https://127.0.0.1.", number),
        row("https://example.0X1f", number),
        row("https://example.com/a b", &encoded(22, "' '")),
        row("https://example.com/a\u{0}", &encoded(22, "'\\u{0}'")),
        row("https://example.com/ä", &encoded(21, "'ä'")),
        row("https://example.com/a\"b", &encoded(22, "'\"'")),
        row("https://example.com\\evil", &encoded(20, "'\\'")),
        row("https://example.com/%", &escape(21)),
        row("https://example.com/%4", &escape(21)),
        row("https://example.com/%zz", &escape(21)),
        row("https://example.com/%+1", &escape(21)),
        row("https://example.com/%é", &escape(21)),
        row(&format!("https://{}.com", "x".repeat(64)), "host label has 64 characters (expected at most 63)"),
        row(&format!("https://{}", "x.".repeat(128)), "host has 256 characters (expected at most 255)"),
        row(&format!("https://example.com/{}", "x".repeat(8192)), "path has 8193 bytes (expected at most 8192)"),
    ]
}

#[test]
fn rejects_invalid_urls() {
    let usual = Endpoint::regional(&region("us-east-1")).unwrap();
    for (url, reason, is_repeated) in invalid_urls() {
        let check = |setting: &str, error: ConfigError| {
            assert_eq!(error.reason(), reason, "{url}");
            assert_eq!(error.setting(), setting);
            assert_eq!(error.value(), is_repeated.then_some(url.as_str()));
            assert!(!format!("{error} {error:#?}").contains("hunter"), "{error}");
            assert!(error.to_string().starts_with(setting));
            assert!(error.to_string().ends_with(&format!(": {reason}")));
            assert!(error.to_string().len() < 1000);
        };
        check("endpoint URL", Endpoint::custom(&region("us-east-1"), &url).unwrap_err());
        check("relay URL", usual.clone().via_relay(&url).unwrap_err());
    }
}

#[test]
fn url_errors_name_the_setting() {
    let message = |url| Endpoint::custom(&region("us-east-1"), url).unwrap_err().to_string();
    assert_eq!(
        message("ftp://example.com\n"),
        "endpoint URL \"ftp://example.com\\n\": unsupported scheme (expected http or https)"
    );
    assert_eq!(
        message("https://user:hunter2@example.com"),
        "endpoint URL: user information before the @ (expected none)"
    );
}
