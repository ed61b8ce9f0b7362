//! The rate limit.

mod common;

use std::{num::NonZeroU32, time::Duration};

use common::{Call, error, id, now, region};
use securityhub_emulator::{Emulator, RateLimit};

fn limited() -> Emulator {
    Emulator::builder().with_rate_limit(RateLimit::documented()).build()
}

#[test]
fn throttles_after_a_burst() {
    let emulator = limited();
    let call = Call::get("/members").sign();
    for _ in 0..30 {
        assert_eq!(emulator.handle(&call, now()).status(), 200);
    }
    let response = emulator.handle(&call, now());
    let (status, code, message, _) = error(&response);
    assert_eq!((status, code.as_str(), message.as_str()), (429, "TooManyRequestsException", "Too Many Requests"));
    let other_region = Call { path: "/members".to_owned(), ..Call::get("/members") };
    let other_region = Call {
        host: "localhost".to_owned(),
        scope: other_region.scope.replace("us-east-1", "eu-west-1"),
        ..other_region
    };
    assert_eq!(emulator.handle(&other_region.sign(), now()).status(), 200);
    assert_eq!(emulator.handle(&call, now() + Duration::from_millis(99)).status(), 429);
    assert_eq!(emulator.handle(&call, now() + Duration::from_millis(100)).status(), 200);

    let violations = emulator.rate_violations();
    assert_eq!(violations.iter().map(|violation| violation.number).collect::<Vec<_>>(), [31, 33]);
    assert_eq!((violations[0].account, &violations[0].region), (id(Emulator::DEFAULT_ACCOUNT), &region("us-east-1")));
    assert_eq!(emulator.counters().rate_violations, 2);
}

#[test]
#[should_panic(expected = "rate limit exceeded: [RateViolation { number: 3,")]
fn violations_fail_the_test() {
    let one = NonZeroU32::new(1).unwrap();
    let emulator = Emulator::builder().with_rate_limit(RateLimit::new(one, NonZeroU32::new(2).unwrap())).build();
    let call = Call::default().sign();
    emulator.handle(&call, now());
    emulator.handle(&call, now());
    emulator.assert_no_rate_violations();
    emulator.handle(&call, now());
    emulator.assert_no_rate_violations();
}

#[test]
fn ignores_unauthenticated_requests() {
    let emulator = limited();
    let wrong = Call { secret: "another".to_owned(), ..Call::default() }.sign();
    for _ in 0..100 {
        assert_eq!(emulator.handle(&wrong, now()).status(), 403);
    }
    assert_eq!(emulator.handle(&Call::default().sign(), now()).status(), 200);
    emulator.assert_no_rate_violations();
}

#[test]
fn follows_the_clock_offset() {
    let emulator = limited();
    let call = Call::default().sign();
    let throttled = |count| (0..count).filter(|_| emulator.handle(&call, now()).status() == 429).count();
    assert_eq!(throttled(31), 1);
    emulator.set_clock_offset(1);
    assert_eq!(throttled(11), 1);
    emulator.set_clock_offset(-200);
    assert_eq!(throttled(1), 1);
    emulator.set_clock_offset(0);
    assert_eq!(throttled(31), 1);
}
