//! The file itself: lock, mode, a full disk, readers during a run.

use std::{fs, thread};

use securityhub_invitations_sweep::{Event, Header};
use tempfile::TempDir;

use super::{
    super::{Contents, Journal, JournalError},
    event, header, now, read,
};

const STARTED: &str = r#"{"e":"started","attempt":0}"#;
const DONE: &str = r#"{"e":"done","hub":0,"step":"delete","from":0,"count":1,"attempts":1}"#;

#[test]
fn rejects_a_second_process() {
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join("run.jsonl");
    let journal = Journal::create(&path, &header()).expect("a journal");
    let error = Journal::open(&path).expect_err("it is in use");
    assert!(error.is_in_use());
    let run = header().run().to_owned();
    assert_eq!(
        error.to_string(),
        format!("journal {path:?}: in use by run {run}, in another process (wait until it ends)")
    );
    drop(journal);
    Journal::open(&path).expect("the lock is gone");
}

#[test]
fn never_replaces_a_file() {
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join("run.jsonl");
    fs::write(&path, "notes").expect("it is written");
    let error = Journal::create(&path, &header()).expect_err("the file exists");
    assert!(matches!(error, JournalError::Io { action: "create", .. }), "{error}");
    assert_eq!(read(&path), b"notes");
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join("run.jsonl");
    Journal::create(&path, &header()).expect("a journal");
    assert_eq!(fs::metadata(&path).expect("it exists").permissions().mode() & 0o777, 0o600);
}

/// Runs itself again with a limit for the size of files, which writes then exceed as on a full disk.
#[cfg(unix)]
#[test]
fn writes_nothing_after_an_error() {
    use std::{env, io::Write as _, process::Command};
    const LIMITED: &str = "JOURNAL_TEST_LIMITED";
    if env::var_os(LIMITED).is_none() {
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"trap "" XFSZ; ulimit -f 8; exec "$0" "$@""#]).arg(env::current_exe().expect("a path"));
        shell.args(["--exact", "journal::tests::disk::writes_nothing_after_an_error", "--nocapture"]);
        let output = shell.env(LIMITED, "1").output().expect("there is a shell");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}{output:?}");
        return;
    }
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join("run.jsonl");
    let mut journal = Journal::create(&path, &header()).expect("it fits");
    let batch = vec![event(DONE); 10];
    let full = (0..100).find_map(|stored| Some((stored, journal.append(&batch, now()).err()?)));
    let (stored, error) = full.expect("it does not fit");
    assert!(matches!(error, JournalError::Io { action: "write", .. }), "{error}");
    let before = read(&path);
    let mut file = fs::File::create(directory.path().join("other")).expect("another file");
    file.write_all(b"there is space again").expect("it fits");
    for _ in 0..2 {
        let error = journal.append(&[event(STARTED)], now()).expect_err("an earlier write failed");
        assert!(matches!(error, JournalError::Broken { .. }), "{error}");
    }
    assert_eq!(read(&path), before);
    drop(journal);
    // A part of the last batch was written.
    let (_, contents) = Journal::open(&path).expect("only the end is torn");
    assert!((stored * 10..(stored + 1) * 10).contains(&contents.into_events().count()));

    // The header does not fit.
    let path = directory.path().join("large.jsonl");
    let tool = "x".repeat(10_000);
    let large = Header::new("run", tool, header().plan().clone());
    Journal::create(&path, &large).expect_err("it does not fit");
    assert!(!path.exists());
}

#[test]
fn readers_see_whole_events_during_a_run() {
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join("run.jsonl");
    let mut journal = Journal::create(&path, &header()).expect("a journal");
    let batches: u32 = 500;
    let writer = thread::spawn(move || {
        for number in 0..batches {
            let line = |count| event(&DONE.replace("\"from\":0", &format!("\"from\":{}", number * 3 + count)));
            journal.append(&[0, 1, 2].map(line), now()).expect("it is stored");
        }
    });
    let mut seen = 0;
    loop {
        let is_last = writer.is_finished();
        let contents = Contents::read(&path).expect("a valid journal");
        assert_eq!(contents.header(), &header());
        let times = contents.started().zip(contents.last_time());
        assert!(times.is_none_or(|times| times == (now(), now())));
        let events: Vec<_> = contents.into_events().collect();
        assert!(events.len() >= seen);
        seen = events.len();
        for (number, event) in events.iter().enumerate() {
            assert!(matches!(event, Event::Done { from, .. } if *from as usize == number));
        }
        if is_last {
            break;
        }
    }
    writer.join().expect("it did not panic");
    assert_eq!(seen, 1500);
}
