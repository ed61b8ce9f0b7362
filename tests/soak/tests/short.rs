//! Short soaks, one after the other: they measure the whole process.

use std::sync::{Mutex, PoisonError};

use securityhub_invitations_soak::{Check, Report, Settings, run};

fn soak(seed: u64, trusts_every_answer: bool) -> (Report, Vec<&'static str>) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let settings = Settings { calls: 1_000, concurrency: 32, seed, trusts_every_answer, ..Settings::default() };
    let report = run(&settings).expect("it comes to an end");
    let failed = report.failed_checks().map(|Check { claim, .. }| claim).collect();
    (report, failed)
}

#[test]
fn the_ledger_comes_out_even() {
    for seed in [1, 2] {
        let (report, failed) = soak(seed, false);
        assert!(failed.is_empty(), "{report}");
        assert!((1..report.uncertain()).contains(&report.differences()), "{report}");
    }
}

/// If this passed, the others would mean nothing.
#[test]
fn a_ledger_that_ignores_uncertainty_is_found_out() {
    let (report, failed) = soak(1, true);
    assert!(failed.contains(&"every certain entry is the server's state"), "{report}");
    assert_eq!(report.uncertain(), 0, "{report}");
}
