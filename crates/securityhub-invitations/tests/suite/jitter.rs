//! Jitter: waits that are a random part of the backoff, drawn from the signature and the policy's seed.

use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    time::{Duration, SystemTime},
};

use securityhub_invitations::{Credentials, DeleteInvitations, Failure, RetryPolicy, SecurityHub};

use crate::{
    scenario::{Scenario, error, failing, ok, status},
    support::{NOW, at, hub, now, one_id},
};

/// Returns the first wait of a call that fails at `time`. It is below 50 ms.
fn wait(hub: &SecurityHub, input: &DeleteInvitations, time: SystemTime) -> Duration {
    let (_, in_flight) = hub.call(input.clone()).sign(time);
    in_flight.handle_failure(Failure::TimedOut).unwrap().after
}

fn seeded(seed: u64) -> SecurityHub {
    hub().with_retry_policy(RetryPolicy::standard().with_seed(seed))
}

#[test]
fn waits_are_spread_over_the_range() {
    let waits: Vec<_> = (0..400).map(|n| wait(&hub(), &one_id(), at(NOW + n))).collect();
    let bound = Duration::from_millis(50);
    assert!(waits.iter().all(|wait| *wait < bound));
    for quarter in 0..4 {
        let (from, to) = (bound * quarter / 4, bound * (quarter + 1) / 4);
        let count = waits.iter().filter(|wait| (from..to).contains(*wait)).count();
        // 100 are expected, with a standard deviation of 9.
        assert!((55..=145).contains(&count), "{count} of 400 in quarter {quarter}");
    }
}

#[test]
fn waits_differ_by_caller_time_and_input() {
    assert_eq!(wait(&hub(), &one_id(), now()), wait(&hub(), &one_id(), now()));
    let mut waits = BTreeSet::new();
    for second in 0..10 {
        waits.insert(wait(&hub(), &one_id(), at(NOW + second)));
    }
    for key in 0..10 {
        let other = Credentials::new("AKIDEXAMPLE", format!("secret{key}")).unwrap();
        waits.insert(wait(&hub().with_credentials(other), &one_id(), now()));
    }
    for id in 0..10 {
        waits.insert(wait(&hub(), &DeleteInvitations::new([format!("{id:012}")]).unwrap(), now()));
    }
    assert_eq!(waits.len(), 30);
}

#[test]
fn waits_differ_within_a_call() {
    let policy = RetryPolicy::standard().with_max_attempts(NonZeroU32::new(30).unwrap());
    let run = Scenario::of(hub().with_retry_policy(policy)).run(failing(500));
    let mut parts = BTreeSet::new();
    for (wait, n) in run.waits.iter().zip(0..) {
        let bound = Duration::from_millis(50 << n).min(Duration::from_secs(20));
        assert!(*wait < bound, "{wait:?} of {bound:?}");
        parts.insert(wait.as_nanos() * 1_000_000 / bound.as_nanos());
    }
    assert_eq!(parts.len(), 29);
}

#[test]
fn seeds_separate_identical_callers() {
    let waits: BTreeSet<_> = (0..100).map(|seed| wait(&seeded(seed), &one_id(), now())).collect();
    assert_eq!(waits.len(), 100);
    assert_eq!(wait(&seeded(7), &one_id(), now()), wait(&seeded(7), &one_id(), now()));
    assert_ne!(wait(&seeded(0), &one_id(), now()), wait(&hub(), &one_id(), now()), "a seed of 0 is a seed");
    // With a seed, each signature still has its own wait.
    let waits: BTreeSet<_> = (0..100).map(|n| wait(&seeded(7), &one_id(), at(NOW + n))).collect();
    assert_eq!(waits.len(), 100);
    let half = Duration::from_millis(25);
    assert!((25..=75).contains(&waits.iter().filter(|wait| **wait < half).count()));
}

#[test]
fn without_jitter_ignores_signature_and_seed() {
    let policy = RetryPolicy::standard().without_jitter().with_seed(9);
    for second in 0..5 {
        assert_eq!(wait(&hub().with_retry_policy(policy), &one_id(), at(NOW + second)), Duration::from_millis(50));
    }
}

#[test]
fn servers_add_five_seconds_to_the_jittered_wait() {
    for second in 0..50 {
        let mut scenario = Scenario::of(hub());
        scenario.clock = at(NOW + second);
        let plain = scenario.run([error(400, "Throttling"), ok()]).waits[0];
        let mut scenario = Scenario::of(hub());
        scenario.clock = at(NOW + second);
        let requesting = error(400, "Throttling").header("x-amz-retry-after", "600000");
        assert_eq!(scenario.run([requesting, ok()]).waits[0], plain + Duration::from_secs(5));
    }
}

#[test]
fn the_largest_backoff_does_not_overflow() {
    let policy = RetryPolicy::standard().with_max_backoff(Duration::MAX).with_max_attempts(NonZeroU32::MAX);
    let run = Scenario::of(hub().with_retry_policy(policy))
        .run(std::iter::repeat_with(|| status(429).header("retry-after", "99999999999999999999")));
    assert_eq!(run.attempts(), 101);
}
