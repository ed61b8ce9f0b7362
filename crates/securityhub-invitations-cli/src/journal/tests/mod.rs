//! Tests of the journal's files.

mod damage;
mod directory;
mod disk;
mod recording;

use std::path::{Path, PathBuf};

use securityhub_invitations_sweep::{Event, Ledger, Sweep};
use tempfile::TempDir;

use self::recording::{Change, Driven, emulator, header, now};
use super::Journal;

/// A journal of a complete run with a lost response.
struct Recorded {
    directory: TempDir,
    path: PathBuf,
    bytes: Vec<u8>,
    events: Vec<Event>,
    changes: Vec<Change>,
    ledger: Ledger,
}

fn record() -> Recorded {
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join("run.jsonl");
    let mut journal = Journal::create(&path, &header()).expect("a journal");
    let mut events = Vec::new();
    let mut store = |batch: &[Event]| {
        journal.append(batch, now()).expect("it is stored");
        events.extend_from_slice(batch);
    };
    let mut driven = Driven::new(emulator(), &mut store);
    driven.lost = Some(2);
    let ledger = driven.run(Sweep::new(std::sync::Arc::clone(header().plan())));
    let changes = driven.changes;
    Recorded { path: path.clone(), bytes: read(&path), directory, events, changes, ledger }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("the file exists")
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("it is written");
}

fn event(json: &str) -> Event {
    serde_json::from_str(json).expect("an event")
}
