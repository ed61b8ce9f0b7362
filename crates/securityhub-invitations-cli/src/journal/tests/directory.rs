//! The directory of journals.

use std::{
    fs,
    time::{Duration, UNIX_EPOCH},
};

use securityhub_invitations_sweep::{End, Header, Side};
use tempfile::TempDir;

use super::{
    super::{Journal, JournalError, RunState, Runs, RunsError},
    event, header, now,
};

const STARTED: &str = r#"{"e":"started","attempt":0}"#;
const APPROVED: &str = r#"{"e":"approved","ids":1}"#;
const RESUMED: &str = r#"{"e":"resumed"}"#;
const STOPPED: &str = r#"{"e":"ended","end":"stopped"}"#;
const COMPLETE: &str = r#"{"e":"ended","end":"complete"}"#;

fn runs() -> (TempDir, Runs) {
    let directory = TempDir::new().expect("a directory");
    let runs = Runs::new(directory.path().join("state/runs"));
    (directory, runs)
}

fn create(runs: &Runs, id: &str, events: &[&str]) -> Journal {
    let mut journal = runs.create(&Header::new(id, "test", header().plan().clone())).expect("a journal");
    let events: Vec<_> = events.iter().map(|json| event(json)).collect();
    journal.append(&events, now()).expect("it is stored");
    journal
}

#[test]
fn lists_runs_with_their_states() {
    let (_directory, runs) = runs();
    assert!(runs.list().expect("no directory is an empty list").is_empty());
    let states = [
        (&[][..], RunState::NotApproved),
        (&[STARTED], RunState::NotApproved),
        (&[STARTED, STOPPED], RunState::NotApproved),
        (&[STARTED, COMPLETE], RunState::Ended(End::Complete)),
        (&[STARTED, APPROVED], RunState::Interrupted),
        (&[STARTED, APPROVED, STOPPED], RunState::Ended(End::Stopped)),
        (&[STARTED, APPROVED, COMPLETE, RESUMED], RunState::Interrupted),
    ];
    for (number, (events, _)) in states.iter().enumerate() {
        drop(create(&runs, &format!("run-{number}"), events));
    }
    let running = create(&runs, "run-8", &[STARTED, APPROVED]);
    fs::write(runs.path_of("run-9"), "damaged\n").expect("it is written");
    fs::write(runs.path_of("x").with_extension("txt"), "not a journal").expect("it is written");

    let list = runs.list().expect("a list");
    assert_eq!(list.len(), states.len() + 2);
    assert!(matches!(&list[0], Err(JournalError::Damaged { path, .. }) if *path == runs.path_of("run-9")));
    assert_eq!(list[1].as_ref().expect("a run").state, RunState::Running);
    drop(running);
    for (run, (number, (events, state))) in list[2..].iter().zip(states.iter().enumerate().rev()) {
        let run = run.as_ref().expect("a run");
        let id = format!("run-{number}");
        assert_eq!((&run.id, &run.path, run.state), (&id, &runs.path_of(&id), *state));
        let started = (!events.is_empty()).then(now);
        assert_eq!((run.started, &run.side, run.hubs), (started, &Side::Member, 4));
    }
}

#[test]
fn finds_runs_by_beginning_or_path() {
    let (directory, runs) = runs();
    assert!(matches!(runs.find("latest"), Err(RunsError::Empty(_))));
    for id in ["20261124T1-aa", "20261124T1-ab", "20261125T1-aa", "20261125T1-aab"] {
        create(&runs, id, &[]);
    }
    for (name, id) in [
        ("latest", "20261125T1-aab"),
        ("20261124T1-ab", "20261124T1-ab"),
        ("20261125T1-aa", "20261125T1-aa"),
        ("20261125T1-aab", "20261125T1-aab"),
    ] {
        assert_eq!(runs.find(name).expect("one run"), runs.path_of(id), "{name}");
    }
    let error = runs.find("20261124").expect_err("two runs");
    let shown = r#"run "20261124": the beginning of 2 ids (expected one): 20261124T1-ab, 20261124T1-aa"#;
    assert_eq!(error.to_string(), shown);
    for name in ["", "20270101", "latest.jsonl"] {
        assert!(matches!(runs.find(name), Err(RunsError::NotFound { .. })), "{name}");
    }
    let path = directory.path().join("elsewhere");
    fs::write(&path, "").expect("it is written");
    assert_eq!(runs.find(path.to_str().expect("UTF-8")).expect("a path"), path);
}

#[test]
fn ids_sort_by_time() {
    let id = Runs::new_id(now());
    let (time, random) = id.split_at("20261122T203705Z-".len());
    assert_eq!((time, random.len()), ("20261122T203705Z-", 4));
    assert!(id < Runs::new_id(now() + Duration::from_secs(1)));
    assert!(Runs::new_id(UNIX_EPOCH - Duration::from_secs(1)).starts_with("19700101T000000Z-"));
    let ids: std::collections::BTreeSet<String> = (0..20).map(|_| Runs::new_id(now())).collect();
    assert!(ids.len() > 15, "{ids:?}");
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn uses_the_directory_for_state() {
    use std::{ffi::OsString, path::Path};
    let directory = |variables: &[(&str, &str)]| {
        let value = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        Runs::from_variables(value).map(|runs| runs.path_of("id"))
    };
    let under_home = Path::new("/home/me/.local/state/securityhub-invitations/id.jsonl");
    let home = ("HOME", "/home/me");
    assert_eq!(directory(&[home]).expect("a directory"), under_home);
    for relative in ["", "state"] {
        assert_eq!(directory(&[home, ("XDG_STATE_HOME", relative)]).expect("a directory"), under_home);
    }
    let state = Path::new("/state/securityhub-invitations/id.jsonl");
    assert_eq!(directory(&[home, ("XDG_STATE_HOME", "/state")]).expect("a directory"), state);
    assert!(matches!(directory(&[]), Err(RunsError::NoDirectory)));
}

#[cfg(unix)]
#[test]
fn only_the_user_can_list_runs() {
    use std::os::unix::fs::PermissionsExt as _;
    let (directory, runs) = runs();
    create(&runs, "run", &[]);
    for path in ["state", "state/runs"] {
        let metadata = fs::metadata(directory.path().join(path)).expect("it exists");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o700, "{path}");
    }
}
