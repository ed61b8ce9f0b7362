//! Short soak tests, one at a time, because each measures the whole process.

use std::sync::{Mutex, PoisonError};

use securityhub_invitations_soak::{Check, Report, Settings, run};

fn soak(seed: u64, trusts_every_response: bool) -> (Report, Vec<&'static str>) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let settings = Settings { calls: 1_000, concurrency: 32, seed, trusts_every_response, ..Settings::default() };
    let report = run(&settings).expect("the soak finishes");
    let failed = report.failed_checks().map(|Check { claim, .. }| claim).collect();
    (report, failed)
}

#[test]
fn ledger_matches_the_server() {
    for seed in [1, 2] {
        let (report, failed) = soak(seed, false);
        assert!(failed.is_empty(), "{report}");
        assert!((1..report.uncertain()).contains(&report.differences()), "{report}");
    }
}

/// Proves that the soak can fail.
#[test]
fn detects_a_ledger_that_ignores_uncertainty() {
    let (report, failed) = soak(1, true);
    assert!(failed.contains(&"every certain entry matches the server"), "{report}");
    assert_eq!(report.uncertain(), 0, "{report}");
}
