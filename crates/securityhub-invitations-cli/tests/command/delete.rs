//! `delete`: ids from arguments, files, the standard input and CSV.

use std::{fmt::Write as _, io::Write as _, process::Stdio};

use securityhub_emulator::{Emulator, MemberStatus};

use crate::site::{Finished, Site, id, region};

const DELETE: [&str; 8] =
    ["delete", "--side", "member", "--expect-account", "123456789012", "--region", "eu-central-1", "--yes"];

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
fn takes_ids_from_everywhere() {
    let site = site();
    let list = site.file("ids.txt", "\u{feff}000000000001\r\n\r\n# a comment\r\n");
    let csv = site.file("ids.csv", "name,account\n\"A, B\",'000000000002\n");
    let mut command = site.command(&DELETE);
    command.args(["--file", &list, "-", "000000000004", "--output", "json"]).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"000000000003\n000000000003\n").unwrap();
    let finished = Finished::new(child.wait_with_output().unwrap()).expect(0);
    assert!(finished.stderr.contains("1 repeated"), "{}", finished.stderr);
    assert_eq!(finished.states().len(), 3);
    assert_eq!(left(&site), 1);

    let mut arguments = DELETE.to_vec();
    arguments.extend(["--file", &csv, "--csv-column", "account"]);
    site.run(&arguments).expect(0);
    assert_eq!(left(&site), 0);
}

#[test]
fn names_every_bad_line_of_a_long_list() {
    let site = site();
    let mut list = String::new();
    let mut bad = Vec::new();
    for number in 1..=100_000_u64 {
        let is_bad = number % 2_703 == 13;
        if is_bad {
            bad.push(number);
        }
        let _ = if is_bad { writeln!(list, "{number}") } else { writeln!(list, "{number:012}") };
    }
    assert_eq!(bad.len(), 37);
    let list = site.file("ids.txt", list);
    let mut arguments = DELETE.to_vec();
    arguments.extend(["--file", &list]);
    let finished = site.run(&arguments).expect(2);
    for line in bad {
        assert!(finished.stderr.contains(&format!("line {line}")), "line {line} is missing in {}", finished.stderr);
    }
    assert_eq!(site.emulator().counters().requests, 0);
}

#[test]
fn deletes_sent_invitations() {
    let site = site();
    let region = region("eu-central-1");
    let administrator = site.emulator().account(id(123_456_789_012));
    for number in [21, 22] {
        administrator.send_invitation(&region, id(number));
    }
    administrator.set_member(&region, id(23), MemberStatus::Enabled);
    let arguments =
        ["--side", "administrator", "--expect-account", "123456789012", "--region", "eu-central-1", "--yes"];
    let mut clean = vec!["clean"];
    clean.extend(arguments);
    clean.extend(["--output", "json"]);
    let finished = site.run(&clean);
    let ids: Vec<String> = finished.states().into_keys().map(|(_, _, id)| id).collect();
    assert_eq!(ids, [id(21).to_string(), id(22).to_string()]);
    assert!(site.invitations(id(21), &region).is_empty());
}
