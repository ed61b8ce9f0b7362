//! `clean`, `list`, `report` and `resume`.

use securityhub_emulator::{Emulator, Fault};

use crate::site::{ROLE, Site, id, joined, region, with_roles};

const ACCOUNTS: [u64; 3] = [1, 2, 3];
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];
const INVITERS: [u64; 3] = [71, 72, 73];

/// Three accounts with three invitations in each of two regions.
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
    Site::new(emulator)
}

/// The arguments that name all accounts and regions.
fn arguments<'a>(command: &'a str, accounts: &'a str) -> Vec<&'a str> {
    let side = ["--side", "member", "--role", ROLE, "--accounts", accounts, "--region", "eu-central-1,us-east-1"];
    [command].into_iter().chain(side).collect()
}

fn left(site: &Site) -> Vec<(u64, &'static str, usize)> {
    let pairs = ACCOUNTS.iter().flat_map(|account| REGIONS.map(|name| (*account, name)));
    let counted = pairs.map(|(account, name)| (account, name, site.invitations(id(account), &region(name)).len()));
    counted.filter(|(_, _, left)| *left > 0).collect()
}

#[test]
fn deletes_everywhere_and_keeps_what_is_named() {
    let site = site();
    let accounts = joined(&ACCOUNTS.map(id));
    let keep = site.file("keep.txt", format!("# friends\r\n{}\r\n", id(72)));
    let mut arguments = arguments("clean", &accounts);
    arguments.extend(["--keep", &keep, "--decline", "--yes", "--output", "json"]);
    let finished = site.run(&arguments).expect(0);

    let states = finished.states();
    assert_eq!(states.len(), 18);
    for ((account, name, inviter), state) in states {
        let is_kept = inviter == id(72).to_string();
        assert_eq!(state, if is_kept { "kept" } else { "done" });
        let left = site.invitations(account.parse().unwrap(), &region(&name));
        assert_eq!(left, [id(72)], "{account}/{name}");
    }
    let [summary] = &finished.lines("summary")[..] else { panic!("one summary: {}", finished.stdout) };
    assert_eq!((&summary["done"], &summary["kept"], &summary["complete"]), (&12.into(), &6.into(), &true.into()));
}

#[test]
fn dry_run_changes_nothing_and_shows_the_plan() {
    let site = site();
    let accounts = joined(&ACCOUNTS.map(id));
    let mut arguments = arguments("clean", &accounts);
    arguments.push("--dry-run");
    let finished = site.run(&arguments).expect(0);
    for part in ["Delete 18 received invitations", "POST ", "/invitations/delete", "at least 6 requests"] {
        assert!(finished.stdout.contains(part), "{part} is missing in {}", finished.stdout);
    }
    for part in ["signature=", "resume"] {
        assert!(!finished.stdout.to_lowercase().contains(part), "{}", finished.stdout);
    }
    assert_eq!(left(&site).len(), 6);
    assert_eq!(site.emulator().counters().deleted, 0);
    assert!(!site.path("state").exists(), "a dry run has no journal");
}

#[test]
fn lists_with_advice_for_parked_hubs() {
    let site = site();
    site.emulator().account(id(1)).set_subscribed(&region("us-east-1"), false);
    let accounts = joined(&ACCOUNTS.map(id));
    let stderr = site.run(&arguments("list", &accounts)).expect(3).stderr;
    assert!(stderr.contains("Enable Security Hub in this account and region"), "{stderr}");
}

#[test]
fn lists_every_page_of_every_account() {
    let site = site();
    for inviter in 100..160 {
        site.emulator().account(id(inviter)).send_invitation(&region("us-east-1"), id(2));
    }
    let accounts = joined(&ACCOUNTS.map(id));
    let mut arguments = arguments("list", &accounts);
    arguments.extend(["--output", "json"]);
    let finished = site.run(&arguments).expect(0);
    assert_eq!(finished.lines("found").len(), 18 + 60);
    arguments.pop();
    arguments.push("csv");
    let csv = site.run(&arguments).expect(0).stdout;
    assert_eq!(csv.lines().count(), 1 + 18 + 60);
    assert!(csv.starts_with("account,region,id,invitation_id\n"), "{csv}");
}

#[test]
fn one_bad_account_does_not_end_the_run() {
    let site = site();
    site.emulator().account(id(2)).deny("an explicit deny in a service control policy");
    site.emulator().account(id(3)).set_subscribed(&region("us-east-1"), false);
    site.emulator().account(id(1)).set_region_enabled(&region("us-east-1"), false);
    // There is no role in the last one.
    let accounts = joined(&[1, 2, 3, 4].map(id));
    let mut arguments = arguments("clean", &accounts);
    arguments.extend(["--yes", "--output", "json"]);
    let finished = site.run(&arguments).expect(3);

    let parked = |line: &serde_json::Value| line["state"] == "parked";
    let hubs = finished.lines("hub");
    let causes: Vec<String> = hubs
        .iter()
        .filter(|line| parked(line))
        .map(|line| format!("{}/{}: {}", line["account"], line["region"], line["cause"]).replace('"', ""))
        .collect();
    assert_eq!(
        causes,
        [
            "000000000002/eu-central-1: denied",
            "000000000004/eu-central-1: credentials",
            "000000000001/us-east-1: region_disabled",
            "000000000002/us-east-1: denied",
            "000000000003/us-east-1: not_subscribed",
            "000000000004/us-east-1: credentials",
        ]
    );
    assert_eq!(left(&site), [(1, "us-east-1", 3), (2, "eu-central-1", 3), (2, "us-east-1", 3), (3, "us-east-1", 3)]);
}

#[test]
fn lost_responses_are_settled_by_the_final_list() {
    let site = site();
    let accounts = joined(&[id(1)]);
    // Two lists come first. The retry of a lost delete finds nothing to delete.
    let lost = Fault::none().after_processing().drop_before_response();
    site.emulator().script_faults([Fault::none(), Fault::none(), lost]);
    let mut arguments = arguments("clean", &accounts);
    arguments.extend(["--yes", "--output", "json"]);
    let finished = site.run(&arguments).expect(0);
    assert_eq!(finished.states().into_values().filter(|state| state == "done").count(), 6);
    // One list more than without the fault.
    let lists = site.emulator().received_requests();
    assert_eq!(lists.iter().filter(|request| request.operation == Some("ListInvitations")).count(), 3);
}

#[test]
fn report_and_runs_read_the_journal() {
    let site = site();
    let accounts = joined(&ACCOUNTS.map(id));
    let mut arguments = arguments("clean", &accounts);
    arguments.extend(["--yes", "--output", "json"]);
    let finished = site.run(&arguments).expect(0);
    let report = site.run(&["report", "latest", "--format", "json"]).expect(0);
    assert_eq!(report.states(), finished.states());
    for format in ["table", "csv", "html"] {
        let report = site.run(&["report", "--format", format]).expect(0);
        assert!(report.stdout.contains("000000000001"), "{format}");
    }
    assert_eq!(site.run(&["report", "--failed", "--format", "csv"]).expect(0).stdout.lines().count(), 1);
    let runs = site.run(&["runs", "--output", "json"]).expect(0).lines("run");
    assert_eq!((&runs[0]["state"], &runs[0]["hubs"], runs.len()), (&"complete".into(), &6.into(), 1));
    // Nothing is left to do.
    site.run(&["resume", "--yes"]).expect(0);
}

#[test]
fn no_secret_is_printed_or_stored() {
    let site = site();
    let accounts = joined(&ACCOUNTS.map(id));
    let mut arguments = arguments("clean", &accounts);
    arguments.extend(["--yes", "--verbose"]);
    let finished = site.run(&arguments).expect(0);
    let report = site.run(&["report", "--format", "html"]).expect(0);
    let journals = std::fs::read_dir(site.path("state/securityhub-invitations")).unwrap();
    let journals = journals.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let mut outputs: Vec<String> = journals.collect();
    assert_eq!(outputs.len(), 1);
    outputs.extend([finished.stdout, finished.stderr, report.stdout]);
    for output in outputs {
        let is_secret = |secret: &str| output.contains(secret);
        assert!(!is_secret("wJalrXUtnFEMI"), "{output}");
        // Session tokens and signatures.
        assert!(
            !is_secret("AWS4-HMAC-SHA256") && !output.to_lowercase().contains("x-amz-security-token: "),
            "{output}"
        );
    }
}
