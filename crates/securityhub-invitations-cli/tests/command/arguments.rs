//! Arguments and plan files that are rejected before anything is sent.

use securityhub_emulator::Emulator;

use crate::site::Site;

fn rejected(site: &Site, arguments: &[&str]) -> String {
    let finished = site.run(arguments).expect(2);
    assert_eq!(site.emulator().counters().requests, 0, "something was sent");
    assert_eq!(finished.stdout, "");
    finished.stderr
}

#[test]
fn rejects_contradictions_and_missing_values() {
    let site = Site::new(Emulator::new());
    for (arguments, message) in [
        (&["clean"][..], "--side"),
        (&["clean", "--side", "member", "--yes"], "expected --region or --all-regions"),
        (&["clean", "--side", "member", "--region", "eu-central-1", "--yes"], "come from the environment"),
        (&["clean", "--side", "member", "--region", "EU"], "invalid value 'EU'"),
        (&["clean", "--side", "member", "--yes", "--dry-run"], "cannot be used with"),
        (&["clean", "--side", "member", "--status", "Invited"], "not allowed on the member side"),
        (&["clean", "--side", "member", "--rate", "11"], "11 is not in 1..=10"),
        (&["clean", "--side", "member", "--role", "Cleanup"], "--accounts"),
        (&["clean", "--side", "member", "--role", "arn:aws:iam::1:role/A", "--accounts", "000000000001"], "an ARN"),
        (&["clean", "--side", "member", "--plan", "missing.toml"], "missing.toml"),
        (&["delete", "--side", "member"], "<ID"),
        (&["delete", "--side", "member", "12345678901"], "zero"),
        (&["regions", "--partition", "aws-moon"], "expected one of aws, aws-cn"),
        (&["resume", "20990101"], "20990101"),
    ] {
        let stderr = rejected(&site, arguments);
        assert!(stderr.contains(message), "{arguments:?}: {message} is missing in {stderr}");
    }
}

#[test]
fn rejects_steps_of_the_other_side() {
    let site = Site::new(Emulator::new());
    let arguments = ["clean", "--side", "administrator", "--decline", "--region", "us-east-1", "--dry-run"];
    let finished = site.run(&arguments).expect(2);
    assert!(
        finished.stderr.contains("step \"decline\": not available to administrator accounts"),
        "{}",
        finished.stderr
    );
}

#[test]
fn rejects_invalid_plan_files_with_their_line() {
    let site = Site::new(Emulator::new());
    for (toml, message) in [
        ("side = \"member\"\nregion = [\"us-east-1\"]", "unknown field `region`"),
        ("side = \"both\"", "unknown variant `both`"),
        ("side = \"member\"\nregions = [\"US\"]", "US"),
        ("side = \"member\"\nregions = [\"us-east-1\"]\nall-regions = true", "not allowed with all-regions"),
        ("side = \"member\"\nrate = 99", "rate \"99\": out of range"),
        ("side = \"member\"\nids = [\"000000000001\"]", "expected the command delete"),
        ("side = \"member\"\nkeep = [\"00000000001\"]", "00000000001"),
    ] {
        let path = site.file("plan.toml", toml);
        let stderr = rejected(&site, &["clean", "--plan", &path, "--dry-run"]);
        assert!(stderr.contains(message), "{toml}: {message} is missing in {stderr}");
    }
}

#[cfg(unix)]
#[test]
fn two_profiles_of_one_account_are_rejected() {
    let site = Site::new(Emulator::new());
    let json = site.file(
        "key.json",
        r#"{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}"#,
    );
    let config =
        format!("[profile one]\ncredential_process = cat {json}\n[profile two]\ncredential_process = cat {json}\n");
    let file = site.file("config", config);
    let arguments = ["list", "--side", "member", "--profile", "one", "--profile", "two", "--region", "us-east-1"];
    let mut command = site.command(&arguments);
    let output = command.env("AWS_CONFIG_FILE", file).output().unwrap();
    let finished = crate::site::Finished::new(output).expect(2);
    assert!(
        finished.stderr.contains("profile two: account \"123456789012\" occurs twice, also as profile one"),
        "{}",
        finished.stderr
    );
}

#[test]
fn prints_completions_and_manual() {
    let site = Site::new(Emulator::new());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(site.run(&["completions", shell]).expect(0).stdout.contains("securityhub-invitations"), "{shell}");
    }
    assert!(site.run(&["man"]).expect(0).stdout.starts_with(".ie"));
    assert_eq!(site.run(&["regions"]).expect(0).stdout.lines().count(), 34);
}
