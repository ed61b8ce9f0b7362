//! The program, started from the command line.

mod common;
#[path = "common/program.rs"]
mod program;

use std::process::Output;

use common::Call;
use program::{Running, program};

#[test]
fn serves_invitations() {
    let running = Running::start(&[
        "--invite",
        "us-east-1:111122223333,444455556666",
        "--invite",
        "us-east-1:777788889999",
        "--invite",
        "eu-west-1:222233334444",
        "--throttle-first",
        "1",
    ]);
    let body = r#"{"AccountIds":["111122223333","444455556666","777788889999","222233334444"]}"#;
    let (head, answer) = running.call(|call| call.body = body.to_owned());
    assert!(head.starts_with("http/1.1 429 ") && answer.contains("Rate exceeded"), "{head}{answer}");
    let (head, answer) = running.call(|call| call.body = body.to_owned());
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert_eq!(
        answer,
        r#"{"UnprocessedAccounts":[{"AccountId":"222233334444","ProcessingResult":"The account has no invitation in this Region"}]}"#
    );
    let log = running.stop();
    assert_eq!(log, "POST /invitations/delete 429 (fault)\nPOST /invitations/delete 200\n");
}

#[test]
fn applies_keys_regions_subscriptions_and_cors() {
    let running = Running::start(&[
        "--access-key",
        "AKIDONE:one/secret",
        "--access-key",
        "ASIATWO:two:token:with:colons",
        "--region",
        "us-east-1",
        "--not-subscribed",
        "--account",
        "000011112222",
        "--cors",
    ]);
    let (head, _) = running.call(|_| {});
    assert!(head.contains("unrecognizedclientexception"), "the example key is not accepted: {head}");
    let one = |call: &mut Call| (call.key_id, call.secret) = ("AKIDONE".to_owned(), "one/secret".to_owned());
    let (head, answer) = running.call(one);
    assert!(head.starts_with("http/1.1 401 ") && head.contains("access-control-allow-origin: *"), "{head}");
    assert!(answer.contains("Account 000011112222 is not subscribed"), "{answer}");
    let (head, _) = running.call(|call| {
        (call.key_id, call.secret) = ("ASIATWO".to_owned(), "two".to_owned());
        call.token = Some("token:with:colons".to_owned());
    });
    assert!(head.contains("invalidaccessexception"), "{head}");
    let (_, answer) = running.call(|call| {
        one(call);
        call.scope = call.scope.replace("us-east-1", "eu-west-1");
    });
    assert!(answer.contains("valid region, not 'eu-west-1'"), "{answer}");
}

#[test]
fn serves_both_sides() {
    let running = Running::start(&[
        "--administrator",
        "us-east-1:999988887777",
        "--member",
        "us-east-1:111122223333,444455556666=resigned",
        "--access-key",
        "AKIDMEMBER:one=secret",
        "--access-key",
        "999988887777=AKIDADMINISTRATOR:two",
    ]);
    let call = |call: Call, id: &str, secret: &str| {
        let (head, body) = running.call(|signed| {
            (signed.method, signed.path, signed.body) = (call.method, call.path, call.body);
            (signed.key_id, signed.secret) = (id.to_owned(), secret.to_owned());
        });
        assert!(head.starts_with("http/1.1 200 "), "{head}{body}");
        serde_json::from_str::<serde_json::Value>(&body).unwrap()
    };
    let member = |request| call(request, "AKIDMEMBER", "one=secret");
    let administrator = |request| call(request, "AKIDADMINISTRATOR", "two");
    assert_eq!(member(Call::get("/administrator"))["Administrator"]["AccountId"], "999988887777");
    assert_eq!(member(Call::get("/members"))["Members"].as_array().unwrap().len(), 1);
    let all = member(Call::get("/members?OnlyAssociated=false"));
    assert_eq!(all["Members"][1]["MemberStatus"], "Resigned");
    assert_eq!(administrator(Call::get("/members"))["Members"][0]["AccountId"], "123456789012");
    member(Call::post("/administrator/disassociate", ""));
    assert_eq!(administrator(Call::get("/members"))["Members"], serde_json::json!([]));
}

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = program().args(arguments).output().unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[test]
fn explains_invalid_arguments() {
    for (arguments, code, explanation) in [
        (&["--port", "x"][..], 2, "invalid value 'x' for '--port"),
        (&["--port", "70000"], 2, "70000 is not in 0..=65535"),
        (&["--host", "0.0.0.0"], 2, "not a loopback address"),
        (&["--invite", "us-east-1"], 2, "missing colon after the region"),
        (&["--invite", "us-east-1:12345"], 2, "has 5 digits (expected exactly 12 digits)"),
        (&["--invite", "US:111122223333"], 2, "(allowed: a-z, 0-9, -)"),
        (&["--access-key", "ID"], 2, "missing colon after the id"),
        (&["--access-key", "ID:"], 2, "empty id or secret"),
        (&["--access-key", "1=ID:secret"], 2, "invalid account (expected 12 digits)"),
        (&["--administrator", "111122223333"], 2, "missing colon after the region"),
        (&["--member", "us-east-1:111122223333=Gone"], 2, "invalid member status \"Gone\" (expected Created"),
        (&["--region", ""], 2, "--region"),
        (&["--account", "1"], 2, "has 1 digit"),
        (&["--fault", "x"], 2, "invalid document: expected value at line 1"),
        (&["--fault", r#"{"status":600}"#], 2, "fault status \"600\": out of range (expected 200–599)"),
        (&["--not-subscribed", "US"], 2, "(allowed: a-z, 0-9, -)"),
        (&["--disable-region", ""], 2, "--disable-region"),
        (&["--clock-offset", "9223372036854775808"], 2, "number too large"),
        (&["--role", "Cleanup"], 2, "missing colon after the account"),
        (&["--role", "111122223333:a b"], 2, "invalid role name \"a b\""),
        (&["--rate-limit", "10"], 2, "missing colon after the rate"),
        (&["--rate-limit", "0:1"], 2, "number would be zero"),
        (&["--setup", "/nonexistent/file"], 1, "cannot read /nonexistent/file: "),
        (&["--unknown"], 2, "unexpected argument '--unknown'"),
        (&["stray"], 2, "unexpected argument 'stray'"),
        (&["--help"], 0, "--throttle-first"),
        (&["--version"], 0, env!("CARGO_PKG_VERSION")),
    ] {
        let (status, output) = run(arguments);
        assert_eq!(status, Some(code), "{arguments:?} {output}");
        assert!(output.contains(explanation), "{arguments:?} {output}");
    }
}

#[test]
fn names_port_in_use() {
    let running = Running::start(&[]);
    let (status, output) = run(&["--port", &running.addr.port().to_string()]);
    assert_eq!(status, Some(1));
    assert!(output.starts_with(&format!("securityhub-emulator: cannot listen on {}: ", running.addr)), "{output}");
}

#[test]
fn applies_faults_denials_and_limits() {
    let running =
        Running::start(&["--fault", r#"{"response":"html","status":503,"times":2}"#, "--deny", "explicit deny"]);
    for (status, expected) in [("503", "503 Service Unavailable"), ("503", ""), ("403", "explicit deny")] {
        let (head, body) = running.call(|_| {});
        assert!(head.starts_with(&format!("http/1.1 {status} ")) && body.contains(expected), "{head}{body}");
    }
    let running =
        Running::start(&["--rate-limit", "1:2", "--not-subscribed", "eu-west-1", "--disable-region", "eu-north-1"]);
    let in_region = |region: &str| running.call(|call| call.scope = call.scope.replace("us-east-1", region)).0;
    assert!(in_region("eu-west-1").starts_with("http/1.1 401 "));
    assert!(in_region("eu-north-1").contains("unrecognizedclientexception"));
    assert!(
        ["200", "200", "429"].iter().all(|status| in_region("us-west-1").starts_with(&format!("http/1.1 {status} ")))
    );
    let running = Running::start(&["--clock-offset", "-3600"]);
    assert!(running.call(|_| {}).1.contains("Signature not yet current"));
}
