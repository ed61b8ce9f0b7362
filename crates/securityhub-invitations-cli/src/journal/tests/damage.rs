//! Journals that are cut or edited.

use std::sync::Arc;

use securityhub_invitations_sweep::{Event, Sweep};

use super::{
    super::{Contents, Journal, JournalError},
    Recorded, event, now, read, record,
    recording::{Driven, emulator, entries, header},
    write,
};

/// It needs no `sync_data`, which would take most of the time.
const DONE: &str = r#"{"e":"done","hub":0,"step":"delete","from":0,"count":1,"attempts":1}"#;

fn complete_lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

#[test]
fn reads_a_journal_cut_at_any_byte() {
    let Recorded { directory: _directory, path, bytes, events, .. } = record();
    for cut in 0..bytes.len() {
        // A power failure can leave zeros.
        let tails = [&b""[..], b"\0\0\0"];
        for tail in &tails[..if bytes.len() - cut < 300 { 2 } else { 1 }] {
            let torn = [&bytes[..cut], *tail].concat();
            write(&path, &torn);
            let lines = complete_lines(&torn);
            let Some(known) = lines.checked_sub(1) else {
                let error = Journal::open(&path).expect_err("the header is incomplete");
                assert!(matches!(error, JournalError::Damaged { line: 1, .. }), "{error}");
                assert_eq!(read(&path), torn);
                continue;
            };
            let without_lock: Vec<Event> = Contents::read(&path).expect("only the end is torn").into_events().collect();
            assert_eq!(without_lock, events[..known], "cut at {cut}");
            let (mut journal, contents) = Journal::open(&path).expect("only the end is torn");
            assert_eq!(contents.into_events().collect::<Vec<_>>(), events[..known], "cut at {cut}");
            assert_eq!(read(&path), torn, "it is unchanged until an event is appended");
            journal.append(&[event(DONE), event(DONE)], now()).expect("it is stored");
            drop(journal);
            assert!(read(&path).ends_with(b"}\n"));
            let again: Vec<Event> = Contents::read(&path).expect("the end was cut off").into_events().collect();
            assert_eq!(again, [&events[..known], &[event(DONE), event(DONE)]].concat(), "cut at {cut}");
        }
    }
}

#[test]
fn resumes_from_any_line_to_the_same_end() {
    let Recorded { directory: _directory, path, bytes, changes, ledger, .. } = record();
    let expected = entries(&ledger);
    assert_eq!(changes.len(), 7);
    assert!(expected.iter().all(|(.., is_certain)| *is_certain), "{expected:?}");
    for cut in (0..bytes.len()).filter(|cut| bytes[*cut] == b'\n') {
        let known = complete_lines(&bytes[..cut]);
        // A request that left without a result may have reached the service, or not.
        for has_arrived in [false, true] {
            write(&path, &bytes[..=cut]);
            let service = emulator();
            let reaches = |change: &&_| is_carried_out(change, known, has_arrived);
            changes.iter().filter(reaches).for_each(|change| change.carry_out(&service));
            let (mut journal, contents) = Journal::open(&path).expect("whole lines");
            let sweep = Sweep::resume(Arc::clone(header().plan()), contents.into_events()).expect("our own events");
            let mut store = |batch: &[Event]| journal.append(batch, now()).expect("it is stored");
            let resumed = Driven::new(service, &mut store).run(sweep);
            assert_eq!(entries(&resumed), expected, "after {known} events, arrived: {has_arrived}");
            assert_eq!(resumed.summary(), ledger.summary(), "after {known} events, arrived: {has_arrived}");
        }
    }
}

fn is_carried_out(change: &super::Change, known: usize, has_arrived: bool) -> bool {
    change.settled_at <= known || has_arrived && change.sent_at <= known
}

#[test]
fn rejects_an_edit_of_any_byte() {
    let Recorded { directory: _directory, path, bytes, .. } = record();
    let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("more than one line");
    for at in 0..=last {
        for byte in [bytes[at] ^ 1, b'\n'] {
            let mut edited = bytes.clone();
            edited[at] = byte;
            if edited == bytes {
                continue;
            }
            write(&path, &edited);
            let error = Journal::open(&path).expect_err("it is edited");
            let line = complete_lines(&bytes[..at]) as u64 + 1;
            match error {
                JournalError::Damaged { line: found, .. } => assert!(found == line, "{found} instead of {line}"),
                JournalError::UnsupportedVersion { .. } => assert_eq!(line, 1),
                error => panic!("{error}"),
            }
            assert_eq!(read(&path), edited);
        }
    }
}

#[test]
fn rejects_lines_out_of_place() {
    let Recorded { directory: _directory, path, bytes, .. } = record();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let mut edits = Vec::new();
    for number in 0..lines.len() - 1 {
        let (before, rest) = lines.split_at(number);
        edits.push((number + 1, [before, &rest[1..]].concat()));
        edits.push((number + 2, [before, &rest[..1], rest].concat()));
        edits.push((number + 1, [before, &[rest[1], rest[0]], &rest[2..]].concat()));
    }
    for (line, edit) in edits {
        let edited = edit.concat();
        write(&path, &edited);
        let error = Journal::open(&path).expect_err("a line is lost, repeated or moved");
        assert!(matches!(error, JournalError::Damaged { line: found, .. } if found == line as u64), "{line}: {error}");
        assert_eq!(read(&path), edited);
    }
}

#[test]
fn rejects_files_that_are_not_journals() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let path = directory.path().join("run.jsonl");
    let newer = super::super::chain::Chain::new().seal(&header().to_line().replacen("\"v\":1", "\"v\":2", 1));
    let shown = format!("journal {path:?}: ");
    for (content, problem) in [
        ("", "line 1: incomplete (expected the header of a run, this one never started)"),
        ("id\n111122223333\n", "line 1: wrong checksum (expected the unchanged header of a run)"),
        (newer.as_str(), "version 2 is not supported (expected 1), another release of this command wrote it"),
    ] {
        write(&path, content.as_bytes());
        let error = Journal::open(&path).expect_err("it is not a journal");
        assert_eq!(error.to_string(), format!("{shown}{problem}"));
        assert_eq!(read(&path), content.as_bytes());
    }
}
