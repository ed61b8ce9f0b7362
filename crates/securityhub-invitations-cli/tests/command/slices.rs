//! `slices`, `slice` and `merge`: the contract with a job runner.

use std::{io::Write, process::Stdio};

use securityhub_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::site::{Finished, ROLE, Site, id, joined, region, with_roles};

const ACCOUNTS: [u64; 3] = [1, 2, 3];
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];
const INVITERS: [u64; 4] = [71, 72, 73, 74];

/// Three accounts with four invitations in each of two regions. One account is denied, and one region is off in another.
fn site() -> Site {
    let accounts = ACCOUNTS.map(id);
    let emulator = with_roles(Emulator::builder(), &accounts).build();
    for account in accounts {
        for region in REGIONS.map(region) {
            for inviter in INVITERS {
                emulator.account(id(inviter)).send_invitation(&region, account);
            }
        }
    }
    emulator.account(id(2)).deny("an explicit deny in a service control policy");
    emulator.account(id(3)).set_region_enabled(&region("us-east-1"), false);
    Site::new(emulator)
}

/// The command with the arguments of the plan.
fn plan<'a>(command: &'a str, accounts: &'a str) -> Vec<&'a str> {
    let plan = ["--side", "member", "--role", ROLE, "--accounts", accounts, "--region", "eu-central-1,us-east-1"];
    [command].into_iter().chain(plan).collect()
}

impl Site {
    /// Runs the command with an input.
    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Finished {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        // It may exit before it has read everything.
        let _ = child.stdin.take().expect("it is piped").write_all(input);
        Finished::new(child.wait_with_output().expect("the command ends"))
    }

    /// Returns the slices of the plan.
    fn slices(&self) -> Vec<String> {
        let accounts = joined(&ACCOUNTS.map(id));
        let arguments = [plan("slices", &accounts), vec!["--keep", "000000000072"]].concat();
        self.run(&arguments).expect(0).stdout.lines().map(str::to_owned).collect()
    }

    /// Merges ledgers, one on each line.
    fn merge(&self, ledgers: &[impl AsRef<str>]) -> Finished {
        let accounts = joined(&ACCOUNTS.map(id));
        let lines: Vec<&str> = ledgers.iter().map(AsRef::as_ref).collect();
        let file = self.file("ledgers.jsonl", lines.join("\n"));
        let plan = [plan("merge", &accounts), vec!["--keep", "000000000072", "--format", "json"]].concat();
        self.run(&[plan, vec![&file]].concat())
    }

    /// Returns the numbers of requests to Security Hub and to STS.
    fn requests(&self) -> (usize, usize) {
        let log = self.emulator().received_requests();
        let is_sts = |operation: Option<&str>| matches!(operation, Some("AssumeRole" | "GetCallerIdentity"));
        let sts = log.iter().filter(|received| is_sts(received.operation)).count();
        (log.len() - sts, sts)
    }
}

/// A slice with three ids.
fn slice_of_ids(site: &Site) -> Value {
    let mut slice: Value = serde_json::from_str(&site.slices()[0]).expect("it is JSON");
    slice["ids"] = json!(["000000000071", "000000000073", "000000000074"]);
    slice
}

fn ledger(finished: &Finished) -> Value {
    assert_eq!(finished.stdout.lines().count(), 1, "{}", finished.stdout);
    serde_json::from_str(&finished.stdout).expect("it is JSON")
}

/// Returns the message of the error.
fn message(finished: &Finished) -> String {
    let line: Value = serde_json::from_str(&finished.stderr).expect("one line of JSON");
    line["message"].as_str().expect("a string").to_owned()
}

#[track_caller]
fn check_schema(schema: &str, documents: &[String], required: &[&str]) {
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).expect("JSON")).expect("a schema");
    for document in documents {
        let value: Value = serde_json::from_str(document).expect("JSON");
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{document}: {errors:?}");
        for name in required {
            let mut broken = value.clone();
            broken.as_object_mut().expect("an object").remove(*name).expect("it is there");
            assert!(!schema.is_valid(&broken), "{document} without {name}");
            broken[name] = json!({ "a": 1 });
            assert!(!schema.is_valid(&broken), "{document} with an object as {name}");
        }
    }
}

const SLICE_SCHEMA: &str = include_str!("../../schemas/slice.schema.json");
const LEDGER_SCHEMA: &str = include_str!("../../schemas/ledger.schema.json");

#[test]
fn merged_slices_equal_one_run() {
    let (one, many) = (site(), site());
    let accounts = joined(&ACCOUNTS.map(id));
    let clean = [plan("clean", &accounts), vec!["--keep", "000000000072", "--yes", "--output", "json"]].concat();
    let clean = one.run(&clean).expect(3);

    let slices = many.slices();
    assert_eq!((slices.len(), many.requests()), (6, (0, 0)));
    let runs: Vec<Finished> = slices.iter().map(|slice| many.run_with(&["slice"], slice.as_bytes())).collect();
    // Regions first. Account 2 is denied, and account 3 has one region.
    let statuses: Vec<Option<i32>> = runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [0, 3, 0, 0, 3, 3].map(Some));
    let ledgers: Vec<String> = runs.into_iter().map(|run| run.stdout).collect();
    let merged = many.merge(&ledgers).expect(3);

    for name in ["hub", "entry"] {
        // Ids of requests differ.
        let lines = |finished: &Finished| {
            let mut lines = finished.lines(name);
            lines.iter_mut().for_each(|line| drop(line.as_object_mut().and_then(|line| line.remove("request_id"))));
            lines
        };
        assert_eq!(lines(&merged), lines(&clean));
    }
    assert_eq!(merged.states().into_values().filter(|state| state == "done").count(), 9);
    for (name, number) in ACCOUNTS.iter().flat_map(|number| REGIONS.map(|name| (name, *number))) {
        let (one, many) = (one.invitations(id(number), &region(name)), many.invitations(id(number), &region(name)));
        assert_eq!(one, many);
    }
    check_schema(SLICE_SCHEMA, &slices, &["v", "plan", "account", "region", "side", "steps", "chunk", "ids"]);
    check_schema(LEDGER_SCHEMA, &ledgers, &["v", "plan", "attempt", "steps", "hubs"]);
}

#[test]
fn later_attempts_settle_lost_ones() {
    let site = site();
    let slice = slice_of_ids(&site).to_string();
    // The engine loses the first ledger.
    site.run_with(&["slice"], slice.as_bytes()).expect(0);
    let second = site.run_with(&["slice", "--attempt", "1"], slice.as_bytes()).expect(0);
    let ledger = ledger(&second);
    assert_eq!(ledger["attempt"], 1);
    // Gone after the final list, which is certain.
    assert_eq!(ledger["hubs"][0]["entries"][0]["delete"], json!({ "state": "done" }));
}

#[test]
fn later_attempts_start_uncertain() {
    let site = site();
    for (attempt, is_uncertain) in [(0, None), (1, Some(&Value::Bool(true)))] {
        let mut slice = slice_of_ids(&site);
        slice["attempt"] = attempt.into();
        slice["deadline_ms"] = 200.into();
        let finished = site.run_with(&["slice"], slice.to_string().as_bytes()).expect(5);
        let ledger = ledger(&finished);
        let entries = &ledger["hubs"][0]["entries"][0];
        assert_eq!(entries["ids"].as_array().map(Vec::len), Some(3));
        assert_eq!(
            (&entries["delete"]["state"], entries["delete"].get("uncertain")),
            (&"pending".into(), is_uncertain)
        );
        check_schema(LEDGER_SCHEMA, &[finished.stdout], &[]);
    }
    assert_eq!(site.requests(), (0, 0));
}

#[test]
fn a_passed_deadline_sends_nothing() {
    let site = site();
    let slice = slice_of_ids(&site).to_string();
    let finished = site.run_with(&["slice", "--deadline", "0.2"], slice.as_bytes()).expect(5);
    assert_eq!(ledger(&finished)["end"], "stopped");
    assert_eq!(site.requests(), (0, 0));
    let mut endless = slice_of_ids(&site);
    endless["deadline_ms"] = u64::MAX.into();
    site.run_with(&["slice"], endless.to_string().as_bytes()).expect(0);
}

#[test]
fn a_deadline_keeps_what_was_done() {
    let site = site();
    let mut slice = slice_of_ids(&site);
    slice["chunk"] = 1.into();
    // All requests after the first one take longer than the time that is left.
    let slow = || Fault::none().delay(std::time::Duration::from_secs(20));
    site.emulator().script_faults([Fault::none(), slow(), slow(), slow(), slow(), slow(), slow()]);
    let arguments = ["slice", "--concurrency", "1", "--timeout", "2", "--max-attempts", "1", "--deadline", "6"];
    let finished = site.run_with(&arguments, slice.to_string().as_bytes()).expect(5);
    let entries = &ledger(&finished)["hubs"][0]["entries"];
    assert_eq!(entries[0], json!({ "ids": ["000000000071"], "delete": { "state": "done" } }));
    // The emulator may have processed them.
    assert_eq!(entries[1]["ids"], json!(["000000000073", "000000000074"]));
    assert_eq!(entries[1]["delete"]["uncertain"], true);
}

#[test]
fn rejects_invalid_slices() {
    let site = site();
    let valid = slice_of_ids(&site);
    let schema = jsonschema::validator_for(&serde_json::from_str(SLICE_SCHEMA).expect("JSON")).expect("a schema");
    for (name, value, message) in [
        ("v", json!(2), "slice version \"2\": not supported (expected 1)"),
        ("v", json!("1"), "invalid slice: invalid type: string \"1\", expected u32"),
        ("account", json!("1234"), "has 4 digits"),
        ("ids", json!(["000000000071", "12345678901x"]), "12345678901x"),
        ("ids", json!([]), "empty"),
        ("region", json!("US-EAST-1"), "invalid region \"US-EAST-1\""),
        ("plan", json!("00"), "invalid plan hash"),
        ("steps", json!(["verify"]), "delete"),
        ("chunk", json!(0), "chunk"),
        ("attempt", json!(-1), "-1"),
        ("unheard_of", json!(1), "unknown field `unheard_of`"),
        ("role", json!("a b"), "role \"a b\": ' ' at position 2 (expected visible ASCII)"),
        ("role", json!("A in 000000000002 from profile x"), "role \"A in 000000000002 from profile x\": ' '"),
    ] {
        let mut slice = valid.clone();
        slice[name] = value;
        let finished = site.run_with(&["slice"], slice.to_string().as_bytes()).expect(2);
        let actual = self::message(&finished);
        assert!(actual.contains(message), "{message} is not in {actual}");
        assert_eq!(finished.stdout, "");
        // The schema does not know IAM's rules for names.
        assert_eq!(schema.is_valid(&slice), name == "role", "{name}");
    }
    let valid = valid.to_string();
    let large = format!("{valid}{}", " ".repeat(256 * 1024 + 1 - valid.len()));
    for (input, message) in [
        (large.as_str(), "slice: 262145 bytes are too many (expected at most 262144)"),
        (&valid[..valid.len() - 1], "invalid slice: EOF"),
        ("", "invalid slice: EOF"),
        ("\u{0}", "invalid slice: expected value"),
    ] {
        let finished = site.run_with(&["slice"], input.as_bytes()).expect(2);
        let actual = self::message(&finished);
        assert!(actual.contains(message), "{message} is not in {actual}");
    }
    assert_eq!(site.requests(), (0, 0));
}

#[test]
fn slices_of_administrators_name_statuses() {
    let site = site();
    let accounts = joined(&[id(71)]);
    let mut arguments = vec!["slices", "--role", ROLE, "--accounts", &accounts, "--region", "eu-central-1"];
    arguments.extend(["--side", "administrator", "--status", "Invited,Resigned"]);
    let slice = site.run(&arguments).expect(0).stdout;
    check_schema(SLICE_SCHEMA, std::slice::from_ref(&slice), &["statuses"]);
    let slice: Value = serde_json::from_str(&slice).expect("it is JSON");
    assert_eq!(slice["statuses"], json!(["Invited", "Resigned"]));
}

#[test]
fn slices_are_too_large_with_many_ids() {
    let site = site();
    let ids: Vec<String> = (0..18_000).map(|number| format!("{number:012}")).collect();
    let plan = format!(
        "side = \"member\"\nregions = [\"us-east-1\"]\nrole = \"Cleanup\"\naccounts = [\"000000000001\"]\nids = {ids:?}"
    );
    let plan = site.file("plan.toml", plan);
    let finished = site.run(&["slices", "--plan", &plan]).expect(2);
    let expected = "000000000001/us-east-1: slice: 270187 bytes are too many (expected at most 262144)";
    assert_eq!(message(&finished), expected);
}

#[test]
fn a_role_that_cannot_be_assumed_is_parked() {
    let site = site();
    let mut slice = slice_of_ids(&site);
    slice["role"] = "Unknown".into();
    let finished = site.run_with(&["slice"], slice.to_string().as_bytes()).expect(4);
    let ledger = ledger(&finished);
    assert_eq!(ledger["hubs"][0]["parking"]["cause"], "credentials");
    assert_eq!(ledger["hubs"][0]["entries"][0]["delete"], json!({ "state": "pending" }));
    assert_eq!(site.requests(), (0, 1));
}

#[test]
fn a_worker_of_another_account_is_parked() {
    let site = site();
    let mut slice = slice_of_ids(&site);
    slice.as_object_mut().expect("an object").remove("role");
    let finished = site.run_with(&["slice"], slice.to_string().as_bytes()).expect(3);
    let reason = &ledger(&finished)["hubs"][0]["parking"]["reason"]["message"];
    assert_eq!(reason, "environment belongs to account 123456789012 (expected 000000000001)");
}

#[test]
fn assumes_roles_in_the_region_of_the_worker() {
    let site = site();
    // This region must be enabled, and may be off in the account of the worker.
    let slice = site.slices()[0].replace("eu-central-1", "af-south-1");
    site.run_with(&["slice"], slice.as_bytes()).expect(0);
    let log = site.emulator().received_requests();
    let assumed = log.iter().find(|received| received.operation == Some("AssumeRole")).expect("it is logged");
    assert_eq!(assumed.region, Some(region("eu-central-1")));
}

#[test]
fn no_secret_is_in_a_ledger() {
    let site = site();
    for slice in site.slices() {
        let finished = site.run_with(&["slice", "--verbose"], slice.as_bytes());
        let output = finished.stdout + &finished.stderr + &slice;
        for secret in ["wJalrXUtnFEMI", "AWS4-HMAC-SHA256", "IQoJ", "Signature="] {
            assert!(!output.contains(secret), "{output}");
        }
    }
}

#[test]
fn repeated_ledgers_count_once() {
    let site = site();
    let slices = site.slices();
    let ledgers: Vec<String> = slices.iter().map(|slice| site.run_with(&["slice"], slice.as_bytes()).stdout).collect();
    let once = site.merge(&ledgers).expect(3);
    let twice = site.merge(&[ledgers.clone(), ledgers[..2].to_vec()].concat()).expect(3);
    assert!(twice.stderr.contains("2 of 8 ledgers are repeated, and count once"), "{}", twice.stderr);
    assert_eq!((once.states(), once.lines("hub")), (twice.states(), twice.lines("hub")));
    let total = |finished: &Finished| finished.lines("summary")[0]["entries"].clone();
    assert_eq!((total(&once), total(&twice)), (12.into(), 12.into()));
}

#[test]
fn missing_ledgers_are_reported() {
    let site = site();
    let slices = site.slices();
    let ledger = site.run_with(&["slice"], slices[0].as_bytes()).stdout;
    let merged = site.merge(&[ledger]).expect(3);
    assert!(merged.stderr.contains("5 ledgers are missing"), "{}", merged.stderr);
    let lost = merged.lines("hub").iter().filter(|line| line["cause"] == "lost").count();
    let summary = &merged.lines("summary")[0];
    assert_eq!((lost, &summary["complete"], &summary["parked_hubs"]), (5, &false.into(), &5.into()));
}

#[test]
fn rejects_ledgers_of_other_plans() {
    let site = site();
    let slices = site.slices();
    let ledger = site.run_with(&["slice"], slices[0].as_bytes()).stdout;
    // The same account and region in a plan without the keep list.
    let accounts = joined(&ACCOUNTS.map(id));
    let other = site.run(&plan("slices", &accounts)).expect(0).stdout;
    let other = other.lines().next().expect("there are six");
    let other = site.run_with(&["slice"], other.as_bytes()).stdout;
    let finished = site.merge(&[ledger.as_str(), &other]).expect(2);
    assert!(finished.stderr.contains("ledgers.jsonl: line 3: "), "{}", finished.stderr);
    assert!(finished.stderr.contains("belongs to another plan"), "{}", finished.stderr);
    assert_eq!(finished.stdout, "");

    let unknown = ledger.replace("\"region\":\"eu-central-1\"", "\"region\":\"eu-west-1\"");
    let newer = ledger.replace("{\"v\":1,", "{\"v\":2,");
    for (ledger, message) in [
        (unknown.as_str(), "line 1: ledger 0: hub \"000000000001/eu-west-1\" is not in the plan"),
        (&newer, "line 1: ledger version \"2\": not supported (expected 1)"),
        (&ledger[..ledger.len() / 2], "line 1: invalid ledger: EOF"),
    ] {
        let finished = site.merge(&[ledger]).expect(2);
        let actual = self::message(&finished);
        assert!(actual.contains(message), "{message} is not in {actual}");
    }
    let file = site.path("nowhere.jsonl");
    let finished = site.run(&[plan("merge", &accounts), vec![file.to_str().expect("UTF-8")]].concat()).expect(2);
    assert!(finished.stderr.contains("nowhere.jsonl: "), "{}", finished.stderr);
}
