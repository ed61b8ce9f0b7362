//! The question before the first change.

#[cfg(target_os = "linux")]
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use securityhub_emulator::Emulator;

use crate::site::{Site, id, region};

fn site() -> Site {
    let emulator = Emulator::new();
    for number in 1..=4 {
        emulator.invite(&region("eu-central-1"), id(number));
    }
    Site::new(emulator)
}

fn left(site: &Site) -> usize {
    site.invitations(id(123_456_789_012), &region("eu-central-1")).len()
}

#[test]
fn needs_a_terminal_or_the_flag() {
    let site = site();
    let finished = site.run(&["clean", "--side", "member"]).expect(2);
    assert!(finished.stderr.contains("--yes"), "{}", finished.stderr);
    assert_eq!(site.emulator().counters().requests, 0);
    site.run(&["clean", "--side", "member", "--dry-run"]).expect(0);
    assert_eq!(left(&site), 4);
}

/// Answers the question on a terminal of `script`, and returns the exit status and the screen.
#[cfg(target_os = "linux")]
fn answer(site: &Site, arguments: &[&str], answer: &str) -> (Option<i32>, String) {
    let command = site.command(arguments);
    let program = command.get_program().to_str().unwrap();
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &format!("{program} {}", arguments.join(" ")), "/dev/null"]);
    script.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = script.spawn().expect("script is part of util-linux");
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{answer}").unwrap();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn accepts_only_the_number_of_ids() {
    let site = site();
    for wrong in ["yes", "y", "3", ""] {
        let (status, screen) = answer(&site, &["clean", "--side", "member"], wrong);
        assert_eq!(status, Some(5), "{screen}");
        assert!(screen.contains("Type 4 to continue"), "{screen}");
        assert!(screen.contains("nothing was changed"), "{screen}");
        assert_eq!(left(&site), 4);
    }
    let (status, screen) = answer(&site, &["resume", "latest"], "4");
    assert_eq!(status, Some(0), "{screen}");
    assert_eq!(left(&site), 0);
}
