//! Regions and endpoints: the rule set's answers, and what is refused.

use securityhub_invitations::{ConfigError, Credentials, Endpoint, EndpointVariant, Region, SecurityHub};

use crate::support::{KEY_ID, SECRET, endpoint_data, flag, one_id, region, rows, text};

#[test]
fn every_row_of_the_rule_set_resolves_to_its_url() {
    let data = endpoint_data();
    for (list, at_least) in [("listed", 192), ("unlisted", 100), ("unmatched", 48)] {
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
fn the_global_names_are_refused_since_the_rule_set_makes_a_host_of_them_that_is_none() {
    let data = endpoint_data();
    for row in rows(&data, "global") {
        assert!(text(row, "region").parse::<Region>().is_err(), "{row}");
    }
    for name in ["aws-global", "aws-us-gov-global", "fips-aws-global", "aws-global-fips"] {
        let error = name.parse::<Region>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("region \"{name}\": Security Hub has no global endpoint: name a region such as us-east-1")
        );
    }
}

#[test]
fn a_custom_endpoint_has_no_variants_in_the_rule_sets_words() {
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
            Err(error) => assert!(error.rule().starts_with(text(row, "error")), "{error}"),
        }
    }
}

#[test]
fn a_fips_pseudo_region_is_the_plain_region_with_fips() {
    for (name, plain, url) in [
        ("fips-us-east-1", "us-east-1", "https://securityhub-fips.us-east-1.amazonaws.com"),
        ("us-gov-west-1-fips", "us-gov-west-1", "https://securityhub-fips.us-gov-west-1.amazonaws.com"),
        ("fips-us-east-1-fips", "us-east-1", "https://securityhub-fips.us-east-1.amazonaws.com"),
        ("fips-fips-us-east-1", "us-east-1", "https://securityhub-fips.us-east-1.amazonaws.com"),
    ] {
        let given = region(name);
        assert_eq!(given.as_str(), name, "it keeps its text");
        let endpoint = Endpoint::regional(&given).unwrap();
        assert_eq!(endpoint.url(), url);
        assert_eq!(endpoint.region().as_str(), plain);
        let fips = EndpointVariant { fips: true, dual_stack: false };
        assert_eq!(Endpoint::resolve(&given, fips).unwrap(), endpoint);
        assert_eq!(Endpoint::resolve(&region(plain), fips).unwrap(), endpoint);
        assert_eq!(
            Endpoint::custom(&given, "https://example.com").unwrap_err().to_string(),
            format!("region \"{name}\": Invalid Configuration: FIPS and custom endpoint are not supported")
        );
    }
    let dual_stack = EndpointVariant { fips: false, dual_stack: true };
    let endpoint = Endpoint::resolve(&region("fips-cn-north-1"), dual_stack).unwrap();
    assert_eq!(endpoint.url(), "https://securityhub-fips.cn-north-1.api.amazonwebservices.com.cn");
}

#[test]
fn a_region_is_a_host_label_in_lower_case() {
    let longest = "x".repeat(63);
    for name in ["us-east-1", "mars-north-1", "a", "a1", "1a", "a--b", "fips", "global", "xn--a", &longest] {
        let region = region(name);
        assert_eq!(region.as_str(), name);
        assert_eq!(region.as_ref(), name);
        assert_eq!(region.to_string(), name);
        assert_eq!(format!("{region:?}"), format!("Region({name})"));
        assert_eq!(Region::try_from(name).unwrap(), region);
        assert_eq!(serde_json::to_string(&region).unwrap(), format!("\"{name}\""));
        assert_eq!(serde_json::from_str::<Region>(&format!("\"{name}\"")).unwrap(), region);
    }
    assert_eq!(format!("[{:>10}]", region("us-east-1")), "[ us-east-1]");
}

#[test]
fn a_region_that_is_none_is_refused_with_its_rule() {
    let too_long = "x".repeat(64);
    let characters = |position: usize, character: &str| {
        format!("character {position} is {character}, and a region is made of a-z, 0-9 and hyphens")
    };
    let hyphen = || "a region neither starts nor ends with a hyphen".to_owned();
    let digits = || "a region is not made of digits alone".to_owned();
    for (name, rule) in [
        ("", "it is empty, and a region is a name such as us-east-1".to_owned()),
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
        (&too_long, "it has 64 characters, and a region has at most 63".to_owned()),
    ] {
        let error = name.parse::<Region>().unwrap_err();
        assert_eq!((error.setting(), error.value()), ("region", Some(name)));
        assert_eq!(error.rule(), rule, "{name}");
        assert_eq!(Region::try_from(name).unwrap_err(), error);
        assert!(serde_json::from_value::<Region>(name.into()).unwrap_err().to_string().contains(&rule), "{name}");
    }
    assert!(serde_json::from_str::<Region>("1").unwrap_err().to_string().contains("an AWS region as a string"));
}

#[test]
fn the_value_in_an_error_is_escaped_and_bounded() {
    let error = format!("\u{1b}[31m{}", "x".repeat(100_000)).parse::<Region>().unwrap_err();
    let expected = format!(
        "region \"\\u{{1b}}[31m{}…\": character 1 is '\\u{{1b}}', and a region is made of a-z, 0-9 and hyphens",
        "x".repeat(75)
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.value().unwrap().len(), 100_005, "the value itself is whole");
}

#[test]
fn a_custom_endpoint_keeps_what_it_is_given_in_the_form_that_is_sent() {
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
        ("https://h/a//b/../c%20d/~x", "https://h/a//b/../c%20d/~x", "h"),
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

/// What is wrong with a URL, and whether it is repeated: it is not where it may hold a password.
fn refused_urls() -> Vec<(String, String, bool)> {
    let row = |url: &str, rule: &str| (url.to_owned(), rule.to_owned(), !url.contains('@'));
    let scheme_missing = "it has no scheme: it starts with http:// or https://";
    let scheme = "its scheme is neither http nor https";
    let user = "it has user information before an @, which is not sent";
    let port = "its port is no number from 1 to 65535";
    let label = "its host has an empty label";
    let hyphen = "its host has a label that starts or ends with a hyphen";
    let character = |c: &str| format!("its host has the character {c}, and a host is made of letters, digits, - and .");
    let address = "what stands in [ ] is no IPv6 address";
    let number = "its host ends in a number, but is no IPv4 address such as 127.0.0.1";
    let encoded = |byte: usize, c: &str| format!("byte {byte} is {c}, which stands percent-encoded in a path");
    let escape = |byte: usize| format!("the % at byte {byte} is not followed by two hexadecimal digits");
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
        // A password with a slash ends the host early.
        row("https://user:hunter2/x@example.com", port),
        row("https://example.com?x=1", "it has a query, and the operation takes none"),
        row("https://example.com/?", "it has a query, and the operation takes none"),
        row("https://example.com#frag", "it has a fragment, which is never sent"),
        row("https://example.com/#", "it has a fragment, which is never sent"),
        row("https://example.com/?x#frag", "it has a fragment, which is never sent"),
        row("https://", "it has no host"),
        row("https:///path", "it has no host"),
        row("https://:8080", "it has no host"),
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
        row("https://exämple.com", "its host is not ASCII: write an international name in its xn-- form"),
        row("https://１２７.0.0.1", "its host is not ASCII: write an international name in its xn-- form"),
        row("https://::1", "its host has a colon: an IPv6 address stands in [ ], as in http://[::1]:4566"),
        row("https://a:80:80", "its host has a colon: an IPv6 address stands in [ ], as in http://[::1]:4566"),
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
        row(
            &format!("https://{}.com", "x".repeat(64)),
            "its host has a label of 64 characters, and a label has at most 63",
        ),
        row(&format!("https://{}", "x.".repeat(128)), "its host has 256 characters, and a host has at most 255"),
        row(&format!("https://example.com/{}", "x".repeat(70_000)), "it makes no URL of a request: uri too long"),
    ]
}

#[test]
fn a_bad_url_is_refused_with_the_rule_that_it_breaks() {
    let usual = Endpoint::regional(&region("us-east-1")).unwrap();
    for (url, rule, is_repeated) in refused_urls() {
        let check = |setting: &str, error: ConfigError| {
            assert_eq!(error.rule(), rule, "{url}");
            assert_eq!(error.setting(), setting);
            assert_eq!(error.value(), is_repeated.then_some(url.as_str()));
            assert!(!format!("{error} {error:?}").contains("hunter"), "{error}");
            assert!(error.to_string().starts_with(setting));
            assert!(error.to_string().ends_with(&format!(": {rule}")));
            assert!(error.to_string().len() < 1000);
        };
        check("endpoint URL", Endpoint::custom(&region("us-east-1"), &url).unwrap_err());
        check("relay URL", usual.clone().via_relay(&url).unwrap_err());
    }
}

#[test]
fn an_error_reads_as_a_sentence() {
    let refusal = |url| Endpoint::custom(&region("us-east-1"), url).unwrap_err().to_string();
    assert_eq!(
        refusal("ftp://example.com\n"),
        "endpoint URL \"ftp://example.com\\n\": its scheme is neither http nor https"
    );
    assert_eq!(
        refusal("https://user:hunter2@example.com"),
        "endpoint URL: it has user information before an @, which is not sent"
    );
}
