//! Ctrl-C, once and twice.

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use securityhub_emulator::{Emulator, Fault};

use crate::site::{Finished, Site, id, region};

const CLEAN: [&str; 10] = [
    "clean",
    "--side",
    "member",
    "--expect-account",
    "123456789012",
    "--region",
    "eu-central-1,us-east-1",
    "--yes",
    "--output",
    "json",
];

/// One account with invitations in two regions. The second delete has this fault.
fn site(fault: Fault) -> Site {
    let emulator = Emulator::new();
    for number in 1..=200 {
        emulator.invite(&region("eu-central-1"), id(number));
    }
    // Four pages, an empty one, and one delete come first.
    emulator.script_faults((0..6).map(|_| Fault::none()).chain([fault]));
    Site::new(emulator)
}

fn signal(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Starts a run, and waits until a delete is in flight.
fn started(site: &Site) -> Child {
    let mut command = site.command(&CLEAN);
    let child = command.args(["--concurrency", "1"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while site.emulator().pending_faults() > 0 {
        assert!(started.elapsed() < Duration::from_secs(60), "no request had the fault");
        thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Resumes the run to its end, and compares it with the emulator.
fn resume(site: &Site) {
    let finished = site.run(&["resume", "--yes", "--output", "json"]).expect(0);
    assert_eq!(finished.states().len(), 200);
    assert!(site.invitations(id(123_456_789_012), &region("eu-central-1")).is_empty());
}

#[test]
fn first_signal_waits_for_calls_in_flight() {
    let site = site(Fault::none().delay(Duration::from_secs(1)));
    let child = started(&site);
    signal(&child);
    let finished = Finished::new(child.wait_with_output().unwrap()).expect(130);
    assert!(finished.stderr.contains("stopping"), "{}", finished.stderr);
    // The delayed delete counts, and no other one has started.
    let done = finished.states().into_values().filter(|state| state == "done").count();
    assert_eq!(done, 100);
    resume(&site);
}

#[test]
fn second_signal_leaves_calls_uncertain() {
    let site = site(Fault::none().after_processing().delay(Duration::from_secs(60)));
    let mut child = started(&site);
    let status = loop {
        signal(&child);
        thread::sleep(Duration::from_millis(50));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
    };
    assert_eq!(status.code(), Some(130));
    let report = site.run(&["report", "--format", "json"]).expect(0);
    let states: Vec<String> = report.states().into_values().collect();
    let count = |wanted: &str| states.iter().filter(|state| *state == wanted).count();
    assert_eq!((count("done"), count("uncertain in_flight"), count("pending")), (50, 50, 100));
    resume(&site);
}
