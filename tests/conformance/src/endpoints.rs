//! Endpoints of listed regions, generated regions and custom URLs, compared with botocore's rule engine.

use std::collections::BTreeMap;

use securityhub_invitations::{ConfigError, Endpoint, EndpointVariant, Region, SecurityHub};
use serde_json::{Value, json};

use crate::{
    Result, Settings,
    differences::{Class, Tally},
    oracle::{self, text},
    random::Random,
};

const VARIANTS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

const UPPER_CASE: Class = Class { name: "region in upper case", every: 7 };
const GLOBAL: Class = Class { name: "pseudo-region that is global", every: 11 };
const FIPS: Class = Class { name: "pseudo-region of FIPS", every: 13 };
const ZONE: Class = Class { name: "availability zone", every: 17 };
const CLASSES: [Class; 4] = [UPPER_CASE, GLOBAL, FIPS, ZONE];

/// Custom endpoints that are used as they are.
const CUSTOM: [&str; 8] = [
    "https://gw.example.com",
    "http://localhost:4566",
    "http://127.0.0.1:1",
    "https://[::1]:8443/base",
    "https://gw.example.com/base",
    "https://gw.example.com/a/b%20c//d",
    "http://host.docker.internal:65535/~x/@y",
    "https://a-b.example./x",
];

/// Custom endpoints that botocore uses as they are, with the rule's value: the normalised URL, or `None` if it is rejected.
const CUSTOM_DIFFERS: [(&str, Option<&str>); 13] = [
    ("https://GW.Example.COM", Some("https://gw.example.com")),
    ("HTTPS://gw.example.com", Some("https://gw.example.com")),
    ("https://gw.example.com:443/base", Some("https://gw.example.com/base")),
    ("http://gw.example.com:80", Some("http://gw.example.com")),
    ("https://gw.example.com/base/", Some("https://gw.example.com/base")),
    ("https://gw.example.com/?x=1", None),
    ("https://gw.example.com/#part", None),
    ("https://user:password@gw.example.com", None),
    ("ftp://gw.example.com", None),
    ("https://gw.example.com:99999", None),
    ("https://gw.example.com/a/../b", None),
    ("https://gw.example.com/a/.", None),
    ("https://gw.example.com/%2e%2E/b", None),
];

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let mut known = Value::Null;
    oracle::ask(settings, &[json!({ "ask": "regions" })], |_, result| {
        known = result.clone();
        Ok(())
    })?;
    let listed: Vec<String> = serde_json::from_value(known["listed"].clone())?;
    let patterns: Vec<String> = serde_json::from_value(known["patterns"].clone())?;
    let of_the_data = listed.len();
    let mut random = settings.random("endpoints");
    let count = (settings.cases / 10).max(400);
    let generated = (0..count).map(|number| region(number, &listed, &patterns, &mut random));
    let names: Vec<String> = listed.iter().cloned().chain(generated).collect();

    let mut questions = Vec::new();
    for name in &names {
        for (fips, dual_stack) in VARIANTS {
            // For a FIPS pseudo-region, the rule's value is the engine's for the plain region.
            let (region, fips) = plain(name).map_or((&**name, fips), |plain| (plain, true));
            questions.push(question(region, fips, dual_stack, None));
        }
    }
    let mut answers = Vec::new();
    oracle::ask(settings, &questions, |_, answer| {
        answers.push(answer.clone());
        Ok(())
    })?;

    let (mut tally, mut global) = (Tally::default(), 0);
    for (number, (name, answers)) in names.iter().zip(answers.chunks(VARIANTS.len())).enumerate() {
        let outcome = of_region(name, answers).map_err(|error| format!("region {name:?}: {error}"))?;
        match number.checked_sub(of_the_data) {
            // All of botocore's own names agree, except the global ones.
            None if outcome == Some(GLOBAL.name) => global += 1,
            None if outcome.is_some() => {
                return Err(format!("region {name:?} is in botocore's data, but the crate differs").into());
            }
            None => {}
            Some(_) => {
                let differing: &[()] = if outcome.is_some() { &[()] } else { &[] };
                let known: Vec<_> = outcome.iter().map(|class| (*class, ())).collect();
                tally.count(differing, &known)?;
            }
        }
    }
    println!("  {of_the_data} regions of botocore's data in 4 variants: all agree except {global} global ones");
    if global == 0 {
        return Err("botocore's data has no global pseudo-region any more".into());
    }
    tally.check("botocore, generated regions in 4 variants", count, &CLASSES)?;
    custom(settings)
}

/// Returns the class by which the region differs, if it does.
fn of_region(name: &str, answers: &[Value]) -> Result<Option<&'static str>> {
    let region: std::result::Result<Region, ConfigError> = name.parse();
    let is_valid = answers[0]["valid"] == true;
    let region = match region {
        Ok(region) if is_valid => region,
        Ok(_) => return Err("the crate accepts it, but botocore does not".into()),
        Err(_) if !is_valid => return Ok(None),
        Err(_) if name.bytes().any(|byte| byte.is_ascii_uppercase()) => return Ok(Some(UPPER_CASE.name)),
        Err(_) if name.ends_with("-global") => return Ok(Some(GLOBAL.name)),
        Err(_) if is_zone(name) => return Ok(Some(ZONE.name)),
        Err(error) => return Err(format!("botocore accepts it: {error}").into()),
    };
    for ((fips, dual_stack), answer) in VARIANTS.into_iter().zip(answers) {
        match Endpoint::resolve(&region, EndpointVariant { fips, dual_stack }) {
            Ok(endpoint) if endpoint.url() == text(answer, "url") => {}
            Err(error) if answer["error"].as_str().is_some_and(|theirs| error.to_string().ends_with(theirs)) => {}
            ours => return Err(format!("FIPS {fips}, dual-stack {dual_stack}: {answer}, ours {ours:?}").into()),
        }
    }
    Ok(plain(name).map(|_| FIPS.name))
}

/// Whether the name ends like `us-east-1a`: with a number and a letter.
fn is_zone(name: &str) -> bool {
    matches!(name.as_bytes(), [.., b'0'..=b'9', b'a'..=b'z'])
}

fn custom(settings: &Settings) -> Result<()> {
    let mut questions = Vec::new();
    let urls: Vec<&str> = CUSTOM.into_iter().chain(CUSTOM_DIFFERS.iter().map(|(url, _)| *url)).collect();
    for url in &urls {
        questions.extend(VARIANTS.map(|(fips, dual_stack)| question("us-east-1", fips, dual_stack, Some(url))));
    }
    let region: Region = "us-east-1".parse()?;
    oracle::ask(settings, &questions, |number, answer| {
        let (url, (fips, dual_stack)) = (urls[number / VARIANTS.len()], VARIANTS[number % VARIANTS.len()]);
        let differs = CUSTOM_DIFFERS.iter().find(|(of, _)| *of == url);
        let agrees = match (fips || dual_stack, differs) {
            // Flags and a custom endpoint can be combined only in the environment. The message is the rule set's.
            (true, _) => from_vars(url, fips, dual_stack)
                .is_some_and(|error| answer["error"].as_str().is_some_and(|theirs| error.contains(theirs))),
            (false, None) => Endpoint::custom(&region, url)?.url() == text(answer, "url"),
            (false, Some((_, rule))) => {
                let ours = Endpoint::custom(&region, url).map(|endpoint| endpoint.url()).ok();
                ours.as_deref() == *rule && text(answer, "url") == url
            }
        };
        if agrees { Ok(()) } else { Err(format!("{url}, FIPS {fips}, dual-stack {dual_stack}: {answer}").into()) }
    })?;
    println!("  {} custom endpoints agree, {} differ as listed", CUSTOM.len(), CUSTOM_DIFFERS.len());
    Ok(())
}

/// Returns the error for a hub with these variables.
fn from_vars(url: &str, fips: bool, dual_stack: bool) -> Option<String> {
    let variables = BTreeMap::from([
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ("AWS_ENDPOINT_URL", url.to_owned()),
        ("AWS_USE_FIPS_ENDPOINT", fips.to_string()),
        ("AWS_USE_DUALSTACK_ENDPOINT", dual_stack.to_string()),
    ]);
    SecurityHub::from_vars(|name| variables.get(name).cloned()).err().map(|error| error.to_string())
}

fn question(region: &str, fips: bool, dual_stack: bool, endpoint: Option<&str>) -> Value {
    json!({ "ask": "resolve", "Region": region, "UseFIPS": fips, "UseDualStack": dual_stack, "Endpoint": endpoint })
}

fn plain(name: &str) -> Option<&str> {
    name.strip_prefix("fips-").or_else(|| name.strip_suffix("-fips"))
}

/// Generates a name that matches a pattern, nearly matches one, or matches none.
fn region(number: usize, listed: &[String], patterns: &[String], random: &mut Random) -> String {
    const WORD: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    let prefixes: Vec<String> = patterns.iter().flat_map(|pattern| prefixes(pattern)).collect();
    let prefix = &prefixes[random.index(prefixes.len())];
    let length = random.index(9) + 1;
    let digits = random.index(3) + 1;
    let matching = format!("{prefix}-{}-{}", random.text(length, WORD), random.text(digits, "0123456789"));
    if UPPER_CASE.is_in(number) {
        return matching.to_uppercase();
    }
    if GLOBAL.is_in(number) {
        return format!("{prefix}-global");
    }
    if FIPS.is_in(number) {
        return if random.one_in(2) { format!("fips-{matching}") } else { format!("{matching}-fips") };
    }
    if ZONE.is_in(number) {
        let length = random.index(9) + 1;
        let word = random.text(length, "abcdefghijklmnopqrstuvwxyz");
        return format!("{prefix}-{word}-{}{}", random.text(digits, "0123456789"), random.pick(&["a", "b", "f"]));
    }
    match random.below(8) {
        0 => listed[random.index(listed.len())].replace("-global", "-1").replace("-1", "-9"),
        1 => random.text(length * 7, WORD) + "x",
        2 => format!("{matching}-abc"),
        3 => matching.replacen('-', "--", 1),
        // A character that no host label has.
        4 => {
            matching.replacen(['a', 'e', '1', '-'], random.pick(&["_", ".", "/", " ", "é", "%", "@", "#", "\t"]), 1)
                + "!"
        }
        5 => random.pick(&["-us-east-1", "us-east-1-", "123", "0", "-", "us-east-1.", "127.0.0.1"]).to_owned(),
        _ => matching,
    }
}

/// Returns the prefixes of a pattern: us and eu for `^(us|eu)\-\w+\-\d+$`.
fn prefixes(pattern: &str) -> Vec<String> {
    let head = pattern.trim_start_matches('^').trim_end_matches(r"\-\w+\-\d+$").replace(r"\-", "-");
    let (before, group) = head.split_once('(').unwrap_or((&head, ")"));
    group.trim_end_matches(')').split('|').map(|name| format!("{before}{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differences::assert_documented;

    #[test]
    fn classes_are_documented() {
        assert_documented("Endpoints", &CLASSES);
    }

    #[test]
    fn finds_prefixes_of_patterns() {
        assert_eq!(prefixes(r"^(us|eu)\-\w+\-\d+$"), ["us", "eu"]);
        assert_eq!(prefixes(r"^eusc\-(de)\-\w+\-\d+$"), ["eusc-de"]);
        assert_eq!(prefixes(r"^us\-iso\-\w+\-\d+$"), ["us-iso"]);
    }
}
