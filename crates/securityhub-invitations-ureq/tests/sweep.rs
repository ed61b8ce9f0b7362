//! The sweep driver on several accounts and regions of an emulator on loopback.

#![cfg(feature = "sweep")]

mod world;

use std::{
    fmt,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use securityhub_emulator::Fault;
use securityhub_invitations_ureq::{
    Client, Stop, SweepDriver,
    sweep::{End, HubId, Parking, ParkingCause, Phase, Reason, Sweep},
};
use world::World;

/// Runs all phases without a stop, and approves.
fn run_all(driver: &SweepDriver<impl Fn(HubId) -> Result<Client, Parking> + Sync>, sweep: &mut Sweep, world: &World) {
    loop {
        driver.run(sweep, &Stop::new(), |events| world.store(&events)).unwrap();
        if !sweep.approve() {
            return;
        }
    }
}

#[test]
fn deletes_everything_despite_faults() {
    let world = World::new(3, 20, |emulator| {
        emulator.with_fault_source(|number| match number % 17 {
            0 => Some(Fault::throttled()),
            5 => Some(Fault::error(http::StatusCode::BAD_GATEWAY, "BadGateway", "").after_processing()),
            9 => Some(Fault::none().after_processing().drop_before_response()),
            _ => None,
        })
    });
    let mut sweep = world.sweep();
    let most = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&most);
    let driver = SweepDriver::new(|hub| Ok(world.client(hub)))
        .with_concurrency(NonZeroUsize::new(5).unwrap())
        .on_progress(move |sweep| {
            counted.fetch_max(sweep.in_flight(), SeqCst);
        });
    run_all(&driver, &mut sweep, &world);

    assert_eq!((sweep.phase(), sweep.ledger().end()), (Phase::Ended, Some(End::Complete)));
    assert_eq!(most.load(SeqCst), 5);
    world.emulator.assert_no_rate_violations();
    world.check(&sweep);
    world.check_journal(&sweep);
    let summary = sweep.ledger().summary();
    assert!(summary.is_complete() && summary.done == 3 * 2 * 20, "{summary:?}");
}

#[test]
fn stops_while_calls_wait() {
    // The server asks for a wait of five seconds, and hubs without a call wait for a second.
    let world = World::new(2, 3, |emulator| {
        emulator.with_fault_source(|number| (number > 8).then(|| Fault::throttled().x_amz_retry_after("5000")))
    });
    let mut sweep = world.sweep();
    let driver = SweepDriver::new(|hub| Ok(world.client(hub)));
    driver.run(&mut sweep, &Stop::new(), |events| world.store(&events)).unwrap();
    assert!(sweep.approve());
    let (stop, stopped_at) = (Stop::new(), Mutex::new(None));
    thread::scope(|scope| {
        scope.spawn(|| {
            while world.emulator.request_count() < 12 {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(50));
            *stopped_at.lock().unwrap() = Some(Instant::now());
            stop.stop();
        });
        driver.run(&mut sweep, &stop, |events| world.store(&events)).unwrap();
    });
    let after = stopped_at.lock().unwrap().unwrap().elapsed();
    assert!(after < Duration::from_secs(3), "{after:?}");
    assert_eq!((sweep.phase(), sweep.ledger().end()), (Phase::Ended, Some(End::Stopped)));
    assert_eq!(world.emulator.request_count(), 12);
    world.check(&sweep);
    world.check_journal(&sweep);
}

#[test]
fn sends_nothing_after_a_persist_error() {
    for successes in [0, 1, 3, 5, 8] {
        let world =
            World::new(2, 12, |emulator| emulator.with_fault_source(|number| (number > 16).then(Fault::throttled)));
        let mut sweep = world.sweep();
        let driver = SweepDriver::new(|hub| Ok(world.client(hub))).with_concurrency(NonZeroUsize::new(3).unwrap());
        let (left, stop) = (AtomicU64::new(successes), Stop::new());
        let persist = |events: Vec<_>| {
            if left.load(SeqCst) == 0 {
                return Err(fmt::Error);
            }
            left.fetch_sub(1, SeqCst);
            world.store(&events).map_err(|error| match error {})
        };
        let mut result = driver.run(&mut sweep, &stop, persist);
        if result.is_ok() {
            assert!(sweep.approve());
            result = driver.run(&mut sweep, &stop, persist);
        }
        result.unwrap_err();
        assert!(stop.is_stopped());
        let requests = world.emulator.request_count();
        world.check(&sweep);
        sweep.approve();
        driver.run(&mut sweep, &Stop::new(), |_| Ok::<(), fmt::Error>(())).unwrap();
        assert_eq!(world.emulator.request_count(), requests, "the sweep is stopped");
    }
}

#[test]
fn parks_one_source_and_finishes_the_others() {
    let world = World::new(3, 3, |emulator| emulator);
    let mut sweep = world.sweep();
    let asked = Mutex::new(Vec::new());
    let driver = SweepDriver::new(|hub: HubId| {
        asked.lock().unwrap().push(hub.number());
        // The second hub of the first account would work.
        let causes = [Some(ParkingCause::Credentials), None, Some(ParkingCause::Other)];
        match causes.get(hub.number() as usize).copied().flatten() {
            Some(cause) => Err(Parking::new(cause, Reason::new("no role"))),
            None => Ok(world.client(hub)),
        }
    })
    .with_concurrency(NonZeroUsize::MIN);
    run_all(&driver, &mut sweep, &world);
    let parked: Vec<_> = sweep.ledger().hubs().iter().map(|hub| hub.parking().map(Parking::cause)).collect();
    let credentials = Some(ParkingCause::Credentials);
    assert_eq!(parked, [credentials, credentials, Some(ParkingCause::Other), None, None, None]);
    assert!(sweep.ledger().hubs()[3..].iter().all(|hub| hub.summary().is_complete()));
    let asked = asked.lock().unwrap();
    let asked_for: Vec<_> = (0..3).map(|hub| asked.iter().filter(|number| **number == hub).count()).collect();
    assert_eq!(asked_for, [1, 0, 1]);
}

#[test]
fn a_panic_ends_the_run() {
    for is_in_persist in [false, true] {
        let world = World::new(2, 3, |emulator| {
            emulator.with_fault_source(|number| (number > 2).then(|| Fault::throttled().x_amz_retry_after("5000")))
        });
        let mut sweep = world.sweep();
        let driver = SweepDriver::new(|hub: HubId| {
            assert!(is_in_persist || hub.number() != 3, "no client");
            Ok(world.client(hub))
        });
        let stop = Stop::new();
        let persist = |_| {
            assert!(!is_in_persist || world.emulator.request_count() < 2, "no disk");
            Ok::<(), fmt::Error>(())
        };
        let result = catch_unwind(AssertUnwindSafe(|| driver.run(&mut sweep, &stop, persist)));
        assert!(result.is_err() && stop.is_stopped());
    }
}
