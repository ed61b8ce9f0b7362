//! The `AWS_*` variables: the requests of botocore's client and of the crate's hub with the same variables.

use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

use securityhub_invitations::{DeleteInvitations, Failure, SecurityHub};
use serde_json::{Value, json};

use crate::{
    Result, Settings,
    differences::{Class, Tally},
    oracle,
    random::Random,
    retries::NOW,
};

type Variables = BTreeMap<&'static str, String>;

/// A class, its variables, and the rule.
struct Injection {
    class: Class,
    variables: &'static [(&'static str, &'static str)],
    rule: Rule,
}

/// The rule for a class. Parts that are not named must agree.
enum Rule {
    /// These parts have these values.
    Is(&'static [(&'static str, &'static str)]),
    /// The hub is rejected because of this variable.
    Refused(&'static str),
    /// The variable counts as unset.
    Ignored,
}

const fn inject(
    name: &'static str,
    every: usize,
    variables: &'static [(&'static str, &'static str)],
    rule: Rule,
) -> Injection {
    Injection { class: Class { name, every }, variables, rule }
}

const INJECTIONS: [Injection; 16] = [
    inject("AWS_REGION goes first", 5, &[("AWS_REGION", "ap-south-1")], Rule::Is(&[("region", "ap-south-1")])),
    inject(
        "FIPS with a custom endpoint is refused",
        7,
        &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_USE_FIPS_ENDPOINT", "true")],
        Rule::Refused("AWS_USE_FIPS_ENDPOINT"),
    ),
    inject(
        "dual-stack with a custom endpoint is refused",
        11,
        &[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
            ("AWS_USE_FIPS_ENDPOINT", "false"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ],
        Rule::Refused("AWS_USE_DUALSTACK_ENDPOINT"),
    ),
    inject("retry mode is case-insensitive", 13, &[("AWS_RETRY_MODE", "Standard")], Rule::Ignored),
    inject("retry mode legacy is refused", 17, &[("AWS_RETRY_MODE", "legacy")], Rule::Refused("AWS_RETRY_MODE")),
    inject("retry mode adaptive is refused", 19, &[("AWS_RETRY_MODE", "adaptive")], Rule::Refused("AWS_RETRY_MODE")),
    inject("AWS_SECURITY_TOKEN is not read", 23, &[("AWS_SECURITY_TOKEN", "old")], Rule::Ignored),
    inject("AWS_PROFILE is not read", 29, &[("AWS_PROFILE", "nowhere")], Rule::Ignored),
    inject("empty AWS_MAX_ATTEMPTS is unset", 31, &[("AWS_MAX_ATTEMPTS", "")], Rule::Is(&[("attempts", "3")])),
    inject(
        "AWS_MAX_ATTEMPTS that only Python reads as a number",
        37,
        &[("AWS_MAX_ATTEMPTS", " 2 ")],
        Rule::Refused("AWS_MAX_ATTEMPTS"),
    ),
    inject("blank in a key", 41, &[("AWS_ACCESS_KEY_ID", "AKID EXAMPLE")], Rule::Refused("AWS_ACCESS_KEY_ID")),
    inject(
        "query in an endpoint",
        43,
        &[
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
            ("AWS_USE_FIPS_ENDPOINT", ""),
            ("AWS_USE_DUALSTACK_ENDPOINT", ""),
            ("AWS_ENDPOINT_URL_SECURITYHUB", "http://127.0.0.1:9/?x=1"),
        ],
        Rule::Refused("AWS_ENDPOINT_URL_SECURITYHUB"),
    ),
    inject("region in upper case", 47, &[("AWS_DEFAULT_REGION", "EU-WEST-1")], Rule::Refused("AWS_DEFAULT_REGION")),
    inject(
        "placeholder in place of a key",
        53,
        &[("AWS_ACCESS_KEY_ID", "<your-access-key>")],
        Rule::Refused("AWS_ACCESS_KEY_ID"),
    ),
    inject(
        "availability zone as the region",
        59,
        &[("AWS_DEFAULT_REGION", "eu-west-1a")],
        Rule::Refused("AWS_DEFAULT_REGION"),
    ),
    inject(
        "dot segment in an endpoint",
        61,
        &[
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
            ("AWS_USE_FIPS_ENDPOINT", ""),
            ("AWS_USE_DUALSTACK_ENDPOINT", ""),
            ("AWS_ENDPOINT_URL_SECURITYHUB", "http://127.0.0.1:9/a/%2e%2e/b"),
        ],
        Rule::Refused("AWS_ENDPOINT_URL_SECURITYHUB"),
    ),
];

const PARTS: [&str; 6] = ["url", "region", "access_key_id", "session_token", "attempts", "app_id"];

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let mut random = settings.random("environment");
    let count = (settings.cases / 10).max(300);
    let cases: Vec<(Variables, Option<&Injection>)> = (0..count).map(|number| generate(number, &mut random)).collect();
    let question = |(variables, _): &(Variables, _)| json!({ "ask": "environment", "variables": variables });
    let questions: Vec<Value> = cases.iter().map(question).collect();
    let (mut tally, mut errors) = (Tally::default(), 0);
    oracle::ask(settings, &questions, |number, theirs| {
        let (variables, injection) = &cases[number];
        let ours = sent_by_ours(variables);
        let explain = |error: &str| format!("{error}\nvariables {variables:?}\nours {ours}\nbotocore {theirs}");
        let differing = differing(&ours, theirs);
        errors += u32::from(ours["error"] != Value::Null);
        let Some(Injection { class, rule, variables: set }) = injection else {
            return tally.count(&differing, &[]).map_err(|error| explain(&error).into());
        };
        let keeps = match rule {
            Rule::Is(values) => values.iter().all(|(part, value)| is(&ours[*part], value)),
            Rule::Refused(variable) => ours["error"].as_str().is_some_and(|error| error.contains(variable)),
            Rule::Ignored => {
                let mut without = variables.clone();
                without.retain(|name, _| set.iter().all(|(set, _)| set != name));
                sent_by_ours(&without) == ours
            }
        };
        if !keeps {
            return Err(explain(&format!("{}: the crate breaks the rule", class.name)).into());
        }
        let known: Vec<_> = differing.iter().map(|part| (class.name, *part)).collect();
        tally.count(&differing, &known).map_err(|error| explain(&error).into())
    })?;
    println!("  {count} environments, {errors} of them rejected");
    tally.check("botocore", count, &INJECTIONS.map(|injection| injection.class))
}

fn is(part: &Value, value: &str) -> bool {
    part.as_str().map_or_else(|| part.to_string(), ToOwned::to_owned) == value
}

/// Returns the parts that differ. Two errors count as equal, whatever their messages.
fn differing(ours: &Value, theirs: &Value) -> Vec<&'static str> {
    match (&ours["error"], &theirs["error"]) {
        (Value::Null, Value::Null) => PARTS.into_iter().filter(|part| ours[*part] != theirs[*part]).collect(),
        (Value::String(_), Value::String(_)) => Vec::new(),
        _ => vec!["error"],
    }
}

/// Describes the requests of a hub with these variables.
fn sent_by_ours(variables: &Variables) -> Value {
    let hub = match SecurityHub::from_vars(|name| variables.get(name).cloned()) {
        Ok(hub) => hub,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    let input = DeleteInvitations::new(["111122223333"]).expect("a valid id");
    let mut call = hub.call(input);
    let (mut attempts, mut seen) = (0, Value::Null);
    loop {
        let (request, in_flight) = call.sign(now);
        attempts += 1;
        if seen.is_null() {
            let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
            let authorization = header("authorization").unwrap_or_default();
            let scope: Vec<&str> = authorization.split("Credential=").nth(1).unwrap_or_default().split('/').collect();
            seen = json!({
                "url": request.uri().to_string(),
                "access_key_id": scope.first(),
                "region": scope.get(2),
                "session_token": header("x-amz-security-token"),
                "app_id": hub.app_id(),
            });
        }
        match in_flight.handle_failure(Failure::NotSent) {
            Ok(retry) => call = retry.call,
            Err(_) => break,
        }
    }
    seen["attempts"] = attempts.into();
    seen
}

fn generate(number: usize, random: &mut Random) -> (Variables, Option<&'static Injection>) {
    const ALL: &[Injection] = &INJECTIONS;
    let mut variables = Variables::new();
    let mut set = |name, value: &str| drop(variables.insert(name, value.to_owned()));
    set(
        "AWS_DEFAULT_REGION",
        random.pick(&["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "mars-north-1"]),
    );
    set("AWS_ACCESS_KEY_ID", random.pick(&["AKIDEXAMPLE", "ASIAEXAMPLE"]));
    set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let injection = ALL.iter().rev().find(|injection| injection.class.is_in(number));
    let truth = ["true", "TRUE", "True", "false", "1", "yes", "", "tru"];
    let mut custom = false;
    for (name, values, one_in) in [
        ("AWS_SESSION_TOKEN", &["IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==", "", "t"] as &[&str], 2),
        ("AWS_CREDENTIAL_EXPIRATION", &["2999-01-01T00:00:00Z", "2999-01-01T00:00:00+01:00"], 5),
        ("AWS_ENDPOINT_URL_SECURITYHUB", &["http://127.0.0.1:9", "https://gw.example.com/base", ""], 2),
        ("AWS_ENDPOINT_URL", &["http://localhost:9/all", "https://[::1]:8443", ""], 2),
        ("AWS_ENDPOINT_URL_SECURITY_HUB", &["http://127.0.0.1:7"], 6),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", &truth, 3),
        ("AWS_MAX_ATTEMPTS", &["1", "2", "3", "7", "0", "-1", "abc", "2.0"], 3),
        ("AWS_RETRY_MODE", &["standard"], 4),
        ("AWS_SDK_UA_APP_ID", &["my-app", "x", ""], 4),
    ] {
        if random.one_in(one_in) {
            let value = random.pick(values);
            custom |= name.starts_with("AWS_ENDPOINT_URL") && !value.is_empty();
            set(name, value);
        }
    }
    // In combination with a custom endpoint, they are a class.
    for name in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
        if !custom && random.one_in(3) {
            set(name, random.pick(&truth));
        }
    }
    if random.one_in(12) {
        variables.remove(random.pick(&["AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]));
    }
    if let Some(injection) = injection {
        // Remove other variables that are rejected or that hide the class's own.
        for name in ["AWS_MAX_ATTEMPTS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] {
            variables.remove(name);
        }
        for (name, value) in [
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]
        .iter()
        .chain(injection.variables)
        {
            variables.insert(name, (*value).to_owned());
        }
    }
    (variables, injection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differences::assert_documented;

    #[test]
    fn classes_are_documented() {
        assert_documented("The environment", &INJECTIONS.map(|injection| injection.class));
    }
}
