//! Ledgers for tests, made from events.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use securityhub_invitations_sweep::{Event, Hub, Ledger, Plan, Replay};

use super::Report;

/// A hub of an account, for example `111122223333/eu-central-1`.
pub(crate) fn hub(name: &str) -> Hub {
    let (account, region) = name.split_once('/').expect("account/region");
    Hub::new(account.parse().expect("an account"), region.parse().expect("a region"))
}

/// Applies events as they are written in a journal.
pub(crate) fn ledger(plan: &Plan, events: &[&str]) -> Ledger {
    let mut replay = Replay::new(plan.clone().into());
    for event in events {
        let event: Event = serde_json::from_str(event).unwrap_or_else(|error| panic!("{event}: {error}"));
        replay.apply(&event).unwrap_or_else(|error| panic!("{event:?}: {error}"));
    }
    replay.into_ledger()
}

/// A report with fixed times.
pub(crate) fn report<'a>(plan: &'a Plan, ledger: &'a Ledger) -> Report<'a> {
    Report {
        run: "01JDXK",
        is_stored: true,
        tool: "securityhub-invitations 0.1.0",
        plan,
        ledger,
        started: time(),
        last: time() + Duration::from_secs(492),
        is_running: false,
        only_failed: false,
        strict: false,
    }
}

fn time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_628_631)
}

/// Returns the output of a writer.
pub(crate) fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("a vector accepts everything");
    String::from_utf8(out).expect("UTF-8")
}
